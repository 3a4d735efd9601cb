// SPDX-License-Identifier: MIT
// What a run of the engine found and did: the one thing that the table, --json, the journal and the exit
// status are made of.
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
  repaired,    // it was there, and a leftover in its way was put right
  failed,      // it could not be staged; `reason` says why
};
[[nodiscard]] std::string_view word(PluginStatus status);

struct PluginRow {
  std::string id;
  PluginStatus status = PluginStatus::not_needed;
  std::string reason;                // why it counts, or why it failed
  std::size_t dependencies = 0;      // that it declares
  std::vector<std::string> missing;  // "name@range", before this run
};

// Something put right, or found wrong and left alone.
struct Finding {
  enum class Kind {
    stale_link,       // a symlink that led out of a staged root
    lock_reclaimed,   // a lock whose owner is gone
    lock_held,        // a lock whose owner lives: left
    half_finished,    // a temporary folder of a run that died
    peer_link,        // a plugin's link to an OpenClaw that is gone
    skew,             // a plugin of another version than the core
    stage_directory,  // OPENCLAW_PLUGIN_STAGE_DIR where OpenClaw would delete it
    owned_root,       // the gateway was given a state root that it owns
    note,             // anything else that an operator should read
  };
  Kind kind = Kind::note;
  bool mended = false;
  std::string subject;  // file, folder or plugin
  std::string message;  // a sentence
};
[[nodiscard]] std::string_view word(Finding::Kind kind);

struct Outcome {
  std::string package_root, version, era;
  std::string target;   // where the closure is to appear; empty where OpenClaw ships or installs its own
  std::string closure;  // key of the sealed closure in use, empty when none
  std::string client;   // "npm 11.21.2" when one ran
  std::vector<PluginRow> plugins;
  std::vector<Finding> findings;
  std::optional<base::Error> failure;  // what stopped the run as a whole
  bool unchanged = false;              // nothing had to be looked at: stamps agreed
  std::chrono::milliseconds duration{0};

  [[nodiscard]] std::size_t count(PluginStatus status) const;
  // Every needed plugin has all it needs.
  [[nodiscard]] bool complete() const;
};

}  // namespace stage
