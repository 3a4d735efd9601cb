// SPDX-License-Identifier: MIT
#include "workers/probe/command.hpp"

#include <unistd.h>

#include <array>
#include <climits>
#include <utility>

namespace workers {
namespace {

// OpenClaw reads a .env in the working directory; that of this worker is the gateway's, set by the unit.
std::string working_directory() {
  std::array<char, PATH_MAX> buffer{};
  return ::getcwd(buffer.data(), buffer.size()) == nullptr ? "/" : buffer.data();
}

command::Purpose within(std::chrono::seconds time) {
  command::Purpose purpose = command::asking;
  purpose.silence = purpose.longest = time;
  return purpose;
}

}  // namespace

ProbeCommand::ProbeCommand(CommandSetting setting, std::function<bool()> gave_up)
    : purpose_(within(setting.timeout)),
      setting_{std::move(setting.node),
               std::move(setting.package),
               std::move(setting.environment),
               {{"OPENCLAW_GATEWAY_PORT", std::to_string(setting.port)}},
               working_directory(),
               {}},
      gave_up_(std::move(gave_up)) {
  setting_.inherited.try_emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin");
}

base::Result<command::Outcome> ProbeCommand::run(const std::vector<std::string>& words) const {
  command::Watching watching;
  watching.give_up = gave_up_;
  return command::run(purpose_, setting_, words, watching);
}

}  // namespace workers
