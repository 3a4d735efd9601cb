// SPDX-License-Identifier: MIT
// Runs OpenClaw's own command line to query the running gateway: as the gateway's user, on its state.
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
  base::Environment environment;  // of this worker, which equals that of the gateway's unit
  std::chrono::seconds timeout = command::asking.longest;
};

class ProbeCommand {
 public:
  // `gave_up` (optional) is called twice a second; true ends a command, for example because the gateway has
  // ended.
  ProbeCommand(CommandSetting setting, std::function<bool()> gave_up);

  [[nodiscard]] base::Result<command::Outcome> run(const std::vector<std::string>& words) const;
  [[nodiscard]] std::chrono::seconds timeout() const { return purpose_.longest; }

 private:
  command::Purpose purpose_;
  command::Setting setting_;
  std::function<bool()> gave_up_;
};

}  // namespace workers
