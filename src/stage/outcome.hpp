// SPDX-License-Identifier: MIT
// The result of a run of the engine, from which the table, --json, journal entries and the exit status are
// made.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace stage {

enum class PluginStatus {
  not_needed,  // neither configured nor enabled by default
  present,     // everything was there before
  missing,     // --check: something would have to be staged
  staged,      // the package client or a sealed closure provided it in this run
  repaired,    // it was there, but a leftover had to be removed or repaired
  failed,      // it could not be staged; `reason` says why
};
[[nodiscard]] std::string_view word(PluginStatus status);

struct PluginRow {
  std::string id;
  PluginStatus status = PluginStatus::not_needed;
  std::string reason;                // why it is needed, or why it failed
  std::size_t dependencies = 0;      // that it declares
  std::vector<std::string> missing;  // "name@range", before this run
};

// A repair, or a problem that was left alone.
struct Finding {
  enum class Kind {
    stale_link,       // a symlink that led out of a staged root
    lock_reclaimed,   // a lock whose owner no longer exists
    lock_held,        // a lock whose owner is alive: kept
    half_finished,    // a temporary folder of an interrupted run
    peer_link,        // a plugin's link to an OpenClaw that no longer exists
    skew,             // a plugin of another version than the core
    stage_directory,  // OPENCLAW_PLUGIN_STAGE_DIR where OpenClaw would delete it
    owned_root,       // the gateway was given a state root that its user owns
    note,             // any other message for an operator
  };
  Kind kind = Kind::note;
  bool mended = false;
  std::string subject;  // file, folder or plugin
  std::string message;  // a sentence
};
[[nodiscard]] std::string_view word(Finding::Kind kind);

struct Outcome {
  std::string package_root, version, era;
  std::string target;   // the place of the closure; empty if OpenClaw ships or installs its own
  std::string closure;  // key of the sealed closure in use; empty if there is none
  std::string client;   // "npm 11.21.2" if one was run
  std::vector<PluginRow> plugins;
  std::vector<Finding> findings;
  std::optional<base::Error> failure;  // what prevented the run as a whole
  bool unchanged = false;              // nothing had to be examined: all stamps agreed
  std::chrono::milliseconds duration{0};

  [[nodiscard]] std::size_t count(PluginStatus status) const;
  // All needed plugins have all their dependencies.
  [[nodiscard]] bool complete() const;
};

}  // namespace stage
