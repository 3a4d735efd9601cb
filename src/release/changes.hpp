// SPDX-License-Identifier: MIT
// What changed from one version to another, as far as the packages on this host tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "openclaw/changelog.hpp"
#include "release/store.hpp"

namespace release {

// Sections from CHANGELOG.md of the releases in the span, the newest first; of a version that several have,
// the one of the newest release. A release without that file, or with one that is too large, adds nothing.
[[nodiscard]] std::vector<openclaw::ChangelogSection> changes_in(const std::vector<Release>& releases,
                                                                 const openclaw::VersionSpan& span);

// From the version that runs to the newest on this host; where that is the one that runs, from the one before
// it. `current` and `previous` are names of releases, or not. Nothing without a release; without `after`,
// where there is no older one to begin with.
[[nodiscard]] std::optional<openclaw::VersionSpan> latest_span(const std::vector<Release>& releases,
                                                               const std::string& current,
                                                               const std::string& previous);

// The same up to the given version.
[[nodiscard]] openclaw::VersionSpan span_up_to(const openclaw::Version& until,
                                               const std::vector<Release>& releases,
                                               const std::string& current, const std::string& previous);

}  // namespace release
