// SPDX-License-Identifier: MIT
// Processes that update OpenClaw from within, and their nearest neighbours that do not.
#include "openclaw/own_update.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using openclaw::own_update_of;

TEST(AnUpdateOfItsOwn, IsKnownByItsArgumentsOrItsTitle) {
  EXPECT_EQ(own_update_of({"openclaw-update", "", "", ""}), "openclaw update");
  EXPECT_EQ(
      own_update_of({"/usr/bin/node", "/usr/lib/node_modules/openclaw/openclaw.mjs", "update", "--yes"}),
      "openclaw update");
  EXPECT_EQ(own_update_of({"npm install -g openclaw@latest"}), "npm install --global openclaw");
  EXPECT_EQ(own_update_of(
                {"/usr/bin/node", "/usr/lib/node_modules/npm/bin/npm-cli.js", "i", "--global", "openclaw"}),
            "npm install --global openclaw");
}

TEST(AnUpdateOfItsOwn, IsNothingElseThatAGatewayStarts) {
  EXPECT_EQ(own_update_of({}), "");
  EXPECT_EQ(own_update_of({"openclaw-gateway", "", ""}), "");
  EXPECT_EQ(own_update_of({"openclaw-update", "status"}), "") << "a program of that name";
  EXPECT_EQ(own_update_of({"node", "/x/openclaw.mjs", "update", "status"}), "");
  EXPECT_EQ(own_update_of({"node", "/x/openclaw.mjs", "update", "--dry-run"}), "");
  EXPECT_EQ(own_update_of({"node", "/x/openclaw.mjs", "agent", "--message", "update"}), "");
  EXPECT_EQ(own_update_of({"npm install openclaw"}), "") << "into a folder of its own";
  EXPECT_EQ(own_update_of({"npm install -g openclaw-skills"}), "");
  EXPECT_EQ(own_update_of({"node", "/x/say.js", "npm", "install", "-g", "openclaw"}), "");
}

// --- processes, as /proc shows them

class RunningUpdates : public testing::Test {
 protected:
  using Words = std::vector<std::string>;
  struct Process {
    Words arguments, environment = {};
    std::string program = "/usr/bin/node";
    std::string log = {};  // of npm
    std::string root = "/";
  };
  RunningUpdates() {
    for (const std::string prefix : {"usr", "other"}) {
      const std::string root = prefix + "/lib/node_modules/openclaw/";
      root_.write(root + "package.json", R"({"name":"openclaw","version":"2026.9.6"})");
      root_.write(root + "openclaw.mjs", "#!/usr/bin/env node\n", 0755);
      root_.symlink("../lib/node_modules/openclaw/openclaw.mjs", prefix + "/bin/openclaw");
    }
    root_.write("usr/bin/node", "", 0755);
  }
  void runs(int pid, const Process& process) {
    const std::string folder = "proc/" + std::to_string(pid) + "/";
    root_.write(folder + "cmdline", ended(process.arguments));
    root_.write(folder + "environ", ended(process.environment));
    root_.write(folder + "status", "Name:\tnode\nUid:\t1000\t1001\t1000\t1000\n");
    root_.symlink(process.program, folder + "exe");
    root_.symlink(process.root, folder + "root");
    root_.symlink(root_.path(), folder + "cwd");
    root_.mkdir(folder + "fd");
    if (process.log.empty()) return;
    root_.write("home/.npm/_logs/now-debug-0.log", process.log);
    root_.symlink(root_.path("home/.npm/_logs/now-debug-0.log"), folder + "fd/19");
  }
  openclaw::OwnUpdate only() {
    const auto found = openclaw::find_own_updates({7, 8}, root_.path("proc"));
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? openclaw::OwnUpdate() : found.front();
  }
  std::string what() { return openclaw::find_own_update({7, 8}, root_.path("proc")); }
  std::string package(const std::string& prefix) const {
    return root_.path(prefix + "/lib/node_modules/openclaw");
  }
  static std::string log_of(const std::string& arguments, const std::string& prefix) {
    return "0 verbose cli /usr/bin/node /usr/bin/npm\n3 silly config load:file:/root/.npmrc\n"
           "5 silly config load:file:" +
           prefix + "/etc/npmrc\n6 verbose title npm install openclaw@latest\n7 verbose argv " + arguments +
           "\n8 verbose logfile logs-max:10\n";
  }

  test_support::TemporaryDirectory root_;

 private:
  static std::string ended(const Words& words) {
    std::string text;
    for (const std::string& word : words) text += word + '\0';
    return text;
  }
};

