// SPDX-License-Identifier: MIT
#include "workers/state/snapshot.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"
#include "workers/state/move.hpp"
#include "workers/state/sqlite_copy.hpp"
#include "workers/state/stamp.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

// While the gateway is down, larger databases are not checked again: 100 MB take more than 100 ms.
constexpr std::uint64_t settled_check_limit = std::uint64_t{32} * 1024 * 1024;
constexpr std::uint64_t spare_room = std::uint64_t{8} * 1024 * 1024;

bool has_vanished(const base::Error& error) {
  return error.kind == ErrorKind::not_found || error.number == ENOENT;
}

// What is stored, and is not in the inventory.
class Unlisted final : public fs::Visitor {
 public:
  explicit Unlisted(const Inventory& inventory) : inventory_(inventory) {}

  Result<void> visit(const fs::WalkEntry& entry) override {
    Item item;
    for (const Root root : {Root::state, Root::config}) {
      const std::string folder = base::concat({name_of(root), "/"});
      if (!entry.path.starts_with(folder)) continue;
      item.root = root;
      item.path = entry.path.substr(folder.size());
    }
    const Entry* listed = inventory_.find(item);
    if (listed == nullptr || listed->item.kind == Kind::link) found.emplace_back(entry.path);
    return {};
  }

  std::vector<std::string> found;  // paths below files/

 private:
  const Inventory& inventory_;
};

class Taking {
 public:
  Taking(const Roots& roots, int snapshot_fd, Pass pass, Inventory former)
      : roots_(roots), snapshot_(snapshot_fd), pass_(pass), former_(std::move(former)) {}

  Result<Snapshot> run(Belongings belongings) {
    if (auto room = check_room(belongings); !room) return base::pass(room.error());
    Snapshot snapshot;
    snapshot.inventory.entries.reserve(belongings.items.size());
    for (Item& item : belongings.items) {
      auto entry = take(std::move(item), snapshot.copied);
      if (entry)
        snapshot.inventory.entries.push_back(std::move(*entry));
      else if (!has_vanished(entry.error()))
        return base::pass(entry.error(), "taking the snapshot");
    }
    snapshot.inventory.notes = std::move(belongings.notes);
    // The gateway may be down, so an unchanged inventory is not written again.
    const bool is_unchanged =
        snapshot.copied == 0 && !former_.entries.empty() && snapshot.inventory.digest() == former_.digest();
    if (!is_unchanged) {
      if (auto done = write_inventory(snapshot_, snapshot.inventory); !done) return base::pass(done.error());
    }
    if (auto done = drop_stale(snapshot.inventory); !done) return base::pass(done.error());
    return snapshot;
  }

 private:
  // A copy of the previous pass, if the file has not changed since.
  [[nodiscard]] const Entry* reusable(const Item& item, const std::string& stamp) const {
    const Entry* former = former_.find(item);
    if (former == nullptr || stamp.empty() || former->stamp != stamp || former->item.kind != item.kind) {
      return nullptr;
    }
    if (item.kind == Kind::link) return former;
    const auto stored = fs::stat_beneath(snapshot_, stored_path(item));
    return stored && static_cast<std::uint64_t>(stored->st_size) == former->size ? former : nullptr;
  }

  // Needs the size of all that is to be copied, because the former copy is kept until the new one is
  // complete.
  [[nodiscard]] Result<void> check_room(const Belongings& belongings) const {
    std::uint64_t needed = spare_room, most = 0;
    std::string largest;
    for (const Item& item : belongings.items) {
      if (item.kind == Kind::link || reusable(item, live_stamp(roots_.fd(item.root), item)) != nullptr)
        continue;
      for (const char* suffix : {"", "-wal"}) {
        const auto status = fs::stat_beneath(roots_.fd(item.root), item.path + suffix);
        const auto size = status ? static_cast<std::uint64_t>(status->st_size) : 0;
        needed += size;
        if (size > most) largest = item.path + suffix;
        most = std::max(most, size);
        if (item.kind != Kind::database) break;
      }
    }
    const auto space = fs::free_space(snapshot_);
    if (!space) return base::pass(space.error());
    if (space->bytes >= needed) return {};
    return base::fail_errno(
        ENOSPC,
        base::concat({"the snapshot needs ", base::human_bytes(needed), " in the gateway's state directory (",
                      base::human_bytes(most), " for ", fs::shown(largest), "), and ",
                      base::human_bytes(space->bytes), " are free; make room"}));
  }

