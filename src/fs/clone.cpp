// SPDX-License-Identifier: MIT
// clone_tree: one walk over the source with a second descriptor in the target, or two walks that share it.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "fs/content.hpp"
#include "fs/failure.hpp"
#include "fs/list.hpp"
#include "fs/syscalls.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"

namespace fs {
namespace {

using base::Result;
using base::UniqueFd;

bool links_unsupported(int number) {
  // EPERM: no hard links on this file system, or fs.protected_hardlinks and a file of another user.
  return number == EXDEV || number == EPERM || number == EOPNOTSUPP || number == ENOSYS;
}

bool reflinks_unsupported(int number) {
  return number == EOPNOTSUPP || number == EXDEV || number == EINVAL || number == ENOTTY ||
         number == ENOSYS || number == EPERM;
}

constexpr std::size_t shares = 2;
// Fewer are not worth a thread.
constexpr std::size_t fewest_to_share = 32;

class Cloner final : public Visitor {
 public:
  // Of the root, only the entries of `share` are cloned.
  Cloner(int target_fd, const CloneOptions& options, std::optional<std::size_t> share = std::nullopt)
      : options_(options),
        share_(share),
        target_(target_fd),
        link_(options.sharing == Sharing::link && !options.owner),
        reflink_(options.sharing != Sharing::copy) {}

  [[nodiscard]] const CloneStats& stats() const { return stats_; }

  Result<bool> enter(const WalkEntry& entry) override {
    if (!is_mine(entry)) return false;
    if (options_.skip && options_.skip(entry.path, true)) return false;
    // Writable for as long as it is filled; `leave` gives it its mode.
    if (::mkdirat(target_, entry.name, options_.directory_mode | 0700U) != 0) {
      return fail_at(errno, "make directory", entry.path);
    }
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd made(syscalls::retry([&] { return ::openat(target_, entry.name, flags); }));
    if (!made) return fail_at(errno, "open directory", entry.path);
    const int parent = std::exchange(target_, made.get());
    made_.push_back(Made{std::move(made), parent});
    ++stats_.directories;
    return true;
  }

  Result<void> leave(int source_fd, std::string_view path) override;

  Result<void> visit(const WalkEntry& entry) override {
    if (!is_mine(entry)) return {};
    if (options_.skip && options_.skip(entry.path, false)) return {};
    if (entry.type == DT_REG) return clone_file(entry);
    if (entry.type == DT_LNK) return clone_symlink(entry);
    if (!options_.special || entry.type == DT_UNKNOWN) return fail_special("clone", entry);
    options_.special(entry.path);
    return {};
  }

 private:
  [[nodiscard]] bool is_mine(const WalkEntry& entry) const {
    return !share_ || !made_.empty() || std::hash<std::string_view>{}(entry.name) % shares == *share_;
  }

  Result<void> clone_symlink(const WalkEntry& entry);
  Result<void> clone_file(const WalkEntry& entry);
  Result<void> make_own_inode(const WalkEntry& entry);
  Result<void> hand_over(int target, const struct stat& source, std::string_view path) const;
  Result<void> fill(int source, const struct stat& status, int target, std::string_view path);

  struct Made {
    UniqueFd fd;
    int parent;
  };

