// SPDX-License-Identifier: MIT
// A database contains absolute paths of installed plugins, and the config those of agents; in a copy, they
// lead into the copy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fs/beneath.hpp"
#include "support/temporary_directory.hpp"
#include "workers/state/copy.hpp"
#include "workers/state/sqlite_copy.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

class CopiedPaths : public testing::Test {
 protected:
  bool led() {
    const auto done =
        workers::state::lead_into_copy(place_.fd(), "copy.sqlite", "/home/claw/.openclaw", "/c/state");
    EXPECT_TRUE(done) << done.error().message;
    return done.has_value();
  }
  const test_support::TemporaryDirectory place_;
};

TEST_F(CopiedPaths, LeadIntoTheCopy) {
  workers_tests::Database database(place_.path("copy.sqlite"));
  database.run(
      "CREATE TABLE config_machine_state (key TEXT, value_json TEXT);"
      "INSERT INTO config_machine_state VALUES ('index',"
      " '{\"path\":\"/home/claw/.openclaw/npm/x\",\"other\":\"/home/claw/.openclaw-work/npm\"}'),"
      " ('none', '{}');");
  ASSERT_TRUE(led());
  EXPECT_EQ(database.ask("SELECT value_json FROM config_machine_state WHERE key='index'"),
            R"({"path":"/c/state/npm/x","other":"/home/claw/.openclaw-work/npm"})");
}

TEST_F(CopiedPaths, AreNoneInADatabaseOfAnOlderRelease) {
  workers_tests::Database database(place_.path("copy.sqlite"));
  database.run("CREATE TABLE runs (id TEXT);");
  EXPECT_TRUE(led());
}

// The installer of 2026.9.5 writes agentDir; 2026.9.6 makes backups beside the existing database.
TEST_F(CopiedPaths, OfAgentsInTheConfigLeadIntoTheCopyAndOthersStay) {
  const std::string state = place_.path("live");
  place_.write("live/openclaw.json", "{agents: {entries: {main: {agentDir: \"" + state +
                                         "/agents/main/agent\", workspace: '" + state +
                                         "/workspace'}}}, note: \"see " + state + "/agents/main\"}");
  const workers::state::Place live{place_.path(), state, state + "/openclaw.json", {}};
  place_.mkdir("work/state");
  const base::UniqueFd work = fs::open_directory(place_.path("work")).value_or(base::UniqueFd());
  ASSERT_TRUE(workers::state::copy_config(live, nullptr, work.get(), "/c"));
  EXPECT_EQ(place_.read("work/state/openclaw.json"),
            "{agents: {entries: {main: {agentDir: \"/c/state/agents/main/agent\", workspace: '" + state +
                "/workspace'}}}, note: \"see " + state + "/agents/main\"}");
}

}  // namespace
