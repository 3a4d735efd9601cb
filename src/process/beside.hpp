// SPDX-License-Identifier: MIT
// A part of a program's work that is done beside the rest, in a process of its own: what run() starts there
// and here is told apart by its parent, and a crash of one part is an error of the other.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace process {

class Beside {
 public:
  // What the work reports on its way: one line, at most 2,000 bytes of which are passed on. Never waits; what
  // nobody reads in time is dropped.
  using Tell = std::function<void(std::string_view line)>;
  // Its product, empty where that is in files. Errors keep their kind, number and message.
  using Work = std::function<base::Result<std::string>(const Tell& tell)>;

  // `name`: what the work does ("the download of OpenClaw"), for the error if its process dies. To be called
  // while no thread but the caller's runs.
  [[nodiscard]] static base::Result<Beside> begin(std::string name, const Work& work);
  // Waits until the work has ended, and returns its product; `hears` gets each line, also those told before.
  // To be called once.
  [[nodiscard]] base::Result<std::string> end(const Tell& hears);

  // Work that has not ended is stopped: SIGTERM, so that it ends what it started, and SIGKILL after 15 s.
  ~Beside();
  Beside(Beside&& other) noexcept;
  Beside& operator=(Beside&& other) noexcept = delete;
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

 private:
  Beside(std::string name, pid_t pid, base::UniqueFd told)
      : name_(std::move(name)), pid_(pid), told_(std::move(told)) {}
  [[nodiscard]] int wait();  // answers the status of waitpid

  std::string name_;
  pid_t pid_ = -1;  // -1: ended, or moved away
  base::UniqueFd told_;
};

}  // namespace process
