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

// Names directly in node_modules that are a client's own records and no package. A finished install() has
// removed them already, and the links in every nested .bin: trees of different clients are to be alike.
[[nodiscard]] std::vector<std::string> droppings();

}  // namespace npm
