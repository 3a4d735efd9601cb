// SPDX-License-Identifier: MIT
// Installations of package clients and version managers; each is adopted, and the adoption is reversed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "fs/refusals.hpp"
#include "update/adoption/support/host.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class AnInstallation : public update_tests::Host {
 protected:
  std::string script() const { return current() + "/dist/index.js"; }

  // The text of cmd-shim, which npm and pnpm both use, with the additions of pnpm.
  std::string shim(const std::string& path, const std::string& target) {
    return root.write(path,
                      "#!/bin/sh\n"
                      "basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")\n\n"
                      "case `uname` in\n"
                      "    *CYGWIN*|*MINGW*|*MSYS*)\n"
                      "        if command -v cygpath > /dev/null 2>&1; then\n"
                      "            basedir=`cygpath -w \"$basedir\"`\n"
                      "        fi\n"
                      "    ;;\n"
                      "esac\n\n"
                      "if [ -z \"$NODE_PATH\" ]; then\n"
                      "  export NODE_PATH=\"/x/node_modules\"\n"
                      "else\n"
                      "  export NODE_PATH=\"/x/node_modules:$NODE_PATH\"\n"
                      "fi\n"
                      "if [ -x \"$basedir/node\" ]; then\n"
                      "  exec \"$basedir/node\"  \"$basedir/" +
                          target +
                          "\" \"$@\"\n"
                          "else\n"
                          "  exec node  \"$basedir/" +
                          target +
                          "\" \"$@\"\n"
                          "fi\n",
                      0755);
  }
};

TEST_F(AnInstallation, OfNpmIsWhatItsLinkLeadsToWhateverThePrefix) {
  const auto program = node("bin/node");
  for (const std::string prefix : {"usr", "usr/local", "home/.npm-global", "home/.local", "opt/node-v24"}) {
    package(prefix + "/lib/node_modules/openclaw");
    const auto link = root.symlink("../lib/node_modules/openclaw/openclaw.mjs", prefix + "/bin/openclaw");
    definition().exec_start = {program, "--max-old-space-size=512", link, "gateway"};
    expect_adopted({program, "--max-old-space-size=512", current() + "/openclaw.mjs", "gateway"});
    definition().exec_start = {link, "gateway", "--port", "1"};
    expect_adopted({current() + "/openclaw.mjs", "gateway", "--port", "1"});
  }
}

TEST_F(AnInstallation, WithACurrentLinkIsWhereThatLeads) {
  package("opt/openclaw/releases/7/lib");
  root.symlink("releases/7/lib", "opt/openclaw/current");
  const auto program = node("opt/openclaw/runtime/node");
  definition().exec_start = {program, root.path("opt/openclaw/current/dist/index.js"), "gateway"};
  expect_adopted({program, script(), "gateway"});
}

TEST_F(AnInstallation, OfPnpmIsStartedWithoutItsShim) {
  const auto program = node("bin/node");
  package("home/.local/share/pnpm/global/5/node_modules/openclaw");
  definition().exec_start = {
      shim("home/.local/share/pnpm/openclaw", "global/5/node_modules/openclaw/openclaw.mjs"), "gateway",
      "--port", "1"};
  expect_adopted({program, script(), "gateway", "--port", "1"});
}

TEST_F(AnInstallation, OfBunIsTheLinkInItsFolder) {
  const auto program = node("bin/node");
  package("home/.bun/install/global/node_modules/openclaw");
  const auto link =
      root.symlink("../install/global/node_modules/openclaw/openclaw.mjs", "home/.bun/bin/openclaw");
  definition().exec_start = {"/usr/bin/env", link, "gateway"};
  expect_adopted({"/usr/bin/env", current() + "/openclaw.mjs", "gateway"});
  definition().path = root.path("home/.bun/bin") + ":" + root.path("bin");
  definition().exec_start = {"/usr/bin/env", "openclaw", "gateway"};
  expect_adopted({program, script(), "gateway"});
}

TEST_F(AnInstallation, OfVoltaIsInItsImagesWithTheOnlyNode) {
  package("home/.volta/tools/image/packages/openclaw/lib/node_modules/openclaw");
  const auto program = node("home/.volta/tools/image/node/24.1.0/bin/node");
  root.write("home/.volta/bin/volta-shim", elf, 0755);
  definition().exec_start = {root.symlink("volta-shim", "home/.volta/bin/openclaw"), "gateway"};
  expect_adopted({program, script(), "gateway"});
}

