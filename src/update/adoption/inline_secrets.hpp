// SPDX-License-Identifier: MIT
// Secrets in the unit itself (#76339): every user of the machine can read them with systemctl show, and the
// workers of an update do not get them. Only names, never values.
#pragma once

#include <string>
#include <vector>

#include "update/adoption/adoption.hpp"

namespace update {

// Names of variables in Environment= that look like a secret.
[[nodiscard]] std::vector<std::string> inline_secrets(const Installation& found);

// The names, and the commands that move them to a file that only root can read; empty: there are none. A line
// that sets several variables, or contains other quotes, is left to an operator.
[[nodiscard]] std::string note_of_inline_secrets(const Installation& found, const AdoptionPlaces& places);

}  // namespace update
