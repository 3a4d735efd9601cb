// SPDX-License-Identifier: MIT
// The whole environment of a package client, put together from nothing.
//
// The gateway's environment holds the keys of model providers and channels, and a package client is the
// program on the machine that runs the most untrusted code. So it inherits no variable unless it is in a
// list here.
#pragma once

#include <string>

#include "base/environment.hpp"
#include "npm/npmrc.hpp"
#include "npm/toolchain.hpp"

namespace npm {

struct ClientFolders {
  std::string home, temporary;  // absolute, private
};

// `caller` is the environment of the suite's program: proxies, CA files and what the administrator's npmrc
// names by
// ${...} pass; everything else, npm_config_* included, does not.
[[nodiscard]] base::Environment client_environment(const base::Environment& caller,
                                                   const Toolchain& toolchain, const Npmrc& settings,
                                                   const ClientFolders& folders);

// For bun, which takes registries, tokens and `cafile` from an npmrc but no proxy: the same as variables.
// What the npmrc says wins over the caller, as it does for npm.
void translate_proxies(const Npmrc& settings, base::Environment& environment);

}  // namespace npm