TEST_F(AnInstallation, OfVoltaWithTwoNodesHasTheOneThatRuns) {
  package("home/.volta/tools/image/packages/openclaw/lib/node_modules/openclaw");
  node("home/.volta/tools/image/node/22.1.0/bin/node");
  const auto program = node("home/.volta/tools/image/node/24.1.0/bin/node");
  root.write("home/.volta/bin/volta-shim", elf, 0755);
  definition().exec_start = {root.symlink("volta-shim", "home/.volta/bin/openclaw"), "gateway"};
  EXPECT_THAT(refusal(), HasSubstr("ExecStart=/PATH/TO/NODE "));
  runs_as({.program = program, .environment = {"HOME=/home/claw", "PATH=/usr/bin"}, .maps = ""});
  expect_adopted({program, script(), "gateway"});
}

TEST_F(AnInstallation, OfAsdfIsOfTheVersionThatItsShimNames) {
  package("home/.asdf/installs/nodejs/24.1.0/lib/node_modules/openclaw");
  const auto program = node("home/.asdf/installs/nodejs/24.1.0/bin/node");
  definition().exec_start = {root.write("home/.asdf/shims/openclaw",
                                        "#!/usr/bin/env bash\n# asdf-plugin: nodejs 24.1.0\n"
                                        "exec /home/claw/.asdf/bin/asdf exec \"openclaw\" \"$@\"\n",
                                        0755),
                             "gateway"};
  expect_adopted({program, script(), "gateway"});
}

// Installed by npm -g of its Node, as a tool by npm (2024 to 2026.7), and by aube, which later versions
// include.
TEST_F(AnInstallation, OfMiseIsInItsInstallsHoweverItWasInstalled) {
  const std::string mise = "home/.local/share/mise/";
  const auto program = node(mise + "installs/node/24.1.0/bin/node");
  root.symlink("24.1.0", mise + "installs/node/24");
  const auto shim = root.symlink(root.write("home/.local/bin/mise", elf, 0755), mise + "shims/openclaw");
  for (const std::string place :
       {"node/24.1.0/lib/node_modules/openclaw", "npm-openclaw/2026.8.1/lib/node_modules/openclaw",
        "npm-openclaw/2026.8.1/node_modules/.mise/openclaw@2026.8.1/node_modules/openclaw"}) {
    const auto installed = package(mise + "installs/" + place);
    if (place.find("/.mise/") != std::string::npos) {
      root.symlink(installed, mise + "installs/npm-openclaw/2026.8.1/node_modules/openclaw");
    }
    definition().exec_start = {shim, "gateway"};
    expect_adopted({program, script(), "gateway"});
    std::filesystem::remove_all(installed);
  }
}

TEST_F(AnInstallation, OfNvmAndFnmIsNamedByItsNode) {
  for (const std::string prefix :
       {"home/.nvm/versions/node/v24.1.0", "home/.local/share/fnm/node-versions/v24.1.0/installation"}) {
    package(prefix + "/lib/node_modules/openclaw");
    const auto program = node(prefix + "/bin/node");
    const auto link = root.symlink("../lib/node_modules/openclaw/openclaw.mjs", prefix + "/bin/openclaw");
    definition().exec_start = {program, link, "gateway"};
    expect_adopted({program, current() + "/openclaw.mjs", "gateway"});
    definition().exec_start = {"/bin/sh", "-c", "exec " + program + " " + link + " gateway"};
    expect_adopted({program, script(), "gateway"});
  }
}

