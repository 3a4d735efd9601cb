// SPDX-License-Identifier: MIT
#include "fs/content.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "fs/syscalls.hpp"

namespace fs {
namespace {

using syscalls::retry;

bool is_not_for_kernel(int number) {
  return number == EOPNOTSUPP || number == EXDEV || number == EINVAL || number == ENOTTY ||
         number == ENOSYS || number == EPERM || number == EBADF || number == EIO;
}

// What is copied next, from `begin` up to `end`; none where they are equal.
struct Extent {
  off_t begin = 0, end = 0;
};

class ContentCopy {
 public:
  ContentCopy(int source, int target, bool& by_kernel)
      : source_(source), target_(target), by_kernel_(by_kernel) {}

  // Answers an errno value, or 0.
  int run(const struct stat& status) {
    constexpr off_t block = 512;  // of st_blocks, on every file system
    const bool has_holes = status.st_blocks * block < status.st_size;
    Extent next = has_holes ? extent_from(0, status.st_size) : Extent{0, status.st_size};
    while (next.begin < next.end) {
      if (const int number = copy(next); number != 0) return number;
      if (is_cut_off_) return 0;
      next = has_holes ? extent_from(next.end, status.st_size) : Extent{};
    }
    return has_holes ? extend(status.st_size) : 0;
  }

 private:
  // The next part that is no hole. A file system that cannot tell says EINVAL: all of it is content then.
  [[nodiscard]] Extent extent_from(off_t offset, off_t size) const {
    if (offset >= size) return {};
    const off_t begin = ::lseek(source_, offset, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) return {};
    if (begin < 0) return {offset, size};
    const off_t end = ::lseek(source_, begin, SEEK_HOLE);
    return {std::min(begin, size), end < 0 ? size : std::min(end, size)};
  }

  int copy(Extent extent) {
    while (by_kernel_ && extent.begin < extent.end) {
      off_t from = extent.begin, to = extent.begin;
      const auto size = static_cast<std::size_t>(extent.end - extent.begin);
      const ssize_t done = syscalls::copy_range(source_, &from, target_, &to, size);
      if (done < 0 && !is_not_for_kernel(errno)) return errno;
      if (done < 0) by_kernel_ = false;
      if (done <= 0) break;  // some kernels say 0 where they cannot
      extent.begin += done;
    }
    return copy_by_hand(extent);
  }

  int copy_by_hand(Extent extent) {
    constexpr std::size_t block = std::size_t{64} * 1024;
    if (extent.begin < extent.end && !buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(block);
    while (extent.begin < extent.end) {
      const auto wanted = std::min(block, static_cast<std::size_t>(extent.end - extent.begin));
      const ssize_t got = retry([&] { return ::pread(source_, buffer_.get(), wanted, extent.begin); });
      if (got < 0) return errno;
      if (got == 0) is_cut_off_ = true;
      if (got == 0) return 0;
      for (ssize_t written = 0; written < got;) {
        const ssize_t done = retry([&] {
          return ::pwrite(target_, buffer_.get() + written, static_cast<std::size_t>(got - written),
                          extent.begin + written);
        });
        if (done < 0) return errno;
        written += done;
      }
      extent.begin += got;
    }
    return 0;
  }

  // A hole at the end, unless the file is shorter by now.
  [[nodiscard]] int extend(off_t size) const {
    struct stat source = {}, target = {};
    if (::fstat(source_, &source) != 0 || ::fstat(target_, &target) != 0) return errno;
    const off_t wanted = std::min(size, source.st_size);
    if (target.st_size >= wanted) return 0;
    return retry([&] { return ::ftruncate(target_, wanted); }) == 0 ? 0 : errno;
  }

  int source_, target_;
  bool& by_kernel_;
  bool is_cut_off_ = false;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace

int copy_content(int source, const struct stat& status, int target, bool& by_kernel) {
  return ContentCopy(source, target, by_kernel).run(status);
}

}  // namespace fs
