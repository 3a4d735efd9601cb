// SPDX-License-Identifier: MIT
// The decision table: what proves that the owner of a lock is gone.
#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"
#include "lock/owner_lock.hpp"

namespace lock {
namespace {

using State = LockVerdict::State;
using Shape = LockOwner::Shape;

struct Facts {
  const LockOwner& owner;
  const ProcessFacts& process;
  const MachineFacts& machine;

  [[nodiscard]] bool has_owner() const { return owner.shape == Shape::known && owner.pid.has_value(); }
  [[nodiscard]] std::int64_t created() const {
    return has_owner() ? owner.created_at_ms.value_or(owner.touched_at_ms) : owner.touched_at_ms;
  }
  [[nodiscard]] std::int64_t age() const { return std::max<std::int64_t>(0, machine.now_ms - created()); }
  [[nodiscard]] std::string process_name() const {
    return "process " + (owner.pid ? std::to_string(*owner.pid) : std::string("?"));
  }
};

// Times. None of these holds for a lock from the future: the clock went backwards, and may not have stopped
// at that.
bool is_from_the_future(const Facts& f) {
  return f.created() > f.machine.now_ms;
}
bool is_clearly_before(const Facts& f, std::int64_t time) {
  return !is_from_the_future(f) && f.created() < time - clock_tolerance_ms;
}
bool is_older_than_this_boot(const Facts& f) {
  return is_clearly_before(f, f.machine.booted_at_ms);
}
bool is_older_than_our_namespace(const Facts& f) {
  return is_clearly_before(f, f.machine.namespace_started_at_ms);
}

// Owners.
bool has_an_unreadable_owner(const Facts& f) {
  return f.owner.shape == Shape::unreadable;
}
bool has_no_owner(const Facts& f) {
  return !f.has_owner();
}
bool is_settled_without_owner(const Facts& f) {
  return has_no_owner(f) && !is_from_the_future(f) && f.age() >= ownerless_age_ms;
}

// Processes.
bool is_the_very_process(const Facts& f) {
  return f.has_owner() && f.process.exists && f.owner.start_ticks &&
         f.owner.start_ticks == f.process.start_ticks;
}
bool has_another_start_time(const Facts& f) {
  return f.process.exists && f.owner.start_ticks && f.process.start_ticks &&
         *f.owner.start_ticks != *f.process.start_ticks;
}
bool is_older_than_the_process(const Facts& f) {
  return f.process.exists && f.process.started_at_ms && is_clearly_before(f, *f.process.started_at_ms);
}
// A number that our container has not reached yet was given by another one, whose processes we cannot see.
bool is_beyond_our_pids(const Facts& f) {
  return f.machine.namespaced && !f.process.exists && *f.owner.pid > f.machine.last_pid;
}
bool is_foreign_and_recent(const Facts& f) {
  return is_beyond_our_pids(f) && (is_from_the_future(f) || f.age() < unknown_owner_age_ms);
}
bool has_no_process(const Facts& f) {
  return !f.process.exists;
}
bool always(const Facts& /*f*/) {
  return true;
}

struct Row {
  bool (*applies)(const Facts&);
  State verdict;
  const char* reason;  // "%" stands for "process <pid>"
};

// The first row that applies decides; the last applies always.
//
// Identity stands above time: a process with the recorded PID *and* the recorded start time is the owner,
// even if the clock has been set forward since, which makes its lock look older than the boot. Times stand
// above PIDs: in a lock of another boot or container, the PID means nothing here. Only a lock that names
// a process that can be seen from here is judged by whether that process exists, and is the same.
constexpr std::array<Row, 12> table{{
    // clang-format off
    {is_the_very_process,          State::held, "% took the lock and is alive"},
    {is_older_than_this_boot,      State::gone, "the lock is older than this boot"},
    {is_older_than_our_namespace,  State::gone, "the lock is older than this container"},
    {has_an_unreadable_owner,      State::held, "its owner.json cannot be read by this user"},
    {is_settled_without_owner,     State::gone, "the lock names no owner, and none was written for 30 s"},
    {has_no_owner,                 State::held, "the lock names no owner yet"},
    {is_foreign_and_recent,        State::held, "% was never in this container; it may run in another one"},
    {has_no_process,               State::gone, "% no longer exists"},
    {has_another_start_time,       State::gone, "% is another process: it started at another time"},
    {is_older_than_the_process,    State::gone, "% is younger than the lock"},
    {is_from_the_future,           State::held, "% is alive, and the clock was set back since"},
    {always,                       State::held, "% is alive"},
    // clang-format on
}};

}  // namespace

LockVerdict judge(const LockOwner& owner, const ProcessFacts& process, const MachineFacts& machine) {
  const Facts facts{owner, process, machine};
  const auto* const row = std::find_if(table.begin(), table.end(),
                                       [&](const Row& candidate) { return candidate.applies(facts); });
  LockVerdict verdict;
  verdict.state = row->verdict;
  verdict.reason = row->reason;
  if (const auto place = verdict.reason.find('%'); place != std::string::npos) {
    verdict.reason.replace(place, 1, facts.process_name());
  }
  if (facts.has_owner()) verdict.pid = owner.pid;
  verdict.age_ms = facts.age();
  return verdict;
}

}  // namespace lock
