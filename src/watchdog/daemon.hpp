// The watchdog itself: one event loop that follows the unit, asks the gateway, lets the policy judge, and has
// done what it decides.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "bus/connection.hpp"
#include "config/settings.hpp"
#include "systemd/journal.hpp"
#include "watchdog/healer.hpp"
#include "watchdog/question.hpp"

namespace watchdog {

struct Setup {
  std::function<base::Result<config::Settings>()> load;  // also when it is told to reload
  systemd::EventSink& sink;
  bus::Connector connector = bus::connect_to_systemd;
  std::string state_directory =
      "/var/lib/openclaw-watchdog";  // our own; what it cannot keep there is forgotten
  std::string update_directory = "/var/lib/openclaw-update";
  HealerPlaces places = {};
  SocketsOf sockets_of = sockets_of_the_kernel();
};

// Until SIGTERM or SIGINT, which must be blocked by then, as must SIGHUP: it reads the settings anew.
[[nodiscard]] base::Result<void> run(const Setup& setup);

}  // namespace watchdog
