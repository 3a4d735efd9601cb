// SPDX-License-Identifier: MIT
// Our own lock: an open-file-description lock, which the kernel drops with its holder, whatever killed it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace lock {

class KernelLock {
 public:
  // Creates `name` in `dir_fd` when absent (0600; never removed: removal would race) and locks it
  // exclusively. With `wait` zero it answers at once; else it waits up to that long. Error kind `busy` names
  // the holder, which writes "pid name" into the file for that purpose (display only, never proof).
  [[nodiscard]] static base::Result<KernelLock> acquire(int dir_fd, std::string_view name,
                                                        std::chrono::milliseconds wait = {});

  // Whatever this process becomes by exec holds it on, and so does what that starts and does not close it
  // for; the kernel drops it with the last of them. Answers the descriptor.
  [[nodiscard]] base::Result<int> hold_across_exec();

 private:
  explicit KernelLock(base::UniqueFd fd) : fd_(std::move(fd)) {}
  base::UniqueFd fd_;
};

}  // namespace lock
