// SPDX-License-Identifier: MIT
// Secrets that stand in a unit itself (#76339): every user of the machine reads them with systemctl show, and
// the workers of an update do not get them. By name, never with a value.
#pragma once

#include <string>
#include <vector>

#include "update/adoption/adoption.hpp"

namespace update {

// Names that Environment= sets and that speak of a secret.
[[nodiscard]] std::vector<std::string> inline_secrets(const Installation& found);

// Which they are, and the commands that move them into a file of root's alone; empty: there are none. A line
// that sets more than one variable, or has quotes within, is left to a person.
[[nodiscard]] std::string note_of_inline_secrets(const Installation& found, const AdoptionPlaces& places);

}  // namespace update
