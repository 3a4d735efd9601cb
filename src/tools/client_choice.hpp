// Which package clients a run may use, from the configuration and what is installed.
#pragma once

#include <memory>
#include <vector>

#include "npm/install.hpp"
#include "stage/engine.hpp"

namespace tools {

[[nodiscard]] base::Result<std::vector<std::unique_ptr<npm::Client>>> choose_clients(
    const stage::Request& request);

}  // namespace tools
