// SPDX-License-Identifier: MIT
#include "workers/guard/kept.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/syscalls.hpp"
#include "fs/tree.hpp"
#include "workers/state/inventory.hpp"
#include "workers/state/snapshot.hpp"

namespace workers::guard {

void (*keeping_step_for_tests)() = nullptr;

namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::string_view prefix = "guard-";
constexpr const char* unfinished = "unfinished-guard";
// A folder without this file is not a snapshot of the guard: it is written last and removed first.
constexpr const char* kept_file = "guard.json";
constexpr contract::Reading of_kept{.is_strict = true, .whose = "its"};

void keeping_step() {
  if (keeping_step_for_tests != nullptr) keeping_step_for_tests();
}

// "guard-000007-2026.9.5": 7.
std::optional<unsigned> number_of(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end == name.data() + name.size() || *end != '-') return std::nullopt;
  return number;
}

std::string name_for(unsigned number, const std::string& version) {
  std::array<char, 16> digits{};
  (void)std::snprintf(digits.data(), digits.size(), "%06u", number);
  return base::concat({prefix, digits.data(), "-", version.empty() ? "unknown" : version});
}

// Sorted by number. Empty if there is no folder yet.
Result<std::vector<std::pair<unsigned, std::string>>> numbered(int snapshots_fd) {
  const auto entries = fs::list_directory(snapshots_fd);
  if (!entries) return base::pass(entries.error());
  std::vector<std::pair<unsigned, std::string>> found;
  for (const auto& entry : *entries) {
    if (const auto number = number_of(entry.name)) found.emplace_back(*number, entry.name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

// nullopt: none of the guard's, or a damaged one. If the disk does not say, that is an error: nobody is to
// read that there is no snapshot, and none is removed.
Result<std::optional<Kept>> read_kept(const state::Place& place, const std::string& name) {
  const auto none_if = [](const base::Error& error) -> Result<std::optional<Kept>> {
    if (fs::is_answer(error)) return std::nullopt;
    return base::pass(error);
  };
  const auto folder = state::open_snapshot(place, name, false);
  if (!folder) return none_if(folder.error());
  const auto text = fs::read_file(folder->get(), kept_file);
  if (!text) return none_if(text.error());
  const json object = base::json_or_null(*text);
  if (!object.is_object()) return std::nullopt;
  auto kept = contract::read_strictly<Kept>(object, of_kept);
  const auto inventory = state::read_inventory(folder->get());
  if (!inventory) return none_if(inventory.error());
  if (!kept || inventory->digest() != kept->digest) return std::nullopt;
  kept->name = name;
  return std::move(*kept);
}

Result<void> write_kept(const state::Place& place, const Kept& kept) {
  const auto folder = state::open_snapshot(place, unfinished, false);
  if (!folder) return base::pass(folder.error());
  const std::string text = contract::to_json(kept).dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  if (auto done = fs::write_file_durably(folder->get(), kept_file, text, 0600); !done) return done;
  return fs::sync_file_system(folder->get());
}

Kept kept_of(const state::Snapshot& snapshot, const std::string& version) {
  const state::Inventory& inventory = snapshot.inventory;
  return {.name = {},
          .version = version,
          .digest = inventory.digest(),
          .schemas = inventory.schemas().get<contract::Schemas>(),
          .at_ms = base::unix_now_ms(),
          .bytes = static_cast<std::int64_t>(inventory.bytes()),
          .files = static_cast<std::int64_t>(inventory.entries.size())};
}

Result<void> take_name(int snapshots_fd, const std::string& name) {
  keeping_step();
  int failed = fs::syscalls::rename_new(snapshots_fd, unfinished, name.c_str());
  // Some network file systems do not support the flag. The volume is locked, so no other process uses these
  // names.
  if (failed != 0 && (errno == EINVAL || errno == ENOSYS)) {
    failed = ::renameat(snapshots_fd, unfinished, snapshots_fd, name.c_str());
  }
  if (failed != 0) return fs::fail_at(errno, "name the snapshot", name);
  return fs::sync_directory(snapshots_fd);
}

// The file that makes it a snapshot goes first, and durably, so that a partly removed one does not count.
Result<void> remove_kept_file(int snapshots_fd, const std::string& name) {
  const auto folder = fs::open_directory_beneath(snapshots_fd, name);
  if (!folder) return base::pass(folder.error());
  if (auto done = fs::remove_tree(folder->get(), kept_file); !done) return done;
  return fs::sync_directory(folder->get());
}

// Updates that are interrupted and undone leave one snapshot each of the same version. They must not push out
// the only one of another version.
void append_recent(const std::vector<Kept>& kept, std::vector<std::string>& staying) {
  std::set<std::string> versions;
  std::size_t age = 0;
  for (auto one = kept.rbegin(); one != kept.rend(); ++one, ++age) {
    const bool is_newest_of_its_version = versions.size() < most_kept && versions.insert(one->version).second;
    if (age < most_kept || is_newest_of_its_version) staying.push_back(one->name);
  }
}

}  // namespace

Result<std::vector<Kept>> list_kept(const state::Place& place) {
  std::vector<Kept> kept;
  const auto snapshots = state::open_snapshots(place, false);
  if (!snapshots && snapshots.error().kind == ErrorKind::not_found) return kept;
  if (!snapshots) return base::pass(snapshots.error());
  const auto names = numbered(snapshots->get());
  if (!names) return base::pass(names.error());
  for (const auto& [number, name] : *names) {
    auto one = read_kept(place, name);
    if (!one) return base::pass(one.error(), "the snapshot " + name);
    if (*one) kept.push_back(std::move(**one));
  }
  return kept;
}

Result<Kept> keep_state(const state::Place& place, const std::string& version,
                        state::Transcripts transcripts) {
  const auto before = list_kept(place);
  if (!before) return base::pass(before.error());
  if (!before->empty() && before->back().version == version) {
    const auto same = state::is_current(place, before->back().name, transcripts);
    if (same && *same) return before->back();
  }
  const auto snapshots = state::open_snapshots(place, true);
  if (!snapshots) return base::pass(snapshots.error());
  keeping_step();
  if (auto done = fs::remove_tree(snapshots->get(), unfinished); !done) return base::pass(done.error());
  keeping_step();
  const auto taken = state::take_snapshot(place, unfinished, state::Pass::hot, transcripts);
  if (!taken) {
    // On a full disk, it would take up the space that is needed.
    (void)fs::remove_tree(snapshots->get(), unfinished);
    return base::pass(taken.error());
  }
  Kept kept = kept_of(*taken, version);
  keeping_step();
  if (auto done = write_kept(place, kept); !done) return base::pass(done.error());
  const auto names = numbered(snapshots->get());
  if (!names) return base::pass(names.error());
  kept.name = name_for(names->empty() ? 1 : names->back().first + 1, version);
  if (auto done = take_name(snapshots->get(), kept.name); !done) return base::pass(done.error());
  return kept;
}

Result<std::vector<std::string>> drop_old(const state::Place& place, const std::vector<std::string>& needed) {
  const auto snapshots = state::open_snapshots(place, false);
  if (!snapshots && snapshots.error().kind == ErrorKind::not_found) return std::vector<std::string>{};
  if (!snapshots) return base::pass(snapshots.error());
  const auto kept = list_kept(place);
  if (!kept) return base::pass(kept.error());
  const auto entries = fs::list_directory(snapshots->get());
  if (!entries) return base::pass(entries.error());
  std::vector<std::string> staying = needed;
  append_recent(*kept, staying);
  for (const auto& entry : *entries) {
    if (!number_of(entry.name)) staying.push_back(entry.name);  // not of the guard
    if (std::find(staying.begin(), staying.end(), entry.name) != staying.end()) continue;
    keeping_step();
    if (auto done = remove_kept_file(snapshots->get(), entry.name); !done) return base::pass(done.error());
  }
  keeping_step();
  return state::discard_snapshots(place, staying);
}

}  // namespace workers::guard
