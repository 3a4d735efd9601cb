// SPDX-License-Identifier: MIT
#include "fs/directory_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace fs {
namespace {

// Some file systems do not store types in directories. Answers a type or a negative errno.
int look_up_type(int dir_fd, const char* name) {
  struct stat status = {};
  if (::fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
  return IFTODT(status.st_mode);
}

}  // namespace

DirectoryStream::DirectoryStream(base::UniqueFd directory) : stream_(::fdopendir(directory.get())) {
  if (stream_) static_cast<void>(directory.release());  // the stream owns it now
}

std::optional<DirectoryStream::Entry> DirectoryStream::next() {
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream_.get());
    if (entry == nullptr) {
      error_ = errno;
      return std::nullopt;
    }
    const char* name = entry->d_name;
    if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'))) continue;
    if (entry->d_type != DT_UNKNOWN) return Entry{name, entry->d_type};
    const int type = look_up_type(fd(), name);
    if (type == -ENOENT) continue;  // it has gone since
    if (type < 0) {
      error_ = -type;
      return std::nullopt;
    }
    return Entry{name, static_cast<unsigned char>(type)};
  }
}

}  // namespace fs
