// SPDX-License-Identifier: MIT
// Watches one gateway: follows its unit, asks it, passes what it sees to the policy, and carries out the
// decisions. The program has one of these for each gateway, on one event loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "watchdog/daemon.hpp"
#include "watchdog/metrics.hpp"

struct sd_event;

namespace watchdog {

class GatewayWatch {
 public:
  // `setup` and `loop` have to outlive it. `changed` is called when status() or sample() may have changed.
  GatewayWatch(const Setup& setup, sd_event* loop, Watched watched, std::function<void()> changed);
  GatewayWatch(GatewayWatch&&) noexcept;
  GatewayWatch& operator=(GatewayWatch&&) noexcept;
  ~GatewayWatch();

  void begin();
  void apply(config::Settings settings);
  void look_at_once();
  // Called when the program ends or the gateway is no longer watched: starts a gateway that was stopped for a
  // restart.
  void settle();

  [[nodiscard]] const std::string& gateway() const;  // its name; empty: the gateway without a name
  [[nodiscard]] std::string status() const;          // for STATUS=
  [[nodiscard]] Sample sample() const;               // for the metrics

 private:
  class Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace watchdog
