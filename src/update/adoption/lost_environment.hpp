// SPDX-License-Identifier: MIT
// What the environment of a gateway has from a login shell's profile, or from a script or version manager in
// front of it, and would not have without: by name, as its running process has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// Names that the process has and neither systemd nor the unit gives, nor what stays in front of the command;
// nothing where it does not run, or systemd alone gives it all. PATH counts where a profile or a version
// manager makes it.
[[nodiscard]] std::vector<std::string> lost_environment(const Installation& found);

// Set by the service manager, a shell or a shim for whatever they start.
[[nodiscard]] bool is_set_for_everything(std::string_view name);

// A secret, by the words in its name: "TELEGRAM_BOT_TOKEN".
[[nodiscard]] bool speaks_of_a_secret(std::string_view name);

// The file that a unit without any would be given: "/etc/openclaw/claw.env".
[[nodiscard]] std::string environment_file_for(const Installation& found);

// Read by OpenClaw or its Node, or a secret by its name: what a gateway would not serve as before without.
[[nodiscard]] bool is_needed_by_gateway(std::string_view name);

// `refused` for needed ones, with the lines to write and where; those of a secrets runner in front, which
// stays, cannot be told from a profile's, and are left to the note.
[[nodiscard]] base::Result<void> require_nothing_needed_lost(const Installation& found,
                                                             const AdoptionPlaces& places);

// About all others; empty: nothing is lost.
[[nodiscard]] std::string note_of_lost_environment(const Installation& found);

}  // namespace update
