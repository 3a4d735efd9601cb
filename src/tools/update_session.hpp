// SPDX-License-Identifier: MIT
// What every subcommand of openclaw-update opens: the state directory, the settings, the releases, the bus.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "bus/service_manager.hpp"
#include "config/settings.hpp"
#include "tools/update_commands.hpp"
#include "update/gateway_places.hpp"
#include "update/setup.hpp"

namespace tools {

struct UpdateSession {
  config::Settings settings;
  update::GatewayPlaces places;
  base::UniqueFd state;
  base::UniqueFd runtime;  // /run/openclaw-update: what must not outlast a boot
  std::unique_ptr<release::Store> releases;
  std::unique_ptr<bus::ServiceManager> manager;

  // Settings and state directory, which is made when absent; the bus only where it is needed. A gateway with
  // a name has to be adopted: it is `not_found` otherwise.
  [[nodiscard]] static base::Result<UpdateSession> open(const UpdateOptions& options, bool with_bus);
  // Also for a gateway with a name that nobody has adopted yet.
  [[nodiscard]] static base::Result<UpdateSession> open_for_adoption(const UpdateOptions& options);
  // With the bus, and with the settings that the open update began with where those of now have a mistake.
  [[nodiscard]] static base::Result<UpdateSession> open_for_recovery(const UpdateOptions& options);
  [[nodiscard]] update::UnitWorkers workers() const {
    return update::UnitWorkers(*manager, places.worker_places());
  }
  [[nodiscard]] update::Setup setup(update::Workers& workers, update::Observer& observer) const;

 private:
  [[nodiscard]] static base::Result<UpdateSession> open_with(config::Settings settings,
                                                             const UpdateOptions& options, bool with_bus);
};

// What a person is told to type is for that scope and gateway from now on.
void reword_for(const config::Scope& scope, const std::string& gateway);
// Says it on stderr; answers its exit status.
[[nodiscard]] int tell(const base::Error& error);

}  // namespace tools