  const CloneOptions& options_;
  std::optional<std::size_t> share_;
  CloneStats stats_;
  std::vector<Made> made_;
  int target_;
  // What the file system has not yet refused.
  bool link_, reflink_, copy_range_ = true;
};

// By descriptor, because the owner of the name may already change what it refers to.
Result<void> Cloner::hand_over(int target, const struct stat& source, std::string_view path) const {
  if (::fchown(target, options_.owner->user, options_.owner->group) != 0) {
    return fail_at(errno, "set the owner of", path);
  }
  if (::fchmod(target, source.st_mode & 0777U) != 0) return fail_at(errno, "set the mode of", path);
  const struct timespec times[2] = {{0, UTIME_OMIT}, source.st_mtim};
  if (::futimens(target, times) != 0) return fail_at(errno, "set the time of", path);
  return {};
}

Result<void> Cloner::leave(int source_fd, std::string_view path) {
  if (options_.owner) {
    struct stat source = {};
    if (::fstat(source_fd, &source) != 0) return fail_at(errno, "stat", path);
    if (auto done = hand_over(target_, source, path); !done) return done;
    if (made_.empty()) return {};
    target_ = made_.back().parent;
    made_.pop_back();
    return {};
  }
  if (made_.empty()) return {};  // the root is the caller's
  // One fstat a directory instead of a look at the umask, which belongs to the whole process.
  struct stat status = {};
  if (::fstat(target_, &status) != 0) return fail_at(errno, "stat", path);
  if ((status.st_mode & 0777U) != options_.directory_mode &&
      ::fchmod(target_, options_.directory_mode) != 0) {
    return fail_at(errno, "set the mode of", path);
  }
  target_ = made_.back().parent;
  made_.pop_back();
  return {};
}

Result<void> Cloner::clone_symlink(const WalkEntry& entry) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(entry.dir_fd, entry.name, target.data(), target.size() - 1);
  if (length < 0) return fail_at(errno, "read the symlink", entry.path);
  if (::symlinkat(target.data(), target_, entry.name) != 0) {
    return fail_at(errno, "make the symlink", entry.path);
  }
  if (options_.owner && ::fchownat(target_, entry.name, options_.owner->user, options_.owner->group,
                                   AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_at(errno, "set the owner of", entry.path);
  }
  ++stats_.symlinks;
  return {};
}

Result<void> Cloner::clone_file(const WalkEntry& entry) {
  if (link_) {
    if (syscalls::link(entry.dir_fd, entry.name, target_, entry.name) == 0) {
      ++stats_.files;
      ++stats_.linked;
      return {};
    }
    // EMLINK is this inode's own limit (65,000 names on ext4); all others are the tree's.
    if (links_unsupported(errno)) {
      link_ = false;
    } else if (errno != EMLINK) {
      return fail_at(errno, "link", entry.path);
    }
  }
  return make_own_inode(entry);
}

Result<void> Cloner::make_own_inode(const WalkEntry& entry) {
  constexpr int read_flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const UniqueFd source(syscalls::retry([&] { return ::openat(entry.dir_fd, entry.name, read_flags); }));
  if (!source) return fail_at(errno, "open", entry.path);
  struct stat status = {};
  if (::fstat(source.get(), &status) != 0) return fail_at(errno, "stat", entry.path);
  if (!S_ISREG(status.st_mode)) return fail_at(EBUSY, "clone", entry.path);  // swapped since it was listed
  const mode_t mode = status.st_mode & 0777U;

  constexpr int write_flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const UniqueFd target(syscalls::retry([&] { return ::openat(target_, entry.name, write_flags, mode); }));
  if (!target) return fail_at(errno, "create", entry.path);
  if (auto done = fill(source.get(), status, target.get(), entry.path); !done) return done;
  if (options_.owner) {
    if (auto done = hand_over(target.get(), status, entry.path); !done) return done;
    ++stats_.files;
    return {};
  }
  if (::fstat(target.get(), &status) != 0) return fail_at(errno, "stat", entry.path);
  if ((status.st_mode & 0777U) != mode && ::fchmod(target.get(), mode) != 0) {
    return fail_at(errno, "set the mode of", entry.path);
  }
  ++stats_.files;
  return {};
}

Result<void> Cloner::fill(int source, const struct stat& status, int target, std::string_view path) {
  if (reflink_) {
    if (syscalls::reflink(source, target) == 0) {
      ++stats_.reflinked;
      return {};
    }
    if (!reflinks_unsupported(errno)) return fail_at(errno, "reflink", path);
    reflink_ = false;
  }
  if (const int number = copy_content(source, status, target, copy_range_); number != 0)
    return fail_at(number, "copy", path);
  ++stats_.copied;
  return {};
}

CloneStats sum_of(CloneStats one, const CloneStats& other) {
  one.files += other.files;
  one.linked += other.linked;
  one.reflinked += other.reflinked;
  one.copied += other.copied;
  one.directories += other.directories;
  one.symlinks += other.symlinks;
  return one;
}

// Nothing where no more threads are allowed (TasksMax=).
std::optional<Result<CloneStats>> clone_side_by_side(int source_fd, int target_fd,
                                                     const CloneOptions& options) {
  Cloner one(target_fd, options, 0), other(target_fd, options, 1);
  Result<void> others;
  std::thread thread;
  try {
    thread = std::thread([&] { others = walk(source_fd, other); });
  } catch (const std::system_error&) {
    return std::nullopt;
  }
  const auto done = walk(source_fd, one);
  thread.join();
  if (!done) return base::pass(done.error());
  if (!others) return base::pass(others.error());
  return sum_of(one.stats(), other.stats());
}

bool is_worth_sharing(int source_fd, const CloneOptions& options) {
  if (!options.side_by_side || options.owner) return false;
  const auto entries = list_directory(source_fd);
  return entries && entries->size() >= fewest_to_share;
}

}  // namespace

Result<CloneStats> clone_tree(int source_fd, int target_fd, const CloneOptions& options) {
  if (is_worth_sharing(source_fd, options)) {
    if (auto done = clone_side_by_side(source_fd, target_fd, options)) return std::move(*done);
  }
  Cloner cloner(target_fd, options);
  if (auto done = walk(source_fd, cloner); !done) return base::pass(std::move(done.error()));
  return cloner.stats();
}

}  // namespace fs
