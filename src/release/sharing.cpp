// SPDX-License-Identifier: MIT
#include "release/sharing.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "fs/beneath.hpp"

namespace release {
namespace {

using namespace std::chrono_literals;
using base::Result;

constexpr const char* folder = "gateways";
constexpr const char* lock_file = "gateways/store.lock";
constexpr off_t use_byte = 0, publishing_byte = 1;
constexpr auto patience = 60s;
constexpr auto pause = 50ms;

// No descriptor where no gateway has a name.
Result<base::UniqueFd> open_lock(int updater_fd) {
  if (!fs::may_exist_beneath(updater_fd, folder)) return base::UniqueFd();
  return fs::open_beneath(updater_fd, lock_file, O_RDWR | O_CREAT | O_NONBLOCK, 0600);
}

// False: another process holds it.
Result<bool> try_byte(int fd, off_t byte, short type) {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = byte;
  range.l_len = 1;
  while (::fcntl(fd, F_OFD_SETLK, &range) != 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR) return base::fail_errno(errno, "cannot lock the releases");
  }
  return true;
}

Result<base::UniqueFd> wait_for_byte(int updater_fd, off_t byte, short type) {
  auto fd = open_lock(updater_fd);
  if (!fd || !*fd) return fd;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto taken = try_byte(fd->get(), byte, type);
    if (!taken) return base::pass(taken.error());
    if (*taken) return fd;
    if (std::chrono::steady_clock::now() >= deadline) {
      return base::fail(base::ErrorKind::busy,
                        "the update of another gateway uses the releases; try again when it has ended");
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

Result<bool> SharedUse::become_exclusive() {
  return fd_ ? try_byte(fd_.get(), use_byte, F_WRLCK) : Result<bool>(true);
}

void SharedUse::become_shared() {
  // From exclusive to shared, no other process can block it.
  if (fd_) static_cast<void>(try_byte(fd_.get(), use_byte, F_RDLCK));
}

Result<SharedUse> use_store(int updater_fd) {
  auto fd = wait_for_byte(updater_fd, use_byte, F_RDLCK);
  if (!fd) return base::pass(fd.error());
  return SharedUse(std::move(*fd));
}

Result<base::UniqueFd> begin_publishing(int updater_fd) {
  return wait_for_byte(updater_fd, publishing_byte, F_WRLCK);
}

}  // namespace release
