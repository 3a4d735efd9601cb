// SPDX-License-Identifier: MIT
// npm/ as it was before an update. 5.12 removes the old plugin before it checks the new one, and leaves
// neither if the new one is refused.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace stage {

class FormerTree {
 public:
  static constexpr const char* name = "npm-before-update";
  static constexpr const char* copying_prefix = ".npm-copy-";
  static constexpr const char* restoring_prefix = ".openclaw-systemd-npm-";

  FormerTree(int state_fd, int store_fd) : state_fd_(state_fd), store_fd_(store_fd) {}

  [[nodiscard]] base::Result<void> keep() const;
  [[nodiscard]] base::Result<void> restore() const;
  [[nodiscard]] base::Result<void> discard() const;

  // A copy, or what an interrupted keep() or restore has left.
  [[nodiscard]] base::Result<bool> is_there() const;

  // For a run that was interrupted between keep() and the end of the update. True: plugins were lost, and
  // were restored from the copy.
  [[nodiscard]] base::Result<bool> recover() const;

 private:
  struct Half {
    int fd;
    std::string name;
  };
  [[nodiscard]] base::Result<std::vector<Half>> halves() const;
  [[nodiscard]] base::Result<bool> has_lost_plugins() const;

  int state_fd_, store_fd_;
};

}  // namespace stage
