// SPDX-License-Identifier: MIT
// OpenClaw updating itself: `openclaw update`, which update.auto.enabled starts from within the gateway
// (#77793), or npm that is told to install it for everybody.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace openclaw {

// Of a Node's arguments as /proc/PID/cmdline has them: "openclaw update", "npm install --global openclaw";
// empty: something else. OpenClaw and npm put a title in their place, which is one word to the kernel; npm's
// has no options (from 7 on), so that it alone does not show an installation for everybody.
[[nodiscard]] std::string own_update_of(const std::vector<std::string>& arguments);

// A process that does so, whose program is Node by what the kernel says.
struct OwnUpdate {
  std::int64_t pid = 0;
  unsigned user = 0;  // effective
  std::string what;   // own_update_of()
  // The package that it replaces, links resolved where it is there; empty: that does not show.
  std::string package;
  bool is_elsewhere = false;  // its files are others than ours, as in a container
};

// Those among `processes`. What has given itself a title is understood by the log that npm writes, and by the
// environment that it was started with. What may not be looked at is none; a package that is another one for
// the process does not show.
[[nodiscard]] std::vector<OwnUpdate> find_own_updates(const std::vector<std::int64_t>& processes,
                                                      const std::string& proc = "/proc");

// The first of them: "process 77 (openclaw update)"; empty: none.
[[nodiscard]] std::string find_own_update(const std::vector<std::int64_t>& processes,
                                          const std::string& proc = "/proc");

// Whether it puts something in the place of the package at `root`, links resolved: that one, or one of the
// folders beside it that OpenClaw's updater fills and then swaps with it.
[[nodiscard]] bool replaces(const OwnUpdate& update, const std::string& root);

}  // namespace openclaw
