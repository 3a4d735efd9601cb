// SPDX-License-Identifier: MIT
#include "workers/state/archive.hpp"

#include <dirent.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"
#include "workers/state/restore.hpp"
#include "workers/state/work_folder.hpp"
#include "workers/tar.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::uint64_t spare_room_beside = std::uint64_t{8} * 1024 * 1024;

std::string folder_of_snapshot(const Place& place, const std::string& transaction) {
  return base::concat({place.service_state, "/snapshots/", transaction});
}

// All files of an unpacked archive, which must not be more than its inventory lists.
class OnlyWhatIsListed final : public fs::Visitor {
 public:
  explicit OnlyWhatIsListed(const Inventory& inventory) : listed_{archive_record_path, inventory_file} {
    for (const Entry& entry : inventory.entries) {
      if (entry.item.kind != Kind::link) listed_.insert(stored_path(entry.item));
    }
  }
  Result<void> visit(const fs::WalkEntry& entry) override {
    const std::string path(entry.path);
    if (entry.type == DT_REG && listed_.contains(path)) return {};
    return base::fail(ErrorKind::integrity, base::concat({"the archive contains ", fs::shown(path),
                                                          ", which its inventory does not list"}));
  }

 private:
  static constexpr const char* archive_record_path = contract::archive_record_file;
  std::set<std::string> listed_;
};

Result<contract::ArchivedSnapshot> read_archive_record(int folder_fd) {
  const std::string file = contract::archive_record_file;
  const auto text = fs::read_file(folder_fd, file, std::size_t{1} << 20);
  if (!text && text.error().kind == ErrorKind::not_found)
    return base::fail(ErrorKind::integrity,
                      "the archive is not one of openclaw-update snapshot export: it has no " + file);
  if (!text) return base::pass(text.error());
  auto archived = contract::read_strictly<contract::ArchivedSnapshot>(
      base::json_or_null(*text),
      {.is_strict = true, .whose = file + " of the archive", .kind = ErrorKind::integrity});
  if (archived && archived->format != contract::archive_format)
    return base::fail(ErrorKind::refused,
                      base::concat({"the archive has format ", std::to_string(archived->format),
                                    "; update openclaw-systemd on this host to read it"}));
  return archived;
}

// As the archive names it: "state/openclaw.json".
std::string path_of_config(const Place& place) {
  const bool is_inside = place.config.starts_with(place.state + "/");
  return is_inside ? base::concat({name_of(Root::state), place.config.substr(place.state.size())})
                   : base::concat({name_of(Root::config), place.config.substr(place.config.rfind('/'))});
}

// Otherwise, a restore would put it where this gateway does not read it.
Result<void> require_same_config(const Place& place, const contract::ArchivedSnapshot& archived) {
  const std::string here = path_of_config(place);
  if (archived.config.empty() || archived.config == here) return {};
  constexpr std::string_view what_to_set =
      "); set OPENCLAW_CONFIG_PATH= in this gateway's unit to the same place, then import the archive";
  return base::fail(ErrorKind::refused,
                    base::concat({"the gateway of the archive has its config as ", fs::shown(archived.config),
                                  " and this one as ", here, " (", place.config, what_to_set}));
}

Result<void> check_room_for(int folder_fd, std::uint64_t bytes) {
  const auto space = fs::free_space(folder_fd);
  if (!space) return base::pass(space.error());
  if (space->bytes >= bytes + spare_room_beside) return {};
  return base::fail_errno(
      ENOSPC,
      base::concat({"the archive has ", base::human_bytes(bytes), ", but in the gateway's state directory ",
                    base::human_bytes(space->bytes), " are free; make room there"}));
}

