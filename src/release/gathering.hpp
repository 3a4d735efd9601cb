// SPDX-License-Identifier: MIT
// A package whose dependencies lie beside it instead of in it, as pnpm and bun install them: where Node finds
// each of them, and where it would be in a tree of npm's, in which they are below the package.
//
// An unprivileged user may change all of it at any moment, and can make a link to any folder: only
// folders of the package's own owner are taken, and each is opened again, and looked at again, when it is
// copied.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace release {

struct Part {
  std::string path;    // in the release: "", "node_modules/a", "node_modules/a/node_modules/b"
  std::string folder;  // what is copied there, without its own node_modules; absolute, links resolved
  dev_t device = 0;
  ino_t inode = 0;
};

// The folder that was found, whatever its name refers to by now: `refused` when that is another one. An
// O_PATH descriptor, so that nothing is opened in vain.
[[nodiscard]] base::Result<base::UniqueFd> open_part(const Part& part);

// `package_fd` is the folder that `package_root` was when it was found to be a package: `refused` when it is
// another one by now. The package itself comes first, and every other after the one that it is in. A copy of
// each package finds the same folder's content for each name that Node finds one for now: by `dependencies`,
// `optionalDependencies` and `peerDependencies` of all of them. `integrity` names a dependency that is not
// there, `refused` a folder of another owner, or a tree that is larger than any OpenClaw's.
[[nodiscard]] base::Result<std::vector<Part>> gather_package(const std::string& package_root, int package_fd);

}  // namespace release
