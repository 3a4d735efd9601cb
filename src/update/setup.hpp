// SPDX-License-Identifier: MIT
// The interfaces of an update to the outside: everything that a test replaces.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "bus/service_manager.hpp"
#include "config/settings.hpp"
#include "fs/tree.hpp"
#include "process/capacity.hpp"
#include "release/store.hpp"
#include "update/context.hpp"
#include "update/journal.hpp"
#include "update/states.hpp"
#include "update/workers.hpp"

namespace update {

// Receives the progress, for STATUS=, the journal, or a terminal.
class Observer {
 public:
  virtual ~Observer() = default;
  // The record is on disk, and the work of the state begins. Also called with the outcome.
  virtual void entered(State state, const Context& context) = 0;
  // A detail of the current state.
  virtual void says(const std::string& text) = 0;
};

struct Setup {
  config::Settings settings;
  std::string gateway = {};                                  // its name; empty: the gateway without a name
  std::string state_directory = "/var/lib/openclaw-update";  // root's: GatewayPlaces::state
  std::string fetch_directory = "/var/lib/openclaw-fetch";   // owned by the fetch user; not trusted
  std::string gateway_directory = "/var/lib/openclaw";       // the gateway's; never opened here
  std::string unit_files = "/etc/systemd/system";            // the administrator's folder of unit files
  bus::ServiceManager& manager;
  Workers& workers;
  const release::Store& releases;
  Observer& observer;
  int state_fd;                          // of state_directory
  std::function<std::int64_t()> now_ms;  // Unix milliseconds; information for operators
  std::function<base::Moment()> moment = base::this_moment;
  std::function<base::Result<fs::Space>(int dir_fd)> free_space = fs::free_space;
  std::function<process::Capacity()> capacity = [] { return process::capacity(); };
};

}  // namespace update
