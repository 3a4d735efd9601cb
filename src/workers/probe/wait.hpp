// SPDX-License-Identifier: MIT
// Waiting for a gateway to become ready, and to stay so.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "workers/probe/gateway_health.hpp"

namespace workers {

struct Patience {
  std::string expected_version;      // empty: any
  std::chrono::seconds deadline{0};  // to become ready
  std::chrono::seconds settle{0};    // to stay so, on top
};

// The world, so that tests need no time.
struct Surveillance {
  std::function<openclaw::GatewayHealth()> probe;
  std::function<bool()> alive;  // the gateway's process
  std::function<std::chrono::milliseconds()> elapsed;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<void(const std::string& status)> say;
};

struct Waited {
  openclaw::GatewayHealth health;          // the last one seen
  bool running = true;                     // its process
  bool ready = false;                      // became ready and stayed so through the settle time
  std::chrono::milliseconds ready_for{0};  // how long it had been ready when it was last seen
};

// A gateway that answers, ready, with another version than the expected one is given up soon: neither its
// code nor another process on its port will change.
[[nodiscard]] Waited wait_until_ready(const Patience& patience, const Surveillance& world);

}  // namespace workers
