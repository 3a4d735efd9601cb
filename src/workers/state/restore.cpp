// SPDX-License-Identifier: MIT
#include "workers/state/restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/stamp.hpp"
#include "fs/tree.hpp"
#include "workers/state/move.hpp"
#include "workers/state/stamp.hpp"

namespace workers::state {

void (*restore_step_for_tests)() = nullptr;

namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

void step() {
  if (restore_step_for_tests != nullptr) restore_step_for_tests();
}

// Contains no secrets, only paths.
struct RestoreRecord {
  bool done = false;
  unsigned number = 1;
  std::string on_behalf_of;
  std::vector<std::string> restored, set_aside;

  [[nodiscard]] std::string folder() const {
    return base::concat({set_aside_folder, "/", std::to_string(number)});
  }
};

Result<RestoreRecord> read_record(int snapshot_fd) {
  const auto text = fs::read_file(snapshot_fd, restore_file);
  if (!text) return base::pass(text.error());
  try {
    const json whole = base::json_or_null(*text);
    RestoreRecord record;
    record.done = whole.at("done").get<bool>();
    const auto number = base::as_whole<unsigned>(whole.at("number"));
    if (!number) return base::fail(ErrorKind::integrity, "the snapshot's restore.json is damaged");
    record.number = *number;
    record.on_behalf_of = whole.at("on_behalf_of").get<std::string>();
    record.restored = whole.at("restored").get<std::vector<std::string>>();
    record.set_aside = whole.at("set_aside").get<std::vector<std::string>>();
    return record;
  } catch (const json::exception&) {
    return base::fail(ErrorKind::integrity, "the snapshot's restore.json is damaged");
  }
}

Result<void> write_record(int snapshot_fd, const RestoreRecord& record) {
  const json whole = {{"schema", 1},
                      {"done", record.done},
                      {"number", record.number},
                      {"on_behalf_of", record.on_behalf_of},
                      {"restored", record.restored},
                      {"set_aside", record.set_aside}};
  return fs::write_file_durably(snapshot_fd, restore_file,
                                whole.dump(1, ' ', false, json::error_handler_t::replace) + "\n", 0600);
}

// A file of another size is not read: it may have a tebibyte, and is another one in any case.
Result<bool> has_content(int dir_fd, const std::string& path, const Entry& entry) {
  const auto fd = fs::open_beneath(dir_fd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (!fd) return base::pass(fd.error());
  struct stat status = {};
  if (::fstat(fd->get(), &status) != 0) return fs::fail_at(errno, "examine", path);
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) != entry.size) return false;
  const auto digest = base::sha256_hex_of_file(fd->get(), entry.size);
  if (!digest) return base::pass(digest.error(), fs::shown(path));
  return *digest == entry.content;
}

Result<void> verify(int snapshot_fd, const Inventory& inventory, const std::string& expected_digest) {
  if (!expected_digest.empty() && inventory.digest() != expected_digest) {
    return base::fail(ErrorKind::integrity,
                      "the snapshot was changed after it was taken: its digest differs");
  }
  for (const Entry& entry : inventory.entries) {
    if (entry.item.kind == Kind::link) continue;
    const auto same = has_content(snapshot_fd, stored_path(entry.item), entry);
    if (same && *same) continue;
    if (!same && !fs::is_answer(same.error())) return base::pass(same.error(), "verifying the snapshot");
    return base::fail(
        ErrorKind::integrity,
        base::concat({"the snapshot's copy of ", fs::shown(entry.item.path),
                      same ? " differs from the stored file" : " cannot be read: " + same.error().message}));
  }
  return {};
}

