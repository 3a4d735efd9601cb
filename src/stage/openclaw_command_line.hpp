// OpenClaw's own command line, run as the gateway's user on the gateway's state.
#pragma once

#include <string>
#include <vector>

#include "base/redaction.hpp"
#include "base/result.hpp"
#include "npm/environment.hpp"
#include "npm/toolchain.hpp"
#include "process/run.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

class CommandLine {
 public:
  CommandLine(const Situation& situation, const Request& request, Surroundings& surroundings)
      : situation_(situation), request_(request), surroundings_(surroundings) {}

  [[nodiscard]] base::Result<process::Outcome> run(const std::vector<std::string>& arguments);

 private:
  [[nodiscard]] base::Result<base::Environment> environment_for(const npm::Toolchain& toolchain) const;
  [[nodiscard]] base::Redaction secrets(const npm::Toolchain& toolchain) const;
  [[nodiscard]] base::Result<void> give_cache(const std::string& home, base::Environment& environment) const;

  const Situation& situation_;
  const Request& request_;
  Surroundings& surroundings_;
};

}  // namespace stage