  Result<Entry> take(Item item, std::size_t& copied) {
    const int root_fd = roots_.fd(item.root);
    const auto status = fs::stat_beneath(root_fd, item.path);
    if (!status) return base::pass(status.error());
    // Before the content is read, so that later writes change the stamp.
    const std::string stamp = live_stamp(root_fd, item);
    if (const Entry* former = reusable(item, stamp); former != nullptr) {
      Entry entry = *former;
      entry.item = std::move(item);
      return entry;
    }
    Entry entry;
    entry.item = std::move(item);
    entry.mode = status->st_mode & 07777U;
    entry.stamp = stamp;
    ++copied;
    if (auto done = copy(root_fd, entry); !done) return base::pass(done.error());
    return entry;
  }

  Result<void> copy(int root_fd, Entry& entry) {
    if (entry.item.kind == Kind::link) {
      auto target = link_target_of(root_fd, entry.item.path);
      if (!target) return base::pass(target.error());
      entry.content = std::move(*target);
      return {};
    }
    const std::string stored = stored_path(entry.item);
    const std::size_t slash = stored.rfind('/');
    const auto folder = fs::make_directories_durably(snapshot_, stored.substr(0, slash), 0700);
    if (!folder) return base::pass(folder.error());
    const std::string name = stored.substr(slash + 1);
    return entry.item.kind == Kind::database ? copy_database_of(root_fd, entry, folder->get(), name)
                                             : copy_file_of(root_fd, entry, folder->get(), name);
  }

  Result<void> copy_file_of(int live_fd, Entry& entry, int folder_fd, const std::string& name) const {
    if (auto done = put_file(live_fd, entry.item.path, folder_fd, name, 0600); !done) return done;
    // Of the copy, because the gateway may continue to write.
    const auto stored = fs::open_beneath(folder_fd, name, O_RDONLY | O_CLOEXEC);
    if (!stored) return base::pass(stored.error());
    struct stat status = {};
    if (::fstat(stored->get(), &status) != 0)
      return fs::fail_at(errno, "examine the copy of", entry.item.path);
    auto digest = base::sha256_hex_of_file(stored->get());
    if (!digest) return base::pass(digest.error(), "the copy of " + fs::shown(entry.item.path));
    entry.size = static_cast<std::uint64_t>(status.st_size);
    entry.content = std::move(*digest);
    return {};
  }

  Result<void> copy_database_of(int root_fd, Entry& entry, int folder_fd, const std::string& name) const {
    const auto status = fs::stat_beneath(root_fd, entry.item.path);
    if (!status) return base::pass(status.error());
    const bool large = static_cast<std::uint64_t>(status->st_size) > settled_check_limit;
    const Check check = pass_ == Pass::settle && large ? Check::none : Check::quick;
    auto done = copy_database(root_fd, entry.item.path, folder_fd, name, check);
    if (!done) return base::pass(done.error());
    entry.size = done->size;
    entry.content = std::move(done->sha256);
    entry.user_version = done->user_version;
    return {};
  }

  // Removes what the inventory does not list: copies of files that no longer exist, also those of a pass that
  // was killed after it had written its inventory. There may be secrets in them, and an archive with more
  // than its inventory lists is refused by an import.
  [[nodiscard]] Result<void> drop_stale(const Inventory& now) const {
    const auto files = fs::open_directory_beneath(snapshot_, stored_files);
    if (!files && files.error().kind == ErrorKind::not_found) return {};
    if (!files) return base::pass(files.error());
    Unlisted unlisted(now);
    if (auto walked = fs::walk(files->get(), unlisted); !walked) return walked;
    for (const std::string& path : unlisted.found) {
      const auto parent = fs::open_parent_beneath(files->get(), path);
      if (!parent) return base::pass(parent.error());
      if (::unlinkat(parent->fd, parent->name.c_str(), 0) != 0 && errno != ENOENT)
        return fs::fail_at(errno, "remove", path);
    }
    return {};
  }

  const Roots& roots_;
  int snapshot_;
  Pass pass_;
  Inventory former_;
};

}  // namespace

Result<Snapshot> take_snapshot(const Place& place, const std::string& transaction, Pass pass,
                               Transcripts transcripts) {
  const auto folder = open_snapshot(place, transaction, true);
  if (!folder) return base::pass(folder.error());
  const auto was_restored = fs::is_there_beneath(folder->get(), restore_file);
  if (!was_restored) return base::pass(was_restored.error());
  if (*was_restored) {
    return base::fail(ErrorKind::refused, base::concat({"the snapshot of ", transaction,
                                                        " was used for a restore, so it must not change; ",
                                                        "begin another transaction"}));
  }
  auto former = read_inventory(folder->get());
  const auto roots = open_roots(place);
  if (!roots) return base::pass(roots.error());
  auto belongings = find_belongings(place, *roots, transcripts);
  if (!belongings) return base::pass(belongings.error());
  return Taking(*roots, folder->get(), pass, former ? std::move(*former) : Inventory{})
      .run(std::move(*belongings));
}

