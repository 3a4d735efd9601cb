// SPDX-License-Identifier: MIT
#include "workers/state/inventory.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/json_list.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr int schema = 1;

json to_json(const Entry& entry) {
  json row = {{"root", name_of(entry.item.root)},
              {"path", entry.item.path},
              {"kind", name_of(entry.item.kind)},
              {"policy", entry.item.rule == RestoreRule::exact ? "exact" : "if-missing"},
              {"mode", entry.mode},
              {"size", entry.size},
              {"content", entry.content},
              {"stamp", entry.stamp}};
  if (entry.user_version) row["user_version"] = *entry.user_version;
  return row;
}

// Throws the exceptions of nlohmann for a missing member, or one of another type. Nothing where a number does
// not fit.
std::optional<Entry> from_json(const json& row) {
  Entry entry;
  entry.item.root = row.at("root").get<std::string>() == name_of(Root::config) ? Root::config : Root::state;
  entry.item.path = row.at("path").get<std::string>();
  const auto kind = row.at("kind").get<std::string>();
  for (const Kind each : {Kind::file, Kind::link, Kind::database}) {
    if (name_of(each) == kind) entry.item.kind = each;
  }
  entry.item.rule =
      row.at("policy").get<std::string>() == "if-missing" ? RestoreRule::if_missing : RestoreRule::exact;
  const auto mode = base::as_whole<mode_t>(row.at("mode"));
  const auto size = base::as_unsigned(row.at("size"));
  if (!mode || !size) return std::nullopt;
  entry.mode = *mode & 07777U;
  entry.size = *size;
  entry.content = row.at("content").get<std::string>();
  entry.stamp = row.at("stamp").get<std::string>();
  if (const auto version = row.find("user_version"); version != row.end()) {
    entry.user_version = base::as_integer(*version);
    if (!entry.user_version) return std::nullopt;
  }
  return entry;
}

// Of the text of an inventory. One that grows as it is written would be there twice.
std::size_t expected_size(const Inventory& inventory) {
  constexpr std::size_t names_and_numbers = 160;
  std::size_t size = names_and_numbers;
  for (const Entry& entry : inventory.entries)
    size += names_and_numbers + entry.item.path.size() + entry.content.size() + entry.stamp.size();
  for (const std::string& note : inventory.notes) size += note.size() + 4;
  return size;
}

}  // namespace

const Entry* Inventory::find(const Item& item) const {
  const auto found = std::lower_bound(entries.begin(), entries.end(), item,
                                      [](const Entry& entry, const Item& key) { return entry.item < key; });
  return found != entries.end() && !(item < found->item) ? &*found : nullptr;
}

std::string Inventory::digest() const {
  base::Digest digest;
  for (const Entry& entry : entries) {
    digest.field(name_of(entry.item.root));
    digest.field(entry.item.path);
    digest.field(name_of(entry.item.kind));
    digest.field(std::to_string(entry.mode));
    digest.field(std::to_string(entry.size));
    digest.field(entry.content);
    digest.field(entry.user_version ? std::to_string(*entry.user_version) : "");
  }
  return digest.hex();
}

std::uint64_t Inventory::bytes() const {
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.size;
  return total;
}

json Inventory::schemas() const {
  json versions = json::object();
  for (const Entry& entry : entries) {
    if (entry.user_version) versions[base::printable(entry.item.path, 512)] = *entry.user_version;
  }
  return versions;
}

Result<base::UniqueFd> open_snapshots(const Place& place, bool make) {
  const auto service = fs::open_directory(place.service_state);
  if (!service) return base::pass(service.error());
  return make ? fs::make_directories_durably(service->get(), "snapshots", 0700)
              : fs::open_directory_beneath(service->get(), "snapshots");
}

Result<base::UniqueFd> open_snapshot(const Place& place, const std::string& transaction, bool make) {
  if (!fs::is_safe_relative(transaction) || transaction.find('/') != std::string::npos ||
      transaction.front() == '.') {
    return base::fail(
        ErrorKind::bad_input,
        fs::shown(transaction) + " is not the name of a transaction, such as 20261121T101500Z-4f2a");
  }
  const auto snapshots = open_snapshots(place, make);
  if (!snapshots) return base::pass(snapshots.error());
  auto folder = make ? fs::make_directories_durably(snapshots->get(), transaction, 0700)
                     : fs::open_directory_beneath(snapshots->get(), transaction);
  if (!folder) return base::pass(folder.error(), "the snapshot of " + transaction);
  return folder;
}

std::string stored_path(const Item& item) {
  return base::concat({stored_files, "/", name_of(item.root), "/", item.path});
}

// A state may have tens of thousands of files: their rows are not kept as JSON.
Result<Inventory> read_inventory(int snapshot_fd) {
  const auto text = fs::read_file(snapshot_fd, inventory_file);
  if (!text) return base::pass(text.error());
  const auto damaged = base::fail(ErrorKind::integrity, "the snapshot's inventory.json is damaged");
  Inventory inventory;
  auto& entries = inventory.entries;
  const auto take = [&](const json& row) {
    auto entry = from_json(row);
    if (!entry || !fs::is_safe_relative(entry->item.path)) return false;
    entries.push_back(std::move(*entry));
    return true;
  };
  try {
    const auto rest = base::json_beside_list(*text, "entries", take);
    if (!rest || base::as_integer(rest->at("schema")) != schema || !rest->at("entries").is_array())
      return damaged;
    inventory.notes = rest->value("notes", std::vector<std::string>{});
  } catch (const json::exception&) {
    return damaged;
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& left, const Entry& right) { return left.item < right.item; });
  // Which of two copies of a path counts would be left to chance.
  const auto is_same = [](const Entry& left, const Entry& right) { return !(left.item < right.item); };
  if (std::adjacent_find(entries.begin(), entries.end(), is_same) != entries.end()) return damaged;
  return inventory;
}

Result<void> write_inventory(int snapshot_fd, const Inventory& inventory) {
  const auto text_of = [](const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  };
  std::string text;
  text.reserve(expected_size(inventory));
  text += "{\n \"entries\": [";
  const char* before = "\n  ";
  for (const Entry& entry : inventory.entries) {
    text.append(before).append(text_of(to_json(entry)));
    before = ",\n  ";
  }
  text += base::concat(
      {"\n ],\n \"notes\": ", text_of(inventory.notes), ",\n \"schema\": ", std::to_string(schema), "\n}\n"});
  return fs::write_file_durably(snapshot_fd, inventory_file, text, 0600);
}

}  // namespace workers::state
