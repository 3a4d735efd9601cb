// SPDX-License-Identifier: MIT
// For each gateway of this host: where the updater keeps its data, and the names of the units that work for
// it. Only this file knows how the name of a gateway determines them.
//
//   /var/lib/openclaw-update/            releases/ of all gateways, and for the gateway without a name:
//       current, previous, transactions/, hold, quarantine/, counter, open, lock, adoption.json, requests/
//   /var/lib/openclaw-update/gateways/NAME/     the same for a gateway with a name, without releases/
//
// The folder of a gateway with a name belongs to root and the gateway's group (0750), so that the user of
// another gateway cannot see its versions and updates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/scope.hpp"
#include "update/workers.hpp"

namespace update {

struct GatewayPlaces {
  std::string name;          // empty: the gateway without a name
  std::string updater;       // absolute
  std::string state;         // of this gateway: `updater`, or <updater>/gateways/<name>
  config::Scope scope = {};  // that of the gateways

  // "openclaw-update.service", or "openclaw-update@VERSION.service"; for a gateway with a name
  // "openclaw-update-gateway@NAME.service", whose intent contains the version.
  [[nodiscard]] std::string update_unit(const std::string& version = {}) const;
  [[nodiscard]] std::string rehearsal_unit() const;  // ends after the canary in any case
  [[nodiscard]] std::string resume_unit() const;
  [[nodiscard]] std::string check_unit() const;  // asks the registry for new versions
  [[nodiscard]] std::string timer() const;       // for updates
  [[nodiscard]] WorkerPlaces worker_places() const;
  // <state>/current, which the unit's command contains.
  [[nodiscard]] std::string current() const { return state + "/current"; }
};
[[nodiscard]] GatewayPlaces places_of(const std::string& updater, const std::string& name);
[[nodiscard]] GatewayPlaces places_of(const config::Scope& scope, const std::string& name);

// Creates the missing folders of the updater with requests/, and of this gateway in it: 0755 independent of
// the umask, but the folder of a gateway with a name is root's (0700) until adopt assigns its group.
[[nodiscard]] base::Result<void> make_state_folders(const GatewayPlaces& places);
// Files of it exist: it is adopted, or was adopted before. Also if this cannot be looked at (EIO, EMFILE).
[[nodiscard]] bool has_been_adopted(const GatewayPlaces& places);

// All gateways of which the updater has files; the one without a name comes first. An error if a folder
// cannot be listed.
[[nodiscard]] base::Result<std::vector<GatewayPlaces>> all_places(const std::string& updater);

// Adapts the commands in a message to that gateway: "openclaw-update recover" in `text` becomes
// "openclaw-update --gateway NAME recover". The gateway without a name is the default, so nothing changes for
// it.
[[nodiscard]] std::string for_gateway(std::string_view text, const std::string& name);
// Adapts them to that scope: for user units, --user is added, also to systemctl and journalctl.
[[nodiscard]] std::string for_scope(std::string_view text, const config::Scope& scope);

}  // namespace update
