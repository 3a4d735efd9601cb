// SPDX-License-Identifier: MIT
#include "fs/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/draft.hpp"
#include "fs/failure.hpp"
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

// The caller's umask does not decide who may read a manifest. On mounts with fixed modes no user can
// (#83619), and the content still counts.
Result<void> apply_mode(int fd, mode_t mode, std::string_view path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return fail_at(errno, "stat", path);
  if ((status.st_mode & 07777U) == mode || ::fchmod(fd, mode) == 0 || is_tolerated(errno)) return {};
  return fail_at(errno, "set the mode of", path);
}

Result<void> write_content(int fd, std::string_view content, std::string_view path) {
  while (!content.empty()) {
    const ssize_t done = syscalls::retry([&] { return ::write(fd, content.data(), content.size()); });
    if (done < 0) return fail_at(errno, "write", path);
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<Draft> written_draft(const Parent& parent, std::string_view name, std::string_view content,
                            mode_t mode) {
  auto draft = Draft::make(parent.fd, parent.name, name, mode);
  if (!draft) return draft;
  if (auto done = apply_mode(draft->fd(), mode, name); !done) return base::pass(std::move(done.error()));
  if (auto done = write_content(draft->fd(), content, name); !done)
    return base::pass(std::move(done.error()));
  return draft;
}

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
  auto draft = written_draft(*parent, name, content, mode);
  if (!draft) return base::pass(std::move(draft.error()));
  if (auto done = sync_file(draft->fd(), name); !done) return done;
  if (auto done = draft->publish(); !done) return done;
  if (auto done = sync_directory(parent->fd); !done) return base::pass(std::move(done.error()), shown(name));
  return {};
}

Result<void> replace_file(int dir_fd, std::string_view name, std::string_view content, mode_t mode) {
  auto parent = open_parent_beneath(dir_fd, name);
  if (!parent) return base::pass(std::move(parent.error()));
  auto draft = written_draft(*parent, name, content, mode);
  return draft ? draft->publish() : base::pass(std::move(draft.error()));
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
