// SPDX-License-Identifier: MIT
// Variables that the gateway has from a login shell's profile, or from a script or version manager in front
// of it, and that it would lose. Only names, from its running process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// Names that the process has, but that neither systemd nor the unit nor the remaining programs in front of
// the command set; empty if it does not run, or if only systemd sets the environment. PATH is included if a
// profile or a version manager changes it.
[[nodiscard]] std::vector<std::string> lost_environment(const Installation& found);

// Set by the service manager, a shell or a shim for every process that they start.
[[nodiscard]] bool is_set_for_everything(std::string_view name);

// A name that looks like a secret: "TELEGRAM_BOT_TOKEN".
[[nodiscard]] bool speaks_of_a_secret(std::string_view name);

// The path for a new environment file of a unit without one: "/etc/openclaw/claw.env".
[[nodiscard]] std::string environment_file_for(const Installation& found);

// Read by OpenClaw or its Node, or a secret by its name: without it, the gateway would work differently.
[[nodiscard]] bool is_needed_by_gateway(std::string_view name);

// `refused` for needed variables, with the lines to write and their place. Variables of a secrets runner that
// stays in front cannot be distinguished from those of a profile, so they are only in the note.
[[nodiscard]] base::Result<void> require_nothing_needed_lost(const Installation& found,
                                                             const AdoptionPlaces& places);

// About all other variables; empty: none is lost.
[[nodiscard]] std::string note_of_lost_environment(const Installation& found);

}  // namespace update
