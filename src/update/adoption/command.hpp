// SPDX-License-Identifier: MIT
// The command of a gateway's unit: whether it can be adopted, its new form, and what an operator has to write
// if it cannot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// Whether `path` is `folder`, or inside it.
[[nodiscard]] bool is_beneath(std::string_view folder, std::string_view path);

// `refused`, with the next step, for a container, a command that only controls another service manager, one
// that runs as another user, one that sets its locations itself, Type=oneshot, and for the reason why there
// is no package.
[[nodiscard]] base::Result<void> require_gateway_command(const Installation& found,
                                                         const AdoptionPlaces& places);

// The same command with places.current as the package. If the command uses a shim or a shell, the command
// that this runs. `refused` if that is uncertain (direct_command.hpp), or if something would be lost: the
// message contains the file and the line to write, with "…" for secrets.
[[nodiscard]] base::Result<std::vector<std::string>> command_from_current(const Installation& found,
                                                                          const AdoptionPlaces& places);

// The line to write for a start with that Node, as in the messages of the functions above.
[[nodiscard]] std::string command_to_write_with(const Installation& found, const AdoptionPlaces& places,
                                                const std::string& node);

// Variables that programs in front of Node set, and that workers do not get; empty: none.
[[nodiscard]] std::string environment_in_front(const Installation& found);

}  // namespace update
