// SPDX-License-Identifier: MIT
#include "workers/user_unit/actions.hpp"

#include <unistd.h>

#include <array>
#include <memory>

#include "base/text.hpp"
#include "bus/service_manager.hpp"
#include "contract/requests.hpp"
#include "contract/results.hpp"
#include "workers/user_unit/look.hpp"
#include "workers/user_unit/switch.hpp"

namespace workers::user_unit {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

Result<json> look(bus::ServiceManager& manager, const std::string& unit) {
  const auto found = look_at(manager, unit);
  if (!found) return base::pass(found.error());
  return contract::to_json(*found);
}

Result<json> reload(bus::ServiceManager& manager, const std::string& /*unit*/) {
  if (auto done = manager.reload(); !done) return base::pass(done.error());
  return json::object();
}

Result<json> stop(bus::ServiceManager& manager, const std::string& unit) {
  if (auto done = stop_unit(manager, unit); !done) return base::pass(done.error());
  return json::object();
}

Result<json> start(bus::ServiceManager& manager, const std::string& unit) {
  if (auto done = start_unit(manager, unit); !done) return base::pass(done.error());
  return json::object();
}

struct Act {
  std::string_view name;
  Result<json> (*perform)(bus::ServiceManager& manager, const std::string& unit);
};
constexpr std::array<Act, 4> acts{{{"look", look}, {"reload", reload}, {"stop", stop}, {"start", start}}};

Result<json> serve(const Job& job) {
  const auto asked = request_of<contract::UserUnitRequest>(job);
  if (!asked) return base::pass(asked.error());
  for (const Act& act : acts) {
    if (act.name != asked->act) continue;
    const auto manager = bus::connect_to_user_manager(runtime_directory());
    if (!manager) return base::pass(manager.error());
    return act.perform(**manager, asked->unit);
  }
  return base::fail(ErrorKind::bad_input, base::concat({"the request's act is \"", asked->act, "\""}));
}

constexpr std::array<Action, 1> table{{{"serve", serve}}};

}  // namespace

std::span<const Action> actions() {
  return table;
}

std::string runtime_directory() {
  return "/run/user/" + std::to_string(::getuid());
}

}  // namespace workers::user_unit
