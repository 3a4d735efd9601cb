// SPDX-License-Identifier: MIT
// A gateway that OpenClaw's own installer made as a unit of a user's service manager, moved to a system unit
// that runs as that user: adopt --from-user NAME.
//
// The system unit is openclaw-gateway.service as it is shipped, with a drop-in. HOME, state, config and port
// stay what they are; nothing in the home is written, moved or copied. Of the homes it sees that one,
// read-only, but for what OpenClaw writes. The home is bound as a whole: a path within it that is bound by
// itself could become a link of the user's, and systemd, as root, would follow it to where the user does not
// get. For the same reason no EnvironmentFile= leads into the home.
//
// Which of both units may run is said by one file, <moved>/UID-UNIT. Both assert it: the user's unit, by a
// drop-in below /etc/systemd/user, that it is not there, and the system's that it is. So there is one rename,
// before which a boot starts the user's, and after which it starts the system's, and neither of them can be
// started by anybody while the other one is meant. Nothing of the user's says so, and so neither
// "openclaw gateway install" nor systemctl --user enable changes it.
//
// That rename, the stop of the one and the start of the other are one job of systemd's own: the system unit
// requires openclaw-user-unit-stop@UID.service, which puts the file where it belongs, as root, and stops the
// user's unit, as that user, through the manager of that user. The way back is
// openclaw-user-unit-start@UID.service, which the system unit conflicts with. Whoever is killed before that
// job is queued has left a wish (<to-move>, <to-return>), of which nothing comes; afterwards systemd has a
// gateway running at the end.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace update {

struct MovedUnit {
  std::string user;
  std::int64_t uid = 0;
  std::string unit;  // of the user's manager

  // Of a plan; a record does not have these.
  std::string home = {};
  std::map<std::string, std::string> environment = {};  // that the unit gave it, without secrets
  std::vector<std::string> writable = {};               // outside of the state, that the config names

  // "1000-openclaw-gateway.service"
  [[nodiscard]] std::string mark() const { return std::to_string(uid) + "-" + unit; }
};

}  // namespace update
