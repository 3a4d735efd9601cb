// SPDX-License-Identifier: MIT
// OpenClaw's own command line, asked about the running gateway: as the gateway's user, on its state.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/environment.hpp"
#include "base/result.hpp"
#include "command/run.hpp"

namespace workers {

struct CommandSetting {
  std::string node, package;  // absolute
  std::uint16_t port = 0;
  base::Environment environment;  // the worker's own: that of the gateway's unit
  std::chrono::seconds timeout = command::asking.longest;
};

class ProbeCommand {
 public:
  // `gave_up` (optional) is asked twice a second; true ends a command: the gateway has died, say.
  ProbeCommand(CommandSetting setting, std::function<bool()> gave_up);

  [[nodiscard]] base::Result<command::Outcome> run(const std::vector<std::string>& words) const;
  [[nodiscard]] std::chrono::seconds timeout() const { return purpose_.longest; }

 private:
  command::Purpose purpose_;
  command::Setting setting_;
  std::function<bool()> gave_up_;
};

}  // namespace workers
