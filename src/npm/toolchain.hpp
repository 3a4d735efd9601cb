// SPDX-License-Identifier: MIT
// Which Node runs the gateway, and the package clients that can be reached from a service: systemd gives
// services a bare PATH, so npm is looked for there and beside that Node (omarchy #421, #71070).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace npm {

struct Toolchain {
  std::string node;                    // absolute path of the binary
  std::optional<std::string> npm_cli;  // .../npm/bin/npm-cli.js, run by `node`
  std::optional<std::string> npm;      // else an npm executable on the path
  std::optional<std::string> pnpm, bun;
  std::string global_config;  // npm's global npmrc of that installation: <prefix>/etc/npmrc
  // For messages, where that is a copy that no user edits: the original.
  std::string original_of_global_config = {};
  std::vector<std::string>
      searched;  // for messages: the directories, in order, that a client was looked for in
};

// `preferred_node` (configuration) or empty; `path` is the value of $PATH, to which systemd's default is
// added. A corepack shim does not count as a client: it would download one, of an arbitrary version.
[[nodiscard]] base::Result<Toolchain> find_toolchain(const std::string& preferred_node,
                                                     const std::string& path);

// The Node alone. An error that is no answer (fs::is_answer) is not that there is none.
[[nodiscard]] base::Result<std::string> find_node(const std::string& preferred_node, const std::string& path);

// The PATH that a client gets: the directory of `node`, then systemd's default. Nothing of a login shell's.
[[nodiscard]] std::string client_path(const Toolchain& toolchain);

}  // namespace npm
