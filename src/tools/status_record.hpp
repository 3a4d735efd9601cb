// SPDX-License-Identifier: MIT
// What status shows of a gateway, for whoever is not root: written by each command and unit that changes it.
//
//   <updater>/status/NAME.json    everything, 0640: the folder is root's and the group openclaw-operators'
//   (2750,
//                                 tmpfiles.conf), so a file in it belongs to that group. "default" is the
//                                 gateway without a name, which no gateway can be called.
//   <updater>/status.json         of the gateway without a name, for everybody: paths, versions and times
//   alone
//
// A user's own gateways have none: they are all their own.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "base/result.hpp"
#include "config/scope.hpp"

namespace tools {

// Without the words that a package client or a config has brought into it: reasons, notes. That of a hold
// stays: its own file shows it to everybody.
[[nodiscard]] nlohmann::json for_everybody(nlohmann::json status);

// A folder of the operators that is not there is no error.
[[nodiscard]] base::Result<void> publish(const config::Scope& scope, const std::string& gateway,
                                         const nlohmann::json& status);

// <updater>/gateway-units/UNIT: the unit is a gateway's that was adopted, and so one that operators may
// restart (openclaw-operators.rules looks for the file).
[[nodiscard]] base::Result<void> mark_gateway_unit(const config::Scope& scope, const std::string& unit);
[[nodiscard]] base::Result<void> unmark_gateway_unit(const config::Scope& scope, const std::string& unit);

struct Published {
  std::string text;    // JSON
  bool whole = false;  // what operators may read, and not only everybody
};
// `not_permitted` says who may read it; `not_found` how it comes about.
[[nodiscard]] base::Result<Published> read_published(const config::Scope& scope, const std::string& gateway);

}  // namespace tools
