// OpenClaw updating itself: `openclaw update`, which update.auto.enabled starts from within the gateway
// (#77793), or a package client that is told to install it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace openclaw {

// Of a Node's arguments as /proc/PID/cmdline has them: "openclaw update", "npm install --global openclaw";
// empty: something else. OpenClaw and npm put a title in their place, which is one word to the kernel.
[[nodiscard]] std::string own_update_of(const std::vector<std::string>& arguments);

// The first of these processes that does so, by its program, which the kernel tells, and its arguments:
// "process 77 (openclaw update)"; empty: none. What may not be looked at is none.
[[nodiscard]] std::string find_own_update(const std::vector<std::int64_t>& processes,
                                          const std::string& proc = "/proc");

}  // namespace openclaw
