// SPDX-License-Identifier: MIT
// npm/ as it was before an update. 5.12 removes the old plugin before it looks at the new one, and leaves
// neither when the new one will not do.
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

  // A copy, or what a run that died has left of making or restoring one.
  [[nodiscard]] base::Result<bool> is_there() const;

  // A run died between keep() and the end of the update. True: plugins of the copy were lost, and are back.
  [[nodiscard]] base::Result<bool> recover() const;

 private:
  struct Half {
    int fd;
    std::string name;
  };
  [[nodiscard]] base::Result<std::vector<Half>> halves() const;
  [[nodiscard]] bool has_lost_plugins() const;

  int state_fd_, store_fd_;
};

}  // namespace stage
