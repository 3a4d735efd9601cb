// SPDX-License-Identifier: MIT
#include "stage/closure_sharing.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <unordered_map>

#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "stage/closure_record.hpp"

namespace stage {
namespace {

// Content and executability: sealed files with both equal have equal modes as well.
using Sealed = std::unordered_map<std::string, std::string>;  // content + 'x'/'-' -> path in the store

std::string identity(const fs::InventoryEntry& entry) {
  return entry.content + (entry.executable ? 'x' : '-');
}

Sealed sealed_files(int store_fd) {
  Sealed files;
  const auto entries = fs::list_directory(store_fd);
  if (!entries) return files;
  for (const auto& entry : *entries) {
    if (entry.type != fs::DirectoryEntry::Type::directory || entry.name.starts_with('.')) continue;
    const auto text = fs::read_file(store_fd, entry.name + "/" + inventory_file, inventory_limit);
    if (!text) continue;
    for (const auto& file : parse_inventory(*text)) {
      files.emplace(identity(file), entry.name + "/node_modules/" + file.path);
    }
  }
  return files;
}

constexpr const char* shared_name = ".shared";

// A link beside the file is renamed over it, so the file is never missing.
bool replace_by_link(int store_fd, const std::string& sealed, int modules_fd, const std::string& path) {
  if (::linkat(store_fd, sealed.c_str(), modules_fd, shared_name, 0) != 0) return false;
  if (::renameat(modules_fd, shared_name, modules_fd, path.c_str()) == 0) return true;
  ::unlinkat(modules_fd, shared_name, 0);
  return false;
}

}  // namespace

std::uint64_t share_inodes(int store_fd, int modules_fd, const std::vector<fs::InventoryEntry>& inventory) {
  if (::geteuid() == 0) return 0;
  const Sealed sealed = sealed_files(store_fd);
  if (sealed.empty()) return 0;
  std::uint64_t shared = 0;
  for (const auto& entry : inventory) {
    const auto equal = sealed.find(identity(entry));
    if (equal != sealed.end() && replace_by_link(store_fd, equal->second, modules_fd, entry.path)) ++shared;
  }
  return shared;
}

base::Result<void> refresh_description(int store_fd, const ClosureDescription& description) {
  const std::string file = description.key + "/" + description_file;
  const auto text = fs::read_file(store_fd, file);
  if (!text) return base::pass(text.error());
  auto known = parse_description(*text, file);
  if (!known) return base::pass(known.error());
  known->dependencies.insert(description.dependencies.begin(), description.dependencies.end());
  known->overrides = description.overrides;
  known->scripts = description.scripts;
  // Equal files serve both platforms; this is the one that asks.
  known->platform = description.platform;
  const auto folder = fs::open_directory_beneath(store_fd, description.key);
  if (!folder) return base::pass(folder.error());
  return fs::write_file_durably(folder->get(), description_file, to_text(*known), 0444);
}

}  // namespace stage