// `which openclaw` in a shell of fnm, copied to a unit: a link that does not exist after the next boot.
TEST_F(AnInstallation, OfAShellOfFnmIsStartedByTheNodeThatLasts) {
  const std::string installation = "home/.local/share/fnm/node-versions/v24.1.0/installation";
  package(installation + "/lib/node_modules/openclaw");
  const auto program = node(installation + "/bin/node");
  root.symlink("../lib/node_modules/openclaw/openclaw.mjs", installation + "/bin/openclaw");
  const auto shell = root.symlink(root.path(installation), "run/fnm_multishells/77_1");
  const std::string index = shell + "/lib/node_modules/openclaw/dist/index.js";
  definition().path = shell + "/bin:/usr/bin";
  definition().exec_start = {shell + "/bin/openclaw", "gateway"};
  EXPECT_THAT(notes(), Contains(AllOf(HasSubstr(shell + "/bin/node, through which claw.service"),
                                      HasSubstr("is started with " + program))));
  expect_adopted({program, current() + "/openclaw.mjs", "gateway"});
  definition().exec_start = {shell + "/bin/node", index, "gateway"};
  expect_adopted({program, script(), "gateway"});
  definition().exec_start = {"/usr/bin/env", "A=b", "node", index, "gateway"};
  expect_adopted({"/usr/bin/env", "A=b", program, script(), "gateway"});
  definition().exec_start = {"/usr/bin/env", "openclaw", "gateway"};
  expect_adopted({program, script(), "gateway"});
}

TEST_F(AnInstallation, OfHomebrewFormulaIsInItsCellar) {
  const std::string brew = "home/linuxbrew/.linuxbrew";
  const auto program = node(brew + "/Cellar/node/24.1.0/bin/node");
  root.symlink("../Cellar/node/24.1.0", brew + "/opt/node");
  const std::string libexec = brew + "/Cellar/openclaw-cli/2026.8.1/libexec";
  package(libexec + "/lib/node_modules/openclaw");
  root.write(libexec + "/lib/node_modules/openclaw/openclaw.mjs",
             "#!" + root.path(brew) + "/opt/node/bin/node\n", 0755);
  root.symlink("../lib/node_modules/openclaw/openclaw.mjs", libexec + "/bin/openclaw");
  root.symlink("../libexec/bin/openclaw", brew + "/Cellar/openclaw-cli/2026.8.1/bin/openclaw");
  definition().exec_start = {
      root.symlink("../Cellar/openclaw-cli/2026.8.1/bin/openclaw", brew + "/bin/openclaw"), "gateway"};
  expect_adopted({root.path(brew) + "/opt/node/bin/node", current() + "/openclaw.mjs", "gateway"});
}

TEST_F(AnInstallation, OfHomebrewHasTheNodeThatItsScriptNames) {
  const std::string brew = "home/linuxbrew/.linuxbrew";
  const auto program = node(brew + "/opt/node/bin/node");
  package(brew + "/lib/node_modules/openclaw");
  root.write(brew + "/lib/node_modules/openclaw/openclaw.mjs", "#!" + program + "\n", 0755);
  const auto link = root.symlink("../lib/node_modules/openclaw/openclaw.mjs", brew + "/bin/openclaw");
  definition().exec_start = {link, "gateway"};
  expect_adopted({program, current() + "/openclaw.mjs", "gateway"});
  definition().exec_start = {"/usr/bin/nice", "-n", "5", program, link, "gateway"};
  expect_adopted({"/usr/bin/nice", "-n", "5", program, current() + "/openclaw.mjs", "gateway"});
}

// --- dependencies beside the package

class AScatteredInstallation : public AnInstallation {
 protected:
  // OpenClaw at `folder`, which depends on a and b; a depends on b 1, while b 2 is the other version.
  void needs_others(const std::string& folder) {
    package(folder);
    root.write(folder + "/package.json",
               R"({"name":"openclaw","version":"2026.8.1","dependencies":{"a":"^1.0.0","b":"^2.0.0"}})");
  }
  void dependency(const std::string& folder, const std::string& name, const std::string& version_of_it,
                  const std::string& dependencies = "{}") {
    root.write(folder + "/package.json", R"({"name":")" + name + R"(","version":")" + version_of_it +
                                             R"(","main":"index.js","dependencies":)" + dependencies + "}");
    root.write(folder + "/index.js", name + " " + version_of_it);
  }
  std::string in_release(const std::string& path) const {
    return state.exists("releases/" + adopted + "/" + path) ? state.read("releases/" + adopted + "/" + path)
                                                            : "";
  }
  void expect_release() override {
    EXPECT_EQ(in_release("node_modules/a/index.js"), "a 1.0.0");
    EXPECT_EQ(in_release("node_modules/b/index.js"), "b 2.0.0");
    EXPECT_EQ(in_release("node_modules/a/node_modules/b/index.js"), "b 1.0.0")
        << "another than OpenClaw's own";
    EXPECT_EQ(in_release("node_modules/.bin/openclaw"), "");
  }
};

