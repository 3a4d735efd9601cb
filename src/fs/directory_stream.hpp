// SPDX-License-Identifier: MIT
// The entries of one directory, with their types, read through its descriptor.
#pragma once

#include <dirent.h>

#include <memory>
#include <optional>

#include "base/unique_fd.hpp"

namespace fs {

class DirectoryStream {
 public:
  // On failure `valid()` is false and errno says why.
  explicit DirectoryStream(base::UniqueFd directory);

  [[nodiscard]] bool valid() const { return stream_ != nullptr; }
  [[nodiscard]] int fd() const { return ::dirfd(stream_.get()); }

  struct Entry {
    const char* name;    // until the next call
    unsigned char type;  // DT_…, never DT_UNKNOWN unless the entry has vanished
  };
  // Without "." and "..". At the end, or when reading fails, nothing; `error()` tells which.
  [[nodiscard]] std::optional<Entry> next();
  [[nodiscard]] int error() const { return error_; }

 private:
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  std::unique_ptr<DIR, Close> stream_;
  int error_ = 0;
};

}  // namespace fs
