// SPDX-License-Identifier: MIT
// The watchdog itself: one event loop for all gateways of the host (gateway_watch.hpp), what the service
// manager tells it, and what it says of them together.
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
  std::string gateway;  // its name; empty: the one without
  config::Settings settings;
};

struct Setup {
  // Which gateways there are; at least one. Called again when it is told to reload.
  std::function<base::Result<std::vector<Watched>>()> load;
  systemd::EventSink& sink;
  bus::Connector connector = bus::connect_to_systemd;
  std::string state_directory =
      "/var/lib/openclaw-watchdog";  // our own; what it cannot keep there is forgotten
  std::string update_directory = "/var/lib/openclaw-update";
  HealerPlaces places = {};
  config::Scope scope = {};  // for whom commands to type are told, and whose journal it is
  SocketsOf sockets_of = sockets_of_the_kernel();
};

// Until SIGTERM or SIGINT, which must be blocked by then, as must SIGHUP: it reads the settings anew.
[[nodiscard]] base::Result<void> run(const Setup& setup);

}  // namespace watchdog