// pnpm 5, 8 and 10: a link in node_modules, packages in a virtual store beside each other, a shim in the
// home.
TEST_F(AScatteredInstallation, OfPnpmIsTakenWholeFromItsVirtualStore) {
  const auto program = node("bin/node");
  const std::string global = "home/.local/share/pnpm/global/5/";
  const std::string store_folder = global + ".pnpm/";
  needs_others(store_folder + "openclaw@2026.8.1/node_modules/openclaw");
  root.write(store_folder + "openclaw@2026.8.1/node_modules/openclaw/node_modules/.bin/openclaw",
             "#!/bin/sh\n", 0755);
  dependency(store_folder + "a@1.0.0/node_modules/a", "a", "1.0.0", R"({"b":"^1.0.0"})");
  dependency(store_folder + "b@1.0.0/node_modules/b", "b", "1.0.0", R"({"a":"^1.0.0"})");
  dependency(store_folder + "b@2.0.0/node_modules/b", "b", "2.0.0");
  root.symlink("../../a@1.0.0/node_modules/a", store_folder + "openclaw@2026.8.1/node_modules/a");
  root.symlink("../../b@2.0.0/node_modules/b", store_folder + "openclaw@2026.8.1/node_modules/b");
  root.symlink("../../b@1.0.0/node_modules/b", store_folder + "a@1.0.0/node_modules/b");
  root.symlink("../../a@1.0.0/node_modules/a", store_folder + "b@1.0.0/node_modules/a");
  root.symlink("../.pnpm/openclaw@2026.8.1/node_modules/openclaw", global + "node_modules/openclaw");
  definition().exec_start = {
      shim("home/.local/share/pnpm/openclaw", "global/5/node_modules/openclaw/openclaw.mjs"), "gateway"};
  EXPECT_THAT(notes(), Contains(HasSubstr("3 packages that")));
  expect_adopted({program, script(), "gateway"});
  definition().exec_start = {program, root.path(global + "node_modules/openclaw/dist/index.js"), "gateway"};
  expect_adopted({program, script(), "gateway"});
}

// pnpm 11 and later: dependencies of all packages are in one store.
TEST_F(AScatteredInstallation, OfPnpm11IsTakenWholeFromTheStoreThatAllShare) {
  const auto program = node("bin/node");
  const std::string home = "home/.local/share/pnpm/", links = home + "store/v11/links/@/";
  const std::string own = links + "openclaw/2026.8.1/f00/node_modules/";
  needs_others(own + "openclaw");
  dependency(links + "a/1.0.0/f01/node_modules/a", "a", "1.0.0", R"({"b":"^1.0.0"})");
  dependency(links + "b/1.0.0/f02/node_modules/b", "b", "1.0.0");
  dependency(links + "b/2.0.0/f03/node_modules/b", "b", "2.0.0");
  root.symlink("../../../../a/1.0.0/f01/node_modules/a", own + "a");
  root.symlink("../../../../b/2.0.0/f03/node_modules/b", own + "b");
  root.symlink("../../../../b/1.0.0/f02/node_modules/b", links + "a/1.0.0/f01/node_modules/b");
  root.symlink(root.path(own + "openclaw"), home + "global/v11/1-2/node_modules/openclaw");
  root.symlink("1-2", home + "global/v11/c0de");
  const std::string target = "../global/v11/c0de/node_modules/openclaw/openclaw.mjs";
  definition().exec_start = {
      root.write(home + "bin/openclaw",
                 "#!/bin/sh\nlink=\"$0\"\nbasedir=\"${link%/*}\"\n"
                 "basedir_abs=$(CDPATH= cd -P -- \"$basedir\" && pwd -P) || exit $?\n"
                 "if [ -x \"$basedir_abs/node\" ]; then\n  exec \"$basedir_abs/node\"  \"$basedir_abs\"/'" +
                     target + "' \"$@\"\nelse\n  exec node  \"$basedir_abs\"/'" + target +
                     "' \"$@\"\nfi\n# cmd-shim-target=" + root.path(home + "bin/" + target) + "\n",
                 0755),
      "gateway"};
  EXPECT_THAT(notes(), Contains(HasSubstr("3 packages that")));
  expect_adopted({program, script(), "gateway"});
}

