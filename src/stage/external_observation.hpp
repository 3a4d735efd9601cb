// SPDX-License-Identifier: MIT
// The state of plugins that are separate packages (2026.5.2 and later).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/external_catalog.hpp"
#include "openclaw/installed_plugins.hpp"
#include "stage/external_needs.hpp"
#include "stage/failed_fetch.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

struct ExternalObservation {
  std::vector<openclaw::InstalledPlugin> installed;
  std::vector<ExternalNeed> needs;
  std::map<std::string, std::string> heeded;  // ID of a missing plugin -> why it is not tried again yet
  std::string core_path;                      // the target for the links of plugins
  bool former_kept = false;                   // a copy of npm/ from before an update, or a part of one

  [[nodiscard]] const ExternalNeed* find(const std::string& id) const;
  [[nodiscard]] bool is_missing(const std::string& id) const;
};

// Where an observation ends.
enum class FormerTreeKept {
  is_seen,       // not at the copy: everything is observed
  ends_the_look  // an update was interrupted: npm/ has to be repaired first
};

[[nodiscard]] base::Result<ExternalObservation> observe_external(const Situation& situation,
                                                                 const Request& request,
                                                                 const openclaw::ExternalCatalog& catalog,
                                                                 const FailedFetches& failed_fetches,
                                                                 FormerTreeKept former_tree_kept);

// The key of a fetch that failed recently.
[[nodiscard]] std::string key_of(const ExternalNeed& need, const Situation& situation,
                                 const Request& request);

// Paths that must not change as long as the plugins count as present.
[[nodiscard]] base::Result<std::vector<std::string>> watched_external_paths(const Situation& situation,
                                                                            const Request& request);

}  // namespace stage
