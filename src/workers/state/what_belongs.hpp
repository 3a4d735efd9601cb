// SPDX-License-Identifier: MIT
// What of OpenClaw's state belongs to a snapshot: one table of paths, and where databases are looked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "openclaw/locations.hpp"

namespace workers::state {

// Folders that a path is relative to. The config may lie outside of OpenClaw's state (OPENCLAW_CONFIG_PATH);
// what it includes from elsewhere (OPENCLAW_INCLUDE_ROOTS) is no state of this gateway's, and not looked
// after.
enum class Root : std::uint8_t { state, config };
[[nodiscard]] std::string_view name_of(Root root);  // "state", "config"

enum class Kind : std::uint8_t { file, link, database };
[[nodiscard]] std::string_view name_of(Kind kind);  // "file", "link", "database"

// What a restore does where the path holds something else than the snapshot.
enum class RestoreRule : std::uint8_t {
  exact,       // puts the snapshot's content back
  if_missing,  // only where there is nothing: a token that was renewed since must not be made an old one
};

struct Item {
  Root root = Root::state;
  std::string path;  // relative
  Kind kind = Kind::file;
  RestoreRule rule = RestoreRule::exact;
  // A restore sets it aside where the snapshot has none: the older release would stumble over it.
  bool aside_when_new = false;

  friend bool operator<(const Item& left, const Item& right) {
    return left.root != right.root ? left.root < right.root : left.path < right.path;
  }
};

// Where an OpenClaw keeps its things, told from the environment that its gateway has
// (openclaw/gateway_environment.hpp).
struct Place {
  std::string service_state;  // the unit's StateDirectory=: snapshots/ is in it
  std::string state;          // OpenClaw's own
  std::string config;         // openclaw.json
  std::vector<std::string> include_roots =
      {};  // OPENCLAW_INCLUDE_ROOTS: it may include files of these folders
};
[[nodiscard]] Place place_of(const std::string& service_state, const openclaw::Locations& locations);

// Both roots, open. One that is not there has no descriptor, and holds nothing.
struct Roots {
  base::UniqueFd state, config;
  std::string config_folder;  // where the config is, if not in the state: else empty

  [[nodiscard]] int fd(Root root) const { return root == Root::state ? state.get() : config.get(); }
};
[[nodiscard]] base::Result<Roots> open_roots(const Place& place);

// The conversations of sessions, which may be gigabytes. Releases that move them into databases (2026.8.1 and
// later) put the files elsewhere, and the older one does not look there.
enum class Transcripts : std::uint8_t { left_out, included };

struct Belongings {
  std::vector<Item> items;         // sorted, each path once
  std::vector<std::string> notes;  // what is left out on purpose, for an operator; no content of any file
};
[[nodiscard]] base::Result<Belongings> find_belongings(const Place& place, const Roots& roots,
                                                       Transcripts transcripts = Transcripts::left_out);

// The files that SQLite keeps beside a database; -shm is an index of -wal and holds nothing of its own.
inline constexpr std::string_view sidecars[] = {"-wal", "-shm", "-journal"};

}  // namespace workers::state
