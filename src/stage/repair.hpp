// Leftovers of earlier runs in a staged root: locks of the dead, links that lead out, half-finished folders.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/era.hpp"
#include "openclaw/package.hpp"
#include "stage/outcome.hpp"

namespace stage {

// `apply` false: look, and say what would be done (--check).
// Nothing outside of `root` is touched; a root that does not exist yet has no leftovers.
[[nodiscard]] base::Result<std::vector<Finding>> repair_root(const std::string& root,
                                                             const openclaw::Era& era,
                                                             const openclaw::Package& package, bool apply);

}  // namespace stage