// pnpm 10 only reports "Ignored build scripts".
TEST_F(AScatteredInstallation, WhosePostinstallWasNotRunIsLeftWithTheCommandThatRunsIt) {
  const auto program = node("bin/node");
  const std::string modules = "home/.bun/install/global/node_modules/";
  needs_others(modules + "openclaw");
  dependency(modules + "a", "a", "1.0.0", R"({"b":"^1.0.0"})");
  dependency(modules + "a/node_modules/b", "b", "1.0.0");
  dependency(modules + "b", "b", "2.0.0");
  root.write(modules + "openclaw/.openclaw-lifecycle-pending");
  root.write(modules + "openclaw/scripts/postinstall-bundled-plugins.mjs");
  definition().exec_start = {program, root.path(modules + "openclaw/openclaw.mjs"), "gateway"};
  EXPECT_THAT(refusal(), HasSubstr("as the user who owns it, run " + program + " " + root.path(modules) +
                                   "openclaw/scripts/postinstall-bundled-plugins.mjs, then adopt again"));
  // As the message requests: this removes the mark.
  ASSERT_EQ(::unlink(root.path(modules + "openclaw/.openclaw-lifecycle-pending").c_str()), 0);
  expect_adopted({program, current() + "/openclaw.mjs", "gateway"});
}

TEST_F(AScatteredInstallation, OfBunIsTakenWithWhatLiesBesideIt) {
  const auto program = node("bin/node");
  const std::string modules = "home/.bun/install/global/node_modules/";
  needs_others(modules + "openclaw");
  dependency(modules + "a", "a", "1.0.0", R"({"b":"^1.0.0"})");
  dependency(modules + "a/node_modules/b", "b", "1.0.0");
  dependency(modules + "b", "b", "2.0.0");
  definition().exec_start = {program, root.path(modules + "openclaw/openclaw.mjs"), "gateway"};
  expect_adopted({program, current() + "/openclaw.mjs", "gateway"});
}

TEST_F(AScatteredInstallation, ThatLacksAPackageIsLeft) {
  const std::string modules = "home/.bun/install/global/node_modules/";
  needs_others(modules + "openclaw");
  dependency(modules + "a", "a", "1.0.0");
  definition().exec_start = {node("bin/node"), root.path(modules + "openclaw/openclaw.mjs"), "gateway"};
  EXPECT_THAT(refusal(), HasSubstr("node_modules is missing"));
}

TEST_F(AScatteredInstallation, WithAWrongVersionBesideItIsNotAdopted) {
  const std::string modules = "home/.bun/install/global/node_modules/";
  needs_others(modules + "openclaw");
  dependency(modules + "a", "a", "1.0.0");
  dependency(modules + "b", "b", "7.0.0");
  definition().exec_start = {node("bin/node"), root.path(modules + "openclaw/openclaw.mjs"), "gateway"};
  auto adopting = look();
  ASSERT_TRUE(adopting) << adopting.error().message;
  const auto done = update::carry_out_adoption(site(), {etc.path("helpers.ini"), 1, {}}, *adopting);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("b: 7.0.0"));
  EXPECT_FALSE(state.is_symlink("current"));
}

// update.auto.enabled: from inside the unit, as a child of the gateway.
TEST_F(AnInstallation, ThatUpdatesItselfAtThisMomentIsLeftUntilThatHasEnded) {
  const auto program = node("bin/node");
  package("lib/node_modules/openclaw");
  definition().exec_start = {program, root.path("lib/node_modules/openclaw/dist/index.js"), "gateway"};
  runs_as({.program = program, .environment = {}, .maps = ""});
  runs_as({.program = program, .arguments = {"openclaw-update", "", ""}, .environment = {}, .maps = ""}, 77,
          42);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("is updating OpenClaw by itself: process 77 (openclaw update)"),
                               HasSubstr("adopt again")));
  root.write("proc/77/cgroup", "0::/user.slice\n");
  expect_adopted({program, script(), "gateway"});
}

