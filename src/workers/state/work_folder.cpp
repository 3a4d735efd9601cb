// SPDX-License-Identifier: MIT
#include "workers/state/work_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"

namespace workers::state {

using base::Result;

namespace {

Result<void> remove_left_behind_in(int folder_fd, std::string_view prefix) {
  const auto entries = fs::list_directory(folder_fd);
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    struct stat status = {};
    if (!entry.name.starts_with(prefix) ||
        ::fstatat(folder_fd, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        status.st_uid != ::geteuid()) {
      continue;
    }
    (void)fs::remove_tree(folder_fd, entry.name);
  }
  return {};
}

}  // namespace

Result<void> remove_left_behind(const std::string& where, std::string_view prefix) {
  const auto folder = fs::open_directory(where);
  if (!folder) return base::pass(folder.error());
  return remove_left_behind_in(folder->get(), prefix);
}

Result<WorkFolder> WorkFolder::make(const std::string& where, std::string_view prefix) {
  auto parent = fs::open_directory(where);
  if (!parent) return base::pass(parent.error());
  if (auto done = remove_left_behind_in(parent->get(), prefix); !done) return base::pass(done.error());
  auto name = fs::make_temporary_directory(parent->get(), prefix);
  if (!name) return base::pass(name.error());
  auto folder = fs::open_directory_beneath(parent->get(), *name);
  if (!folder) return base::pass(folder.error());
  return WorkFolder(std::move(*parent), std::move(*folder), *name, where + "/" + *name);
}

WorkFolder::~WorkFolder() {
  if (parent_) (void)fs::remove_tree(parent_.get(), name_);
}

}  // namespace workers::state