bool has_text(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

class Restoring {
 public:
  Restoring(const Roots& roots, int snapshot_fd, const Inventory& inventory, std::string on_behalf_of)
      : roots_(roots),
        snapshot_(snapshot_fd),
        inventory_(inventory),
        on_behalf_of_(std::move(on_behalf_of)) {}

  Result<RestoreRecord> run(const Belongings& now) {
    auto record = begin(now);
    if (!record || record->done) return record;
    for (const Item& item : to_set_aside(*record, now)) {
      if (auto done = set_aside(*record, item); !done) return base::pass(done.error());
    }
    for (const Entry& entry : inventory_.entries) {
      if (auto done = put_back(*record, entry); !done) {
        return base::pass(done.error(), "restoring " + base::printable(entry.item.path, 512));
      }
    }
    step();
    record->done = true;
    if (auto done = write_record(snapshot_, *record); !done) return base::pass(done.error());
    return record;
  }

 private:
  // An interrupted restore continues with its own plan, because a new one would not contain what is done
  // already. A restore of another transaction was for another state, and has its own folder for what it
  // replaced.
  Result<RestoreRecord> begin(const Belongings& now) {
    auto record = read_record(snapshot_);
    if (!record && record.error().number != ENOENT) return record;
    if (record && record->on_behalf_of == on_behalf_of_) return record;
    RestoreRecord plan;
    plan.number = record ? record->number + 1 : 1;
    plan.on_behalf_of = on_behalf_of_;
    for (const Item& item : newcomers(now)) plan.set_aside.push_back(item.path);
    for (const Entry& entry : inventory_.entries) {
      const bool present = may_exist(entry.item);
      const auto right = is_right(entry);
      if (!right) return base::pass(right.error());
      if (*right) continue;
      plan.restored.push_back(entry.item.path);
      if (present) plan.set_aside.push_back(entry.item.path);
    }
    if (auto room = require_room(plan); !room) return base::pass(room.error());
    step();
    if (auto done = write_record(snapshot_, plan); !done) return base::pass(done.error());
    return plan;
  }

  // What is replaced is moved and needs no space, but its replacement does: on a full disk, a database would
  // be missing from its place, and the next gateway would create an empty one.
  [[nodiscard]] Result<void> require_room(const RestoreRecord& plan) const {
    std::uint64_t needed = 0;
    for (const Entry& entry : inventory_.entries) {
      if (entry.item.kind != Kind::link && has_text(plan.restored, entry.item.path)) needed += entry.size;
    }
    const auto space = fs::free_space(snapshot_);
    if (needed == 0 || !space || space->bytes >= needed) return {};
    return base::fail_errno(ENOSPC, base::concat({"restoring the state needs ", base::human_bytes(needed),
                                                  ", and ", base::human_bytes(space->bytes),
                                                  " are free; make room. Nothing was restored"}));
  }

  [[nodiscard]] std::vector<Item> newcomers(const Belongings& now) const {
    std::vector<Item> found;
    for (const Item& item : now.items) {
      if (item.aside_when_new && inventory_.find(item) == nullptr) found.push_back(item);
    }
    return found;
  }

  // If a killed run has moved a new database, its -wal may still be in the old place, and would not be found
  // by its database's name.
  [[nodiscard]] std::vector<Item> to_set_aside(const RestoreRecord& record, const Belongings& now) const {
    std::vector<Item> items = newcomers(now);
    for (const std::string& path : record.set_aside) {
      const Item planned{Root::state, path, Kind::database, RestoreRule::exact, true};
      const bool in_config = inventory_.find(Item{Root::config, path}) != nullptr;
      if (fs::is_safe_relative(path) && !in_config && inventory_.find(planned) == nullptr) {
        items.push_back(planned);
      }
    }
    return items;
  }

  [[nodiscard]] bool may_exist(const Item& item) const {
    return fs::may_exist_beneath(roots_.fd(item.root), item.path);
  }

  // With content: a -shm, and the empty -wal of a reader, contain nothing.
  [[nodiscard]] bool has_sidecar(const Item& item) const {
    for (const char* suffix : {"-wal", "-journal"}) {
      const auto status = fs::stat_beneath(roots_.fd(item.root), item.path + suffix);
      if (status ? status->st_size > 0 : !fs::is_absent(status.error())) return true;
    }
    return false;
  }

  // What may be right and cannot be examined is replaced, and set aside. But not what is restored only where
  // it is missing: it would be today's token.
  [[nodiscard]] Result<bool> is_right(const Entry& entry) const {
    const int root_fd = roots_.fd(entry.item.root);
    if (entry.item.rule == RestoreRule::if_missing) return fs::is_there_beneath(root_fd, entry.item.path);
    const auto status = fs::stat_beneath(root_fd, entry.item.path);
    if (!status) return false;
    if (entry.item.kind == Kind::link) {
      return S_ISLNK(status->st_mode) &&
             link_target_of(root_fd, entry.item.path).value_or("") == entry.content;
    }
    if (!S_ISREG(status->st_mode) || (status->st_mode & 07777U) != entry.mode) return false;
    // A database without later writes: with its own -wal, if it has one.
    const std::string stamp = live_stamp(root_fd, entry.item);
    if (!stamp.empty() && stamp == entry.stamp) return true;
    if (entry.item.kind == Kind::database && has_sidecar(entry.item)) return false;
    const auto same = has_content(root_fd, entry.item.path, entry);
    return same && *same;
  }

  // The database first: no SQLite would use its sidecars without it, but a database with the sidecars of
  // another one is damaged.
  Result<void> set_aside(const RestoreRecord& record, const Item& item) {
    if (auto done = move(record, item, item.path); !done) return done;
    if (item.kind != Kind::database) return {};
    for (const std::string_view suffix : sidecars) {
      if (auto done = move(record, item, item.path + std::string(suffix)); !done) return done;
    }
    return {};
  }

  Result<void> move(const RestoreRecord& record, const Item& item, const std::string& path) {
    const int root_fd = roots_.fd(item.root);
    const auto is_there = fs::is_there_beneath(root_fd, path);
    if (!is_there) return base::pass(is_there.error());
    if (!*is_there) return {};
    step();
    return move_aside(root_fd, path, snapshot_,
                      base::concat({record.folder(), "/", name_of(item.root), "/", path}));
  }

  Result<void> put_back(const RestoreRecord& record, const Entry& entry) {
    const auto right = is_right(entry);
    if (!right) return base::pass(right.error());
    if (*right) return {};
    if (auto done = set_aside(record, entry.item); !done) return done;
    step();
    const int root_fd = roots_.fd(entry.item.root);
    if (entry.item.kind == Kind::link) return put_link(root_fd, entry.item.path, entry.content);
    return put_file(snapshot_, stored_path(entry.item), root_fd, entry.item.path, entry.mode);
  }

  const Roots& roots_;
  int snapshot_;
  const Inventory& inventory_;
  std::string on_behalf_of_;
};

// A state that does not exist any more is created again.
Result<Roots> open_roots_for(const Place& place, const Inventory& inventory) {
  auto roots = open_roots(place);
  if (!roots || roots->state || inventory.entries.empty()) return roots;
  const std::size_t slash = place.state.rfind('/');
  const auto parent = fs::open_directory(slash == 0 ? "/" : place.state.substr(0, slash));
  if (!parent) return base::pass(parent.error());
  auto made = fs::make_directories_durably(parent->get(), place.state.substr(slash + 1), 0700);
  if (!made) return base::pass(made.error());
  return open_roots(place);
}

}  // namespace

