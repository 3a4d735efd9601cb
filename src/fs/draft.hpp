// SPDX-License-Identifier: MIT
// What takes the place of a file: written beside it under another name, then renamed over it.
//
// The name is ".NAME.draft", so that the next writer removes what a killed one has left. While somebody
// writes it is locked, and another writer at that time takes a random name.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fs {

class Draft {
 public:
  // Open for writing; the mode less the umask. `path` is for messages, and, as the folder, outlives it.
  [[nodiscard]] static base::Result<Draft> make(int dir_fd, const std::string& target, std::string_view path,
                                                mode_t mode);
  Draft(Draft&& other) noexcept;
  Draft& operator=(Draft&&) = delete;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  // What has not been published goes.
  ~Draft();

  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  // Renames it over the target, without waiting for the disk.
  [[nodiscard]] base::Result<void> publish();

 private:
  Draft(int dir_fd, std::string target, std::string_view path)
      : dir_fd_(dir_fd), target_(std::move(target)), path_(path) {}
  [[nodiscard]] base::Result<bool> take(std::string name, mode_t mode);
  [[nodiscard]] tl::unexpected<base::Error> cannot_write(int number, std::string_view operation) const;

  int dir_fd_;
  std::string target_;
  std::string_view path_;
  base::UniqueFd file_;
  std::string name_;  // empty: it has none
};

// A link takes the place of a file or link in the same way. For a caller who alone writes that name.
[[nodiscard]] base::Result<void> replace_link(int dir_fd, const std::string& target, const std::string& name,
                                              std::string_view path);

// Removes the drafts of killed writers from a folder, for files that nobody may write again. One that is
// being written is locked, and stays.
void remove_abandoned_drafts(int dir_fd);

// ".NAME.draft", as long as a name may be.
[[nodiscard]] std::string draft_name(std::string_view name);

}  // namespace fs
