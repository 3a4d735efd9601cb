// SPDX-License-Identifier: MIT
// The private package.json of an install: what is asked for, in the words that each client understands.
#pragma once

#include <string>

#include "npm/install.hpp"
#include "npm/policy.hpp"

namespace npm {

// 2026.4.29 and later compare this name with what lies in their stage root (facts 1.4).
inline constexpr const char* manifest_name = "openclaw-runtime-deps-install";

// A direct dependency that has an override is asked for in that exact version and loses the override: npm
// refuses a manifest in which the two differ (EOVERRIDE: the plan of 2026.4.29 names linkedom ^0.18.12
// itself, while everything after 0.18.12 needs a package that the registry does not have).
[[nodiscard]] std::string package_json(const InstallRequest& request);

// pnpm's settings file beside it. pnpm 11 no longer reads overrides from package.json; without the file,
// every pnpm looks for one in the directories above, which are not ours.
[[nodiscard]] std::string pnpm_workspace(const InstallRequest& request, const Policies& policies);

// pnpm's hook file beside it: takes packages for WebAssembly out of the optional ones before pnpm looks at
// them. pnpm 10 skips them as not meant for this CPU, and then now and then (6 of 16 runs) forgets tslib,
// which such a package wants and another one needs too.
[[nodiscard]] std::string pnpm_hooks();

}  // namespace npm
