// SPDX-License-Identifier: MIT
#include "fs/syscalls.hpp"

#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

namespace fs::syscalls {
namespace {

bool refused(Call call, const char* name) {
  if (refuse_for_tests == nullptr) return false;
  const int number = refuse_for_tests(call, name);
  if (number != 0) errno = number;
  return number != 0;
}

}  // namespace

Refusal refuse_for_tests = nullptr;

int open_beneath(int dir_fd, const char* path, int flags, mode_t mode) {
  if (refused(Call::openat2, path)) return -1;
  const bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  open_how how = {};
  // With O_NOFOLLOW the kernel says ENOTDIR for a link in the last place and ELOOP elsewhere;
  // RESOLVE_NO_SYMLINKS alone says ELOOP everywhere.
  how.flags = static_cast<unsigned int>((flags & ~O_NOFOLLOW) | O_CLOEXEC);
  how.mode = creates ? mode : 0;  // openat2 refuses a mode that would mean nothing
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return retry([&] { return static_cast<int>(::syscall(SYS_openat2, dir_fd, path, &how, sizeof how)); });
}

int exchange(int dir_fd, const char* one, const char* other) {
  if (refused(Call::exchange, other)) return -1;
  return retry([&] { return ::renameat2(dir_fd, one, dir_fd, other, RENAME_EXCHANGE); });
}

int link(int source_fd, const char* name, int target_fd, const char* target_name) {
  if (refused(Call::link, name)) return -1;
  return retry([&] { return ::linkat(source_fd, name, target_fd, target_name, 0); });
}

int reflink(int source_fd, int target_fd) {
  if (refused(Call::reflink, "")) return -1;
  return retry([&] { return ::ioctl(target_fd, FICLONE, source_fd); });
}

int nameless(int dir_fd, mode_t mode) {
  if (refused(Call::nameless, "")) return -1;
  return retry([&] { return ::openat(dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode); });
}

int rename_new(int dir_fd, const char* from, const char* to) {
  if (refused(Call::rename_new, to)) return -1;
  return retry([&] { return ::renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE); });
}

ssize_t copy_range(int source_fd, off_t* from, int target_fd, off_t* to, std::size_t size) {
  if (refused(Call::copy_range, "")) return -1;
  return retry([&] { return ::copy_file_range(source_fd, from, target_fd, to, size, 0); });
}

}  // namespace fs::syscalls
