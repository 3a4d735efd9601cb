// SPDX-License-Identifier: MIT
#include "trees/naive.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace trees {
namespace {

using base::Result;

void among_theirs(Plot& plot) {
  make_folder(plot.path("ground"), plot.owner);
  make_folder(plot.path("target"), 0);
  plot.tree = plot.path("ground/tree");
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* stream = ::opendir(folder.c_str());
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(stream);
  return names;
}

using Step = std::function<void(const std::string& path, const struct stat& status)>;

// lstat(2) says that it is a folder, and a moment later it is opened by its name.
void walk_by_names(const std::string& path, const Step& file, const Step& folder) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (S_ISREG(status.st_mode)) return file(path, status);
  if (!S_ISDIR(status.st_mode)) return;
  for (const std::string& name : names_in(path)) walk_by_names(path + "/" + name, file, folder);
  folder(path, status);
}

Result<void> copy(const Plot& plot) {
  int number = 0;
  walk_by_names(
      plot.tree,
      [&](const std::string& path, const struct stat&) {
        std::ifstream from(path, std::ios::binary);
        std::ofstream to(plot.path("target/") + std::to_string(number++), std::ios::binary);
        std::copy(std::istreambuf_iterator<char>(from), {}, std::ostreambuf_iterator<char>(to));
      },
      [](const std::string&, const struct stat&) {});
  return {};
}

Result<void> give_away(const Plot& plot) {
  const Step give_one = [](const std::string& path, const struct stat&) {
    (void)!::chown(path.c_str(), other_user, other_user);
  };
  walk_by_names(plot.tree, give_one, give_one);
  return {};
}

Result<void> close_to_others(const Plot& plot) {
  const Step close_one = [](const std::string& path, const struct stat& status) {
    (void)!::chmod(path.c_str(), status.st_mode & 0700U);
  };
  walk_by_names(plot.tree, close_one, close_one);
  return {};
}

Result<void> remove(const Plot& plot) {
  walk_by_names(
      plot.tree, [](const std::string& path, const struct stat&) { ::unlink(path.c_str()); },
      [](const std::string& path, const struct stat&) { ::rmdir(path.c_str()); });
  return {};
}

}  // namespace

const std::vector<Operation>& naive_operations() {
  static const std::vector<Operation> operations{{"a naive copy", As::root, among_theirs, copy},
                                                 {"a naive chown", As::root, among_theirs, give_away},
                                                 {"a naive chmod", As::root, among_theirs, close_to_others},
                                                 {"a naive removal", As::root, among_theirs, remove}};
  return operations;
}

}  // namespace trees
