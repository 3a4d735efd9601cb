// SPDX-License-Identifier: MIT
#include "trees/operations.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace trees {

void add_file(const Plot& plot, const std::string& relative, std::string_view content) {
  const int tree = ::open(plot.tree.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0) return;
  // An immutable tree gets nothing.
  const int file =
      ::openat(tree, relative.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  ::close(tree);
  if (file < 0) return;
  require(::fchown(file, plot.owner, plot.owner) == 0, relative);
  require(::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()), relative);
  ::close(file);
}

bool is_there(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

const std::vector<Operation>& all_operations() {
  static const std::vector<Operation> operations = [] {
    std::vector<Operation> all;
    for (const auto& kind : {operations_on_trees, operations_on_releases, operations_of_staging,
                             operations_on_state, operations_on_archives}) {
      for (Operation& operation : kind()) all.push_back(std::move(operation));
    }
    return all;
  }();
  return operations;
}

}  // namespace trees
