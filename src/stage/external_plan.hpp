// SPDX-License-Identifier: MIT
// What is to be done about plugins that are packages of their own (2026.5.2 and later). Pure: what was seen
// and what was tried in, actions out.
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

// Of this run.
struct ExternalTried {
  bool recovered = false;
  bool installer_ran = false;
  std::set<std::string> links;  // by path; those that were mended before the installer ran do not count
  std::set<std::string> installs, updates;  // by id of the plugin
  std::optional<std::string> updating;      // the plugin of the update that has just been tried
  std::string give_up;  // why nothing more is installed: a dead network is waited for once
  std::map<std::string, std::string> failures, update_failures;  // id -> reason
};

// In this order: what an update that died has left; links that can be mended; what is missing; with --repair
// what is of another version than the core. Once the installer has run, links come last: it makes plugins
// without one.
[[nodiscard]] std::vector<Action> plan_external(const Request& request, const ExternalObservation& seen,
                                                const ExternalTried& tried);

// The same plugin, as it should be.
[[nodiscard]] bool is_updated(const ExternalNeed* need);

}  // namespace stage
