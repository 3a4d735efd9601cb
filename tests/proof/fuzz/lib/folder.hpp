// SPDX-License-Identifier: MIT
// A folder with files, for parsers that read a file by its name.
#pragma once

#include <string>
#include <string_view>

namespace target {

// Below $TMPDIR, of this process alone, and gone when it ends by itself.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
  [[nodiscard]] int fd() const { return fd_; }

  // Folders on the way are made.
  void write(const std::string& name, std::string_view content) const;
  void remove(const std::string& name) const;

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace target
