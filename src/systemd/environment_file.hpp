// SPDX-License-Identifier: MIT
// Names in an EnvironmentFile=, as systemd reads it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace systemd {

// In the order of the file. One with a NUL, or a value that is no UTF-8, systemd reads nothing of; its names
// are returned nevertheless.
[[nodiscard]] std::vector<std::string> environment_file_keys(std::string_view text);

}  // namespace systemd