Result<Inventory> verify_snapshot(const Place& place, const std::string& transaction,
                                  const std::string& expected_digest) {
  const auto folder = open_snapshot(place, transaction, false);
  if (!folder) return base::pass(folder.error());
  auto inventory = read_inventory(folder->get());
  if (!inventory) return base::pass(inventory.error(), "the snapshot of " + transaction);
  if (auto good = verify(folder->get(), *inventory, expected_digest); !good) return base::pass(good.error());
  return inventory;
}

Result<Restored> restore_snapshot(const Place& place, const std::string& transaction,
                                  const std::string& expected_digest, const std::string& on_behalf_of,
                                  Extent extent) {
  const auto folder = open_snapshot(place, transaction, false);
  if (!folder) return base::pass(folder.error());
  auto inventory = verify_snapshot(place, transaction, expected_digest);
  if (!inventory) {
    inventory.error().message += "; nothing was restored";
    return base::pass(inventory.error());
  }
  if (extent == Extent::all) {
    for (Entry& entry : inventory->entries) entry.item.rule = RestoreRule::exact;
  }
  const auto roots = open_roots_for(place, *inventory);
  if (!roots) return base::pass(roots.error());
  for (const Entry& entry : inventory->entries) {
    if (roots->fd(entry.item.root) >= 0) continue;
    return base::fail(ErrorKind::not_found,
                      base::concat({"the folder of the config, ", roots->config_folder,
                                    ", no longer exists; ", "create it again, then restore"}));
  }
  const auto now = find_belongings(place, *roots);
  if (!now) return base::pass(now.error());
  const auto record = Restoring(*roots, folder->get(), *inventory, on_behalf_of).run(*now);
  if (!record) return base::pass(record.error());
  return Restored{record->restored, record->set_aside,
                  base::concat({"snapshots/", transaction, "/", record->folder()})};
}

}  // namespace workers::state
