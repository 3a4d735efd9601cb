// SPDX-License-Identifier: MIT
// A private folder for a release that is tried on copies; removed by the destructor.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace workers::state {

// Removes the folders with this prefix that a killed run has left in `where`, as far as they are this user's
// and can be removed.
[[nodiscard]] base::Result<void> remove_left_behind(const std::string& where, std::string_view prefix);

class WorkFolder {
 public:
  // Creates one in the folder `where`, with a name that begins with `prefix`. Folders with this prefix that a
  // killed run has left there are removed first.
  [[nodiscard]] static base::Result<WorkFolder> make(const std::string& where, std::string_view prefix);
  WorkFolder(WorkFolder&&) = default;
  WorkFolder& operator=(WorkFolder&&) = delete;
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  [[nodiscard]] int fd() const { return folder_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  WorkFolder(base::UniqueFd parent, base::UniqueFd folder, std::string name, std::string path)
      : parent_(std::move(parent)),
        folder_(std::move(folder)),
        name_(std::move(name)),
        path_(std::move(path)) {}
  base::UniqueFd parent_, folder_;
  std::string name_, path_;
};

}  // namespace workers::state
