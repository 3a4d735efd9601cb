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

TEST(AnUpdateOfItsOwn, IsANodeByWhatTheKernelSays) {
  const test_support::TemporaryDirectory proc;
  const auto runs = [&](int pid, const std::string& program) {
    const std::string folder = std::to_string(pid);
    proc.write(folder + "/cmdline", std::string("openclaw-update\0\0\0", 18));
    proc.symlink(program, folder + "/exe");
  };
  runs(7, "/usr/bin/sleep");
  EXPECT_EQ(openclaw::find_own_update({7, 8}, proc.path()), "");
  runs(8, "/usr/bin/node");
  EXPECT_EQ(openclaw::find_own_update({7, 8}, proc.path()), "process 8 (openclaw update)");
}

}  // namespace
