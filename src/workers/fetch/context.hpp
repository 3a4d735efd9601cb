// SPDX-License-Identifier: MIT
// What openclaw-fetch and openclaw-finish work with: settings, programs, folders.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "npm/toolchain.hpp"
#include "workers/request.hpp"

namespace workers {

// In $STATE_DIRECTORY.
inline constexpr const char* package_folder = "package";
inline constexpr const char* work_folder = "work";

struct FetchContext {
  systemd::Notifier& notifier;
  config::Settings settings;
  npm::Toolchain toolchain;                     // without a Node, or without npm, where the machine has none
  std::string state_directory, logs_directory;  // absolute
  // Of the machine, if it has one: that of the toolchain may be a release's.
  std::string machine_node = {};
  base::Error no_machine_node = {};  // the reason

  // Of the package clients, in the workplace (workplace.hpp).
  [[nodiscard]] std::string cache_directory() const { return state_directory + "/" + work_folder + "/cache"; }
};

// What the unit and helpers.ini give.
[[nodiscard]] base::Result<FetchContext> context_of(const Job& job);

// An npmrc that the unit is given by LoadCredential=npmrc:PATH takes the place of npm's global one: a token
// is then in no file that this user could read otherwise.
void use_credential(npm::Toolchain& toolchain);

// Programs word a full disk in many ways, some not at all (npm exits 0): what is left says it plainly. To be
// asked before the workplace is removed, which makes room again.
[[nodiscard]] base::Error explained_by_space(base::Error failure, int state_fd, const std::string& path);

}  // namespace workers
