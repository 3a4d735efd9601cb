// SPDX-License-Identifier: MIT
// A gateway that ran as root, made one of a user: adopt --to-user NAME.
//
// What such a gateway looks like: a unit without User=, HOME=/root, config, databases, credentials, plugins
// and workspace in /root/.openclaw. /root is 0700: no other user gets into it, whoever owns what is inside.
// And what is inside speaks of itself by absolute paths: cron jobs, config health and workspaces have
// /root/.openclaw/... for a key in the databases of 2026.9.6, and a person's config has more of them. With
// its state in another place that release installs its plugins again, then refuses to become ready, since it
// may not look at /root/.openclaw/workspace, and openclaw doctor --fix stops at the same. So the path stays.
// The user's copy of it is in <homes>/NAME, root's neighbour and not root's, and each unit that runs OpenClaw
// sees it where it has always been:
//
//     User=NAME
//     Environment=HOME=/root
//     ProtectHome=no
//     TemporaryFileSystem=/home:ro /run/user:ro
//     BindPaths=/var/lib/openclaw-homes/NAME:/root
//
// No file of the state is rewritten, and nothing has to be translated back. The rest of root's home, keys and
// shell history, is not there for the gateway any more.
//
// The original stays in /root, byte for byte: --undo takes the drop-ins away, and the gateway is what it was.
// What NAME's gateway has written since is set aside in <homes>/NAME.kept, root's alone, and is never
// removed. That there are two copies of all secrets meanwhile is said, and how to be rid of one.
//
// The unit must be stopped for both: databases are copied while nobody writes them. Whether it stayed so is
// seen afterwards, from the unit and from what stat says of every file before and after. Everything that is
// made is in the record of the adoption before it is made; the copy grows in a folder of root's and becomes
// <homes>/NAME in one rename, so a kill leaves nothing that adopt --undo would not find.
//
// What the state's place cannot be told from (a state outside of the home, a Node or a program in the home)
// is refused with the commands that mend it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace update {

struct MovedHome {
  std::string user;
  std::string home;                // as the gateway has it, before and after: "/root"
  std::string place;               // of the copy: "/var/lib/openclaw-homes/NAME"
  std::vector<std::string> items;  // what of the home is copied: ".openclaw", beneath it, none within another
  bool makes_account = false;      // there was no such user
  // May have been written to by NAME's gateway: set before it is given back, which keeps it then.
  bool served = false;
};

// Is the path, relative to the home, one of the items, in one, or on the way to one?
[[nodiscard]] bool is_carried(const MovedHome& moved, std::string_view path);

}  // namespace update
