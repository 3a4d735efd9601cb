// SPDX-License-Identifier: MIT
// A gateway that is only tried: this process starts, watches and ends it.
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
  ~CanaryProcess();  // kills it

  [[nodiscard]] bool alive() const;
  // Sends SIGTERM, and after `patience` SIGKILL to the process and its group. Returns the exit status, or 128
  // + signal.
  int stop(std::chrono::milliseconds patience);
  // The last 64 KiB of its output; complete after stop().
  [[nodiscard]] std::string log() const;

 private:
  class Child;
  explicit CanaryProcess(std::unique_ptr<Child> child);
  std::unique_ptr<Child> child_;
};

}  // namespace workers
