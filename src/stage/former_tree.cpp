// SPDX-License-Identifier: MIT
#include "stage/former_tree.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "openclaw/package.hpp"

namespace stage {
namespace {

using base::Result;

// A temporary folder is its user's alone.
Result<void> take_mode(int source_fd, int target_fd, const std::string& name) {
  struct stat status = {};
  if (::fstat(source_fd, &status) != 0 || ::fchmod(target_fd, status.st_mode & 0777U) != 0)
    return fs::fail_at(errno, "copy the mode of", name);
  return {};
}

Result<std::string> clone(int from_fd, const std::string& from, int to_fd, const char* prefix) {
  const auto source = fs::open_directory_beneath(from_fd, from);
  if (!source) return base::pass(source.error());
  auto target_name = fs::make_temporary_directory(to_fd, prefix);
  if (!target_name) return target_name;
  const auto target = fs::open_directory_beneath(to_fd, *target_name);
  if (!target) return base::pass(target.error());
  fs::CloneOptions options;
  options.sharing = fs::Sharing::reflink;  // npm writes to existing files
  const auto cloned = fs::clone_tree(source->get(), target->get(), options);
  auto done = cloned ? take_mode(source->get(), target->get(), from) : base::pass(cloned.error());
  if (done) done = fs::sync_file_system(target->get());
  if (done) return target_name;
  (void)fs::remove_tree(to_fd, *target_name);
  return base::pass(done.error());
}

}  // namespace

Result<void> FormerTree::keep() const {
  if (const auto gone = discard(); !gone) return gone;
  const auto copy = clone(state_fd_, "npm", store_fd_, copying_prefix);
  if (!copy) return base::pass(copy.error(), "keeping a copy of npm/ before the update");
  return fs::publish(store_fd_, *copy, name);
}

Result<void> FormerTree::restore() const {
  const auto copy = clone(store_fd_, name, state_fd_, restoring_prefix);
  if (!copy) return base::pass(copy.error(), "putting npm/ back as it was before the update");
  if (const auto done = fs::publish(state_fd_, *copy, "npm"); !done) return done;
  return discard();
}

// First under a name that recover() sweeps: half a copy must not be restored, whenever the run is killed or
// the power fails.
Result<void> FormerTree::discard() const {
  const std::string aside = fs::temporary_name(copying_prefix);
  if (::renameat(store_fd_, name, store_fd_, aside.c_str()) != 0) {
    return errno == ENOENT ? Result<void>{} : fs::fail_at(errno, "set aside", name);
  }
  if (const auto synced = fs::sync_directory(store_fd_); !synced) return synced;
  return fs::remove_tree(store_fd_, aside);
}

Result<std::vector<FormerTree::Half>> FormerTree::halves() const {
  std::vector<Half> found;
  for (const auto& [fd, prefix] : {std::pair{store_fd_, copying_prefix}, {state_fd_, restoring_prefix}}) {
    const auto entries = fs::list_directory(fd);
    if (!entries) return base::pass(entries.error());
    for (const auto& entry : *entries) {
      if (entry.name.starts_with(prefix)) found.push_back({fd, entry.name});
    }
  }
  return found;
}

Result<bool> FormerTree::is_there() const {
  const auto half = halves();
  if (!half) return base::pass(half.error());
  return half->empty() ? fs::is_there_beneath(store_fd_, name) : true;
}

Result<bool> FormerTree::recover() const {
  const auto half = halves();
  if (!half) return base::pass(half.error());
  for (const Half& each : *half) {
    if (const auto gone = fs::remove_tree(each.fd, each.name); !gone) return base::pass(gone.error());
  }
  if (const auto kept = fs::is_there_beneath(store_fd_, name); !kept || !*kept) return kept;
  const auto lost = has_lost_plugins();
  if (!lost) return lost;
  const auto done = *lost ? restore() : discard();
  if (!done) return base::pass(done.error());
  return lost;
}

// The copy is the only one: unless it is known that nothing is lost, it stays.
Result<bool> FormerTree::has_lost_plugins() const {
  const auto text = fs::read_file(store_fd_, std::string(name) + "/package.json");
  if (!text && !fs::is_answer(text.error()))
    return base::pass(text.error(), "the copy of npm/ before the update");
  const auto listed = text ? base::parse_json(*text, name) : base::pass(text.error());
  if (!listed) return false;
  const auto& dependencies = base::member_at(*listed, "dependencies");
  if (!dependencies.is_object()) return false;
  for (const auto& item : dependencies.items()) {
    if (!openclaw::is_package_name(item.key())) continue;
    const auto is_there = fs::is_there_beneath(state_fd_, "npm/node_modules/" + item.key() + "/package.json");
    if (!is_there) return is_there;
    if (!*is_there) return true;
  }
  return false;
}

}  // namespace stage
