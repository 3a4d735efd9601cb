// SPDX-License-Identifier: MIT
// What stands for OpenClaw on PATH and in units, made as its package clients and version managers make it,
// and the package and Node that each leads to.
#include "openclaw/launch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using openclaw::Launch;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* package_json = R"({"name":"openclaw","version":"2026.9.5"})";

class ACommand : public testing::Test {
 protected:
  // The package at that place, and its Node beside it where npm -g of it put it.
  std::string install(const std::string& root) {
    root_.write(root + "/package.json", package_json);
    root_.write(root + "/openclaw.mjs", "#!/usr/bin/env node\n", 0755);
    root_.write(root + "/dist/index.js");
    return root_.path(root);
  }
  std::string node(const std::string& path) {
    return root_.write(path,
                       "\x7f"
                       "ELF",
                       0755);
  }

  base::Result<Launch> find(const std::vector<std::string>& words) {
    return openclaw::find_launch(openclaw::read_launch_command(words),
                                 {path_, root_.path("home"), root_.path("work")});
  }
  Launch found(const std::vector<std::string>& words) {
    auto launch = find(words);
    EXPECT_TRUE(launch) << launch.error().message;
    return launch.value_or(Launch{});
  }
  std::string reason(const std::vector<std::string>& words) {
    const auto launch = find(words);
    EXPECT_FALSE(launch);
    return launch ? "" : launch.error().message;
  }

  test_support::TemporaryDirectory root_;
  std::string path_ = root_.path("bin");
};

