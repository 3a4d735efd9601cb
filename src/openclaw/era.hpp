// SPDX-License-Identifier: MIT
// The eras of plugin dependencies: how a version of OpenClaw finds what its plugins need changed seven times
// in nine months (facts, section 1). One row an era; everything that depends on the version asks the row.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "openclaw/plugin_policy.hpp"
#include "openclaw/version.hpp"

namespace openclaw {

// Where the closure must appear.
enum class Delivery {
  none,             // the tarball ships it
  plugin_view,      // dist/extensions/node_modules of a view in the state directory, by
                    // OPENCLAW_BUNDLED_PLUGINS_DIR
  external_root,    // <base>/openclaw-<version>-<hash>/node_modules
  flat_npm_root,    // <state>/npm/node_modules, by OpenClaw's own installer
  plugin_projects,  // <state>/npm/projects/<project>/node_modules, by OpenClaw's own installer
};

// What marks an external root complete for OpenClaw.
enum class Completeness {
  entry_files,     // <root>/node_modules/<name>/package.json exists
  version_ranges,  // and its version is in range; .openclaw-runtime-deps.json lists the specs to retain
  exact_manifest,  // and <root>/package.json is named openclaw-runtime-deps-install and lists exactly the
                   // plan
};

// What may lie about from earlier runs.
struct Leftovers {
  bool dependency_lock = false;  // .openclaw-runtime-deps.lock (4.24)
  bool mirror_lock = false;      // .openclaw-runtime-mirror.lock (4.25)
  // 4.22-4.28 mirror dist by symlinks into their own package (2,322 of them in 4.26, 165 in 4.27): those are
  // no damage.
  bool mirror_links_expected = false;
  bool layered_bases = false;  // OPENCLAW_PLUGIN_STAGE_DIR may be a list (4.26)
};

struct Era {
  std::string_view name;
  std::string_view first;  // first version of it, prereleases included
  Delivery delivery;
  PolicyGeneration policy;
  Completeness completeness;
  Leftovers leftovers = {};
  // The doctor of 5.2-9.1 removes whatever OPENCLAW_PLUGIN_STAGE_DIR names, whole.
  bool doctor_deletes_stage_dir = false;
};

[[nodiscard]] std::span<const Era> eras();
[[nodiscard]] const Era& era_of(const Version& version);

// The newest release whose package was read for these tables. A newer one is handled as those of the last
// era.
inline constexpr std::string_view newest_known = "2026.9.6";
// A sentence for people about a release that is newer; empty for one that is not.
[[nodiscard]] std::string notice_of_newer_release(const Version& version);

// 5.12 to 6.11 die of a chmod of a state directory that they do not own (#83619).
[[nodiscard]] bool dies_of_unowned_state(const Version& version);

}  // namespace openclaw
