// SPDX-License-Identifier: MIT
// Waits for a gateway to become ready and to stay ready.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "workers/probe/gateway_health.hpp"

namespace workers {

struct Patience {
  std::string expected_version;      // empty: any
  std::chrono::seconds deadline{0};  // to become ready
  std::chrono::seconds settle{0};    // to stay ready, in addition
};

// The interface to the outside, so that tests need not wait.
struct Surveillance {
  std::function<openclaw::GatewayHealth()> probe;
  std::function<bool()> alive;  // the gateway's process
  std::function<std::chrono::milliseconds()> elapsed;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<void(const std::string& status)> say;
  std::function<void()> settles = {};  // as soon as it is ready; again if it was not in between
};

struct Waited {
  openclaw::GatewayHealth health;          // the last one that was observed
  bool running = true;                     // its process is
  bool ready = false;                      // became ready and stayed ready for the settle time
  std::chrono::milliseconds ready_for{0};  // how long it had been ready at the last observation
};

// If the gateway is ready, but with another version than the expected one, it is given up soon: neither its
// code nor another process on its port will change.
[[nodiscard]] Waited wait_until_ready(const Patience& patience, const Surveillance& world);

}  // namespace workers