TEST_F(ACommand, ThatNamesNodeAndThePackageLeadsToThem) {
  const auto package = install("lib/node_modules/openclaw");
  const auto program = node("opt/node24");
  const auto launch = found({program, "--max-old-space-size=512", package + "/dist/index.js", "gateway"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
  EXPECT_FALSE(launch.by_path);
  EXPECT_THAT(launch.node_options, ElementsAre("--max-old-space-size=512"));
  EXPECT_THAT(launch.shims, IsEmpty());
}

TEST_F(ACommand, ThatNamesTheScriptAloneGetsTheNodeOfPath) {
  const auto package = install("lib/node_modules/openclaw");
  root_.symlink("../lib/node_modules/openclaw/openclaw.mjs", "bin/openclaw");
  const auto program = node("bin/node");
  for (const std::string& name : {std::string("openclaw"), root_.path("bin/openclaw")}) {
    const auto launch = found({"/usr/bin/env", name, "gateway"});
    EXPECT_EQ(launch.package_root, package);
    EXPECT_EQ(launch.node, program);
    EXPECT_TRUE(launch.by_path);
  }
}

TEST_F(ACommand, WhoseScriptNamesAnInterpreterGetsThatOne) {
  install("Cellar/openclaw-cli/1/libexec/lib/node_modules/openclaw");
  const auto program = node("opt/node/bin/node");
  root_.write("Cellar/openclaw-cli/1/libexec/lib/node_modules/openclaw/openclaw.mjs", "#!" + program + "\n",
              0755);
  root_.symlink("../Cellar/openclaw-cli/1/libexec/lib/node_modules/openclaw/openclaw.mjs", "brew/openclaw");
  node("bin/node");
  const auto launch = found({root_.path("brew/openclaw"), "gateway"});
  EXPECT_EQ(launch.node, program);
  EXPECT_FALSE(launch.by_path);
}

TEST_F(ACommand, OfPnpmIsAScriptThatLooksForNodeBesideItself) {
  const auto package = install("home/.local/share/pnpm/global/5/node_modules/openclaw");
  const auto program = node("bin/node");
  const auto shim = root_.write(
      "home/.local/share/pnpm/openclaw",
      "#!/bin/sh\n"
      "basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")\n\n"
      "case `uname` in\n    *CYGWIN*) basedir=`cygpath -w \"$basedir\"`;;\nesac\n\n"
      "if [ -z \"$NODE_PATH\" ]; then\n  export NODE_PATH=\"/x\"\nelse\n"
      "  export NODE_PATH=\"/x:$NODE_PATH\"\nfi\n"
      "if [ -x \"$basedir/node\" ]; then\n"
      "  exec \"$basedir/node\"  \"$basedir/global/5/node_modules/openclaw/openclaw.mjs\" \"$@\"\n"
      "else\n"
      "  exec node  \"$basedir/global/5/node_modules/openclaw/openclaw.mjs\" \"$@\"\nfi\n",
      0755);
  const auto launch = found({shim, "gateway", "--port", "1"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
  EXPECT_THAT(launch.arguments, ElementsAre("gateway", "--port", "1"));
  EXPECT_THAT(launch.shims, ElementsAre(shim));
}

// pnpm 11 and later: a folder for each package, dependencies in a store that all of them share, and a shim
// that finds its own folder by more than a line.
TEST_F(ACommand, OfPnpm11IsWhereTheLastLinesOfItsShimLead) {
  const auto package =
      install("home/.local/share/pnpm/store/v11/links/@/openclaw/1/f00/node_modules/openclaw");
  root_.symlink(package, "home/.local/share/pnpm/global/v11/1-2/node_modules/openclaw");
  root_.symlink("1-2", "home/.local/share/pnpm/global/v11/c0de");
  const auto program = node("bin/node");
  const std::string target = "../global/v11/c0de/node_modules/openclaw/openclaw.mjs";
  const auto shim = root_.write(
      "home/.local/share/pnpm/bin/openclaw",
      "#!/bin/sh\nlink=\"$0\"\nbasedir=$(printf '%s' \"$link\" | sed -e 's,x,/,g')\n"
      "basedir=\"${basedir%/*}\"\n"
      "basedir_abs=$(CDPATH= cd -P -- \"$basedir\" && pwd -P) || exit $?\nbasedir=\"$basedir_abs\"\n"
      "if [ -x \"$basedir/node\" ]; then\n  exec \"$basedir/node\"  \"$basedir_abs\"/'" +
          target + "' \"$@\"\nelse\n  exec node  \"$basedir_abs\"/'" + target +
          "' \"$@\"\nfi\n# cmd-shim-target=" + root_.path("home/.local/share/pnpm/bin/" + target) + "\n",
      0755);
  const auto launch = found({shim, "gateway", "--port", "1"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
  EXPECT_THAT(launch.arguments, ElementsAre("gateway", "--port", "1"));
  EXPECT_THAT(launch.besides, IsEmpty());
}

// As mise has npm packages installed, and `mise which openclaw` names it.
TEST_F(ACommand, OfAubeIsWhereItsShimLeads) {
  const std::string modules = "home/.local/share/mise/installs/npm-openclaw/2026.8.1/node_modules/";
  const auto package = install(modules + ".mise/openclaw@2026.8.1/node_modules/openclaw");
  const auto program = node("bin/node");
  const auto shim =
      root_.write(modules + ".bin/openclaw",
                  "#!/bin/sh\n# aube-bin-shim v2 target=../openclaw.mjs\nlink=\"$0\"\n"
                  "basedir=$(dirname \"$link\")\n"
                  "exec node \"$basedir/../.mise/openclaw@2026.8.1/node_modules/openclaw/openclaw.mjs\" "
                  "\"$@\"\n",
                  0755);
  const auto launch = found({shim, "gateway"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
  EXPECT_THAT(launch.besides, IsEmpty());
}

TEST_F(ACommand, OfAShellOfFnmIsStartedByWhatItsLinkLeadsTo) {
  const std::string installation = "home/.local/share/fnm/node-versions/v24.18.0/installation";
  install(installation + "/lib/node_modules/openclaw");
  const auto program = node(installation + "/bin/node");
  root_.symlink("../node-versions/v24.18.0/installation", "home/.local/share/fnm/aliases/default");
  const auto shell =
      root_.symlink(root_.path("home/.local/share/fnm/aliases/default"), "run/fnm_multishells/77_1");
  path_ = shell + "/bin";
  root_.symlink("../lib/node_modules/openclaw/openclaw.mjs", installation + "/bin/openclaw");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{shell + "/bin/openclaw", "gateway"},
        std::vector<std::string>{shell + "/bin/node", shell + "/lib/node_modules/openclaw/dist/index.js",
                                 "gateway"},
        std::vector<std::string>{"/usr/bin/env", "openclaw", "gateway"}}) {
    const auto launch = found(command);
    EXPECT_EQ(launch.node, program);
    EXPECT_FALSE(launch.by_path);
    EXPECT_EQ(launch.fleeting, shell + "/bin/node");
  }
}

TEST_F(ACommand, OfALinkThatLastsIsStartedByThatLink) {
  install("opt/node-24/lib/node_modules/openclaw");
  node("opt/node-24/bin/node");
  root_.symlink("node-24", "opt/node");
  const auto launch = found({root_.path("opt/node/bin/node"),
                             root_.path("opt/node/lib/node_modules/openclaw/dist/index.js"), "gateway"});
  EXPECT_EQ(launch.node, root_.path("opt/node/bin/node"));
  EXPECT_EQ(launch.fleeting, "");
}

TEST_F(ACommand, OfALoginShellIsLookedForInTheAccount) {
  const auto package = install("home/.nvm/versions/node/v24.18.0/lib/node_modules/openclaw");
  const auto program = node("home/.nvm/versions/node/v24.18.0/bin/node");
  root_.symlink("../lib/node_modules/openclaw/openclaw.mjs", "home/.nvm/versions/node/v24.18.0/bin/openclaw");
  const auto launch = found({"/bin/bash", "-lc", "exec openclaw gateway"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
  EXPECT_TRUE(launch.by_login_shell);
}

TEST_F(ACommand, ThatMayRunEitherOfTwoPackagesNamesBoth) {
  for (const std::string version : {"v22.1.0", "v24.18.0"}) {
    install("home/.nvm/versions/node/" + version + "/lib/node_modules/openclaw");
    root_.symlink("../lib/node_modules/openclaw/openclaw.mjs",
                  "home/.nvm/versions/node/" + version + "/bin/openclaw");
  }
  const auto launch = find({"/bin/bash", "-lc", "openclaw gateway"});
  ASSERT_FALSE(launch);
  EXPECT_EQ(launch.error().kind, ErrorKind::refused);
  EXPECT_THAT(launch.error().message, AllOf(HasSubstr("v22.1.0"), HasSubstr("v24.18.0")));
}

TEST_F(ACommand, OfVoltaIsWhereVoltaKeepsIt) {
  const auto package = install("home/.volta/tools/image/packages/openclaw/lib/node_modules/openclaw");
  const auto program = node("home/.volta/tools/image/node/24.1.0/bin/node");
  root_.write("home/.volta/bin/volta-shim",
              "\x7f"
              "ELF",
              0755);
  root_.symlink("volta-shim", "home/.volta/bin/openclaw");
  root_.symlink("volta-shim", "home/.volta/bin/node");
  path_ = root_.path("home/.volta/bin");
  const auto launch = found({root_.path("home/.volta/bin/openclaw"), "gateway"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
}

TEST_F(ACommand, OfMiseIsWhereMiseKeepsIt) {
  const auto package = install("home/.local/share/mise/installs/node/24.1.0/lib/node_modules/openclaw");
  const auto program = node("home/.local/share/mise/installs/node/24.1.0/bin/node");
  root_.symlink("24.1.0", "home/.local/share/mise/installs/node/latest");
  root_.symlink(root_.write("home/.local/bin/mise",
                            "\x7f"
                            "ELF",
                            0755),
                "home/.local/share/mise/shims/openclaw");
  const auto launch = found({"/bin/bash", "-lc", "openclaw gateway"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
}

TEST_F(ACommand, OfAsdfIsOfTheVersionThatTheShimNames) {
  install("home/.asdf/installs/nodejs/22.1.0/lib/node_modules/openclaw");
  const auto package = install("home/.asdf/installs/nodejs/24.1.0/lib/node_modules/openclaw");
  const auto program = node("home/.asdf/installs/nodejs/24.1.0/bin/node");
  const auto shim = root_.write("home/.asdf/shims/openclaw",
                                "#!/usr/bin/env bash\n# asdf-plugin: nodejs 24.1.0\n"
                                "exec /home/claw/.asdf/bin/asdf exec \"openclaw\" \"$@\"\n",
                                0755);
  const auto launch = found({shim, "gateway"});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
}

TEST_F(ACommand, OfAnAdministratorsScriptIsItsLineThatStartsTheGateway) {
  const auto package = install("opt/openclaw");
  const auto program = node("opt/node/bin/node");
  const auto script =
      root_.write("start.sh",
                  "#!/bin/bash\nset -euo pipefail\nROOT=" + root_.path("opt") +
                      "\nexport SOME_TOKEN=s3cret\nopenclaw doctor || true\n"
                      "exec \"$ROOT/node/bin/node\" \\\n  \"$ROOT/openclaw/dist/index.js\" \\\n"
                      "  gateway --port 4711\n",
                  0755);
  const auto launch = found({"/bin/bash", script});
  EXPECT_EQ(launch.package_root, package);
  EXPECT_EQ(launch.node, program);
  EXPECT_THAT(launch.arguments, ElementsAre("gateway", "--port", "4711"));
}

TEST_F(ACommand, IsLookedForInTheFolderThatTheShellChangesTo) {
  const auto package = install("src/openclaw");
  node("bin/node");
  EXPECT_EQ(found({"/bin/sh", "-c", "cd " + package + " && exec node dist/index.js gateway"}).package_root,
            package);
}

TEST_F(ACommand, ThatLeadsNowhereSaysWhy) {
  EXPECT_THAT(reason({"/bin/bash", "-lc", "openclaw gateway"}), HasSubstr("there is no openclaw in"));
  EXPECT_THAT(reason({root_.write("x",
                                  "\x7f"
                                  "ELF",
                                  0755)}),
              HasSubstr("what it runs cannot be determined"));
  EXPECT_THAT(reason({root_.write("y", "#!/bin/sh\nexec /opt/other gateway\n", 0755)}),
              HasSubstr("none of its lines starts"));
  EXPECT_THAT(reason({root_.path("absent"), "gateway"}), HasSubstr("there is no " + root_.path("absent")));
  EXPECT_THAT(reason({"node", "/etc/passwd", "gateway"}), HasSubstr("not in a package of OpenClaw"));
}

TEST_F(ACommand, ThatStartsItselfComesToAnEnd) {
  const auto script = root_.path("loop.sh");
  root_.write("loop.sh", "#!/bin/sh\nexec " + script + " gateway\n", 0755);
  EXPECT_THAT(reason({script}), HasSubstr("none of its lines starts"));
}

TEST_F(ACommand, WithoutANodeAnywhereHasNone) {
  const auto package = install("lib/node_modules/openclaw");
  EXPECT_EQ(found({package + "/openclaw.mjs", "gateway"}).node, "");
}

}  // namespace
