// SPDX-License-Identifier: MIT
// Runs OpenClaw's own plugin installer, through its command line, on the gateway's state.
#pragma once

#include <string>
#include <vector>

#include "base/redaction.hpp"
#include "base/result.hpp"
#include "command/run.hpp"
#include "npm/environment.hpp"
#include "npm/toolchain.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

class InstallerCommand {
 public:
  InstallerCommand(const Situation& situation, const Request& request, Surroundings& surroundings)
      : situation_(situation), request_(request), surroundings_(surroundings) {}

  [[nodiscard]] base::Result<command::Outcome> run(const std::vector<std::string>& words);

 private:
  [[nodiscard]] base::Result<command::Setting> setting_with(const npm::Toolchain& toolchain) const;
  [[nodiscard]] base::Redaction secrets(const npm::Toolchain& toolchain) const;
  [[nodiscard]] base::Result<void> give_cache(const std::string& home, command::Setting& setting) const;

  const Situation& situation_;
  const Request& request_;
  Surroundings& surroundings_;
};

}  // namespace stage
