// SPDX-License-Identifier: MIT
// Symlinks in a staged root that point outside of it (#75108), and their replacement.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fs {

struct OutwardLink {
  std::string path;           // relative to the root
  std::string target;         // as stored in the link
  bool is_directory = false;  // its target, if that can be determined
  bool dangling = false;
};

// Walks `root_fd` (whose absolute path is `root_path`, needed to judge absolute targets) without following
// links. A link is inward when its target, resolved as text and beneath the root, stays inside. `prune`
// (optional) is asked with each relative directory path: true skips it.
[[nodiscard]] base::Result<std::vector<OutwardLink>> find_outward_links(
    int root_fd, const std::string& root_path, const std::function<bool(std::string_view path)>& prune = {});

// Removes the links; where one stood for a directory, an empty real directory takes its place, in one rename,
// so that no other process ever sees the name missing. Never changes the target of a link. `busy` when one is
// no longer that link: the entry that another process has created is kept. The first failure ends it, in the
// middle; links are taken folder by folder, several folders at a time.
[[nodiscard]] base::Result<void> replace_outward_links(int root_fd, const std::vector<OutwardLink>& links);

}  // namespace fs
