// SPDX-License-Identifier: MIT
#include "npm/tidy.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/tree.hpp"
#include "npm/clients.hpp"

namespace npm {
namespace {

using base::UniqueFd;

std::vector<std::string> names_in(int directory_fd) {
  std::vector<std::string> names;
  UniqueFd copy(::openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(copy ? ::fdopendir(copy.get()) : nullptr,
                                                      [](DIR* d) { return ::closedir(d); });
  if (!directory) return names;
  static_cast<void>(copy.release());
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

UniqueFd open_subdirectory(int directory_fd, const std::string& name) {
  return UniqueFd(::openat(directory_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// A gateway never looks there, and links in dist/ abort OpenClaw's postinstall (#70163). A tarball may bring
// a .bin with files of its own (bundled dependencies): those are content, and stay whichever client unpacked
// them.
void remove_bin_links(int modules_fd) {
  const UniqueFd bin = open_subdirectory(modules_fd, ".bin");
  if (!bin) return;
  for (const std::string& name : names_in(bin.get())) {
    struct stat status {};
    const bool link =
        ::fstatat(bin.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
    if (link) ::unlinkat(bin.get(), name.c_str(), 0);
  }
  ::unlinkat(modules_fd, ".bin", AT_REMOVEDIR);  // ENOTEMPTY when it has content
}

// Bounds the recursion, whatever the tree is; real ones nest 5 deep.
constexpr int deepest = 64;

void visit_modules(int modules_fd, int depth);

void visit_package(int parent_fd, const std::string& name, int depth) {
  const UniqueFd package = open_subdirectory(parent_fd, name);
  if (!package) return;
  if (const UniqueFd nested = open_subdirectory(package.get(), "node_modules"))
    visit_modules(nested.get(), depth + 1);
}

void visit_modules(int modules_fd, int depth) {
  if (depth > deepest) return;
  remove_bin_links(modules_fd);
  for (const std::string& name : names_in(modules_fd)) {
    if (!name.starts_with('@')) {
      visit_package(modules_fd, name, depth);
    } else if (const UniqueFd scope = open_subdirectory(modules_fd, name)) {
      for (const std::string& scoped : names_in(scope.get())) visit_package(scope.get(), scoped, depth);
    }
  }
}

}  // namespace

base::Result<void> remove_droppings(int directory_fd) {
  const UniqueFd modules = open_subdirectory(directory_fd, "node_modules");
  if (!modules) {
    // An install of nothing makes none.
    if (errno == ENOENT) return {};
    return base::fail_errno(errno, "cannot open node_modules after the install");
  }
  visit_modules(modules.get(), 0);
  for (const std::string& name : droppings()) {
    if (name == ".bin") continue;
    if (auto removed = fs::remove_tree(modules.get(), name); !removed) {
      return base::pass(removed.error(), "removing leftovers of the package client");
    }
  }
  return {};
}

}  // namespace npm
