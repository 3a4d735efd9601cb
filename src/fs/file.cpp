// SPDX-License-Identifier: MIT
#include "fs/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/syscalls.hpp"

namespace fs {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;

// O_NONBLOCK: the open of a FIFO without a writer must not wait before fstat can tell that it is one.
constexpr int read_flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

Result<std::string> too_large(std::string_view name, std::size_t limit) {
  return base::fail(ErrorKind::bad_input,
                    "cannot read " + shown(name) + ": larger than the limit of " + base::human_bytes(limit));
}

Result<std::string> read_open_file(int fd, std::string_view name, std::size_t limit) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return fail_at(errno, "read", name);
  if (!S_ISREG(status.st_mode)) {
    return base::fail(ErrorKind::bad_input, "cannot read " + shown(name) + ": not a regular file");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > limit) return too_large(name, limit);
  // The size is a hint: /proc says 0, and a file may grow while it is read. One byte more shows the end of an
  // unchanged file in a single call.
  std::string content;
  for (std::size_t length = 0;;) {
    if (length == content.size()) content.resize(std::max(size, length) + (length == 0 ? 1 : 4096));
    const ssize_t got =
        syscalls::retry([&] { return ::read(fd, content.data() + length, content.size() - length); });
    if (got < 0) return fail_at(errno, "read", name);
    length += static_cast<std::size_t>(got);
    if (length > limit) return too_large(name, limit);
    if (got == 0) {
      content.resize(length);
      return content;
    }
  }
}

bool is_tolerated(int number) {
  return number == EPERM || number == EACCES || number == EROFS || number == ENOSYS || number == ENOTSUP;
}

// ".counter.x3k9qp": what Draft::create() makes of the name of a file.
bool is_name_of_draft(std::string_view name) {
  constexpr std::size_t length_of_suffix = 6;
  if (name.size() < length_of_suffix + 3 || name.front() != '.') return false;
  const std::string_view suffix = name.substr(name.size() - length_of_suffix);
  const bool is_ours = std::all_of(suffix.begin(), suffix.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  return is_ours && name[name.size() - length_of_suffix - 1] == '.';
}

bool is_abandoned(int dir_fd, const std::string& name, Writers writers) {
  constexpr std::int64_t patience_ms = 600'000;
  struct stat status = {};
  if (::fstatat(dir_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (!S_ISREG(status.st_mode)) return false;
  const std::int64_t written_ms = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000;
  return writers == Writers::alone || base::unix_now_ms() - written_ms > patience_ms;
}

// The new content under a temporary name, gone again unless it was renamed.
class Draft {
 public:
  Draft(const Parent& target, std::string_view path) : target_(target), path_(path) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (!name_.empty()) ::unlinkat(target_.fd, name_.c_str(), 0);
  }

  Result<void> create(mode_t mode) {
    // 200 bytes leave room for the dots and the suffix in the 255 that a name may have.
    const std::string prefix = base::concat({".", std::string_view(target_.name).substr(0, 200), "."});
    for (int attempt = 0; attempt < 100; ++attempt) {
      std::string name = temporary_name(prefix);
      constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
      fd_.reset(syscalls::retry([&] { return ::openat(target_.fd, name.c_str(), flags, mode); }));
      if (fd_) {
        name_ = std::move(name);
        return apply_mode(mode);
      }
      if (errno != EEXIST) return fail_at(errno, "create a temporary file beside", path_);
    }
    return fail_at(EEXIST, "create a temporary file beside", path_);
  }

  Result<void> write(std::string_view content) {
    while (!content.empty()) {
      const ssize_t done =
          syscalls::retry([&] { return ::write(fd_.get(), content.data(), content.size()); });
      if (done < 0) return fail_at(errno, "write", path_);
      content.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
  }

  [[nodiscard]] Result<void> sync() const { return sync_file(fd_.get(), path_); }

  Result<void> rename() {
    if (::renameat(target_.fd, name_.c_str(), target_.fd, target_.name.c_str()) != 0) {
      return fail_at(errno, "replace", path_);
    }
    name_.clear();
    return {};
  }

 private:
  // The caller's umask does not decide who may read a manifest. On mounts with fixed modes no user
  // can
  // (#83619), and the content still counts.
  Result<void> apply_mode(mode_t mode) const {
    struct stat status = {};
    if (::fstat(fd_.get(), &status) != 0) return fail_at(errno, "stat", path_);
    if ((status.st_mode & 07777U) == mode || ::fchmod(fd_.get(), mode) == 0 || is_tolerated(errno)) return {};
    return fail_at(errno, "set the mode of", path_);
  }

  const Parent& target_;
  std::string_view path_;
  UniqueFd fd_;
  std::string name_;
};

}  // namespace

Result<std::string> read_file(int dir_fd, std::string_view name, std::size_t limit) {
  auto fd = open_beneath(dir_fd, name, read_flags);
  if (!fd) return base::pass(std::move(fd.error()));
  return read_open_file(fd->get(), name, limit);
}

Result<std::string> read_trusted_file(const std::string& path, std::size_t limit) {
  const UniqueFd fd(syscalls::retry([&] { return ::open(path.c_str(), read_flags); }));
  if (!fd) return fail_at(errno, "open", path);
  return read_open_file(fd.get(), path, limit);
}

Result<void> write_file_durably(int dir_fd, std::string_view name, std::string_view content, mode_t mode) {
  auto parent = open_parent_beneath(dir_fd, name);
  if (!parent) return base::pass(std::move(parent.error()));
  Draft draft(*parent, name);
  if (auto done = draft.create(mode); !done) return done;
  if (auto done = draft.write(content); !done) return done;
  if (auto done = draft.sync(); !done) return done;
  if (auto done = draft.rename(); !done) return done;
  if (auto done = sync_directory(parent->fd); !done) return base::pass(std::move(done.error()), shown(name));
  return {};
}

Result<void> replace_file(int dir_fd, std::string_view name, std::string_view content, mode_t mode) {
  auto parent = open_parent_beneath(dir_fd, name);
  if (!parent) return base::pass(std::move(parent.error()));
  Draft draft(*parent, name);
  if (auto done = draft.create(mode); !done) return done;
  if (auto done = draft.write(content); !done) return done;
  return draft.rename();
}

void remove_drafts(int dir_fd, Writers writers) {
  const auto entries = list_directory(dir_fd);
  if (!entries) return;
  for (const auto& entry : *entries) {
    if (is_name_of_draft(entry.name) && is_abandoned(dir_fd, entry.name, writers))
      ::unlinkat(dir_fd, entry.name.c_str(), 0);
  }
}

Result<bool> change_mode_tolerantly(int dir_fd, std::string_view name, mode_t mode) {
  const bool itself = name == ".";
  auto parent = itself ? Result<Parent>(Parent{{}, dir_fd, "."}) : open_parent_beneath(dir_fd, name);
  if (!parent) return base::pass(std::move(parent.error()));
  struct stat status = {};
  if (::fstatat(parent->fd, parent->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_at(errno, "stat", name);
  }
  if (S_ISLNK(status.st_mode)) return fail_at(ErrorKind::refused, ELOOP, "set the mode of", name);
  if ((status.st_mode & 07777U) == mode) return true;
  // On a symlink swapped in by now this says ENOTSUP: nothing is followed.
  if (::fchmodat(parent->fd, parent->name.c_str(), mode, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (is_tolerated(errno)) return false;
  return fail_at(errno, "set the mode of", name);
}

}  // namespace fs
