// SPDX-License-Identifier: MIT
#include "fs/draft.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/list.hpp"
#include "fs/syscalls.hpp"

namespace fs {
namespace {

using base::Result;
using base::UniqueFd;

constexpr int most_attempts = 100;

// 200 bytes leave room for the dots and the suffix in the 255 that a name may have.
std::string prefix_of(std::string_view name) {
  return base::concat({".", name.substr(0, 200), "."});
}

// The first byte alone: those that SQLite locks, if it fills the draft, are others. Ends with the process.
bool lock(int fd, short type) {
  struct flock first_byte {};
  first_byte.l_type = type;
  first_byte.l_whence = SEEK_SET;
  first_byte.l_len = 1;
  return syscalls::retry([&] { return ::fcntl(fd, F_OFD_SETLK, &first_byte); }) == 0;
}

bool is_named(int dir_fd, const std::string& name, int fd) {
  struct stat named = {}, open = {};
  return ::fstatat(dir_fd, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(fd, &open) == 0 &&
         named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

// Removes the draft of a writer that was killed. Where that cannot be told (a file system without locks,
// something else under the name), it stays. Whoever makes a draft notices if it was taken for one of those.
// One process at a time: of two, the second would remove what a writer has made since under the same name.
bool remove_abandoned(int dir_fd, const std::string& name) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const UniqueFd left(syscalls::retry([&] { return ::openat(dir_fd, name.c_str(), flags); }));
  struct stat status = {};
  if (!left || ::fstat(left.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const bool alone = syscalls::retry([&] { return ::flock(left.get(), LOCK_EX | LOCK_NB); }) == 0;
  return alone && lock(left.get(), F_RDLCK) && is_named(dir_fd, name, left.get()) &&
         ::unlinkat(dir_fd, name.c_str(), 0) == 0;
}

// ".counter.draft", and what temporary_name() makes where that was taken: ".counter.x3k9qp".
bool is_name_of_draft(std::string_view name) {
  if (name.size() < 4 || name.front() != '.') return false;
  const std::size_t dot = name.rfind('.');
  const std::string_view suffix = name.substr(dot + 1);
  if (dot < 2) return false;
  return suffix == "draft" || (suffix.size() == 6 && std::all_of(suffix.begin(), suffix.end(), [](char c) {
                                 return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                               }));
}

}  // namespace

std::string draft_name(std::string_view name) {
  return prefix_of(name) + "draft";
}

Result<Draft> Draft::make(int dir_fd, const std::string& target, std::string_view path, mode_t mode) {
  Draft draft(dir_fd, target, path);
  const std::string usual = draft_name(target);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const bool is_free = attempt == 0 || (attempt == 1 && remove_abandoned(dir_fd, usual));
    auto taken = draft.take(is_free ? usual : temporary_name(prefix_of(target)), mode);
    if (!taken) return base::pass(std::move(taken.error()));
    if (*taken) return draft;
  }
  return fail_at(EEXIST, "create a temporary file beside", path_of(dir_fd, path));
}

// False: the name is taken, or another writer has taken the file for one that was left.
Result<bool> Draft::take(std::string name, mode_t mode) {
  constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(syscalls::retry([&] { return ::openat(dir_fd_, name.c_str(), flags, mode); }));
  if (!file && errno == EEXIST) return false;
  if (!file) return cannot_write(errno, "create a temporary file beside");
  const bool contested = !lock(file.get(), F_WRLCK) && (errno == EAGAIN || errno == EACCES);
  if (contested || !is_named(dir_fd_, name, file.get())) return false;
  file_ = std::move(file);
  name_ = std::move(name);
  return true;
}

tl::unexpected<base::Error> Draft::cannot_write(int number, std::string_view operation) const {
  return fail_at(number, operation, path_of(dir_fd_, path_));
}

Draft::Draft(Draft&& other) noexcept
    : dir_fd_(other.dir_fd_),
      target_(std::move(other.target_)),
      path_(other.path_),
      file_(std::move(other.file_)),
      name_(std::exchange(other.name_, {})) {}

Draft::~Draft() {
  if (!name_.empty()) ::unlinkat(dir_fd_, name_.c_str(), 0);
}

Result<void> Draft::publish() {
  if (::renameat(dir_fd_, name_.c_str(), dir_fd_, target_.c_str()) != 0) {
    return cannot_write(errno, "replace");
  }
  name_.clear();
  return {};
}

void remove_abandoned_drafts(int dir_fd) {
  const auto entries = list_directory(dir_fd);
  if (!entries) return;
  for (const auto& entry : *entries) {
    if (is_name_of_draft(entry.name)) remove_abandoned(dir_fd, entry.name);
  }
}

Result<void> replace_link(int dir_fd, const std::string& target, const std::string& name,
                          std::string_view path) {
  const std::string draft = draft_name(name);
  int made = ::symlinkat(target.c_str(), dir_fd, draft.c_str());
  if (made != 0 && errno == EEXIST && ::unlinkat(dir_fd, draft.c_str(), 0) == 0) {
    made = ::symlinkat(target.c_str(), dir_fd, draft.c_str());
  }
  if (made != 0) {
    const int number = errno;
    return fail_at(number, "make a link beside", path_of(dir_fd, path));
  }
  if (::renameat(dir_fd, draft.c_str(), dir_fd, name.c_str()) == 0) return {};
  const int number = errno;
  ::unlinkat(dir_fd, draft.c_str(), 0);
  return fail_at(number, "replace", path_of(dir_fd, path));
}

}  // namespace fs
