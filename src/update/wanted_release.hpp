// SPDX-License-Identifier: MIT
// Which version an update is to, and whether its release is on this host already.
#pragma once

#include <string>

#include "base/result.hpp"
#include "update/setup.hpp"

namespace update {

// Stores the version and its checksum in the context, and returns the name of the sealed release to use;
// empty: it has to be fetched.
//
// An exact version that was imported (release_transfer.hpp) is used without a question to the registry, which
// the host may not reach. For everything else the registry is asked, and a release with its checksum is used.
// If the registry cannot be reached, a release that was fetched before is used for an exact version; the
// context has a note then.
[[nodiscard]] base::Result<std::string> find_wanted(const Setup& setup, Context& context);

}  // namespace update
