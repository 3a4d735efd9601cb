// SPDX-License-Identifier: MIT
#include "stage/owned_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "openclaw/era.hpp"

namespace stage {
namespace {

using base::Result;

// <state>/owned-root/.openclaw: OpenClaw puts ".openclaw" below OPENCLAW_HOME by itself.
constexpr const char* owned_folder = "owned-root";
constexpr const char* inner_state = ".openclaw";
constexpr const char* carrying_prefix = ".carrying-";

// These versions change the mode of <home>/.openclaw even if OPENCLAW_STATE_DIR names another state (RUN
// 2026.5.12).
std::string home_state(const openclaw::Locations& locations) {
  return locations.home + "/" + inner_state;
}

// After an error, the gateway must neither go back to the older state nor get a new one.
Result<bool> owned_root_exists(const std::string& state) {
  struct stat status {};
  const std::string inner = state + "/" + owned_folder + "/" + inner_state;
  if (::lstat(inner.c_str(), &status) == 0) return S_ISDIR(status.st_mode);
  if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) return false;
  return fs::fail_at(errno, "examine", inner);
}

// Files that can be recreated at any time, and may be large.
bool is_made_anew(std::string_view path) {
  for (const std::string_view name : {owned_folder, "staged-deps", "plugin-view", "plugin-runtime-deps"}) {
    if (path == name) return true;
  }
  return false;
}

Result<void> carry_over(int state_fd, int owned_fd) {
  const auto staging = fs::make_temporary_directory(owned_fd, carrying_prefix);
  if (!staging) return base::pass(staging.error());
  const auto target = fs::open_directory_beneath(owned_fd, *staging);
  if (!target) return base::pass(target.error());
  fs::CloneOptions options;
  options.sharing = fs::Sharing::reflink;  // both states are written to from now on
  options.directory_mode = 0700;
  options.skip = [](std::string_view path, bool) { return is_made_anew(path); };
  const auto cloned = fs::clone_tree(state_fd, target->get(), options);
  if (!cloned) {
    (void)fs::remove_tree(owned_fd, *staging);
    return base::pass(cloned.error());
  }
  if (const auto synced = fs::sync_file_system(target->get()); !synced) return synced;
  return fs::publish(owned_fd, *staging, inner_state);
}

}  // namespace

Result<bool> needs_owned_root(const openclaw::Version& version, const openclaw::Locations& locations) {
  const std::string state = home_state(locations);
  // Once the gateway uses its own root, every later version has to, because it would otherwise use the older
  // state.
  if (const auto exists = owned_root_exists(state); !exists || *exists) return exists;
  if (!openclaw::dies_of_unowned_state(version)) return false;
  struct stat status {};
  if (::stat(state.c_str(), &status) != 0) {
    auto failure = fs::fail_at(errno, "examine", state);
    if (fs::is_answer(failure.value())) return false;
    return failure;
  }
  // root may chmod anything, and an owner may chmod their own files.
  if (::geteuid() == 0 || status.st_uid == ::geteuid()) return false;
  return ::access(state.c_str(), W_OK | X_OK) == 0;
}

Result<std::optional<OwnedRoot>> prepare_owned_root(const openclaw::Version& version,
                                                    const openclaw::Locations& locations) {
  const auto needed = needs_owned_root(version, locations);
  if (!needed) return base::pass(needed.error());
  if (!*needed) return std::optional<OwnedRoot>{};
  const std::string state = home_state(locations);
  const auto state_fd = fs::open_directory(state);
  if (!state_fd) return base::pass(state_fd.error());
  const auto owned_fd = fs::make_directories_beneath(state_fd->get(), owned_folder, 0700);
  if (!owned_fd) return base::pass(owned_fd.error(), "making a state root that the gateway owns in " + state);
  OwnedRoot owned{state + "/" + owned_folder, false, {}};
  const auto is_there = fs::is_there_beneath(owned_fd->get(), inner_state);
  if (!is_there) return base::pass(is_there.error());
  if (*is_there) return std::optional(owned);
  const auto carried = carry_over(state_fd->get(), owned_fd->get());
  if (!carried) {
    return std::optional(OwnedRoot{
        "", false,
        base::Error(carried.error()).in("carrying the state of " + state + " over to " + owned.home)});
  }
  owned.carried_over = true;
  return std::optional(owned);
}

}  // namespace stage
