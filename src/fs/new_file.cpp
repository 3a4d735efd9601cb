// SPDX-License-Identifier: MIT
#include "fs/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/sync.hpp"
#include "fs/syscalls.hpp"

namespace fs {
namespace {

using base::ErrorKind;
using base::Result;

tl::unexpected<base::Error> is_there(const std::string& path) {
  return base::fail(ErrorKind::refused, shown(path) + " already exists; name a file that does not exist");
}

// By its descriptor: without a privilege, and without a name that another may have put something else under.
int link_by_descriptor(int file, int folder, const char* name) {
  std::array<char, 64> path{};
  (void)std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", file);
  return ::linkat(AT_FDCWD, path.data(), folder, name, AT_SYMLINK_FOLLOW);
}

}  // namespace

Result<NewFile> NewFile::make(const std::string& path) {
  NewFile made;
  made.path_ = path;
  const std::size_t slash = path.rfind('/');
  made.name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (made.name_.empty() || made.name_ == "." || made.name_ == "..")
    return base::fail(ErrorKind::usage, shown(path) + " is not a file name");
  made.folder_.reset(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!made.folder_) return fail_at(errno, "open the folder", folder);
  struct stat status = {};
  if (::fstatat(made.folder_.get(), made.name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return is_there(path);
  constexpr mode_t for_its_owner = 0600;
  made.file_.reset(syscalls::nameless(made.folder_.get(), for_its_owner));
  if (made.file_) return made;
  // NFS, CIFS, FAT and others have none without a name.
  std::string temporary = temporary_name(base::concat({".", made.name_.substr(0, 200), "."}));
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  made.file_.reset(::openat(made.folder_.get(), temporary.c_str(), flags, for_its_owner));
  if (!made.file_) return fail_at(errno, "create", path);
  made.temporary_ = std::move(temporary);
  return made;
}

NewFile::NewFile(NewFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})) {}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
}

Result<void> NewFile::give_name() const {
  const int done = temporary_.empty()
                       ? link_by_descriptor(file_.get(), folder_.get(), name_.c_str())
                       : syscalls::rename_new(folder_.get(), temporary_.c_str(), name_.c_str());
  if (done == 0) return {};
  return errno == EEXIST ? is_there(path_) : fail_at(errno, "create", path_);
}

Result<void> NewFile::publish() {
  if (auto done = sync_file(file_.get(), path_); !done) return done;
  if (auto named = give_name(); !named && !temporary_.empty() && named.error().number == EINVAL) {
    // NFS and others cannot rename without replacing; a second name is as good.
    if (::linkat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str(), 0) != 0)
      return errno == EEXIST ? is_there(path_) : fail_at(errno, "create", path_);
    ::unlinkat(folder_.get(), temporary_.c_str(), 0);
  } else if (!named) {
    return named;
  }
  temporary_.clear();
  return sync_directory(folder_.get());
}

}  // namespace fs