Result<Unpacked> unpack_into(const Place& place, const std::string& transaction, const std::string& pipe,
                             systemd::Notifier& notifier) {
  const auto folder = open_snapshot(place, transaction, true);
  if (!folder) return base::pass(folder.error());
  const auto input = open_transfer(pipe);
  if (!input) return base::pass(input.error());
  const Tar tar{.arguments = {"--extract", "--file=-", "--directory=.", "--strip-components=1",
                              "--no-same-owner", "--no-same-permissions"},
                .directory = folder_of_snapshot(place, transaction),
                .does = "read the archive",
                .input = input->get()};
  if (auto done = run_tar(tar, watch_of_transfer(notifier)); !done) return base::pass(done.error());
  auto archived = read_archive_record(folder->get());
  if (!archived) return base::pass(archived.error());
  const auto listed = read_inventory(folder->get());
  if (!listed)
    return base::fail(ErrorKind::integrity, "the archive is incomplete: " + listed.error().message);
  OnlyWhatIsListed check(*listed);
  if (auto done = fs::walk(folder->get(), check); !done) return base::pass(done.error());
  if (auto done = require_same_config(place, *archived); !done) return base::pass(done.error());
  notifier.status("comparing the archive with its checksums");
  auto inventory = verify_snapshot(place, transaction, archived->digest);
  if (!inventory) return base::pass(inventory.error());
  if (::unlinkat(folder->get(), contract::archive_record_file, 0) != 0)
    return fs::fail_at(errno, "remove", contract::archive_record_file);
  if (auto done = fs::sync_file_system(folder->get()); !done) return base::pass(done.error());
  return Unpacked{std::move(*archived), std::move(*inventory)};
}

}  // namespace

Result<Inventory> pack_snapshot(const Place& place, contract::ArchivedSnapshot archived,
                                const std::string& pipe, const std::string& work,
                                systemd::Notifier& notifier) {
  auto inventory = verify_snapshot(place, archived.name, archived.digest);
  if (!inventory) return base::pass(inventory.error());
  const auto folder = WorkFolder::make(work, "snapshot-export-");
  if (!folder) return base::pass(folder.error());
  archived.config = path_of_config(place);
  const std::string record =
      contract::to_json(archived).dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  if (auto done = fs::write_file_durably(folder->fd(), contract::archive_record_file, record, 0600); !done)
    return base::pass(done.error());
  const std::string snapshot = folder_of_snapshot(place, archived.name);
  Tar tar{.arguments = {"--create", "--file=" + pipe, "--force-local", "--format=gnu", "--sort=name",
                        "--owner=0", "--group=0", "--numeric-owner",
                        "--mode=u=rwX,go=", base::concat({"--transform=flags=r;s|^|", archived.name, "/|"}),
                        "--directory=" + folder->path(), contract::archive_record_file,
                        "--directory=" + snapshot, inventory_file},
          .directory = snapshot,
          .does = "write the archive"};
  // A snapshot that consists only of links has no content beside its inventory.
  const auto there = open_snapshot(place, archived.name, false);
  if (!there) return base::pass(there.error());
  if (fs::may_exist_beneath(there->get(), stored_files)) tar.arguments.emplace_back(stored_files);
  if (auto done = run_tar(tar, watch_of_transfer(notifier)); !done) return base::pass(done.error());
  return inventory;
}

Result<Unpacked> unpack_snapshot(const Place& place, const std::string& transaction, const std::string& pipe,
                                 std::uint64_t bytes, systemd::Notifier& notifier) {
  const auto snapshots = open_snapshots(place, true);
  if (!snapshots) return base::pass(snapshots.error());
  if (fs::may_exist_beneath(snapshots->get(), transaction))
    return base::fail(ErrorKind::refused, "there is a snapshot " + fs::shown(transaction) + " already");
  if (auto room = check_room_for(snapshots->get(), bytes); !room) return base::pass(room.error());
  auto unpacked = unpack_into(place, transaction, pipe, notifier);
  if (!unpacked) (void)fs::remove_tree(snapshots->get(), transaction);
  return unpacked;
}

}  // namespace workers::state
