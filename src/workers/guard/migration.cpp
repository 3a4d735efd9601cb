// SPDX-License-Identifier: MIT
#include "workers/guard/migration.hpp"

#include <fcntl.h>

#include <algorithm>

#include "base/digest.hpp"
#include "fs/beneath.hpp"
#include "openclaw/version.hpp"
#include "workers/guard/guard.hpp"
#include "workers/guard/record.hpp"
#include "workers/state/inventory.hpp"
#include "workers/state/migrate.hpp"

namespace workers::guard {

using base::Result;

namespace {

Result<bool> is_as_it_was(int root_fd, const state::Entry& entry) {
  const auto is_there = fs::is_there_beneath(root_fd, entry.item.path);
  if (!is_there) return base::pass(is_there.error());
  if (!*is_there) return false;
  const bool counts = entry.item.kind == state::Kind::file && entry.item.rule == state::RestoreRule::exact;
  if (!counts) return true;
  const auto file = fs::open_beneath(root_fd, entry.item.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (!file) return base::pass(file.error());
  const auto digest = base::sha256_hex_of_file(file->get());
  if (!digest) return base::pass(digest.error());
  return *digest == entry.content;
}

}  // namespace

bool has_migrating_doctor(const std::string& version) {
  const openclaw::Version first{.year = 2026, .month = 5, .patch = 2, .correction = 0, .prerelease = {}};
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
  // What an earlier one has said must not be taken for the words of one that was killed with its container.
  write_migration(guard_fd, {.outcome = "begun", .detail = "has not ended", .log = {}});
  auto migrated = state::migrate(guarding.place, guarding.environment, {guarding.package, guarding.node},
                                 guarding.directory, notifier);
  if (migrated) write_migration(guard_fd, *migrated);
  return migrated;
}

Result<bool> has_changed_since(const state::Place& place, const std::string& snapshot) {
  const auto folder = state::open_snapshot(place, snapshot, false);
  if (!folder) return base::pass(folder.error());
  const auto inventory = state::read_inventory(folder->get());
  if (!inventory) return base::pass(inventory.error());
  const auto roots = state::open_roots(place);
  if (!roots) return base::pass(roots.error());
  for (const state::Entry& entry : inventory->entries) {
    const auto same = is_as_it_was(roots->fd(entry.item.root), entry);
    if (!same) return base::pass(same.error());
    if (!*same) return true;
  }
  return false;
}

}  // namespace workers::guard
