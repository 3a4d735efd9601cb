// SPDX-License-Identifier: MIT
#include "update/overview.hpp"

#include <algorithm>
#include <utility>

#include "update/unit_start.hpp"

namespace update {
namespace {

std::string pointer_text(const release::Store& releases, release::Store::Pointer pointer) {
  const auto target = releases.target(pointer);
  if (!target) return "damaged: " + target.error().message;
  return target->value_or("");
}

// The lock is released at once, so that this look does not prevent an update.
bool is_at_work(int state_fd) {
  const auto held = take_lock(state_fd);
  return !held && held.error().kind == base::ErrorKind::busy;
}

// A rehearsal further back is not relevant for the next update.
constexpr std::size_t most_looked_at = 30;

constexpr std::size_t most_earlier = 3;

std::optional<std::string> pin_text(int state_fd) {
  auto pinned = pinned_version(state_fd);
  return pinned ? std::move(*pinned) : "damaged: " + pinned.error().message;
}

// A rehearsal each night must not hide the result of the last update.
void find_last(const Journal& journal, Overview& seen) {
  auto ids = journal.transactions();
  if (!ids) return;
  std::reverse(ids->begin(), ids->end());
  std::size_t looked_at = 0;
  bool found = false;
  for (const std::string& id : *ids) {
    const bool has_all = seen.earlier.size() >= most_earlier && !seen.last_rehearsal.records.empty();
    if (found && (looked_at++ >= most_looked_at || has_all)) break;
    auto read = journal.read(id);
    // It was killed before its first record, and has changed nothing.
    if (read && read->lines == 0) continue;
    History history = read ? std::move(*read) : History{};
    const Context* context = history.context();
    const bool rehearses = context != nullptr && context->asked.rehearses;
    if (rehearses && history.outcome()) {
      if (seen.last_rehearsal.records.empty()) seen.last_rehearsal = std::move(history);
    } else if (!found) {
      seen.last = std::move(history);
      found = true;
    } else if (history.outcome() && seen.earlier.size() < most_earlier) {
      seen.earlier.push_back(std::move(history));
    }
  }
}

}  // namespace

Course Overview::course() const {
  if (last.outcome()) return Course::ended;
  if (open != last.records.back().context.id) return Course::unrecorded;
  return at_work ? Course::at_work : Course::abandoned;
}

Overview look_over(int state_fd, const release::Store& releases) {
  const Journal journal(state_fd);
  Overview seen;
  seen.current = pointer_text(releases, release::Store::Pointer::current);
  seen.previous = pointer_text(releases, release::Store::Pointer::previous);
  seen.releases = releases.list().value_or(std::vector<release::Release>{});
  seen.hold = hold_of(state_fd);
  seen.pin = pin_text(state_fd);
  seen.newest = newest_seen(state_fd);
  seen.quarantine = quarantined(state_fd);
  seen.at_work = is_at_work(state_fd);
  seen.open = journal.open_transaction().value_or(std::nullopt);
  find_last(journal, seen);
  return seen;
}

}  // namespace update
