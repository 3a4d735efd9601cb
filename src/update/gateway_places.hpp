// SPDX-License-Identifier: MIT
// Which gateway of this host is meant: where the updater keeps what is that gateway's, and which units work
// for it. The one place that knows that a gateway may have a name.
//
//   /var/lib/openclaw-update/            releases/ of all of them; and, of the gateway without a name:
//       current, previous, transactions/, hold, quarantine/, counter, open, lock, adoption.json, requests/
//   /var/lib/openclaw-update/gateways/NAME/     the same of a gateway with a name, and no releases/
//
// The folder of a gateway with a name is root's and its group's (0750): another gateway's user does not find
// out what it is updated to, and when.
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
  config::Scope scope = {};  // whose gateways these are

  // "openclaw-update.service", or "openclaw-update@VERSION.service"; of a gateway with a name
  // "openclaw-update-gateway@NAME.service", whose intent says the version.
  [[nodiscard]] std::string update_unit(const std::string& version = {}) const;
  [[nodiscard]] std::string rehearsal_unit() const;  // goes no further than the canary, whatever it is asked
  [[nodiscard]] std::string resume_unit() const;
  [[nodiscard]] std::string check_unit() const;  // asks the registry what is new
  [[nodiscard]] std::string timer() const;       // of the update
  [[nodiscard]] WorkerPlaces worker_places() const;
  // <state>/current, which the unit's command names.
  [[nodiscard]] std::string current() const { return state + "/current"; }
};
[[nodiscard]] GatewayPlaces places_of(const std::string& updater, const std::string& name);
[[nodiscard]] GatewayPlaces places_of(const config::Scope& scope, const std::string& name);

// The folders of the updater with requests/, and of this gateway in it, as far as they are not there: 0755
// whatever the umask, and for root alone (0700) until adopt gives a gateway with a name its group.
[[nodiscard]] base::Result<void> make_state_folders(const GatewayPlaces& places);
// Something is kept of it: it is adopted, or has been.
[[nodiscard]] bool has_been_adopted(const GatewayPlaces& places);

// Every gateway that the updater has kept something of; the one without a name is the first. What cannot be
// listed is an error.
[[nodiscard]] base::Result<std::vector<GatewayPlaces>> all_places(const std::string& updater);

// What a person is told to type next, for that gateway: "openclaw-update recover" of `text` becomes
// "openclaw-update --gateway NAME recover". The gateway without a name is the one that is meant anyway.
[[nodiscard]] std::string for_gateway(std::string_view text, const std::string& name);
// And for that scope: of a user's own units with --user, and so of systemctl and journalctl.
[[nodiscard]] std::string for_scope(std::string_view text, const config::Scope& scope);

}  // namespace update
