// OpenClaw's own command line, asked about the running gateway: as the gateway's user, on its state.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/result.hpp"
#include "fs/file.hpp"

namespace workers {

struct CommandAnswer {
  bool ended = false;  // by itself, within the time
  int exit_status = 0;
  std::string output;    // stdout, at most 4 MiB
  std::string messages;  // the last of stderr
  [[nodiscard]] bool succeeded() const { return ended && exit_status == 0; }
};

struct CommandSetting {
  std::string node, package;  // absolute
  std::uint16_t port = 0;
  base::Environment environment;     // the worker's own: that of the gateway's unit
  std::chrono::seconds timeout{60};  // 1-3 s of CPU time each, 2-10 s on 2026.4.20
};

class ProbeCommand {
 public:
  // `gave_up` (optional) is asked twice a second; true ends a command: the gateway has died, say.
  ProbeCommand(CommandSetting setting, std::function<bool()> gave_up);

  // An error is one of ours (nothing could be started); what the command itself says is in the answer.
  [[nodiscard]] base::Result<CommandAnswer> run(const std::vector<std::string>& arguments) const;
  [[nodiscard]] std::chrono::seconds timeout() const { return setting_.timeout; }

 private:
  CommandSetting setting_;
  std::function<bool()> gave_up_;
};

// Pure. What the command gets of the worker's variables: all that the gateway's unit sets, since it runs the
// gateway's own code as the gateway's user; nothing of what systemd tells the worker about itself, no proxy,
// and the port that is asked for.
[[nodiscard]] base::Environment command_environment(const CommandSetting& setting);

}  // namespace workers
