// SPDX-License-Identifier: MIT
// What a gateway that has a name needs beside what every adopted one does: workers of its own, which run as
// its user and whose requests and results no other gateway's user can enter; units that recover its updates
// at boot; and folders.
//
// The workers' templates are links to those that the package ships outside of systemd's search path
// ("linked unit files"): openclaw-state-NAME@.service is a unit of its own, has drop-ins of its own, and is
// upgraded with the package.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// "openclaw-state-NAME@.service"; without a name "openclaw-state@.service". `program`: "openclaw-state".
[[nodiscard]] std::string worker_template(std::string_view program, const AdoptionPlaces& places);
// Instances of units that are there once for the host, and once more for each name:
// "openclaw-update-recover@NAME.service", "openclaw-update-recover.service". `unit`:
// "openclaw-update-recover", `type`: ".service".
[[nodiscard]] std::string unit_of_gateway(std::string_view unit, std::string_view type,
                                          const AdoptionPlaces& places);

// Lines for [Service] of a worker's drop-in and of the gateway's; empty without a name.
[[nodiscard]] std::string worker_lines(const AdoptionPlaces& places);
[[nodiscard]] std::string gateway_lines(const AdoptionPlaces& places);

// Files and links besides; empty without a name. `programs` are the workers'.
[[nodiscard]] std::vector<TextFile> files_of_named_gateway(const Installation& found,
                                                           const AdoptionPlaces& places,
                                                           const std::vector<std::string>& programs);

// The folder of the updater that is this gateway's, and the one of its workers' results, for root and the
// gateway's group alone. Nothing without a name. To be called as root.
[[nodiscard]] base::Result<void> make_gateway_folders(const Installation& found,
                                                      const AdoptionPlaces& places);
// What is empty of them goes; the history of its updates stays.
void remove_gateway_folders(const AdoptionPlaces& places);

// Other gateways whose folders the group of this one may enter: they share it.
[[nodiscard]] std::vector<std::string> gateways_of_the_same_group(const Installation& found,
                                                                  const AdoptionPlaces& places);

}  // namespace update
