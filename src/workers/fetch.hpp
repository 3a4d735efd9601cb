// openclaw-fetch: what the registry has of OpenClaw, and one complete package of it, as a user that owns
// nothing else.
//
//   $STATE_DIRECTORY/package/   the finished tree, there only when it is finished; folders 0755, files 0644
//                               or 0755: the updater reads it without privileges
//   $STATE_DIRECTORY/work/      while it is made
//   $CACHE_DIRECTORY/           of the package clients; emptied after a success, kept for the next try else
#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "npm/toolchain.hpp"
#include "workers/request.hpp"

namespace workers {

struct FetchContext {
  systemd::Notifier& notifier;
  config::Settings settings;
  npm::Toolchain toolchain;
  std::string state_directory, cache_directory;  // absolute
};

// {"wanted":"latest"} -> {"version","integrity","unpacked_size","node_range","deprecated"}
[[nodiscard]] base::Result<json> resolve(const FetchContext& context, const json& request);
// {"version","integrity","bundle_node"} -> {"version","integrity","client","node","folder","files","bytes"}
[[nodiscard]] base::Result<json> fetch(const FetchContext& context, const json& request);

// Both, with the context that the unit and helpers.ini give.
[[nodiscard]] std::span<const Action> fetch_actions();

}  // namespace workers
