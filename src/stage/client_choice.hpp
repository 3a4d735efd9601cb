// SPDX-License-Identifier: MIT
// Which package clients a run may use, from the configuration and what is installed.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "npm/install.hpp"
#include "npm/toolchain.hpp"

namespace stage {

struct Request;

// In the order in which they are to be tried. not_found lists where clients were looked for.
[[nodiscard]] base::Result<std::vector<std::unique_ptr<npm::Client>>> chosen_clients(
    config::PackageClient choice, const npm::Toolchain& toolchain);
// With the Node and the PATH of the request.
[[nodiscard]] base::Result<std::vector<std::unique_ptr<npm::Client>>> chosen_clients(const Request& request);

}  // namespace stage
