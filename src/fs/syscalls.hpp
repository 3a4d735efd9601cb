// SPDX-License-Identifier: MIT
// The system calls that a kernel, a sandbox or a file system may refuse, and that the suite then does
// without. They pass through here so that a test can play such a kernel; every other call is made directly.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>

namespace fs::syscalls {

enum class Call { openat2, exchange, link, reflink, copy_range, nameless, rename_new };

// For tests: asked before each call; answers the errno it shall fail with, or 0 to let it through. `name` is
// the path or file name of the call ("" where it has only descriptors).
using Refusal = int (*)(Call call, const char* name);
extern Refusal refuse_for_tests;

// All answer -1 with errno set, and never EINTR.

// Beneath `dir_fd`, through no symlink at all, O_CLOEXEC.
int open_beneath(int dir_fd, const char* path, int flags, mode_t mode);
// renameat2(RENAME_EXCHANGE) of two names in one directory.
int exchange(int dir_fd, const char* one, const char* other);
int link(int source_fd, const char* name, int target_fd, const char* target_name);
int reflink(int source_fd, int target_fd);
// open(O_TMPFILE): a file in that folder without a name, for writing.
int nameless(int dir_fd, mode_t mode);
// renameat2(RENAME_NOREPLACE) of a name in one directory.
int rename_new(int dir_fd, const char* from, const char* to);
// From and to these offsets, which it moves.
ssize_t copy_range(int source_fd, off_t* from, int target_fd, off_t* to, std::size_t size);

// Does a call again for as long as a signal interrupts it.
template <class Function>
auto retry(Function call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace fs::syscalls
