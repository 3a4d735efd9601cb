// SPDX-License-Identifier: MIT
// The course of an adoption: what is looked at first, what is sealed and written, and what may be given back
// again. Its caller holds the updater's lock.
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
  std::string unit;          // empty: the settings' one
  std::string package_root;  // empty: where the unit's command leads to
  bool force = false;        // a package that lacks something is taken as it is
  std::string to_user = {};  // not empty: it runs as root, and becomes that user's
  // Not empty: `unit` is that user's own (empty: the one that OpenClaw's installer makes, for `profile`).
  std::string from_user = {}, profile = {};
  bool strict = false;  // UserUnitOrder::strict
  // What a test replaces.
  std::string proc = "/proc";
  std::function<base::Result<fs::Space>(int dir_fd)> free_space = fs::free_space;
};

// What was found and what is to be made of it.
struct Adopting {
  Installation found;
  AdoptionPlan plan;
  openclaw::Package package;
  std::vector<release::Part> parts;  // where its dependencies lie beside it; empty: it is one folder
  bool forced = false;
  std::string release;     // empty: not sealed yet
  std::string stamp = {};  // stamp_of_package(), before anything of it was looked at
  std::string proc = "/proc";
};

// Takes back what an adoption has left that was killed in the middle: it is in the way of a new one, and
// nobody waits for it. Nothing happens to a complete one. `refused` where its gateway has to be stopped
// first.
[[nodiscard]] base::Result<void> clear_interrupted_adoption(const AdoptionSite& site);

// Looks, and changes nothing. `refused` or `not_found` for what cannot be taken over (plan_adoption), for
// what is in the way (require_adoptable), and for a package that npm -g did not install as a whole; `busy`
// while somebody puts another one in its place.
// `state_directory`: the updater's.
[[nodiscard]] base::Result<Adopting> look_before_adoption(const AdoptionSite& site,
                                                          const config::Settings& settings,
                                                          const std::string& state_directory,
                                                          const AdoptionOrder& order);

struct AdoptionSealing {
  config::SettingsFiles settings_file;  // helpers.ini: what it says afterwards has to be what was written
  std::int64_t now_ms = 0;              // Unix milliseconds
  std::function<void(std::uint64_t files)> copied;  // optional
  openclaw::Dependencies overrides = {};            // of the settings
  // How long a gateway that was a user's own unit is waited for, and seen to stay.
  std::chrono::seconds ready_timeout{600}, settle{10};
};
// Seals the package, writes what is planned, and sees that the settings say it. What fails leaves nothing but
// the release. `adopting` has its name then. `refused` for a unit that runs, where its home is moved; `busy`
// for a package that was changed while it was copied.
[[nodiscard]] base::Result<void> carry_out_adoption(const AdoptionSite& site, const AdoptionSealing& sealing,
                                                    Adopting& adopting);

// What is given back.
struct Undoing {
  AdoptionRecord record;
  std::string version;             // of the package that is started again; empty: not known
  std::vector<std::string> notes;  // what `force` is for
};
// `not_found` without an adoption; `refused` while an update is not finished, while a gateway whose home is
// given back runs, and, without `force`, for a package that is gone or may not read the state, and for a home
// that is gone. One that a kill has left half done or half undone has to come to an end, wherever it leads.
[[nodiscard]] base::Result<Undoing> prepare_undoing(const AdoptionSite& site, bool force);

}  // namespace update
