// SPDX-License-Identifier: MIT
// One gateway: it is followed, asked, judged by the policy, and healed as that decides. The program watches
// as many as the host has, on one event loop.
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
  // `setup` and `loop` have to outlive it. `changed` is called when what status() and sample() say may have
  // changed.
  GatewayWatch(const Setup& setup, sd_event* loop, Watched watched, std::function<void()> changed);
  GatewayWatch(GatewayWatch&&) noexcept;
  GatewayWatch& operator=(GatewayWatch&&) noexcept;
  ~GatewayWatch();

  void begin();
  void apply(config::Settings settings);
  void look_at_once();
  // The program ends, or the gateway is watched no more: one that was stopped in order to be started is
  // started.
  void settle();

  [[nodiscard]] const std::string& gateway() const;  // its name; empty: the one without
  [[nodiscard]] std::string status() const;          // for STATUS=
  [[nodiscard]] Sample sample() const;               // for the metrics

 private:
  class Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace watchdog
