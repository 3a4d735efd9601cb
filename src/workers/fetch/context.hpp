// SPDX-License-Identifier: MIT
// What openclaw-fetch and openclaw-finish use: settings, programs, folders.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/text.hpp"
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

  // For the package clients, in the workplace (workplace.hpp). Not shared by two that run at the same time: a
  // client's cache is emptied when it has installed.
  const char* cache = "cache";
  [[nodiscard]] std::string cache_directory() const {
    return base::concat({state_directory, "/", work_folder, "/", cache});
  }
};

// From the unit and helpers.ini.
[[nodiscard]] base::Result<FetchContext> context_of(const Job& job);
// From the unit alone, for what runs no program of a release and asks no registry.
[[nodiscard]] base::Result<FetchContext> bare_context_of(const Job& job);

// If the unit has LoadCredential=npmrc:PATH, this npmrc replaces npm's global one, so no file that this user
// can read otherwise contains a token.
void use_credential(npm::Toolchain& toolchain);

// Programs report a full disk in many ways, some not at all (npm exits with 0), so the free space is checked.
// This must happen before the workplace is removed, which frees space.
[[nodiscard]] base::Error explained_by_space(base::Error failure, int state_fd, const std::string& path);

}  // namespace workers
