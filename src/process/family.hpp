// SPDX-License-Identifier: MIT
// The processes of one run, including daemons, and whether they are active.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <vector>

namespace process {

struct ProcessEntry {
  pid_t pid = 0, parent = 0;
  std::uint64_t cpu_ticks = 0;  // user and system, of the process alone
};

// While it lives, whatever a run starts belongs to us: processes whose parent died become our children (we
// are their subreaper) instead of init's. Children that we had before are not of this run and are left alone.
class ProcessFamily {
 public:
  ProcessFamily();
  ~ProcessFamily();
  ProcessFamily(const ProcessFamily&) = delete;
  ProcessFamily& operator=(const ProcessFamily&) = delete;
  ProcessFamily(ProcessFamily&&) = delete;
  ProcessFamily& operator=(ProcessFamily&&) = delete;

  [[nodiscard]] std::vector<ProcessEntry> members() const;
  // Kills and reaps all of it, the group of `leader` first. The leader must be unreaped still: its group id
  // could belong to other processes otherwise.
  void end(pid_t leader) const;

 private:
  std::vector<pid_t> earlier_children_;
  int was_subreaper_ = 0;
};

// Distinguishes work from waiting. A client that downloads prints nothing for minutes but reads, writes and
// uses CPU; one that tries a dead registry again and again does next to nothing between its timers.
class ActivityMeter {
 public:
  // True when the family did a noteworthy amount since this last answered true.
  [[nodiscard]] bool advanced(const std::vector<ProcessEntry>& members);

 private:
  struct Usage {
    std::uint64_t cpu_ticks = 0, bytes = 0;
  };
  std::map<pid_t, Usage> last_;
  Usage since_;
};

}  // namespace process
