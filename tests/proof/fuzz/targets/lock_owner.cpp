// SPDX-License-Identifier: MIT
// owner.json of a lock, and what the kernel says of a process (lock/).
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "lock/owner_lock.hpp"
#include "lock/process_identity.hpp"

using target::require;

namespace {

constexpr std::int64_t now_ms = 1'795'000'000'000, folder_ms = 1'794'999'000'000;

lock::LockOwner fuzz_owner(std::string_view input) {
  auto owner = lock::parse_owner(input, folder_ms);
  require(owner.shape == lock::LockOwner::Shape::known || owner.shape == lock::LockOwner::Shape::malformed,
          "what was read is an owner, or malformed");
  require(owner.pid.has_value() == (owner.shape == lock::LockOwner::Shape::known), "an owner has a process");
  require(!owner.pid || (*owner.pid > 0 && *owner.pid <= lock::greatest_pid),
          "a process has a number that Linux gives");
  require(!owner.created_at_ms || *owner.created_at_ms >= 1'000'000'000'000,
          "a time is one that can be believed");
  return owner;
}

// Whatever is written in a lock, and wherever a file of /proc is cut off.
void fuzz_verdicts(const lock::LockOwner& owner, const lock::ProcessFacts& process,
                   const lock::MachineFacts& machine) {
  const auto verdict = lock::judge(owner, process, machine);
  require(verdict.age_ms >= 0, "no lock is younger than now");
  require(target::is_printable(verdict.reason), "a reason is printable");
  require(owner.shape != lock::LockOwner::Shape::missing || verdict.state != lock::LockVerdict::State::absent,
          "a lock that is there is not absent");
  lock::ProcessFacts same = process;
  same.exists = true;
  same.start_ticks = owner.start_ticks;
  same.started_at_ms.reset();
  if (owner.pid && owner.start_ticks) {
    require(lock::judge(owner, same, machine).state == lock::LockVerdict::State::held,
            "a lock of the very process that lives is held");
  }
}

}  // namespace

void fuzz(std::string_view input) {
  const auto parts = target::parts_of(input, 6);
  const auto owner = fuzz_owner(parts[0]);
  static const target::Folder proc;
  proc.write("77/stat", parts[1]);
  proc.write("77/status", parts[2]);
  proc.write("stat", parts[3]);
  proc.write("loadavg", parts[4]);
  proc.write("1/stat", parts[5]);
  const auto process = lock::observe_process(proc.path(), 77);
  require(process.exists || (!process.start_ticks && !process.started_at_ms), "who is gone has not started");
  const lock::MachineFacts machine{now_ms, now_ms - 1'000'000'000, now_ms - 1'000'000'000, false, 100};
  fuzz_verdicts(owner, process, machine);
  if (const auto observed = lock::observe_machine(proc.path())) fuzz_verdicts(owner, process, *observed);
}