TEST_F(AnInstallation, FromAGitCheckoutIsLeftWithTheCommandsForAPackage) {
  const auto program = node("bin/node");
  package("src/openclaw");
  root.mkdir("src/openclaw/.git");
  definition().exec_start = {program, root.path("src/openclaw/dist/index.js"), "gateway", "--port", "1"};
  const std::string message = refusal();
  EXPECT_THAT(message,
              AllOf(HasSubstr("is a git checkout"),
                    HasSubstr("npm install --global --prefix /opt/openclaw openclaw@latest"),
                    HasSubstr("ExecStart=" + program +
                              " /opt/openclaw/lib/node_modules/openclaw/dist/index.js gateway --port 1")));
  // As the message requests, with another folder for /opt.
  package("opt/openclaw/lib/node_modules/openclaw");
  definition().exec_start = {program, root.path("opt/openclaw/lib/node_modules/openclaw/dist/index.js"),
                             "gateway", "--port", "1"};
  expect_adopted({program, script(), "gateway", "--port", "1"});
}

// --- shells, and programs in front of Node

class AShell : public AnInstallation {
 protected:
  AShell() {
    program_ = node("home/.nvm/versions/node/v24.1.0/bin/node");
    package("home/.nvm/versions/node/v24.1.0/lib/node_modules/openclaw");
    root.symlink("../lib/node_modules/openclaw/openclaw.mjs", "home/.nvm/versions/node/v24.1.0/bin/openclaw");
  }
  // With variables of a profile: the PATH of nvm, and these.
  void runs_with(Words environment) {
    for (const std::string more :
         {"HOME=/home/claw", "SHLVL=0", "_=/usr/bin/bash", "PWD=/", "INVOCATION_ID=1"}) {
      environment.push_back(more);
    }
    environment.push_back("PATH=" + root.path("home/.nvm/versions/node/v24.1.0/bin") + ":/usr/bin");
    runs_as({.program = program_, .environment = environment, .maps = ""});
  }
  std::string program_;
};

TEST_F(AShell, WithAPlainCommandIsTakenOutOfTheUnit) {
  definition().path = root.path("home/.nvm/versions/node/v24.1.0/bin");
  for (const Words& command :
       {Words{"/bin/sh", "-c", "openclaw gateway --port 1"},
        Words{"/bin/bash", "-c", "exec \"$@\"", "x", "openclaw", "gateway", "--port", "1"},
        Words{"/usr/bin/env", "-S", "openclaw gateway", "--port", "1"}}) {
    definition().exec_start = command;
    expect_adopted({program_, script(), "gateway", "--port", "1"});
  }
}

TEST_F(AShell, LeavesWhatDoesSomethingInFront) {
  definition().path = root.path("home/.nvm/versions/node/v24.1.0/bin");
  definition().exec_start = {"/bin/sh", "-c", "A=b exec nice -n 5 openclaw gateway --verbose"};
  expect_adopted({"/usr/bin/env", "A=b", "nice", "-n", "5", program_, script(), "gateway", "--verbose"});
}

TEST_F(AShell, OfALoginIsTakenOutWhereTheProcessShowsWhatItsProfileGives) {
  definition().exec_start = {"/bin/bash", "-lc", "exec openclaw gateway"};
  EXPECT_THAT(refusal(), HasSubstr("start it, and then adopt it"));
  runs_with({"EDITOR=emacs"});
  EXPECT_THAT(notes(),
              Contains(AllOf(HasSubstr("EDITOR, PATH"), HasSubstr("profile"), Not(HasSubstr("emacs")))));
  expect_adopted({program_, script(), "gateway"});
}

TEST_F(AShell, ThatDoesNotExecIsTheParentOfTheGateway) {
  definition().exec_start = {"/bin/dash", "-lc", "openclaw gateway"};
  runs_as({.program = "/bin/dash", .environment = {}, .maps = ""});
  runs_as({.program = program_,
           .environment = {"PATH=" + root.path("home/.nvm/versions/node/v24.1.0/bin")},
           .maps = ""},
          43, 42);
  expect_adopted({program_, script(), "gateway"});
}

