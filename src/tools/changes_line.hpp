// SPDX-License-Identifier: MIT
// What changed in OpenClaw, in one line: for status, --dry-run and the end of an update.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "release/changes.hpp"

namespace tools {

// {"from", "to", "entries", "versions"}: versions are those that a changelog on this host has. Null where
// there is none, and without an older version.
[[nodiscard]] nlohmann::json changes_json(const std::vector<release::Release>& releases,
                                          const std::optional<openclaw::VersionSpan>& span);
// Between two versions; null also where one of them is none, or the second is not the newer.
[[nodiscard]] nlohmann::json changes_json(const std::vector<release::Release>& releases,
                                          const std::string& from, const std::string& to);

// "2026.9.5 -> 2026.9.6: 175 entries for 2026.9.6; openclaw-update changelog shows them". Empty for null.
[[nodiscard]] std::string changes_line(const nlohmann::json& changes);
// The same with the command for exactly these versions, where they are not those of status.
[[nodiscard]] std::string changes_line_of_versions(const nlohmann::json& changes);

}  // namespace tools
