// SPDX-License-Identifier: MIT
#include "workers/state/stamp.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <ctime>

#include "fs/beneath.hpp"
#include "fs/stamp.hpp"

namespace workers::state {
namespace {

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_nsec};
}

// File times are those of the clock's last tick, at most 10 ms ago: they do not show a second write within
// the same tick.
bool is_fresh(const struct stat& status) {
  constexpr std::int64_t margin = 20'000'000;
  struct timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now) - std::max(nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)) < margin;
}

}  // namespace

std::string settled_stamp(int dir_fd, const std::string& path) {
  const auto status = fs::stat_beneath(dir_fd, path);
  // Not known is not settled.
  if (!status) return fs::is_absent(status.error()) ? "absent" : "";
  return is_fresh(*status) ? std::string() : fs::stamp_of(*status);
}

std::string live_stamp(int root_fd, const Item& item) {
  std::string whole;
  for (const char* suffix : {"", "-wal", "-journal"}) {
    if (*suffix != '\0' && item.kind != Kind::database) break;
    const std::string stamp = settled_stamp(root_fd, item.path + suffix);
    if (stamp.empty()) return {};
    whole += stamp + " ";
  }
  return whole;
}

}  // namespace workers::state
