// SPDX-License-Identifier: MIT
// Passes bytes through a FIFO while the caller waits for the process at its other end. It has its own thread,
// because that wait is a single call.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "update/workers.hpp"

namespace update {

class PipePump {
 public:
  // For the FIFO `name` in `folder_fd`, which may be closed afterwards. If this end reads, it is open on
  // return, so the writer need not wait. `transfer` must not be used by the caller before finish().
  [[nodiscard]] static base::Result<std::unique_ptr<PipePump>> start(int folder_fd, const std::string& name,
                                                                     Transfer& transfer);
  PipePump(const PipePump&) = delete;
  PipePump& operator=(const PipePump&) = delete;
  ~PipePump();

  // To be called when the process at the other end has ended: processes the rest in the pipe, and returns the
  // error of reading or writing the file. It is no error if the other end closes early.
  [[nodiscard]] base::Result<void> finish();

 private:
  PipePump(base::UniqueFd folder, base::UniqueFd pipe, std::string name, Transfer& transfer);
  void run();
  void take();
  void give();
  [[nodiscard]] bool open_for_writing();
  [[nodiscard]] bool give_all(std::string_view bytes);

  base::UniqueFd folder_, pipe_;
  std::string name_;
  Transfer& transfer_;
  std::atomic<bool> is_over_ = false;
  std::optional<base::Error> error_;  // belongs to the thread until it is joined
  std::thread thread_;                // last, because the thread uses the other members
};

}  // namespace update
