// SPDX-License-Identifier: MIT
#include "stage/closure_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "stage/closure_record.hpp"
#include "stage/closure_sharing.hpp"

namespace stage {
namespace {

using base::Result;
using base::UniqueFd;

constexpr const char* workplace_prefix = ".staging-";
constexpr const char* modules_folder = "node_modules";

bool is_key(const std::string& name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_without_description(const base::Error& error) {
  return error.kind == base::ErrorKind::not_found || error.kind == base::ErrorKind::bad_input;
}

bool provides(const ClosureDescription& closure, const ClosureDescription& wanted) {
  if (closure.platform != wanted.platform || closure.overrides != wanted.overrides) return false;
  const bool scripts_ran =
      std::all_of(wanted.scripts.begin(), wanted.scripts.end(), [&](const std::string& script) {
        return std::find(closure.scripts.begin(), closure.scripts.end(), script) != closure.scripts.end();
      });
  return scripts_ran &&
         std::all_of(wanted.dependencies.begin(), wanted.dependencies.end(), [&](const auto& wish) {
           const auto found = closure.dependencies.find(wish.first);
           return found != closure.dependencies.end() && found->second == wish.second;
         });
}

// Removes one link, and its folder when that was the last (.bin).
Result<void> remove_link(int modules_fd, const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder_path = slash == std::string::npos ? "" : path.substr(0, slash);
  UniqueFd folder;
  if (!folder_path.empty()) {
    auto opened = fs::open_directory_beneath(modules_fd, folder_path);
    if (!opened) return base::pass(opened.error());
    folder = std::move(*opened);
  }
  const std::string name = path.substr(slash + 1);
  if (::unlinkat(folder ? folder.get() : modules_fd, name.c_str(), 0) != 0) {
    return base::fail_errno(errno, "removing the link " + path);
  }
  if (folder) ::unlinkat(modules_fd, folder_path.c_str(), AT_REMOVEDIR);
  return {};
}

// Removes node_modules/.bin and all other links: OpenClaw never reads them, 4.15-4.21 abort on links in dist
// (#70163), and a tree without links cannot lead out of itself. Returns the inventory of the rest.
Result<std::vector<fs::InventoryEntry>> take_stock_without_links(int modules_fd) {
  auto inventory = fs::take_inventory(modules_fd);
  if (!inventory) return inventory;
  std::vector<fs::InventoryEntry> files;
  for (auto& entry : *inventory) {
    if (entry.type == fs::InventoryEntry::Type::file) {
      files.push_back(std::move(entry));
      continue;
    }
    if (const auto removed = remove_link(modules_fd, entry.path); !removed)
      return base::pass(removed.error());
  }
  return files;
}

// Into a draft, of which all is synced before it gets its name.
Result<void> write_records(int workplace_fd, const ClosureDescription& description,
                           const std::vector<fs::InventoryEntry>& inventory) {
  if (const auto written = fs::replace_file(workplace_fd, inventory_file, to_text(inventory), 0444); !written)
    return base::pass(written.error());
  return fs::replace_file(workplace_fd, description_file, to_text(description), 0444);
}

// Removes everything from the workplace that is not part of a closure: the client's package.json, its
// temporary folders.
Result<void> keep_only_closure(int workplace_fd) {
  const auto entries = fs::list_directory(workplace_fd);
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (entry.name == modules_folder) continue;
    if (const auto removed = fs::remove_tree(workplace_fd, entry.name); !removed)
      return base::pass(removed.error());
  }
  return {};
}

}  // namespace

std::string current_platform() {
  utsname system{};
  ::uname(&system);
#ifdef __GLIBC__
  constexpr const char* c_library = "glibc";
#else
  constexpr const char* c_library = "musl";
#endif
  return std::string("linux-") + system.machine + "-" + c_library;
}

Result<ClosureStore> ClosureStore::open(const std::string& state_directory) {
  auto state = fs::open_directory(state_directory);
  if (!state) return base::pass(state.error());
  auto directory = fs::make_directories_beneath(state->get(), "staged-deps", 0755);
  if (!directory) return base::pass(directory.error(), "preparing " + state_directory + "/staged-deps");
  return ClosureStore(std::move(*directory), state_directory + "/staged-deps");
}

Result<std::optional<ClosureStore>> ClosureStore::open_existing(const std::string& state_directory) {
  const auto state = fs::open_directory(state_directory);
  auto directory = state ? fs::open_directory_beneath(state->get(), "staged-deps")
                         : Result<UniqueFd>(base::pass(state.error()));
  if (!directory) {
    if (directory.error().kind == base::ErrorKind::not_found) return std::optional<ClosureStore>();
    return base::pass(directory.error());
  }
  return std::optional<ClosureStore>(ClosureStore(std::move(*directory), state_directory + "/staged-deps"));
}

Result<std::vector<ClosureDescription>> ClosureStore::all() const {
  std::vector<ClosureDescription> closures;
  const auto entries = fs::list_directory(directory_.get());
  if (!entries) return base::pass(entries.error(), "looking for closures in " + path_);
  for (const auto& entry : *entries) {
    if (!is_key(entry.name)) continue;
    const std::string file = entry.name + "/" + description_file;
    const auto text = fs::read_file(directory_.get(), file);
    if (!text && !fs::is_answer(text.error()))
      return base::pass(text.error(), "looking for closures in " + path_);
    if (!text) continue;  // not sealed by this suite, or damaged: it provides nothing
    auto description = parse_description(*text, file);
    if (!description) continue;
    description->key = entry.name;
    closures.push_back(std::move(*description));
  }
  return closures;
}

Result<std::optional<ClosureDescription>> ClosureStore::find(const ClosureDescription& wanted) const {
  auto closures = all();
  if (!closures) return base::pass(closures.error());
  std::optional<ClosureDescription> smallest;
  for (auto& closure : *closures) {
    if (!provides(closure, wanted)) continue;
    if (!smallest || closure.dependencies.size() < smallest->dependencies.size())
      smallest = std::move(closure);
  }
  return smallest;
}

Result<UniqueFd> ClosureStore::open_modules(const std::string& key) const {
  return fs::open_directory_beneath(directory_.get(), key + "/" + modules_folder);
}

Result<ClosureStore::Workplace> ClosureStore::make_workplace() const {
  const auto name = fs::make_temporary_directory(directory_.get(), workplace_prefix);
  if (!name) return base::pass(name.error(), "making a folder to stage in, in " + path_);
  return Workplace{*name, path_ + "/" + *name};
}

void ClosureStore::discard(const Workplace& workplace) const {
  (void)fs::remove_tree(directory_.get(), workplace.name);  // the next run sweeps the rest
}

Result<ClosureDescription> ClosureStore::seal(const Workplace& workplace, ClosureDescription description,
                                              const std::vector<std::string>& droppings) const {
  const auto folder = fs::open_directory_beneath(directory_.get(), workplace.name);
  if (!folder) return base::pass(folder.error());
  const auto modules = fs::open_directory_beneath(folder->get(), modules_folder);
  if (!modules) return base::pass(modules.error(), "sealing the tree that " + description.client + " staged");
  for (const auto& name : droppings) {
    if (const auto removed = fs::remove_tree(modules->get(), name); !removed)
      return base::pass(removed.error());
  }
  if (const auto done = keep_only_closure(folder->get()); !done) return base::pass(done.error());
  const auto inventory = take_stock_without_links(modules->get());
  if (!inventory) return base::pass(inventory.error());
  description.key = fs::inventory_digest(*inventory).substr(0, 32);
  if (fs::exists_beneath(directory_.get(), description.key)) {
    // A closure of equal content exists, perhaps for fewer plugins: its description is extended. If it has
    // none, it is no closure, and this one takes its place.
    const auto merged = refresh_description(directory_.get(), description);
    if (merged || !is_without_description(merged.error())) {
      discard(workplace);
      if (!merged) return base::pass(merged.error());
      return description;
    }
  }
  share_inodes(directory_.get(), modules->get(), *inventory);
  if (const auto sealed = fs::seal_tree(modules->get()); !sealed)
    return base::pass(sealed.error(), "sealing " + workplace.path + "/" + modules_folder);
  if (const auto done = write_records(folder->get(), description, *inventory); !done)
    return base::pass(done.error());
  // A folder must be writable to be renamed (its ".." entry changes), and is readable for everyone who may
  // read the dependencies.
  if (::fchmod(folder->get(), 0755) != 0) return base::fail_errno(errno, "opening up " + workplace.path);
  // If names reached the disk before data, a power failure could leave empty files under valid names.
  if (const auto synced = fs::sync_file_system(folder->get()); !synced) return base::pass(synced.error());
  const auto published = fs::publish(directory_.get(), workplace.name, description.key);
  if (!published) return base::pass(published.error());
  return description;
}

Result<void> ClosureStore::verify(const std::string& key) const {
  const auto modules = open_modules(key);
  if (!modules) return base::pass(modules.error());
  const auto recorded = fs::read_file(directory_.get(), key + "/" + inventory_file, inventory_limit);
  if (!recorded) return base::pass(recorded.error());
  const auto found = fs::take_inventory(modules->get());
  if (!found) return base::pass(found.error());
  const auto expected = parse_inventory(*recorded);
  const auto difference = std::mismatch(expected.begin(), expected.end(), found->begin(), found->end(),
                                        [](const auto& left, const auto& right) {
                                          return left.path == right.path && left.content == right.content &&
                                                 left.executable == right.executable;
                                        });
  if (difference.first == expected.end() && difference.second == found->end()) return {};
  const std::string& path =
      difference.first != expected.end() ? difference.first->path : difference.second->path;
  return base::fail(base::ErrorKind::integrity, fs::shown(path) + " was changed after it was sealed");
}

// First under a name that sweep() removes: half of a closure must not be taken for one, whenever the run is
// killed or the power fails.
Result<void> ClosureStore::reject(const std::string& key) const {
  const std::string aside = fs::temporary_name(workplace_prefix);
  if (::renameat(directory_.get(), key.c_str(), directory_.get(), aside.c_str()) != 0) {
    return errno == ENOENT ? Result<void>{} : fs::fail_at(errno, "set aside", path_ + "/" + key);
  }
  if (auto synced = fs::sync_directory(directory_.get()); !synced) return synced;
  return fs::remove_tree(directory_.get(), aside);
}

Result<std::vector<std::string>> ClosureStore::left_behind() const {
  const auto entries = fs::list_directory(directory_.get());
  if (!entries) return base::pass(entries.error(), "listing " + path_);
  std::vector<std::string> names;
  for (const auto& entry : *entries) {
    if (entry.name.starts_with(workplace_prefix)) names.push_back(entry.name);
  }
  return names;
}

Result<std::vector<std::string>> ClosureStore::sweep() const {
  const auto names = left_behind();
  if (!names) return base::pass(names.error());
  std::vector<std::string> swept;
  for (const std::string& name : *names) {
    if (const auto removed = fs::remove_tree(directory_.get(), name); !removed)
      return base::pass(removed.error());
    swept.push_back(path_ + "/" + name);
  }
  return swept;
}

Result<std::vector<std::string>> ClosureStore::prune(unsigned keep,
                                                     const std::vector<std::string>& in_use) const {
  std::vector<std::pair<std::int64_t, std::string>> idle;
  const auto entries = fs::list_directory(directory_.get());
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (!is_key(entry.name) || std::find(in_use.begin(), in_use.end(), entry.name) != in_use.end()) continue;
    const auto status = fs::stat_beneath(directory_.get(), entry.name);
    if (status) idle.emplace_back(status->st_mtim.tv_sec, entry.name);
  }
  std::sort(idle.rbegin(), idle.rend());  // newest first
  std::vector<std::string> removed;
  for (std::size_t index = keep; index < idle.size(); ++index) {
    const auto done = reject(idle[index].second);
    if (!done) return base::pass(done.error());
    removed.push_back(idle[index].second);
  }
  return removed;
}

}  // namespace stage
