// SPDX-License-Identifier: MIT
// The steps of an adoption: the checks, the sealing and writing, and the reversal. The caller holds the
// updater's lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "fs/tree.hpp"
#include "openclaw/package.hpp"
#include "release/gathering.hpp"
#include "update/adoption/files.hpp"

namespace update {

struct AdoptionOrder {
  std::string unit;          // empty: that in the settings
  std::string package_root;  // empty: the one to which the unit's command leads
  bool force = false;        // an incomplete package is accepted
  std::string to_user = {};  // not empty: the gateway runs as root, and will run as this user
  // Not empty: `unit` is a user unit of this user (empty: the one that OpenClaw's installer creates, for
  // `profile`).
  std::string from_user = {}, profile = {};
  bool strict = false;  // UserUnitOrder::strict
  // Replaced by tests.
  std::string proc = "/proc";
  std::function<base::Result<fs::Space>(int dir_fd)> free_space = fs::free_space;
};

// What was found, and what will be made of it.
struct Adopting {
  Installation found;
  AdoptionPlan plan;
  openclaw::Package package;
  std::vector<release::Part> parts;  // if its dependencies are beside it; empty: it is one folder
  bool forced = false;
  std::string release;     // empty: not sealed yet
  std::string stamp = {};  // stamp_of_package() before the first look at the package
  std::string proc = "/proc";
};

// Reverts an adoption that was killed before it was complete, because it would prevent a new one. A complete
// adoption is not changed. `refused` if its gateway has to be stopped first.
[[nodiscard]] base::Result<void> clear_interrupted_adoption(const AdoptionSite& site);

// Checks, and changes nothing. `refused` or `not_found` if the installation cannot be adopted
// (plan_adoption), if there are obstacles (require_adoptable), or if the package was not installed completely
// by npm -g; `busy` while a process replaces the package.
// `state_directory`: the updater's.
[[nodiscard]] base::Result<Adopting> look_before_adoption(const AdoptionSite& site,
                                                          const config::Settings& settings,
                                                          const std::string& state_directory,
                                                          const AdoptionOrder& order);

struct AdoptionSealing {
  config::SettingsFiles settings_file;              // helpers.ini: it must have the written values afterwards
  std::int64_t now_ms = 0;                          // Unix milliseconds
  std::function<void(std::uint64_t files)> copied;  // optional
  openclaw::Dependencies overrides = {};            // from the settings
  // How long to wait for a gateway that was a user unit, and to watch it.
  std::chrono::seconds ready_timeout{600}, settle{10};
};
// Seals the package, writes the planned files, and verifies the effect on the settings. After a failure, only
// the release is left. `adopting` then contains the name of the release. `refused` if the unit runs and its
// home is to be moved; `busy` if the package has changed while it was copied.
[[nodiscard]] base::Result<void> carry_out_adoption(const AdoptionSite& site, const AdoptionSealing& sealing,
                                                    Adopting& adopting);

// A reversal of an adoption.
struct Undoing {
  AdoptionRecord record;
  std::string version;             // of the package that will be started again; empty: unknown
  std::vector<std::string> notes;  // problems that `force` overrides
};
// `not_found` without an adoption; `refused` while an update is unfinished, while a gateway whose home is to
// be returned runs, and, without `force`, if the package is gone or may not be able to read the state, or if
// the home is gone. An adoption or a reversal that was interrupted is completed in any case.
[[nodiscard]] base::Result<Undoing> prepare_undoing(const AdoptionSite& site, bool force);

}  // namespace update
