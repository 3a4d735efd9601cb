// SPDX-License-Identifier: MIT
#include "workers/fetch/workplace.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/tree.hpp"

namespace workers {

using base::Result;

Result<Workplace> Workplace::make(const FetchContext& context, std::initializer_list<const char*> folders) {
  auto state = fs::open_directory(context.state_directory);
  if (!state) return base::pass(state.error());
  if (auto removed = fs::remove_tree(state->get(), work_folder); !removed) {
    return base::pass(removed.error(), "leftovers of an earlier run in " + context.state_directory);
  }
  Workplace workplace(std::move(*state), context.state_directory + "/" + work_folder);
  // Not readable for others: a tarball may contain dangerous files, such as a setuid program.
  if (::mkdir(workplace.root_.c_str(), 0700) != 0) {
    return base::fail_errno(errno, "cannot make " + workplace.root_);
  }
  for (const char* folder : folders) {
    if (::mkdir(workplace.path(folder).c_str(), 0755) == 0) continue;
    return base::fail_errno(errno, "cannot make " + workplace.path(folder));
  }
  return workplace;
}

Workplace::~Workplace() {
  if (state_) static_cast<void>(fs::remove_tree(state_.get(), work_folder));
}

Result<void> Workplace::publish(const char* folder) const {
  if (std::rename(path(folder).c_str(), (root_.substr(0, root_.rfind('/')) + "/" + folder).c_str()) == 0) {
    return {};
  }
  return base::fail_errno(errno, std::string("cannot move the finished ") + folder + " into place");
}

}  // namespace workers
