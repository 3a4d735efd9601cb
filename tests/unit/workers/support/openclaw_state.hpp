// SPDX-License-Identifier: MIT
// A gateway's state directory with a few files of each kind, and SQLite databases like those of OpenClaw.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

#include "support/temporary_directory.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers_tests {

// A connection that is open until its destruction, like that of a gateway.
class Database {
 public:
  explicit Database(const std::string& path) {
    EXPECT_EQ(SQLITE_OK, sqlite3_open(path.c_str(), &handle_)) << path;
    sqlite3_busy_timeout(handle_, 20000);
    run("PRAGMA journal_mode=WAL");
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(handle_); }

  void run(const std::string& sql) {
    char* problem = nullptr;
    EXPECT_EQ(SQLITE_OK, sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &problem))
        << (problem == nullptr ? "" : problem);
    sqlite3_free(problem);
  }
  // Returns the first column of the first row.
  [[nodiscard]] std::string ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(SQLITE_OK, sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr)) << sql;
    EXPECT_EQ(SQLITE_ROW, sqlite3_step(statement)) << sqlite3_errmsg(handle_);
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    std::string answer = text == nullptr ? "" : text;
    sqlite3_finalize(statement);
    return answer;
  }

 private:
  sqlite3* handle_ = nullptr;
};

class OpenClawState {
 public:
  static constexpr const char* secret = "xoxb-a-very-secret-token-4711";
  static constexpr const char* main_database = ".openclaw/state/openclaw.sqlite";

  explicit OpenClawState(const std::string& where = test_support::TemporaryDirectory::default_place())
      : folder(where) {
    folder.mkdir(".openclaw", 0700);
    folder.write(".openclaw/openclaw.json",
                 std::string("{ // the operator's\n \"channels\": {\"slack\": {\"botToken\": \"") + secret +
                     "\"}}, \"$include\": \"./more.json5\" }",
                 0640);
    folder.write(".openclaw/more.json5", "{gateway: {mode: 'local'}}", 0600);
    folder.write(".openclaw/.env", std::string("SLACK_TOKEN=") + secret + "\n", 0600);
    folder.write(".openclaw/npm/package.json", R"({"dependencies":{"@openclaw/slack":"2026.9.5"}})", 0644);
    folder.write(".openclaw/credentials/slack.json", secret, 0600);
    folder.mkdir(".openclaw/state", 0700);
    Database database(folder.path(main_database));
    database.run(
        "CREATE TABLE entries(number INTEGER, text TEXT); PRAGMA user_version=18;"
        "INSERT INTO entries VALUES(1, 'before')");
  }

  [[nodiscard]] workers::state::Place place() const {
    const std::string state = folder.path(".openclaw");
    return {folder.path(), state, state + "/openclaw.json"};
  }
  [[nodiscard]] std::string ask(const std::string& sql) const {
    return Database(folder.path(main_database)).ask(sql);
  }

  test_support::TemporaryDirectory folder;
};

}  // namespace workers_tests
