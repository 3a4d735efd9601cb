// Where plugins are installed is kept in a database as whole paths; in a copy they lead into the copy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"
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

}  // namespace
