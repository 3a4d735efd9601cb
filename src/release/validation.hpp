// SPDX-License-Identifier: MIT
// Is a package tree a whole OpenClaw of the version that was wanted? What can be told without running it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "openclaw/package.hpp"

namespace release {

struct PackageReport {
  std::vector<std::string> complaints;  // the first of them, in the order of the checks; empty: nothing found
  std::uint64_t complaint_count = 0;    // of all
  std::optional<base::Error> unread;    // the disk did not show something: nothing is known of the rest
};

// What an inspection can refuse, and what that rests on: nothing that only looks like evidence. Relative
// imports were read as text once; 2026.8.1, 8.2 and 9.2 have one in a template literal, of a page for
// browsers.
struct PackageCheck {
  std::string_view name, rests_on, releases;
};
// Whether its dependencies are looked at, too: of a package that is gathered they are elsewhere still.
enum class Extent { all, own_files };

// In the order in which they are made. openclaw-update(8) shows them.
[[nodiscard]] std::vector<PackageCheck> package_checks();

// `package_fd` is the package root: package.json, openclaw.mjs, dist/, node_modules/. Its content may be
// hostile, but must not change meanwhile: ask about the sealed release rather than about what a worker left.
// Dependencies are those that its own package.json names, in its ranges or as `overrides` (helpers.ini)
// install them. What cannot be read is a complaint, too.
[[nodiscard]] PackageReport inspect_package(int package_fd, const std::string& wanted_version,
                                            const openclaw::Dependencies& overrides = {},
                                            Extent extent = Extent::all);

// The same as one answer: `integrity` names the first complaint and counts the others. If the disk did not
// show something (EIO, EMFILE), its error is returned instead: that is no reason to refuse a release for
// good.
[[nodiscard]] base::Result<void> validate_package(int package_fd, const std::string& wanted_version,
                                                  const openclaw::Dependencies& overrides = {},
                                                  Extent extent = Extent::all);

}  // namespace release
