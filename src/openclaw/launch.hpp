// SPDX-License-Identifier: MIT
// What a command starts on this machine: the package of OpenClaw and the Node, behind links, shims of
// package clients and version managers, and start scripts. They are read, never executed.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/launch_command.hpp"

namespace openclaw {

// systemd's own, for a unit that sets none (`systemd-path search-binaries-default`).
inline constexpr const char* default_search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

// Where the unit's names are looked up.
struct LaunchSite {
  std::string path;       // $PATH; empty: systemd's
  std::string home;       // of the account; empty: what is not on PATH is not looked for
  std::string directory;  // WorkingDirectory=; empty: none
};

struct Launch {
  std::string package_root;  // links resolved
  std::string node;          // absolute, as it is named; empty: none was found
  bool by_path = false;      // Node is what PATH has at each start: "#!/usr/bin/env node", or a bare name
  std::string fleeting;      // where Node was found, if that is gone with the session or the boot: `node` is
                             // what it leads to then
  // As in LaunchCommand, with what scripts on the way add.
  std::vector<std::string> in_front, node_options, arguments, giving_environment, left_out;
  bool by_shell = false, by_login_shell = false;
  bool by_manager = false;            // a version manager's shim: what it runs is in the manager's settings
  std::string selected_by, found_by;  // as in LaunchCommand
  std::vector<std::string> shims;     // files that stand for it, in the order in which they were followed
  std::vector<std::string> besides;   // what those that are scripts do besides (done_besides())
};

// `not_found` with the reason alone where it starts no package ("there is no openclaw in ..."), `refused`
// where it may start several, naming them.
[[nodiscard]] base::Result<Launch> find_launch(const LaunchCommand& command, const LaunchSite& site);

// The same for the package at `package_root`, wherever `command` may lead: its Node and arguments, as far as
// they can be told.
[[nodiscard]] Launch launch_of(const std::string& package_root, const LaunchCommand& command,
                               const LaunchSite& site);

// The package that a file is in, by the folders above it; empty: none.
[[nodiscard]] std::string package_around(const std::string& path);

// <root>/dist/index.js, which OpenClaw's own units start, or what else it can be started by.
[[nodiscard]] std::string start_script(const std::string& package_root);

}  // namespace openclaw
