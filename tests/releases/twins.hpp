// SPDX-License-Identifier: MIT
// Negative twins: a release that is sound but for one fault, which must be refused by the name of the file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/package.hpp"
#include "releases/published_release.hpp"
#include "workers/fetch/published.hpp"

namespace releases {

struct Twin {
  std::string fault;                   // "chunk removed", "byte changed", ...
  std::string file;                    // relative to the package
  std::vector<std::string> caught_by;  // each check that refuses by the name of the file; empty: none
  std::string message;                 // of the first of them
};

// Which check can catch which fault is known: the registry's integrity any in the tarball; the list of what
// it brought
// ("as published") any in those files until the release is sealed, and the sealed manifest any afterwards;
// OpenClaw's own inventories a missing file (2026.4.15+) and a changed one (2026.9.5+), which is all that
// there is for a tree that is adopted; its package.json a missing dependency.
//
// Puts the faults into the complete tree in subject.package(); it is not to be used afterwards. `published`
// is of that tree before anything ran in it. `seed` chooses the files.
[[nodiscard]] base::Result<std::vector<Twin>> try_twins(const Subject& subject,
                                                        const workers::PublishedFiles& published,
                                                        const openclaw::Dependencies& overrides,
                                                        std::uint64_t seed);

}  // namespace releases
