// SPDX-License-Identifier: MIT
// The files by which OpenClaw recognizes an external root as complete.
#pragma once

#include <string>

#include "base/result.hpp"
#include "openclaw/era.hpp"
#include "openclaw/package.hpp"

namespace stage {

// 4.29-4.30: <root>/package.json has the name openclaw-runtime-deps-install and lists exactly the plan.
// 4.22-4.28: <root>/.openclaw-runtime-deps.json lists the specs that OpenClaw keeps when it installs another
// one itself.
[[nodiscard]] bool manifest_is_right(int root_fd, openclaw::Completeness completeness,
                                     const openclaw::Dependencies& dependencies);
[[nodiscard]] base::Result<void> write_manifest(int root_fd, openclaw::Completeness completeness,
                                                const openclaw::Dependencies& dependencies);

}  // namespace stage
