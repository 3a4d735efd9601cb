// SPDX-License-Identifier: MIT
// Which parts of OpenClaw's state belong to a snapshot: one table of paths, and where to look for databases.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "openclaw/locations.hpp"

namespace workers::state {

// Folders that a path is relative to. The config may be outside of OpenClaw's state (OPENCLAW_CONFIG_PATH);
// files that it includes from elsewhere (OPENCLAW_INCLUDE_ROOTS) do not belong to this gateway's state, and
// are ignored.
enum class Root : std::uint8_t { state, config };
[[nodiscard]] std::string_view name_of(Root root);  // "state", "config"

enum class Kind : std::uint8_t { file, link, database };
[[nodiscard]] std::string_view name_of(Kind kind);  // "file", "link", "database"

// What a restore does if the content of the path differs from the snapshot.
enum class RestoreRule : std::uint8_t {
  exact,       // restores the content of the snapshot
  if_missing,  // only if nothing is there: a token that was renewed since must not be replaced by an old one
};

struct Item {
  Root root = Root::state;
  std::string path;  // relative
  Kind kind = Kind::file;
  RestoreRule rule = RestoreRule::exact;
  // A restore sets it aside if the snapshot does not contain it: the older release could not cope with it.
  bool aside_when_new = false;

  friend bool operator<(const Item& left, const Item& right) {
    return left.root != right.root ? left.root < right.root : left.path < right.path;
  }
};

// The locations of an OpenClaw, determined by the environment of its gateway
// (openclaw/gateway_environment.hpp).
struct Place {
  std::string service_state;  // the unit's StateDirectory=, which contains snapshots/
  std::string state;          // OpenClaw's own
  std::string config;         // openclaw.json
  std::vector<std::string> include_roots =
      {};  // OPENCLAW_INCLUDE_ROOTS: it may include files of these folders
};
[[nodiscard]] Place place_of(const std::string& service_state, const openclaw::Locations& locations);

// Both roots, open. One that does not exist has no descriptor and no content.
struct Roots {
  base::UniqueFd state, config;
  std::string config_folder;  // the folder of the config if it is outside of the state, otherwise empty

  [[nodiscard]] int fd(Root root) const { return root == Root::state ? state.get() : config.get(); }
};
[[nodiscard]] base::Result<Roots> open_roots(const Place& place);

// The conversations of sessions, which may be gigabytes. Releases that move them into databases (2026.8.1 and
// later) move the files elsewhere, where the older release does not look.
enum class Transcripts : std::uint8_t { left_out, included };

struct Belongings {
  std::vector<Item> items;         // sorted, each path once
  std::vector<std::string> notes;  // what is omitted on purpose, for an operator; no content of any file
};
[[nodiscard]] base::Result<Belongings> find_belongings(const Place& place, const Roots& roots,
                                                       Transcripts transcripts = Transcripts::left_out);

// The files that SQLite keeps beside a database; -shm is an index of -wal and holds nothing of its own.
inline constexpr std::string_view sidecars[] = {"-wal", "-shm", "-journal"};

}  // namespace workers::state
