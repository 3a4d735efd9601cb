// SPDX-License-Identifier: MIT
// Which plugins lie in OpenClaw's state directory, told from files alone: no Node, no SQLite. OpenClaw itself
// recovers its records from the same files when they are lost (5.12 and 9.6).
//
//   2026.5.2-5.27   npm/package.json "dependencies" + npm/node_modules/<name>
//   2026.5.28+      the same, and npm/projects/<name>-<hash>[__openclaw-generation__g-<16 hex>]/ each
//   all             extensions/<id> (installed from git, ClawHub or a path)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "openclaw/era.hpp"

namespace openclaw {

// node_modules/openclaw of a plugin, by which it imports the core.
enum class PeerLink {
  not_declared,  // the plugin asks for none
  right,         // leads to the core, on whatever way
  absent,
  dangling,
  other_core,
  obstructed,  // no link at all, or node_modules is one
  unreadable,  // which of these, the disk did not say
};

struct InstalledPlugin {
  std::string id;       // of openclaw.plugin.json
  std::string package;  // npm's name for it
  std::string version;
  std::vector<std::string> channels;
  std::string path;      // of the plugin, relative to the state directory
  std::string manifest;  // package.json that lists it, likewise; empty in extensions/
  PeerLink peer_link = PeerLink::not_declared;
  std::string peer_target;  // what the link says
  // The oldest core that loads it, as far as the core checks (install.minHostVersion; from 5.28
  // compat.pluginApi too).
  std::string required_core;
  bool active = true;  // false: another copy of the same plugin is newer

  [[nodiscard]] std::string peer_path() const { return path + "/node_modules/openclaw"; }
};

// `state` is OpenClaw's state directory; one that is not there holds nothing. An error is returned if the
// disk does not say what a plugin is (EIO, ENOMEM). `core_root` with links resolved. Sorted by id, the active
// copy first.
[[nodiscard]] base::Result<std::vector<InstalledPlugin>> read_installed_plugins(const std::string& state,
                                                                                Delivery delivery,
                                                                                const std::string& core_root);

// The name of a package's folder in npm/projects: "@openclaw/slack" -> "openclaw-slack-b25c10c1bd".
[[nodiscard]] std::string project_name(std::string_view package);

}  // namespace openclaw
