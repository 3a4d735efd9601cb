// SPDX-License-Identifier: MIT
// A file that is written in parts, and appears under its name completely or not at all.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fs {

class NewFile {
 public:
  // In the folder of `path`, links in it followed: for a path that its user has typed. 0600. What is there
  // under that name already is `refused`, and stays.
  [[nodiscard]] static base::Result<NewFile> make(const std::string& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  // What has not been published goes. Of a process that is killed nothing stays either, where the file
  // system can make a file without a name; else ".NAME.SOMETHING" does.
  ~NewFile();

  [[nodiscard]] int fd() const { return file_.get(); }
  // Synced, and under its name, unless something is there by now (`refused`).
  [[nodiscard]] base::Result<void> publish();

 private:
  NewFile() = default;
  [[nodiscard]] base::Result<void> give_name() const;

  base::UniqueFd folder_, file_;
  std::string path_, name_;
  std::string temporary_;  // its name meanwhile; empty: it has none
};

}  // namespace fs
