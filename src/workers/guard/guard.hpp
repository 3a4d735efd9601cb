// SPDX-License-Identifier: MIT
// The state of a container's OpenClaw, guarded before the image's own is started on it: an image is replaced
// without anybody asking the state, and nobody else would keep what the older image needs.
//
//   lock            nobody else works on the volume, now and as long as the container lives
//   open restore    one that was killed is finished, or undone where another image has come meanwhile
//   look            which version last ran, and what the image's says of the databases
//   decide          decision.hpp
//   keep, restore   a snapshot of the state as it is; the one that fits is put back
//   record          durable, before anything of OpenClaw runs
//
// It can be killed anywhere and begun again. Whatever fails before the record leaves the state as it was, or
// a restore that the next start finishes.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "lock/kernel_lock.hpp"
#include "openclaw/gateway_environment.hpp"
#include "systemd/notify.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::guard {

struct Guarding {
  state::Place place;
  openclaw::GatewayEnvironment environment;
  std::string package, version;  // of the image's OpenClaw
  std::string node = {};         // that would run it; empty: none was found
  config::StateRule rule = config::StateRule::automatic;
  std::chrono::milliseconds wait{0};  // for another container to leave the volume
  std::string host = {};              // of this one; for people
};

struct Guarded {
  lock::KernelLock lock;                       // to be held for as long as what is started lives
  std::vector<std::string> remarks, warnings;  // sentences for an operator
};

// `busy` while another container holds the volume; `bad_input` where the image cannot work with the state and
// no snapshot fits, or the policy forbids it. Each message says what to do. `notifier` hears of what takes
// long.
[[nodiscard]] base::Result<Guarded> guard_state(const Guarding& guarding, systemd::Notifier& notifier);

// For tests, called before each change: one that does not return is a kill at that moment.
extern void (*guarding_step_for_tests)();

}  // namespace workers::guard
