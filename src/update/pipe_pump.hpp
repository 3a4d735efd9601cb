// SPDX-License-Identifier: MIT
// Bytes that go through a FIFO while its other end's process is waited for. They have a thread of their own,
// since that wait is one call.
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
  // Of the FIFO `name` in `folder_fd`, which may be closed afterwards. A reader has it open when this
  // returns, so that who writes is not kept waiting. `transfer` is the caller's until finish().
  [[nodiscard]] static base::Result<std::unique_ptr<PipePump>> start(int folder_fd, const std::string& name,
                                                                     Transfer& transfer);
  PipePump(const PipePump&) = delete;
  PipePump& operator=(const PipePump&) = delete;
  ~PipePump();

  // The other end's process is gone: takes what it has left in the pipe, and answers what kept the file from
  // being read or written. An other end that closes early is no error here.
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
  std::optional<base::Error> error_;  // the thread's until it is joined
  std::thread thread_;                // last: it uses the others
};

}  // namespace update
