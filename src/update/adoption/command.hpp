// SPDX-License-Identifier: MIT
// The command of a gateway's unit: whether it is one that can be taken over, what it becomes, and what has to
// be written where it cannot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// `path` is `folder`, or in it.
[[nodiscard]] bool is_beneath(std::string_view folder, std::string_view path);

// `refused`, with the next step: a container, a command that only asks another service manager, one that runs
// as another user, one that sets its locations itself, Type=oneshot; and what led to no package.
[[nodiscard]] base::Result<void> require_gateway_command(const Installation& found,
                                                         const AdoptionPlaces& places);

// The same command with places.current for the package; of one that leads to it by a shim or a shell, what
// that runs. `refused` where it is not certain what that is (direct_command.hpp), or something would be
// missed: the message has the file and the line to write, values of secrets as "…".
[[nodiscard]] base::Result<std::vector<std::string>> command_from_current(const Installation& found,
                                                                          const AdoptionPlaces& places);

// What a person has to write so that it starts by that Node, as the messages of the above tell it.
[[nodiscard]] std::string command_to_write_with(const Installation& found, const AdoptionPlaces& places,
                                                const std::string& node);

// What programs in front of Node give it, and workers do not get; empty: nothing.
[[nodiscard]] std::string environment_in_front(const Installation& found);

}  // namespace update