Result<bool> is_current(const Place& place, const std::string& transaction, Transcripts transcripts) {
  const auto folder = open_snapshot(place, transaction, false);
  if (!folder) return base::pass(folder.error());
  const auto inventory = read_inventory(folder->get());
  if (!inventory) return base::pass(inventory.error());
  const auto roots = open_roots(place);
  if (!roots) return base::pass(roots.error());
  const auto belongings = find_belongings(place, *roots, transcripts);
  if (!belongings) return base::pass(belongings.error());
  if (belongings->items.size() != inventory->entries.size()) return false;
  for (const Item& item : belongings->items) {
    const Entry* const entry = inventory->find(item);
    if (entry == nullptr || entry->item.kind != item.kind || entry->stamp.empty() ||
        entry->stamp != live_stamp(roots->fd(item.root), item)) {
      return false;
    }
  }
  return true;
}

Result<json> live_schemas(const Place& place) {
  const auto roots = open_roots(place);
  if (!roots) return base::pass(roots.error());
  const auto belongings = find_belongings(place, *roots);
  if (!belongings) return base::pass(belongings.error());
  json versions = json::object();
  for (const Item& item : belongings->items) {
    if (item.kind != Kind::database) continue;
    const auto version = user_version_of(roots->fd(item.root), item.path);
    if (!version && has_vanished(version.error())) continue;
    if (!version) return base::pass(version.error());
    versions[base::printable(item.path, 512)] = *version;
  }
  return versions;
}

namespace {

// The inventory goes first, and durably, so that a partly removed snapshot is not offered as one. The files
// go last: as long as there are some, the next discard finds them. The folder is kept as long as it contains
// something that was set aside.
Result<void> discard_snapshot(int snapshots_fd, const std::string& transaction) {
  const auto folder = fs::open_directory_beneath(snapshots_fd, transaction);
  if (!folder) return base::pass(folder.error());
  const auto aside = fs::list_directory(folder->get(), set_aside_folder);
  if (!aside && !fs::is_absent(aside.error())) return base::pass(aside.error());
  const bool has_aside = aside && !aside->empty();
  if (auto done = fs::remove_tree(folder->get(), inventory_file); !done) return done;
  if (auto synced = fs::sync_directory(folder->get()); !synced) return synced;
  if (!has_aside) {
    if (auto done = fs::remove_tree(folder->get(), restore_file); !done) return done;
  }
  if (auto done = fs::remove_tree(folder->get(), "files"); !done) return done;
  return has_aside ? Result<void>{} : fs::remove_tree(snapshots_fd, transaction);
}

bool has_content(int snapshots_fd, const std::string& transaction) {
  return fs::may_exist_beneath(snapshots_fd, base::concat({transaction, "/files"})) ||
         fs::may_exist_beneath(snapshots_fd, base::concat({transaction, "/", inventory_file}));
}

}  // namespace

Result<std::vector<SnapshotThere>> list_snapshots(const Place& place) {
  std::vector<SnapshotThere> there;
  const auto snapshots = open_snapshots(place, false);
  if (!snapshots && has_vanished(snapshots.error())) return there;
  if (!snapshots) return base::pass(snapshots.error());
  const auto entries = fs::list_directory(snapshots->get(), ".");
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (!has_content(snapshots->get(), entry.name)) continue;
    SnapshotThere& found = there.emplace_back();
    found.name = entry.name;
    const auto folder = open_snapshot(place, entry.name, false);
    const auto inventory = folder ? read_inventory(folder->get()) : base::pass(folder.error());
    if (!inventory) continue;
    found.digest = inventory->digest();
    found.bytes = inventory->bytes();
    found.files = inventory->entries.size();
  }
  return there;
}

Result<std::vector<std::string>> discard_snapshots(const Place& place, const std::vector<std::string>& keep) {
  std::vector<std::string> discarded;
  const auto snapshots = open_snapshots(place, false);
  if (!snapshots && has_vanished(snapshots.error())) return discarded;
  if (!snapshots) return base::pass(snapshots.error());
  const auto entries = fs::list_directory(snapshots->get(), ".");
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (std::find(keep.begin(), keep.end(), entry.name) != keep.end()) continue;
    if (!has_content(snapshots->get(), entry.name)) {
      // The last step of a discard that was killed: only an empty folder can be removed in this way.
      ::unlinkat(snapshots->get(), entry.name.c_str(), AT_REMOVEDIR);
      continue;
    }
    if (auto done = discard_snapshot(snapshots->get(), entry.name); !done) return base::pass(done.error());
    discarded.push_back(entry.name);
  }
  return discarded;
}

}  // namespace workers::state
