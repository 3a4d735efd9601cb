// SPDX-License-Identifier: MIT
// The watchdog program: one event loop for all gateways of the host (gateway_watch.hpp), its connection to
// the service manager, and the status and metrics of all gateways together.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/connection.hpp"
#include "config/scope.hpp"
#include "config/settings.hpp"
#include "systemd/journal.hpp"
#include "watchdog/healer.hpp"
#include "watchdog/question.hpp"

namespace watchdog {

struct Watched {
  std::string gateway;  // its name; empty: the gateway without a name
  config::Settings settings;
};

struct Setup {
  // Returns the gateways to watch, at least one. Called again on a reload.
  std::function<base::Result<std::vector<Watched>>()> load;
  systemd::EventSink& sink;
  bus::Connector connector = bus::connect_to_systemd;
  std::string state_directory =
      "/var/lib/openclaw-watchdog";  // the watchdog's own folder; without it, memory is lost at its end
  std::string update_directory = "/var/lib/openclaw-update";
  HealerPlaces places = {};
  config::Scope scope = {};  // its commands are named in messages, and its journal is read
  SocketsOf sockets_of = sockets_of_the_kernel();
};

// Runs until SIGTERM or SIGINT. The caller must have blocked both, and SIGHUP, which reads the settings
// again.
[[nodiscard]] base::Result<void> run(const Setup& setup);

}  // namespace watchdog
