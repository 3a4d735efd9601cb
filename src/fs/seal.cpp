// SPDX-License-Identifier: MIT
// seal_tree: no write bit left. Only what has another mode is touched, so sealing again costs one walk.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "fs/failure.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"

namespace fs {
namespace {

using base::Result;

Result<struct stat> status_of(const WalkEntry& entry) {
  struct stat status = {};
  if (::fstatat(entry.dir_fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_at(errno, "stat", entry.path);
  }
  return status;
}

Result<void> set_mode(const WalkEntry& entry, mode_t mode) {
  if (::fchmodat(entry.dir_fd, entry.name, mode, AT_SYMLINK_NOFOLLOW) == 0) return {};
  return fail_at(errno, "seal", entry.path);
}

class Sealer final : public Visitor {
 public:
  // Packages arrive with odd modes; one whose owner cannot list it could not be walked.
  Result<bool> enter(const WalkEntry& entry) override {
    auto status = status_of(entry);
    if (!status) return base::pass(std::move(status.error()));
    if ((status->st_mode & 0500U) == 0500U) return true;
    if (auto done = set_mode(entry, 0700); !done) return base::pass(std::move(done.error()));
    return true;
  }

  Result<void> visit(const WalkEntry& entry) override {
    if (entry.type == DT_LNK) return {};  // a symlink has no mode
    if (entry.type != DT_REG) return fail_special("seal", entry);
    auto status = status_of(entry);
    if (!status) return base::pass(std::move(status.error()));
    const mode_t mode = (status->st_mode & 0111U) != 0 ? 0555 : 0444;
    return (status->st_mode & permission_bits) == mode ? Result<void>() : set_mode(entry, mode);
  }

  Result<void> leave(int fd, std::string_view path) override {
    struct stat status = {};
    if (::fstat(fd, &status) != 0) return fail_at(errno, "stat", path);
    if ((status.st_mode & permission_bits) == 0555 || ::fchmod(fd, 0555) == 0) return {};
    return fail_at(errno, "seal", path.empty() ? "." : path);
  }
};

}  // namespace

Result<void> seal_tree(int dir_fd) {
  Sealer sealer;
  return walk(dir_fd, sealer);
}

}  // namespace fs
