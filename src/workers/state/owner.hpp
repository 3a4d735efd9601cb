// SPDX-License-Identifier: MIT
// Whether the state that this worker would copy and put back is the running gateway's. A unit's command, its
// environment files and OpenClaw's own files can all move it (--profile, .env, "env" of the config), and a
// restore into another gateway's state is the worst that an update could do: so it is shown by the gateway
// itself, or nothing is touched.
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

// One thing that was seen of the gateway. An empty path: it says nothing about that.
struct Sign {
  // In the order of their weight: the kernel's word, OpenClaw's own, and what OpenClaw makes of its
  // environment.
  enum class Kind : std::uint8_t { open_file, lock, environment };
  Kind kind = Kind::open_file;
  std::string state, config;
  std::string seen;  // for a person: "its process 812 has /x/state/openclaw.sqlite open"
};

// Where to look. `uid` is whose temporary folder of OpenClaw's is looked in.
struct Gateway {
  std::int64_t main_pid = 0;
  std::vector<std::int64_t> processes;  // of its unit, the main one included
  std::string profile;                  // of its command (--profile)
  std::string proc = "/proc";
  unsigned uid = 0;
};

// What its processes have open of OpenClaw's databases, what its locks say (2026.4.14 and later: "pid" and
// "configPath", from 2026.9 "stateDir"), and the environment of its main process. What cannot be read is no
// sign.
[[nodiscard]] std::vector<Sign> signs_of(const Gateway& gateway, const Place& ours);

// Pure. What the sign of most weight says about each of state and config must be what is ours: the one that
// shows it of the state, `refused` when it is another's, and none when nothing says where the state is.
[[nodiscard]] base::Result<std::optional<Sign>> judge(const std::vector<Sign>& signs, const Place& ours);

// Answers {"state":"/x/.openclaw-work","config":"...","shown_by":"its process 812 has ... open"}; an empty
// "shown_by" where nothing is shown.
[[nodiscard]] base::Result<nlohmann::json> show_owner(const contract::OwnerRequest& request,
                                                      const Place& ours);

}  // namespace workers::state
