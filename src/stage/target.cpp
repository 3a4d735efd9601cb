// SPDX-License-Identifier: MIT
#include "stage/target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "openclaw/environment.hpp"
#include "stage/plugin_view.hpp"

namespace stage {
namespace {

using base::Result;
using base::UniqueFd;
using openclaw::Delivery;

constexpr const char* staging_name = ".openclaw-systemd-";

// Hard links for an unprivileged owner: the sealed mode prevents writes on both sides. Root ignores modes, so
// its gateway gets reflinks or copies.
fs::Sharing sharing() {
  return ::geteuid() == 0 ? fs::Sharing::reflink : fs::Sharing::link;
}

// The folder that contains node_modules, created if absent. It stays writable, because OpenClaw mirrors its
// dist into the root.
Result<UniqueFd> open_modules_parent(const Target& target, const std::string& root_name) {
  auto base = fs::open_directory(target.base);
  if (!base) return base;
  const std::string inner = target.modules_parent();
  return fs::make_directories_beneath(base->get(), inner.empty() ? root_name : root_name + "/" + inner);
}

Result<void> clone_closure(int parent_fd, const ClosureStore& store, const std::string& closure) {
  const auto source = store.open_modules(closure);
  if (!source) return base::pass(source.error());
  const auto staging = fs::make_temporary_directory(parent_fd, staging_name);
  if (!staging) return base::pass(staging.error());
  const auto target = fs::open_directory_beneath(parent_fd, *staging);
  if (!target) return base::pass(target.error());
  fs::CloneOptions options;
  options.sharing = sharing();
  options.side_by_side = true;
  const auto cloned = fs::clone_tree(source->get(), target->get(), options);
  if (!cloned) {
    (void)fs::remove_tree(parent_fd, *staging);
    return base::pass(cloned.error());
  }
  if (::fchmod(target->get(), 0755) != 0)
    return base::fail_errno(errno, "opening up the staged node_modules");
  // A name on the disk before its content would be a folder of empty files after a power cut.
  if (const auto synced = fs::sync_file_system(target->get()); !synced) return synced;
  return fs::publish(parent_fd, *staging, "node_modules");
}

Result<void> make_base(const std::string& path) {
  // Only the last folder is created: the stage directory is the administrator's choice, and so are its
  // parents.
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return base::fail_errno(errno, "making the stage directory " + path);
}

}  // namespace

std::string Target::modules_parent() const {
  return delivery == Delivery::plugin_view ? std::string(view_extensions) : std::string();
}

Target target_for(const openclaw::Package& package, const openclaw::Era& era,
                  const openclaw::Locations& locations) {
  Target target;
  target.delivery = era.delivery;
  if (era.delivery == Delivery::plugin_view) {
    target.base = locations.staging_state();
    target.name = view_folder;
  } else if (era.delivery == Delivery::external_root) {
    target.base = locations.stage_bases(era.leftovers.layered_bases).back();
    target.name = openclaw::stage_root_name(package.version_text, package.root);
    if (!era.leftovers.layered_bases) {
      target.twin_names.push_back(openclaw::stage_root_name("unknown", target.path()));
    }
  }
  return target;
}

Result<UniqueFd> open_target_modules(const Target& target) {
  const auto none_if = [](const base::Error& error) -> Result<UniqueFd> {
    if (fs::is_answer(error)) return UniqueFd{};
    return base::pass(error, "looking for what is staged");
  };
  if (target.base.empty()) return UniqueFd{};
  auto base = fs::open_directory(target.base);
  if (!base) return none_if(base.error());
  const std::string inner = target.modules_parent();
  auto modules = fs::open_directory_beneath(
      base->get(), target.name + "/" + (inner.empty() ? "" : inner + "/") + "node_modules");
  return modules ? std::move(modules) : none_if(modules.error());
}

Result<void> materialise(const Target& target, const ClosureStore& store, const std::string& closure,
                         const openclaw::Package& package) {
  if (const auto made = make_base(target.base); !made) return made;
  if (target.delivery == Delivery::plugin_view) {
    if (const auto viewed = make_plugin_view(target.base, package); !viewed) return viewed;
  }
  std::vector<std::string> names = target.twin_names;
  names.push_back(target.name);
  for (const auto& name : names) {
    const auto parent = open_modules_parent(target, name);
    if (!parent) return base::pass(parent.error(), "preparing " + target.base + "/" + name);
    const auto cloned = clone_closure(parent->get(), store, closure);
    if (!cloned) return base::pass(cloned.error(), "materialising into " + target.base + "/" + name);
  }
  return {};
}

std::vector<std::string> watched_paths(const Target& target, const openclaw::Dependencies& closure) {
  if (target.base.empty()) return {};
  const std::string inner = target.modules_parent();
  const std::string modules = target.path() + "/" + (inner.empty() ? "" : inner + "/") + "node_modules";
  // Replacing or removing a package changes the mtime of the folder that lists it: node_modules, or that of
  // its scope.
  std::set<std::string> scopes;
  for (const auto& [name, range] : closure) {
    if (name.starts_with('@')) scopes.insert(modules + "/" + name.substr(0, name.find('/')));
  }
  std::vector<std::string> paths(scopes.begin(), scopes.end());
  paths.push_back(modules);
  paths.push_back(target.path() + "/package.json");
  paths.push_back(target.path() + "/dist");
  return paths;
}

}  // namespace stage