TEST_F(AShell, OfALoginWhoseProfileGivesASecretIsLeftUntilTheUnitGivesIt) {
  definition().exec_start = {"/bin/bash", "-lc", "exec openclaw gateway"};
  runs_with({"TELEGRAM_BOT_TOKEN=s3cret", "OPENCLAW_LOG_LEVEL=debug", "EDITOR=emacs"});
  const std::string message = refusal();
  EXPECT_THAT(message,
              AllOf(HasSubstr("OPENCLAW_LOG_LEVEL, TELEGRAM_BOT_TOKEN, which the profile"),
                    HasSubstr("OPENCLAW_LOG_LEVEL=..., TELEGRAM_BOT_TOKEN=... into /etc/openclaw/claw.env"),
                    HasSubstr("EnvironmentFile=/etc/openclaw/claw.env into " +
                              etc.path("system/claw.service.d/40-environment.conf")),
                    Not(HasSubstr("EDITOR")), Not(HasSubstr("s3cret")), Not(HasSubstr("debug"))));
  // As the message requests.
  definition().environment_files = {
      {etc.write("claw.env", "TELEGRAM_BOT_TOKEN=s3cret\nOPENCLAW_LOG_LEVEL=debug\n", 0600), false}};
  expect_adopted({program_, script(), "gateway"});
}

TEST_F(AShell, OfALoginWhoseProfileMovesTheStateIsLeftUntilTheUnitSaysSo) {
  definition().exec_start = {"/bin/bash", "-lc", "exec openclaw gateway"};
  runs_with({"OPENCLAW_STATE_DIR=/srv/claw"});
  EXPECT_THAT(refusal(), HasSubstr("write Environment=OPENCLAW_STATE_DIR=... into " +
                                   etc.path("system/claw.service.d/40-environment.conf")));
  definition().environment_keys.emplace_back("OPENCLAW_STATE_DIR");
  definition().locations["OPENCLAW_STATE_DIR"] = "/srv/claw";
  expect_adopted({program_, script(), "gateway"});
}

// The PATH determines one program, but the process runs another one.
TEST_F(AShell, OfALoginWhoseProcessRunsSomethingElseIsLeft) {
  const auto other = package("opt/openclaw");
  definition().exec_start = {"/bin/bash", "-lc", "exec openclaw gateway"};
  runs_with({});
  root.write("proc/42/maps", "7f00-7f01 r-xp 00000000 08:01 7    " +
                                 root.write("opt/openclaw/node_modules/koffi/koffi.node") + "\n");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("its process runs " + other), HasSubstr(".nvm/versions")));
}

TEST_F(AShell, WhoseMainProcessIsAnothersMeanwhileIsNotRead) {
  definition().exec_start = {"/bin/bash", "-lc", "exec openclaw gateway"};
  runs_with({});
  root.write("proc/42/cgroup", "0::/user.slice/user-1000.slice\n");
  EXPECT_THAT(refusal(), HasSubstr("start it, and then adopt it"));
}

TEST_F(AShell, WhoseEnvironmentCannotBeReadIsNotTakenForOneWithoutVariables) {
  definition().exec_start = {"/bin/bash", "-lc", "exec openclaw gateway"};
  runs_with({"OPENCLAW_STATE_DIR=/srv/claw"});
  const test_support::Refusals refused(
      [](fs::syscalls::Call, std::string_view name) { return name == "environ" ? EIO : 0; });
  EXPECT_THAT(refusal(), HasSubstr("start it, and then adopt it"));
}

TEST_F(AShell, ThatDoesMoreThanStartItIsLeftToAnOperator) {
  definition().path = root.path("home/.nvm/versions/node/v24.1.0/bin");
  for (const char* const text :
       {"cd /srv && exec openclaw gateway", "export A=b; exec openclaw gateway",
        "exec openclaw gateway --port $PORT", "exec openclaw gateway --token $(cat /t)"}) {
    definition().exec_start = {"/bin/sh", "-c", text};
    EXPECT_THAT(refusal(), HasSubstr("ExecStart=" + program_)) << text;
  }
}

TEST_F(AShell, OfAnInstallationNamedByPathThatHasMovedIsStartedAnewFromTheNewOne) {
  const auto old = package("opt/old");
  const auto now = package("opt/new");
  definition().exec_start = {program_, now + "/dist/index.js", "gateway"};
  runs_as({.program = program_,
           .arguments = {program_, old + "/dist/index.js", "gateway"},
           .environment = {},
           .maps = ""});
  EXPECT_THAT(notes(), Contains(AllOf(HasSubstr(old), HasSubstr(now), HasSubstr("next start"))));
}

}  // namespace
