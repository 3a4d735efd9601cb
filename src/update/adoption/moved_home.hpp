// SPDX-License-Identifier: MIT
// A gateway that ran as root is changed to run as a user: adopt --to-user NAME.
//
// Such a gateway has a unit without User=, HOME=/root, and config, databases, credentials, plugins and
// workspace in /root/.openclaw. /root has the mode 0700: no other user can enter it, whoever owns its
// content. And the content refers to itself by absolute paths: cron jobs, config health and workspaces have
// /root/.openclaw/... as a key in the databases of 2026.9.6, and an operator's config contains more of them.
// With its state in another place, that release installs its plugins again and then does not become ready,
// because it may not access /root/.openclaw/workspace, and openclaw doctor --fix fails for the same reason.
// Therefore the path must not change. The user's copy is in <homes>/NAME, outside of root's home, and each
// unit that runs OpenClaw sees it at the original path:
//
//     User=NAME
//     Environment=HOME=/root
//     ProtectHome=no
//     TemporaryFileSystem=/home:ro /run/user:ro
//     BindPaths=/var/lib/openclaw-homes/NAME:/root
//
// No file of the state is rewritten, so nothing has to be converted back. The rest of root's home, such as
// keys and shell history, is not visible to the gateway any more.
//
// The original in /root is not changed at all: --undo removes the drop-ins, which restores the previous
// gateway. What NAME's gateway has written since is set aside in <homes>/NAME.kept, which only root can
// access, and is never removed. Messages tell that two copies of all secrets exist meanwhile, and how to
// remove one.
//
// The unit must be stopped for both directions, because databases are copied while no process writes to them.
// This is verified afterwards, by the unit and by the stat data of all files before and after. Everything is
// listed in the adoption's record before it is created; the copy is filled in a folder of root, and becomes
// <homes>/NAME by one rename, so adopt --undo finds everything after a kill.
//
// If the place of the state cannot be kept (a state outside of the home, a Node or a program in the home),
// the adoption is refused with the commands that solve this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace update {

struct MovedHome {
  std::string user;
  std::string home;                // as the gateway sees it, before and after: "/root"
  std::string place;               // path of the copy: "/var/lib/openclaw-homes/NAME"
  std::vector<std::string> items;  // what is copied, relative, none inside another: ".openclaw"
  bool makes_account = false;      // the user did not exist
  // NAME's gateway may have written to the copy: set before a reversal, which then keeps the copy.
  bool served = false;
};

// Whether the path, relative to the home, is one of the items, inside one, or on the way to one.
[[nodiscard]] bool is_carried(const MovedHome& moved, std::string_view path);

}  // namespace update