TEST_F(RunningUpdates, AreNodeByWhatTheKernelSays) {
  runs(7, {{"openclaw-update", "", ""}, {}, "/usr/bin/sleep"});
  EXPECT_EQ(what(), "");
  runs(8, {{"openclaw-update", "", ""}, {}});
  EXPECT_EQ(what(), "process 8 (openclaw update)");
  EXPECT_EQ(only().user, 1001U);
}

TEST_F(RunningUpdates, AreOfThePackageThatTheScriptIsIn) {
  runs(8, {{"/usr/bin/node", root_.path("usr/bin/openclaw"), "update", "--yes"}, {}});
  EXPECT_EQ(only().package, package("usr"));
  EXPECT_TRUE(openclaw::replaces(only(), package("usr")));
  EXPECT_FALSE(openclaw::replaces(only(), package("other")));
}

TEST_F(RunningUpdates, WithATitleAreOfTheCommandThatTheShellHasNoted) {
  const std::string path = "PATH=" + root_.path("usr/bin");
  runs(8, {{"openclaw-update", "", ""}, {path, "_=" + root_.path("other/bin/openclaw")}});
  EXPECT_EQ(only().package, package("other"));
}

TEST_F(RunningUpdates, WithATitleAreElseOfWhatPathHasByThatName) {
  runs(8, {{"openclaw-update", "", ""}, {"PATH=/nowhere:" + root_.path("usr/bin"), "_=/usr/bin/env"}});
  EXPECT_EQ(only().package, package("usr"));
}

TEST_F(RunningUpdates, WhosePackageDoesNotShowReplaceNone) {
  runs(8, {{"openclaw-update", "", ""}, {"PATH=/nowhere"}});
  EXPECT_EQ(only().package, "");
  EXPECT_FALSE(openclaw::replaces(only(), package("usr")));
}

TEST_F(RunningUpdates, OfNpmAreKnownByItsLogSinceItsTitleHasNoOptions) {
  runs(8, {{"npm install openclaw@latest", "", ""},
           {},
           "/usr/bin/node",
           log_of(R"("install" "-g" "openclaw@latest")", root_.path("usr"))});
  EXPECT_EQ(what(), "process 8 (npm install --global openclaw)");
  EXPECT_EQ(only().package, package("usr"));
}

TEST_F(RunningUpdates, OfNpmAreNoneWhereItInstallsIntoAFolderOfItsOwn) {
  runs(8, {{"npm install openclaw@latest", "", ""},
           {},
           "/usr/bin/node",
           log_of(R"("install" "openclaw@latest")", root_.path("usr"))});
  EXPECT_EQ(what(), "");
}

TEST_F(RunningUpdates, OfNpmAreOfThePrefixThatItWasTold) {
  const std::string told = R"("install" "--global" "--prefix" ")" + root_.path("other") + R"(" "openclaw")";
  runs(8, {{"npm install openclaw", ""}, {}, "/usr/bin/node", log_of(told, root_.path("usr"))});
  EXPECT_EQ(only().package, package("other"));
  runs(7, {{"/usr/bin/node", "/usr/lib/node_modules/npm/bin/npm-cli.js", "i", "-g", "openclaw"},
           {"npm_config_prefix=" + root_.path("usr")}});
  EXPECT_EQ(openclaw::find_own_updates({7}, root_.path("proc")).front().package, package("usr"));
}

// OpenClaw's own updater has npm fill a folder beside the package, and swaps them then.
TEST_F(RunningUpdates, OfNpmReplaceThePackageThatTheirFolderIsBeside) {
  const std::string beside = "usr/lib/node_modules/.openclaw-update-stage-Xy12";
  root_.mkdir(beside + "/lib/node_modules");
  const std::string told = R"("i" "-g" "--prefix" ")" + root_.path(beside) + R"(" "openclaw@2026.9.6")";
  runs(8, {{"npm i openclaw@2026.9.6", ""}, {}, "/usr/bin/node", log_of(told, root_.path(beside))});
  EXPECT_TRUE(openclaw::replaces(only(), package("usr")));
  EXPECT_FALSE(openclaw::replaces(only(), package("other")));
}

TEST_F(RunningUpdates, InAnotherFileSystemReplaceNothingHere) {
  runs(8, {{"/usr/bin/node", root_.path("usr/bin/openclaw"), "update"},
           {},
           "/usr/bin/node",
           "",
           root_.mkdir("container")});
  EXPECT_EQ(only().package, "");
}

}  // namespace
