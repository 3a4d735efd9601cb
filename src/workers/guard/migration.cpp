// SPDX-License-Identifier: MIT
#include "workers/guard/migration.hpp"

#include <algorithm>

#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/version.hpp"
#include "workers/guard/guard.hpp"
#include "workers/guard/record.hpp"
#include "workers/state/inventory.hpp"
#include "workers/state/migrate.hpp"

namespace workers::guard {

using base::Result;

bool has_migrating_doctor(const std::string& version) {
  const openclaw::Version first{.year = 2026, .month = 4, .patch = 26, .correction = 0, .prerelease = {}};
  const auto parsed = openclaw::Version::parse(version);
  return parsed && *parsed >= first;
}

state::Transcripts transcripts_at_risk(const state::Belongings& belongings) {
  const bool are_files =
      std::any_of(belongings.items.begin(), belongings.items.end(),
                  [](const state::Item& item) { return item.path.ends_with("sessions/sessions.json"); });
  return are_files ? state::Transcripts::included : state::Transcripts::left_out;
}

Result<contract::StateMigrated> run_migration(const Guarding& guarding, int guard_fd,
                                              systemd::Notifier& notifier) {
  if (guarding.node.empty()) {
    return base::fail(
        base::ErrorKind::not_found,
        "there is no Node.js on PATH to run openclaw doctor with, which must migrate the state");
  }
  auto migrated =
      state::migrate(guarding.place, guarding.environment, {guarding.package, guarding.node}, notifier);
  if (!migrated) return migrated;
  const std::string text =
      contract::to_json(*migrated).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  // For operators; a full disk is told by what must be written next.
  (void)fs::write_file_durably(guard_fd, migration_file, text, 0600);
  return migrated;
}

Result<std::vector<std::string>> moved_since(const state::Place& place, const std::string& snapshot) {
  const auto folder = state::open_snapshot(place, snapshot, false);
  if (!folder) return base::pass(folder.error());
  const auto inventory = state::read_inventory(folder->get());
  if (!inventory) return base::pass(inventory.error());
  const auto roots = state::open_roots(place);
  if (!roots) return base::pass(roots.error());
  std::vector<std::string> moved;
  for (const state::Entry& entry : inventory->entries) {
    const auto is_there = fs::is_there_beneath(roots->fd(entry.item.root), entry.item.path);
    if (!is_there) return base::pass(is_there.error());
    if (!*is_there) moved.push_back(entry.item.path);
  }
  return moved;
}

}  // namespace workers::guard
