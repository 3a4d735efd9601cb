// SPDX-License-Identifier: MIT
#include "fs/walk.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/directory_stream.hpp"
#include "fs/failure.hpp"
#include "fs/syscalls.hpp"

namespace fs {
namespace {

using base::Result;
using base::UniqueFd;

class Walk {
 public:
  explicit Walk(Visitor& visitor) : visitor_(visitor) {}

  // `self` is none for the root.
  Result<void> directory(UniqueFd fd, const WalkEntry* self, int depth) {
    if (depth > max_depth) {
      return base::fail(base::ErrorKind::bad_input, "cannot walk " + shown(path_) + ": more than " +
                                                        std::to_string(max_depth) + " directories deep");
    }
    const std::string root = self == nullptr ? path_of(fd.get()) : std::string();
    DirectoryStream stream(std::move(fd));
    if (!stream.valid()) return fail_at(errno, "list", self == nullptr ? root : path_);
    while (const auto entry = stream.next()) {
      const std::size_t length = path_.size();
      if (length > 0) path_ += '/';
      path_ += entry->name;
      const WalkEntry found{stream.fd(), entry->name, path_, entry->type};
      auto done = entry->type == DT_DIR ? descend(found, depth) : visitor_.visit(found);
      if (!done) return done;
      path_.resize(length);
    }
    if (stream.error() != 0) {
      if (self == nullptr) return fail_at(stream.error(), "list", root);
      return visitor_.cannot_open({self->dir_fd, self->name, path_, self->type}, stream.error());
    }
    return visitor_.leave(stream.fd(), path_);
  }

 private:
  Result<void> descend(const WalkEntry& entry, int depth) {
    const auto wanted = visitor_.enter(entry);
    if (!wanted) return base::pass(wanted.error());
    if (!*wanted) return {};
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd fd(syscalls::retry([&] { return ::openat(entry.dir_fd, entry.name, flags); }));
    if (!fd) return visitor_.cannot_open(entry, errno);
    return directory(std::move(fd), &entry, depth + 1);
  }

  Visitor& visitor_;
  std::string path_;
};

const char* type_name(unsigned char type) {
  switch (type) {
    case DT_FIFO:
      return "a FIFO";
    case DT_SOCK:
      return "a socket";
    case DT_CHR:
    case DT_BLK:
      return "a device node";
    case DT_UNKNOWN:
      return "no longer there";
    default:
      return "neither file, directory nor symlink";
  }
}

}  // namespace

Result<void> Visitor::cannot_open(const WalkEntry& entry, int number) {
  return fail_at(number, "open directory", entry.path);
}

Result<void> walk(int root_fd, Visitor& visitor) {
  // Opened again: the caller's descriptor keeps its offset, and may be an O_PATH one.
  UniqueFd root(syscalls::retry([&] { return ::openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!root) return fail_at(errno, "open directory", ".");
  return Walk(visitor).directory(std::move(root), nullptr, 0);
}

tl::unexpected<base::Error> fail_special(std::string_view operation, const WalkEntry& entry) {
  return base::fail(base::ErrorKind::refused, "cannot " + std::string(operation) + " " + shown(entry.path) +
                                                  ": it is " + type_name(entry.type));
}

}  // namespace fs
