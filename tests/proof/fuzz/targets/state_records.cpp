// SPDX-License-Identifier: MIT
// What lies beside the copies of a snapshot, in the state of a gateway or in the archive of a stranger, and
// what the guard of a container's volume keeps (workers/state/inventory.hpp, workers/guard/).
#include "contract/snapshot_archive.hpp"
#include "fs/beneath.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "workers/guard/kept.hpp"
#include "workers/guard/record.hpp"
#include "workers/state/inventory.hpp"
#include "workers/state/request.hpp"
#include "workers/state/restore.hpp"
#include "workers/state/snapshot.hpp"

using target::require;

namespace {

constexpr const char* name = "guard-000001-2026.9.5";

void fuzz_inventory(std::string_view text) {
  static const target::Folder folder;
  folder.write("inventory.json", text);
  const auto inventory = workers::state::read_inventory(folder.fd());
  if (!inventory) return;
  for (const auto& entry : inventory->entries) {
    require(fs::is_safe_relative(entry.item.path), "a path of a snapshot stays in it");
    require(fs::is_safe_relative(workers::state::stored_path(entry.item)), "and so does its copy");
    require((entry.mode & ~07777U) == 0, "a mode has permission bits only");
    require(inventory->find(entry.item) != nullptr, "what is listed is found");
  }
  require(target::all_printable(inventory->schemas()), "a database's name is printable");
  (void)inventory->bytes();
  require(workers::state::write_inventory(folder.fd(), *inventory).has_value(),
          "an inventory can be written");
  const auto again = workers::state::read_inventory(folder.fd());
  require(again && again->digest() == inventory->digest(), "an inventory is read again as it was");
}

void fuzz_guard(std::string_view text) {
  static const target::Folder folder;
  folder.write("record.json", text);
  const auto record = workers::guard::read_record(folder.fd());
  if (record) {
    require(record->has_value(), "a record that is there is read");
    require(!(*record)->has_open_restore() || !(*record)->replaced.empty(),
            "a restore names what it replaces");
    require(workers::guard::write_record(folder.fd(), **record).has_value(), "a record can be written");
    const auto again = workers::guard::read_record(folder.fd());
    require(again && contract::to_json(**again) == contract::to_json(**record),
            "and is read again as it was");
  } else {
    require(record.error().message.find("remove it") != std::string::npos, "a complaint says what to do");
  }
}

// A whole state with one snapshot.
void fuzz_snapshot(std::string_view inventory, std::string_view other) {
  static const target::Folder folder;
  const std::string there = std::string("snapshots/") + name + "/";
  folder.write("state/openclaw.json", "{}");
  folder.write(there + "inventory.json", inventory);
  folder.write(there + "guard.json", other);
  folder.write(there + "restore.json", other);
  folder.write(there + "files/state/openclaw.json", "{}");
  const workers::state::Place place{folder.path(), folder.path("state"), folder.path("state/openclaw.json")};
  const auto kept = workers::guard::list_kept(place);
  require(!kept || kept->size() <= 1, "a snapshot is listed once");
  const auto verified = workers::state::verify_snapshot(place, name, "");
  const auto listed = workers::state::list_snapshots(place);
  require(listed && listed->size() == 1 && (!verified || !listed->front().digest.empty()),
          "a snapshot is listed");
  (void)workers::state::is_current(place, name);
}

void fuzz_request(std::string_view text) {
  static const target::Folder folder;
  folder.write("update-request", text);
  const auto wanted = workers::state::take_update_request(folder.path());
  require(
      !wanted || (target::is_printable(*wanted) && wanted->size() <= workers::state::longest_update_request),
      "what a gateway asks for is printable");
  require(!fs::exists_beneath(folder.fd(), "update-request"), "and is taken away in any case");
}

}  // namespace

void fuzz(std::string_view input) {
  const auto parts = target::parts_of(input, 2);
  fuzz_inventory(parts[0]);
  fuzz_guard(input);
  fuzz_snapshot(parts[0], parts[1]);
  fuzz_request(input);
}
