// SPDX-License-Identifier: MIT
// npm, pnpm and bun behind npm::Client: one table row each (invocation.hpp) says how it is found and called.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "npm/install.hpp"
#include "npm/toolchain.hpp"

namespace npm {

enum class ClientKind { npm, pnpm, bun };

// `automatic` order: the fastest that is installed first, npm always last. A named client alone when `kind`
// is given. not_found says where each was looked for.
[[nodiscard]] base::Result<std::vector<std::unique_ptr<Client>>> installed_clients(
    const Toolchain& toolchain);
[[nodiscard]] base::Result<std::unique_ptr<Client>> client_of_kind(ClientKind kind,
                                                                   const Toolchain& toolchain);

// Runs the install scripts of `allow_scripts` in the tree of `directory`, whichever client made it; of the
// rest of the request only places, registry and patience count. install() does that itself: this is for a
// caller that has them run apart from it, where less can be reached.
[[nodiscard]] base::Result<void> run_install_scripts(const Toolchain& toolchain,
                                                     const InstallRequest& request,
                                                     const ProgressListener& progress);

// Names directly in node_modules that are a client's own records and no package. A finished install() has
// removed them already, and the links in every nested .bin: trees of different clients are to be alike.
[[nodiscard]] std::vector<std::string> droppings();

}  // namespace npm
