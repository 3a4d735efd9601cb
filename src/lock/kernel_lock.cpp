// SPDX-License-Identifier: MIT
#include "lock/kernel_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/syscalls.hpp"

namespace lock {
namespace {

using base::ErrorKind;
using base::Result;
using std::chrono::milliseconds;

constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{200};
constexpr milliseconds longest_wait = std::chrono::hours{24};  // and no sum of times overflows

// A lock that root makes in the folder of the gateway's user (openclaw-install-deps, by hand) would shut that
// user out for good. Nothing may fail for this: without CAP_CHOWN it is what it is.
void give_to_owner_of(int dir_fd, int fd) {
  if (::geteuid() != 0) return;
  struct stat folder {};
  if (::fstat(dir_fd, &folder) == 0 && folder.st_uid != 0) {
    if (::fchown(fd, folder.st_uid, folder.st_gid) != 0) return;
  }
}

Result<base::UniqueFd> open_lock_file(int dir_fd, const std::string& name) {
  // O_NONBLOCK is for a FIFO in its place; regular files ignore it.
  constexpr int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  // At most one round for a file that appears between the two calls.
  for (int i = 0; i < 2; ++i) {
    base::UniqueFd fd(fs::syscalls::retry([&] { return ::openat(dir_fd, name.c_str(), flags); }));
    if (fd) return fd;
    if (errno != ENOENT) break;
    fd.reset(
        fs::syscalls::retry([&] { return ::openat(dir_fd, name.c_str(), flags | O_CREAT | O_EXCL, 0600); }));
    if (fd) {
      give_to_owner_of(dir_fd, fd.get());
      return fd;
    }
    if (errno != EEXIST) break;
  }
  const int error = errno;
  const std::string path = fs::path_of(dir_fd, name);
  if (error == ELOOP) {
    return base::fail(ErrorKind::refused, "lock file " + path + " is a symbolic link; remove it");
  }
  if (error == EACCES || error == EPERM) {
    struct stat status {};
    if (::fstatat(dir_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      return base::fail_errno(error, "open lock file " + path + " of user " + std::to_string(status.st_uid) +
                                         " (chown it to user " + std::to_string(::geteuid()) + ")");
    }
  }
  return base::fail_errno(error, "open lock file " + path);
}

// Only what we can have made ourselves is locked and written to.
Result<void> check_is_lock_file(int dir_fd, int fd, const std::string& name) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    return base::fail_errno(errno, "stat lock file " + fs::path_of(dir_fd, name));
  if (!S_ISREG(status.st_mode)) {
    return base::fail(ErrorKind::refused,
                      "lock file " + fs::path_of(dir_fd, name) + " is not a regular file; remove it");
  }
  if (status.st_nlink > 1) {
    return base::fail(ErrorKind::refused,
                      "lock file " + fs::path_of(dir_fd, name) + " has a second name; remove it");
  }
  return {};
}

// True when the lock is ours now, false when another process holds it.
Result<bool> try_lock(int dir_fd, int fd, const std::string& name) {
  struct flock whole_file {};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  while (::fcntl(fd, F_OFD_SETLK, &whole_file) != 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR) {
      return base::fail_errno(
          errno, "lock " + fs::path_of(dir_fd, name) + " (its file system must support locks of fcntl(2))");
    }
  }
  return true;
}

std::string holder_of(int fd) {
  std::array<char, 128> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  if (size <= 0) return "an unnamed process";
  const std::string holder =
      base::printable(base::trim(std::string_view(text.data(), static_cast<std::size_t>(size))));
  return holder.empty() ? "an unnamed process" : "process " + holder;
}

// For display. A full disk must not cost us the lock, so failures are ignored.
void write_holder(int fd) {
  const std::string text = std::to_string(::getpid()) + " " + program_invocation_short_name + "\n";
  if (::ftruncate(fd, 0) != 0) return;
  if (::pwrite(fd, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

Result<KernelLock> KernelLock::acquire(int dir_fd, std::string_view lock_name, milliseconds wait) {
  using clock = std::chrono::steady_clock;
  const std::string name(lock_name);
  auto fd = open_lock_file(dir_fd, name);
  if (!fd) return base::pass(fd.error());
  if (auto valid = check_is_lock_file(dir_fd, fd->get(), name); !valid) return base::pass(valid.error());

  // F_OFD_SETLKW has no time limit, and an alarm signal would be the whole process's; so look again, ever
  // less often.
  const auto deadline = clock::now() + std::min<milliseconds>(wait, longest_wait);
  for (milliseconds pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    const auto locked = try_lock(dir_fd, fd->get(), name);
    if (!locked) return base::pass(locked.error());
    if (*locked) {
      write_holder(fd->get());
      return KernelLock(std::move(*fd));
    }
    const auto left = deadline - clock::now();
    if (left <= clock::duration::zero()) break;
    std::this_thread::sleep_for(std::min<clock::duration>(pause, left));
  }
  std::string message = holder_of(fd->get()) + " holds " + name;
  if (wait > milliseconds::zero()) {
    message += " and has not released it for " + base::human_duration(wait.count());
  }
  return base::fail(ErrorKind::busy, message + "; try again when it has ended");
}

Result<int> KernelLock::hold_across_exec() {
  const int fd = fd_.get();
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags < 0 || ::fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) != 0) {
    return base::fail_errno(errno, "keep the lock for the program that is started");
  }
  return fd;
}

}  // namespace lock
