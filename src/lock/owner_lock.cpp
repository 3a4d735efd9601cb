// SPDX-License-Identifier: MIT
#include "lock/owner_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <utility>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"

namespace lock {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* owner_file = "owner.json";
// The largest that OpenClaw writes has 80 bytes.
constexpr std::size_t owner_limit = std::size_t{64} * 1024;
// A lock that is taken and released faster than we look: each round is a new lock, so a living owner.
constexpr int most_looks = 8;

// What was seen, and where. The open descriptor keeps the inode, so that no new lock can have the same
// number.
struct Look {
  LockVerdict verdict;
  base::UniqueFd entry;
  struct stat status = {};
};

LockVerdict changes_hands() {
  LockVerdict verdict;
  verdict.state = LockVerdict::State::held;
  verdict.reason = "the owner of the lock changes faster than it can be read";
  return verdict;
}

Result<void> check_name(std::string_view name) {
  if (!name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
      name.find('\0') == std::string_view::npos) {
    return {};
  }
  return base::fail(ErrorKind::bad_input, "'" + std::string(name) + "' is not a lock name");
}

std::int64_t modified_ms(const struct stat& status) {
  // Some file systems store times of 64 bits; a sum that overflows must not come out as long ago.
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 4000;
  const std::int64_t seconds = std::clamp<std::int64_t>(status.st_mtim.tv_sec, -most, most);
  return seconds * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

// What the folder `entry` (O_PATH) says of its owner; `status` is renewed after reading.
Result<LockOwner> read_owner(int entry, const std::string& name, struct stat& status) {
  LockOwner owner;
  owner.touched_at_ms = modified_ms(status);
  if (!S_ISDIR(status.st_mode)) return owner;  // a link or a file: shape `missing`, and never opened

  const auto content = fs::read_file(entry, owner_file, owner_limit);
  // After reading: an owner that is just releasing its lock has removed owner.json by now, which renews the
  // mtime.
  if (::fstat(entry, &status) != 0) return base::fail_errno(errno, "stat lock folder " + name);
  if (content) return parse_owner(*content, modified_ms(status));

  const base::Error& error = content.error();
  owner.touched_at_ms = modified_ms(status);
  if (error.number == ENOENT) {
    owner.shape = LockOwner::Shape::missing;
  } else if (error.number == EACCES || error.number == EPERM) {
    owner.shape = LockOwner::Shape::unreadable;
  } else if (error.kind != ErrorKind::system || error.number == ELOOP || error.number == ENXIO) {
    owner.shape = LockOwner::Shape::malformed;  // a link, a FIFO, a socket, too large
  } else {
    return base::pass(error, "read lock " + name);
  }
  return owner;
}

Result<Look> look(int root_fd, std::string_view lock_name, const std::string& proc) {
  if (auto valid = check_name(lock_name); !valid) return base::pass(valid.error());
  const std::string name(lock_name);
  for (int i = 0; i < most_looks; ++i) {
    Look seen;
    seen.entry.reset(::openat(root_fd, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!seen.entry && errno == ENOENT) return seen;
    if (!seen.entry || ::fstat(seen.entry.get(), &seen.status) != 0) {
      return base::fail_errno(errno, "open lock " + name);
    }
    const auto owner = read_owner(seen.entry.get(), name, seen.status);
    if (!owner) return base::pass(owner.error());
    if (seen.status.st_nlink == 0) continue;  // released while we looked; there may be a new one
    const auto machine = observe_machine(proc);
    if (!machine) return base::pass(machine.error(), "judge lock " + name);
    const ProcessFacts process = owner->pid ? observe_process(proc, *owner->pid) : ProcessFacts{};
    seen.verdict = judge(*owner, process, *machine);
    return seen;
  }
  Look busy;
  busy.verdict = changes_hands();
  return busy;
}

bool is_still(int root_fd, const std::string& name, const Look& seen) {
  struct stat status {};
  return ::fstatat(root_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         status.st_dev == seen.status.st_dev && status.st_ino == seen.status.st_ino;
}

// Answers an errno value. Never replaces anything, on any file system.
int rename_to_free_name(int root_fd, const std::string& from, const std::string& to) {
  if (::renameat2(root_fd, from.c_str(), root_fd, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // NFS and some FUSE file systems know no flags. A name that is seen free here was free microseconds ago.
  struct stat status {};
  if (::fstatat(root_fd, to.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  return ::renameat(root_fd, from.c_str(), root_fd, to.c_str()) == 0 ? 0 : errno;
}

// What reclaimers left that were killed at it, or whose lock had two owners. Never put back: an owner that
// lives may have released it since. Failures are for the next run.
void sweep(int root_fd, std::string_view name, const std::string& proc) {
  const auto entries = fs::list_directory(root_fd);
  if (!entries) return;
  const std::string prefix = aside_prefix(name);
  for (const fs::DirectoryEntry& entry : *entries) {
    if (entry.name.compare(0, prefix.size(), prefix) != 0) continue;
    const auto seen = look(root_fd, entry.name, proc);
    if (seen && seen->verdict.state == LockVerdict::State::gone) {
      static_cast<void>(fs::remove_tree(root_fd, entry.name));
    }
  }
}

}  // namespace

std::string aside_prefix(std::string_view name) {
  return std::string(name) + ".reclaimed-";
}

Result<LockVerdict> examine(int root_fd, std::string_view name, const std::string& proc) {
  return look(root_fd, name, proc).map([](Look seen) { return std::move(seen.verdict); });
}

Result<std::string> move_aside(int root_fd, std::string_view lock_name) {
  if (auto valid = check_name(lock_name); !valid) return base::pass(valid.error());
  const std::string name(lock_name);
  for (int i = 0; i < most_looks; ++i) {
    std::string aside = fs::temporary_name(aside_prefix(name));
    const int error = rename_to_free_name(root_fd, name, aside);
    if (error == 0) return aside;
    if (error == ENOENT) return std::string();
    if (error != EEXIST) {
      return base::fail_errno(error, "cannot move the abandoned lock " + name +
                                         " aside; remove it as a user who may write the folder it is in");
    }
  }
  return base::fail(ErrorKind::system, "no free name beside the lock " + name);
}

Result<LockVerdict> settle(int root_fd, const std::string& aside, std::string_view name,
                           const std::string& proc) {
  auto seen = look(root_fd, aside, proc);
  if (!seen) {
    // What cannot be examined cannot be proven abandoned.
    static_cast<void>(rename_to_free_name(root_fd, aside, std::string(name)));
    return base::pass(seen.error());
  }
  LockVerdict verdict = std::move(seen->verdict);
  if (verdict.state == LockVerdict::State::gone) {
    if (const auto removed = fs::remove_tree(root_fd, aside); !removed) {
      // OpenClaw waits no longer, which is what counts.
      verdict.reason += "; its remainder, " + aside + ", cannot be removed: " + removed.error().message;
    }
    return verdict;
  }
  if (verdict.state == LockVerdict::State::absent) return verdict;
  const int error = rename_to_free_name(root_fd, aside, std::string(name));
  if (error == EEXIST) {
    verdict.reason += ", and another process has taken the lock since";
  } else if (error != 0 && error != ENOENT) {
    return base::fail_errno(error, "cannot put the lock " + std::string(name) + " back, which is held (" +
                                       verdict.reason + "); rename " + aside + " to that name");
  }
  return verdict;
}

Result<LockVerdict> reclaim(int root_fd, std::string_view lock_name, const std::string& proc) {
  const std::string name(lock_name);
  for (int i = 0; i < most_looks; ++i) {
    auto seen = look(root_fd, name, proc);
    if (!seen) return base::pass(seen.error());
    if (seen->verdict.state != LockVerdict::State::gone) return std::move(seen->verdict);
    // Reading owner.json and procfs took long enough for another process to remove this lock and to take its
    // own. From here to the rename it is a microsecond; a lock that was taken within that goes back at once,
    // before Node has come to write its owner.json.
    if (!is_still(root_fd, name, *seen)) continue;
    const auto aside = move_aside(root_fd, name);
    if (!aside) return base::pass(aside.error());
    if (aside->empty()) continue;
    if (!is_still(root_fd, *aside, *seen)) {
      static_cast<void>(rename_to_free_name(root_fd, *aside, name));
      continue;
    }
    auto settled = settle(root_fd, *aside, name, proc);
    if (!settled) return settled;
    sweep(root_fd, name, proc);
    // Absent: another reclaimer swept it, with the same verdict as ours.
    return settled->state == LockVerdict::State::absent ? std::move(seen->verdict) : std::move(*settled);
  }
  return changes_hands();
}

}  // namespace lock
