// SPDX-License-Identifier: MIT
// npm's version ranges, as far as package.json files of the packages that OpenClaw uses need them: exact, ^,
// ~, x, hyphen, comparator sets, ||.
#pragma once

#include <optional>
#include <string_view>

namespace openclaw {

// nullopt: not a range that can be judged (a git or tarball URL, a dist-tag such as "latest", npm: alias);
// the caller then accepts any installed version. Prereleases count as node-semver's includePrerelease does:
// that is how OpenClaw asks. A `version` that is none is in no range.
[[nodiscard]] std::optional<bool> satisfies(std::string_view version, std::string_view range);

// All that OpenClaw 2026.4.22-4.30 takes as a bundled plugin's dependency: an exact version, or one after ^
// or ~.
[[nodiscard]] bool is_exact_caret_or_tilde(std::string_view range);

}  // namespace openclaw
