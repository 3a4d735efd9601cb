// SPDX-License-Identifier: MIT
#include "base/time.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace base {
namespace {

std::string boot_id() {
  const UniqueFd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (!file) return "";
  std::array<char, 128> text{};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  return size <= 0 ? "" : std::string(trim({text.data(), static_cast<std::size_t>(size)}));
}

std::int64_t milliseconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

std::tm utc_of(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm utc = {};
  ::gmtime_r(&seconds, &utc);
  return utc;
}

}  // namespace

std::chrono::milliseconds since_boot() {
  return std::chrono::milliseconds(milliseconds_of(CLOCK_BOOTTIME));
}

Moment this_moment() {
  return {boot_id(), since_boot()};
}

std::int64_t unix_now_ms() {
  return milliseconds_of(CLOCK_REALTIME);
}

std::string rfc3339(std::int64_t unix_ms) {
  const std::tm utc = utc_of(unix_ms);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::optional<std::int64_t> from_rfc3339(const std::string& text) {
  std::tm utc = {};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  const std::int64_t milliseconds = std::int64_t{::timegm(&utc)} * 1000;
  // What does not come out as it went in ("2026-02-30") is no time.
  return rfc3339(milliseconds) == text ? std::optional(milliseconds) : std::nullopt;
}

std::optional<std::int64_t> local_time(const std::string& text) {
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"}) {
    std::tm read = {};
    const char* rest = ::strptime(text.c_str(), format, &read);
    if (rest == nullptr || *rest != '\0') continue;
    std::tm normal = read;
    normal.tm_isdst = -1;
    const std::time_t seconds = ::mktime(&normal);
    if (seconds == -1 || normal.tm_mday != read.tm_mday || normal.tm_mon != read.tm_mon) return std::nullopt;
    return std::int64_t{seconds} * 1000;
  }
  return std::nullopt;
}

std::string compact_time(std::int64_t unix_ms) {
  const std::tm utc = utc_of(unix_ms);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return text.data();
}

std::string human_duration(std::int64_t milliseconds) {
  const std::int64_t ms = std::max<std::int64_t>(milliseconds, 0);
  const std::int64_t seconds = ms / 1000;
  if (ms < 1000) return std::to_string(ms) + " ms";
  if (seconds < 10) {
    const std::int64_t tenths = ms % 1000 / 100;
    if (tenths == 0) return concat({std::to_string(seconds), " s"});
    return concat({std::to_string(seconds), ".", std::to_string(tenths), " s"});
  }
  const auto pair = [](std::int64_t large, std::string_view large_unit, std::int64_t small,
                       std::string_view small_unit) {
    if (small == 0) return concat({std::to_string(large), large_unit});
    return concat({std::to_string(large), large_unit, " ", std::to_string(small), small_unit});
  };
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return pair(seconds / 60, " min", seconds % 60, " s");
  return pair(seconds / 3600, " h", seconds % 3600 / 60, " min");
}

}  // namespace base
