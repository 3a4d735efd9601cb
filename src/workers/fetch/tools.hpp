// SPDX-License-Identifier: MIT
// The Node and the npm of a release that brings its own, in one folder:
//
//     node
//     npm, npx -> node_modules/npm/bin/...
//     node_modules/npm
//
// First in the PATH of the gateway's unit, it serves OpenClaw and the staging hook as a system's Node and npm
// do. On a machine without npm, it also installs the dependencies of the first release, and of each later one
// from the release before.
#pragma once

#include <string>

#include "base/result.hpp"
#include "workers/fetch/fetch.hpp"
#include "workers/fetch/node.hpp"

namespace workers {

// A version of npm that runs on that Node ("v24.16.0"), the newest of those with a tag. `refused` where the
// registry has none.
[[nodiscard]] base::Result<PackageToBundle> look_up_npm(const FetchContext& context,
                                                        const std::string& node_version);
// Puts it into `folder`, by way of the empty folder `workplace`. It reads /etc/npmrc, as that of a
// distribution does.
[[nodiscard]] base::Result<void> bundle_npm(const FetchContext& context, const PackageToBundle& npm,
                                            const std::string& workplace, const std::string& folder);

// Can the toolchain ask the registry and install?
[[nodiscard]] bool has_npm(const npm::Toolchain& toolchain);
// Has the clients of `context` be those of that folder, unless the machine has npm. An empty path is none.
void use_tools(FetchContext& context, const std::string& folder);

}  // namespace workers
