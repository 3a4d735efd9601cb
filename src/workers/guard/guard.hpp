// SPDX-License-Identifier: MIT
// Guards the state of a containerized OpenClaw before the image's version is started on it: an image is
// replaced without regard to the state, and no other program keeps what the older image needs.
//
//   lock            no other container uses the volume, now and as long as this one lives
//   open restore    an interrupted one is completed, or undone if the image has changed in between
//   open migration  likewise
//   look            which version last ran, and what the image's version reports about the databases
//   decide          decision.hpp
//   keep, restore   take a snapshot of the present state; restore the fitting one
//   migrate         if it is wanted: the doctor of a version that is not older (migration.hpp)
//   record          durable, before anything of OpenClaw runs
//
// It can be killed at any time and be started again. A failure before the record leaves the state as it was,
// or a restore or a migration that the next start completes.
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
  std::string node = {};         // that runs it; empty: none was found
  config::StateRule rule = config::StateRule::automatic;
  bool migrates = false;              // runs the doctor of a version that follows an older one
  std::string directory = "/";        // in which it runs, and the gateway will
  std::chrono::milliseconds wait{0};  // for another container to release the volume
  std::string host = {};              // of this container; information for operators
};

struct Guarded {
  lock::KernelLock lock;                       // must be held as long as the started program lives
  std::vector<std::string> remarks, warnings;  // sentences for an operator
};

// `busy` while another container holds the volume; `bad_input` if the image cannot use the state and no
// snapshot fits, or if the policy forbids a restore. Each message contains the next step. Long operations are
// reported to `notifier`.
[[nodiscard]] base::Result<Guarded> guard_state(const Guarding& guarding, systemd::Notifier& notifier);

// For tests; called before each change. If it does not return, this is a kill at that moment.
extern void (*guarding_step_for_tests)();

}  // namespace workers::guard
