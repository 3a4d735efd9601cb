// SPDX-License-Identifier: MIT
#include "trees/state_ground.hpp"

#include <sqlite3.h>

#include <string>

#include "trees/confined.hpp"
#include "workers/state/snapshot.hpp"

namespace trees {
namespace {

void make_database(const std::string& path, uid_t owner) {
  sqlite3* database = nullptr;
  require(sqlite3_open(path.c_str(), &database) == SQLITE_OK, path);
  sqlite3_exec(database, "CREATE TABLE t(a); INSERT INTO t VALUES(1)", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  give(path, owner, 0600);
}

}  // namespace

void make_state(const Plot& plot) {
  for (const char* folder : {"state/.openclaw/state", "work", "package"})
    make_folders(plot.path(folder), plot.owner);
  const auto at = [&](const char* relative) { return plot.path("state/.openclaw/") + relative; };
  make_file(at("openclaw.json"), R"({ $include: "./settings/entry.json" })", plot.owner, 0600);
  make_file(at(".env"), "TOKEN=secret\n", plot.owner, 0600);
  make_database(at("state/openclaw.sqlite"), plot.owner);
}

workers::state::Place place_of_state(const Plot& plot) {
  const std::string state = plot.path("state/.openclaw");
  return {plot.path("state"), state, state + "/openclaw.json"};
}

void take_snapshot_before(const Plot& plot) {
  for (const char* folder : {"settings", "agents"})
    make_folder(plot.path("state/.openclaw/") + folder, plot.owner);
  make_file(plot.path("state/.openclaw/settings/entry.json"), "{}\n", plot.owner);
  make_database(plot.path("state/.openclaw/agents/entry.sqlite"), plot.owner);
  const Answer answer = run_confined(As::lesser, [&]() -> base::Result<void> {
    const auto taken =
        workers::state::take_snapshot(place_of_state(plot), transaction, workers::state::Pass::hot);
    if (!taken) return base::pass(taken.error());
    return {};
  });
  require(answer.kind == Answer::Kind::done, "take a snapshot: " + answer.message);
}

}  // namespace trees
