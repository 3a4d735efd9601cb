// SPDX-License-Identifier: MIT
// What there is of plugins that are packages of their own (2026.5.2 and later).
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
  std::map<std::string, std::string> heeded;  // id of a missing plugin -> why it is not tried again yet
  std::string core_path;                      // where the plugins' links are to lead
  bool former_kept = false;                   // npm/ as it was before an update, or half of that copy

  [[nodiscard]] const ExternalNeed* find(const std::string& id) const;
  [[nodiscard]] bool is_missing(const std::string& id) const;
};

// What a look can end at.
enum class FormerTreeKept {
  is_seen,       // with everything else
  ends_the_look  // an update has died: npm/ is put right before anything is concluded from it
};

[[nodiscard]] base::Result<ExternalObservation> observe_external(const Situation& situation,
                                                                 const Request& request,
                                                                 const openclaw::ExternalCatalog& catalog,
                                                                 const FailedFetches& failed_fetches,
                                                                 FormerTreeKept former_tree_kept);

// Of a fetch that failed a short while ago.
[[nodiscard]] std::string key_of(const ExternalNeed& need, const Situation& situation,
                                 const Request& request);

// What must stay as it is for the plugins to count as present.
[[nodiscard]] std::vector<std::string> watched_external_paths(const Situation& situation,
                                                              const Request& request);

}  // namespace stage
