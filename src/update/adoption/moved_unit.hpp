// SPDX-License-Identifier: MIT
// A gateway in a user unit that OpenClaw's own installer created is moved to a system unit that runs as that
// user: adopt --from-user NAME.
//
// The system unit is the shipped openclaw-gateway.service with a drop-in. HOME, state, config and port do not
// change; nothing in the home is written, moved or copied. Of all homes, the unit sees only this one,
// read-only except for what OpenClaw writes. The home is bound as a whole: if a path inside it were bound
// separately, the user could replace it by a link, and systemd, as root, would follow it to where the user
// has no access. For the same reason, no EnvironmentFile= is inside the home.
//
// One file, <moved>/UID-UNIT, determines which of the two units may run. Both assert it: the user unit, by a
// drop-in in /etc/systemd/user, asserts that it does not exist, and the system unit that it does. So there is
// a single rename; before it, a boot starts the user unit, and after it, the system unit, and neither of them
// can be started while the other one is selected. No file of the user is involved, so neither "openclaw
// gateway install" nor systemctl --user enable changes this.
//
// That rename, the stop of one unit and the start of the other are a single job of systemd: the system unit
// requires openclaw-user-unit-stop@UID.service, which moves the file to its place, as root, and stops the
// user unit, as that user, through the user's manager. The way back is openclaw-user-unit-start@UID.service,
// with which the system unit conflicts. If the updater is killed before that job is queued, only a request is
// left (<to-move>, <to-return>), which has no effect; after that, systemd completes the job, and a gateway
// runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace update {

struct MovedUnit {
  std::string user;
  std::int64_t uid = 0;
  std::string unit;  // in the user's manager

  // Only in a plan; a record does not contain these.
  std::string home = {};
  std::map<std::string, std::string> environment = {};  // variables that the unit set, without secrets
  std::vector<std::string> writable = {};               // paths outside of the state that the config names

  // "1000-openclaw-gateway.service"
  [[nodiscard]] std::string mark() const { return std::to_string(uid) + "-" + unit; }
};

}  // namespace update
