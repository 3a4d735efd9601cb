// SPDX-License-Identifier: MIT
#include "stage/plugin_view.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/stamp.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"

namespace stage {
namespace {

using base::Result;

constexpr const char* origin_file = ".openclaw-systemd-origin";
constexpr const char* building_prefix = ".plugin-view-";

// Identifies the package that a view was made from: another package at the same path (npm -g replaces it in
// place) has another origin.
std::string origin_of(const openclaw::Package& package) {
  return package.root + "\n" + package.version_text + "\n" +
         fs::stamp(package.directory.get(), "package.json") + "\n" +
         fs::stamp(package.directory.get(), "dist") + "\n" +
         fs::stamp(package.directory.get(), "dist/extensions") + "\n";
}

Result<void> link_into_package(int view_dist_fd, const openclaw::Package& package, const std::string& name) {
  const std::string target = package.root + "/dist/" + name;
  if (::symlinkat(target.c_str(), view_dist_fd, name.c_str()) == 0) return {};
  return base::fail_errno(errno, "linking " + target + " into the plugin view");
}

Result<void> copy_plugins(int view_dist_fd, int package_dist_fd) {
  const auto source = fs::open_directory_beneath(package_dist_fd, "extensions");
  if (!source) return base::pass(source.error());
  const auto target = fs::make_directories_beneath(view_dist_fd, "extensions");
  if (!target) return base::pass(target.error());
  fs::CloneOptions options;
  options.sharing = fs::Sharing::reflink;  // the package belongs to another user and may be changed in place
  options.skip = [](std::string_view path, bool is_directory) {
    return is_directory && (path == "node_modules" || path.ends_with("/node_modules"));
  };
  const auto cloned = fs::clone_tree(source->get(), target->get(), options);
  if (!cloned) return base::pass(cloned.error(), "copying the bundled plugins");
  return {};
}

Result<void> fill_view(int view_fd, const openclaw::Package& package) {
  const auto package_dist = fs::open_directory_beneath(package.directory.get(), "dist");
  if (!package_dist) return base::pass(package_dist.error());
  const auto view_dist = fs::make_directories_beneath(view_fd, "dist");
  if (!view_dist) return base::pass(view_dist.error());
  const auto entries = fs::list_directory(package_dist->get());
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (entry.name == "extensions") continue;
    if (const auto linked = link_into_package(view_dist->get(), package, entry.name); !linked) return linked;
  }
  if (const auto copied = copy_plugins(view_dist->get(), package_dist->get()); !copied) return copied;
  const auto manifest = fs::read_file(package.directory.get(), "package.json");
  if (!manifest) return base::pass(manifest.error());
  if (const auto written = fs::replace_file(view_fd, "package.json", *manifest); !written) return written;
  // Written last: a view with this file is complete. All of it is synced before it gets its name.
  return fs::replace_file(view_fd, origin_file, origin_of(package));
}

Result<std::vector<std::string>> half_built_views(int state_fd) {
  const auto entries = fs::list_directory(state_fd);
  if (!entries) return base::pass(entries.error());
  std::vector<std::string> names;
  for (const auto& entry : *entries) {
    if (entry.name.starts_with(building_prefix)) names.push_back(entry.name);
  }
  return names;
}

Result<void> sweep_half_built(int state_fd) {
  const auto names = half_built_views(state_fd);
  if (!names) return base::pass(names.error());
  for (const std::string& name : *names) {
    if (const auto removed = fs::remove_tree(state_fd, name); !removed) return removed;
  }
  return {};
}

// Whenever the run is killed or the power fails, half of a view must not be taken for one.
Result<void> set_view_aside(int state_fd) {
  const std::string view(view_folder), aside = fs::temporary_name(building_prefix);
  if (::renameat(state_fd, view.c_str(), state_fd, aside.c_str()) != 0) {
    return errno == ENOENT ? Result<void>{} : fs::fail_at(errno, "set aside", view);
  }
  return fs::sync_directory(state_fd);
}

}  // namespace

bool view_is_of(const std::string& state, const openclaw::Package& package) {
  const auto state_fd = fs::open_directory(state);
  if (!state_fd) return false;
  const auto origin = fs::read_file(state_fd->get(), std::string(view_folder) + "/" + origin_file);
  return origin && *origin == origin_of(package);
}

Result<void> make_plugin_view(const std::string& state, const openclaw::Package& package) {
  if (view_is_of(state, package)) return {};
  const auto state_fd = fs::open_directory(state);
  if (!state_fd) return base::pass(state_fd.error());
  if (const auto swept = sweep_half_built(state_fd->get()); !swept) return swept;
  const auto name = fs::make_temporary_directory(state_fd->get(), building_prefix);
  if (!name) return base::pass(name.error(), "making the plugin view in " + state);
  const auto view = fs::open_directory_beneath(state_fd->get(), *name);
  if (!view) return base::pass(view.error());
  const auto filled = fill_view(view->get(), package);
  if (!filled) {
    (void)fs::remove_tree(state_fd->get(), *name);
    return base::pass(filled.error(), "making the plugin view in " + state);
  }
  if (::fchmod(view->get(), 0755) != 0) return base::fail_errno(errno, "opening up the plugin view");
  // The file that says of which package the view is must not outlast the copies of the plugins.
  if (const auto synced = fs::sync_file_system(view->get()); !synced) return synced;
  return fs::publish(state_fd->get(), *name, std::string(view_folder));
}

bool has_plugin_view(const std::string& state) {
  const auto state_fd = fs::open_directory(state);
  return state_fd ? fs::may_exist_beneath(state_fd->get(), view_folder) : !fs::is_answer(state_fd.error());
}

bool has_half_built_view(const std::string& state) {
  const auto state_fd = fs::open_directory(state);
  const auto half_built = state_fd ? half_built_views(state_fd->get()) : base::pass(state_fd.error());
  return half_built && !half_built->empty();
}

Result<void> remove_plugin_view(const std::string& state) {
  const auto state_fd = fs::open_directory(state);
  if (!state_fd) return base::pass(state_fd.error());
  const auto removed = set_view_aside(state_fd->get());
  if (!removed) return base::pass(removed.error(), "removing the plugin view of another version");
  return sweep_half_built_views(state);
}

Result<void> sweep_half_built_views(const std::string& state) {
  const auto state_fd = fs::open_directory(state);
  if (!state_fd) return base::pass(state_fd.error());
  return sweep_half_built(state_fd->get());
}

}  // namespace stage
