// SPDX-License-Identifier: MIT
// OpenClaw's lock folders (`.openclaw-runtime-deps.lock`, `.openclaw-runtime-mirror.lock`): made by mkdir,
// holding an owner.json, left behind by whatever kills their owner. 2026.4.24-4.28 wait 5 minutes per plugin
// for a PID that belongs to another process by now; 4.29+ compare the start time as well (#75028, #74346).
//
// What cannot be proven from here: that a process in another container, on the same state volume, is still
// alive. Where a PID cannot be distinguished from one of another container, a lock is kept for OpenClaw's own
// age limit; OpenClaw itself takes such a lock at once. And where the wall clock was set forward after a lock
// without a start time was taken (4.24-4.28), the lock looks older than it is; a lock with a start time is
// not judged by the clock then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "lock/process_identity.hpp"

namespace lock {

// owner.json in its three shapes: {pid, createdAtMs} (4.24-4.28), {pid, starttime, createdAtMs} (4.29+), and
// {pid, startedAt} as #75028 quotes it (number of ms, or an ISO 8601 time).
struct LockOwner {
  // unreadable: it is there, and we lack the permission; nothing may be concluded from what we cannot see.
  enum class Shape { missing, malformed, known, unreadable } shape = Shape::missing;
  std::optional<std::int64_t> pid;
  std::optional<std::uint64_t> start_ticks;
  std::optional<std::int64_t> created_at_ms;  // else the folder's mtime
  std::int64_t touched_at_ms = 0;             // the folder's mtime: what an ownerless lock is judged by
};

struct LockVerdict {
  enum class State { absent, held, gone } state = State::absent;
  std::string reason;  // a sentence for the operator: "process 4711 is younger than the lock"
  std::optional<std::int64_t> pid;
  std::int64_t age_ms = 0;  // never negative, whatever the clock did
};

// Two readings of the clock that differ by less than this are equal: start times are known to a second, and a
// clock that is being set by NTP moves.
inline constexpr std::int64_t clock_tolerance_ms = 2'000;
// OpenClaw 4.25+ takes over a lock without an owner at this age: its owner would have written owner.json long
// ago.
inline constexpr std::int64_t ownerless_age_ms = 30'000;
// OpenClaw's own limit for an owner of which it can tell nothing.
inline constexpr std::int64_t unknown_owner_age_ms = 600'000;

// Pure: what do these facts prove? Anything short of proof is `held`.
[[nodiscard]] LockVerdict judge(const LockOwner& owner, const ProcessFacts& process,
                                const MachineFacts& machine);

[[nodiscard]] LockOwner parse_owner(std::string_view owner_json, std::int64_t folder_mtime_ms);

// Reads the lock folder `name` in `root_fd` and judges it. A symlink or a file in its place blocks OpenClaw's
// mkdir just as well: it is judged as an ownerless lock, and never followed or read.
[[nodiscard]] base::Result<LockVerdict> examine(int root_fd, std::string_view name,
                                                const std::string& proc = "/proc");

// Examines and, only when its owner is gone, removes it: renamed aside first, examined again under the new
// name, so that a lock taken between the two looks is put back and not destroyed. Answers the verdict it
// acted on.
[[nodiscard]] base::Result<LockVerdict> reclaim(int root_fd, std::string_view name,
                                                const std::string& proc = "/proc");

// "<name>.reclaimed-": what a lock that was moved aside begins with.
[[nodiscard]] std::string aside_prefix(std::string_view name);

// The two halves of reclaim(), apart so that tests can do between them what a racing process would.
//
// Renames the lock to "<name>.reclaimed-<random>" and answers that name; "" when there is no lock.
[[nodiscard]] base::Result<std::string> move_aside(int root_fd, std::string_view name);
// Removes what was moved aside if its owner is gone. If it turns out held it is put back, unless a process
// took the lock meanwhile: theirs stays, and so does the one aside, which a later reclaim() removes when its
// owner is gone.
[[nodiscard]] base::Result<LockVerdict> settle(int root_fd, const std::string& aside, std::string_view name,
                                               const std::string& proc = "/proc");

}  // namespace lock
