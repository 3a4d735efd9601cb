// SPDX-License-Identifier: MIT
// Whether the state that this worker would copy and restore is that of the running gateway. A unit's command,
// its environment files and OpenClaw's own files can all change its place (--profile, .env, "env" of the
// config), and a restore into another gateway's state would be the worst fault of an update. So evidence from
// the gateway itself is required before anything is changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "contract/requests.hpp"
#include "workers/request.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::state {

// One observation of the gateway. An empty path: it says nothing about that.
struct Sign {
  // In the order of their weight: evidence of the kernel, evidence of OpenClaw, and what OpenClaw derives
  // from its environment.
  enum class Kind : std::uint8_t { open_file, lock, environment };
  Kind kind = Kind::open_file;
  std::string state, config;
  std::string seen;  // for an operator: "its process 812 has /x/state/openclaw.sqlite open"
};

// Where to look. `uid`: the user whose temporary folder of OpenClaw is examined.
struct Gateway {
  std::int64_t main_pid = 0;
  std::vector<std::int64_t> processes;  // of its unit, including the main process
  std::string profile;                  // of its command (--profile)
  std::string proc = "/proc";
  unsigned uid = 0;
};

// OpenClaw databases that its processes have open, the content of its locks (2026.4.14 and later: "pid" and
// "configPath", from 2026.9 on "stateDir"), and the environment of its main process. What cannot be read
// yields no sign.
[[nodiscard]] std::vector<Sign> signs_of(const Gateway& gateway, const Place& ours);

// Without side effects. The sign of most weight for each of state and config must name ours. Returns the sign
// for the state, `refused` if it names another one, and nothing if there is no sign for the state.
[[nodiscard]] base::Result<std::optional<Sign>> judge(const std::vector<Sign>& signs, const Place& ours);

// Returns {"state":"/x/.openclaw-work","config":"...","shown_by":"its process 812 has ... open"}; "shown_by"
// is empty if there is no evidence.
[[nodiscard]] base::Result<nlohmann::json> show_owner(const contract::OwnerRequest& request,
                                                      const Place& ours);

}  // namespace workers::state
