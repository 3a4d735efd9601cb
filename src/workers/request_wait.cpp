// SPDX-License-Identifier: MIT
#include "workers/request_wait.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "fs/failure.hpp"

namespace workers {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

bool is_there(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

// Events are only discarded: the folder itself shows what has happened.
void drain(int watch_fd) {
  std::array<char, 4096> events{};
  while (::read(watch_fd, events.data(), events.size()) > 0) {
  }
}

// Whether the file exists, or (`there` false) no longer exists, within this time.
base::Result<bool> wait_until(bool there, const std::string& path, milliseconds limit) {
  const base::UniqueFd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch) return base::fail_errno(errno, "cannot wait for " + path);
  const std::string folder = path.substr(0, path.rfind('/'));
  const std::uint32_t events = there ? IN_MOVED_TO : IN_DELETE | IN_MOVED_FROM;
  if (::inotify_add_watch(watch.get(), folder.c_str(), events | IN_ONLYDIR) < 0) {
    return fs::fail_at(errno, "wait for a request in", folder);
  }
  const auto end = Clock::now() + limit;
  while (is_there(path) != there) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
    if (left <= milliseconds{0}) return false;
    pollfd ready{watch.get(), POLLIN, 0};
    const int found = ::poll(&ready, 1, static_cast<int>(left.count()));
    if (found < 0 && errno != EINTR) return base::fail_errno(errno, "cannot wait for " + path);
    if (found > 0) drain(watch.get());
  }
  return true;
}

}  // namespace

base::Result<void> wait_for_request(const std::string& path, milliseconds limit) {
  const auto came = wait_until(true, path, limit);
  if (!came) return base::pass(came.error());
  if (*came) return {};
  return base::fail(base::ErrorKind::unavailable,
                    "no request came within " + base::human_duration(limit.count()) + ": " + path);
}

void wait_for_dismissal(const std::string& path, milliseconds limit) {
  static_cast<void>(wait_until(false, path, limit));
}

}  // namespace workers
