#include "update/overview.hpp"

#include "update/unit_start.hpp"

namespace update {
namespace {

std::string pointer_text(const release::Store& releases, release::Store::Pointer pointer) {
  const auto target = releases.target(pointer);
  if (!target) return "damaged: " + target.error().message;
  return target->value_or("");
}

// Let go at once: a lock that is only looked at must not keep an updater out.
bool is_at_work(int state_fd) {
  const auto held = take_lock(state_fd);
  return !held && held.error().kind == base::ErrorKind::busy;
}

History last_update(const Journal& journal) {
  const auto ids = journal.transactions();
  if (!ids || ids->empty()) return {};
  return journal.read(ids->back()).value_or(History{});
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
  seen.hold = hold_reason(state_fd);
  seen.quarantine = quarantined(state_fd);
  seen.at_work = is_at_work(state_fd);
  seen.open = journal.open_transaction().value_or(std::nullopt);
  seen.last = last_update(journal);
  return seen;
}

}  // namespace update
