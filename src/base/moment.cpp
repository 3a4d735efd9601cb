#include "base/moment.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <ctime>

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

}  // namespace

Moment this_moment() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return {boot_id(), std::chrono::milliseconds(std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000)};
}

}  // namespace base
