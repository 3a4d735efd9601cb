// SPDX-License-Identifier: MIT
// The plan for plugins that are separate packages (2026.5.2 and later). Without side effects: the input is
// what was observed and tried, the output is actions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stage/action.hpp"
#include "stage/external_observation.hpp"
#include "stage/request.hpp"

namespace stage {

// What this run has tried.
struct ExternalTried {
  bool recovered = false;
  bool installer_ran = false;
  std::set<std::string> links;  // by path; without those that were repaired before the installer ran
  std::set<std::string> installs, updates;  // by plugin ID
  std::optional<std::string> updating;      // the plugin whose update was tried last
  std::string give_up;  // why nothing more is installed: a dead network is waited for only once
  std::map<std::string, std::string> failures, update_failures;  // ID -> reason
};

// In this order: what an interrupted update has left; links that can be repaired; what is missing; with
// --repair, plugins of another version than the core. After the installer has run, links come last, because
// it installs plugins without one.
[[nodiscard]] std::vector<Action> plan_external(const Request& request, const ExternalObservation& seen,
                                                const ExternalTried& tried);

// The same plugin, in the version for this core.
[[nodiscard]] bool is_updated(const ExternalNeed* need);

}  // namespace stage
