// SPDX-License-Identifier: MIT
// A question about files that a less trusted user can write, answered by a child of that user: it runs
// our own code and no other program, sees what that user sees, and can do nothing else. Its answer is as
// trustworthy as those files.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace process {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string home = {};
};

// By name or number, as User= of a unit has it. `not_found` for one that is not there.
[[nodiscard]] base::Result<Account> account_of(const std::string& user);

struct Asked {
  Account as;
  int mount_namespace = -1;  // /proc/PID/ns/mnt, borrowed: in its view of files, where that can be entered
  std::size_t most_bytes = std::size_t{256} * 1024;
  std::chrono::milliseconds patience{5000};
};

// What `answer` returns in the child. `refused` where this process may not become that user, `unavailable`
// where the child has not answered in time, or too much, or died. To be called without threads: the child is
// not another program, and `answer` must not touch what a fork breaks, such as the bus, nor a
// descriptor of this process: all are closed.
[[nodiscard]] base::Result<std::string> ask_as(const Asked& asked,
                                               const std::function<std::string()>& answer);

}  // namespace process
