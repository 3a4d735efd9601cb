// SPDX-License-Identifier: MIT
// What `status` and --dry-run tell of a gateway's own state: links of plugins that lead astray, and automatic
// updates of OpenClaw's that nothing keeps from beginning.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

#include "bus/service_manager.hpp"
#include "tools/update_session.hpp"
#include "update/state_look.hpp"

namespace tools {

struct SeenState {
  update::StateLook look;
  std::string mends_links;  // the next step; empty: none is needed
  std::string warning;      // of an automatic update; empty: none
};

// Nothing where it may not be looked at, or where the unit runs an OpenClaw that is not ours. No unit is
// started for it.
[[nodiscard]] std::optional<SeenState> look_at_state(const UpdateSession& session,
                                                     bus::ServiceManager& manager, const std::string& unit,
                                                     const bus::ServiceStatus& status);

// Members of an object, and lines for a person.
void add_state(const SeenState& state, nlohmann::json& object);
void print_state(const SeenState& state);

}  // namespace tools
