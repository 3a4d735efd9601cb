// SPDX-License-Identifier: MIT
// What a gateway with a name needs in addition to other adopted gateways: its own workers, which run as its
// user, and whose requests and results are not accessible to other gateways' users; units that recover its
// updates at boot; and folders.
//
// The workers' templates are links to those that the package ships outside of systemd's search path ("linked
// unit files"): openclaw-state-NAME@.service is a separate unit with its own drop-ins, and is upgraded with
// the package.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// "openclaw-state-NAME@.service"; without a name "openclaw-state@.service". `program`: "openclaw-state".
[[nodiscard]] std::string worker_template(std::string_view program, const AdoptionPlaces& places);
// Units that exist once for the host, and once for each name: "openclaw-update-recover@NAME.service",
// "openclaw-update-recover.service". `unit`: "openclaw-update-recover", `type`: ".service".
[[nodiscard]] std::string unit_of_gateway(std::string_view unit, std::string_view type,
                                          const AdoptionPlaces& places);

// Lines for [Service] in the drop-ins of the workers and of the gateway; empty without a name.
[[nodiscard]] std::string worker_lines(const AdoptionPlaces& places);
[[nodiscard]] std::string gateway_lines(const AdoptionPlaces& places);

// Additional files and links; empty without a name. `programs` are the workers'.
[[nodiscard]] std::vector<TextFile> files_of_named_gateway(const Installation& found,
                                                           const AdoptionPlaces& places,
                                                           const std::vector<std::string>& programs);

// Creates the updater's folder for this gateway, and the folder for results of its workers, which only root
// and the gateway's group can enter. Does nothing without a name. Requires root.
[[nodiscard]] base::Result<void> make_gateway_folders(const Installation& found,
                                                      const AdoptionPlaces& places);
// Removes those that are empty; the history of its updates is kept.
void remove_gateway_folders(const AdoptionPlaces& places);

// Other gateways with the same group, which can therefore enter the folders of this one.
[[nodiscard]] std::vector<std::string> gateways_of_the_same_group(const Installation& found,
                                                                  const AdoptionPlaces& places);

}  // namespace update
