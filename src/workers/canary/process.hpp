// SPDX-License-Identifier: MIT
// A gateway of our own that is only tried: started, watched and ended by this process.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "process/run.hpp"

namespace workers {

class CanaryProcess {
 public:
  [[nodiscard]] static base::Result<CanaryProcess> start(const process::Command& command);
  CanaryProcess(CanaryProcess&&) noexcept;
  CanaryProcess& operator=(CanaryProcess&&) = delete;
  CanaryProcess(const CanaryProcess&) = delete;
  CanaryProcess& operator=(const CanaryProcess&) = delete;
  ~CanaryProcess();  // ends it, without patience

  [[nodiscard]] bool alive() const;
  // SIGTERM, and SIGKILL for it and its process group when the patience is over. Answers its exit status, or
  // 128 + signal.
  int stop(std::chrono::milliseconds patience);
  // The last 64 KiB of what it printed; whole once it has been stopped.
  [[nodiscard]] std::string log() const;

 private:
  class Child;
  explicit CanaryProcess(std::unique_ptr<Child> child);
  std::unique_ptr<Child> child_;
};

}  // namespace workers
