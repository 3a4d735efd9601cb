// SPDX-License-Identifier: MIT
// What a member of the group openclaw-operators does without root: start the units that polkit lets them
// start (openclaw-operators.rules), follow them by what anybody may see, and read how they ended as it was
// published.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "tools/update_commands.hpp"
#include "update/gateway_places.hpp"

namespace tools {

struct PublishedStatus {
  nlohmann::json status;
  bool whole = false;  // with the reasons, which not everybody gets
};
[[nodiscard]] base::Result<PublishedStatus> published_status(const UpdateOptions& options);

// By the units of an update: its lock is nothing that others could look at without taking it.
[[nodiscard]] bool is_at_work(bus::ServiceManager& manager, const update::GatewayPlaces& places);

// openclaw-update, openclaw-update --to VERSION, openclaw-update rehearse. What takes an intent, --force
// above all, is for root: `not_permitted`.
[[nodiscard]] int update_as_operator(const UpdateOptions& options);
[[nodiscard]] int rehearse_as_operator(const UpdateOptions& options);
// openclaw-update check, and --dry-run by what it has found.
[[nodiscard]] int check_as_operator(const UpdateOptions& options);
[[nodiscard]] int show_plan_as_operator(const UpdateOptions& options);
[[nodiscard]] int show_history_as_operator(const UpdateOptions& options);

}  // namespace tools
