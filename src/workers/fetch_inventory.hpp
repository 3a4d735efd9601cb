// The lists that OpenClaw ships of its own files (facts 8), held against what is there.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace workers {

// dist/postinstall-inventory.json (2026.4.15+): each path exists. dist/postinstall-content-inventory.json
// (2026.9.5+): each file has the size and sha256. `integrity` names the first difference; a package without
// such lists passes. Answers how many files were compared by content.
[[nodiscard]] base::Result<std::uint64_t> verify_own_inventories(const std::string& package_root);

}  // namespace workers
