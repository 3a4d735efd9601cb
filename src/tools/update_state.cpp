// SPDX-License-Identifier: MIT
#include "tools/update_state.hpp"

#include <utility>

#include "tools/terminal.hpp"
#include "update/adoption/adoption.hpp"
#include "update/adoption/files.hpp"

namespace tools {
namespace {

using nlohmann::json;

// What a unit sees in the place of a home that was root's has its own place for everybody else.
bus::ServiceDefinition seen_from_outside(bus::ServiceDefinition definition, int state_fd) {
  const auto record = update::read_adoption(state_fd);
  if (!record || !*record || !(*record)->moved_home) return definition;
  const update::MovedHome& moved = *(*record)->moved_home;
  for (auto& [name, value] : definition.locations) {
    if (value == moved.home || value.starts_with(moved.home + "/")) {
      value = moved.place + value.substr(moved.home.size());
    }
  }
  return definition;
}

}  // namespace

std::optional<SeenState> look_at_state(const UpdateSession& session, bus::ServiceManager& manager,
                                       const std::string& unit, const bus::ServiceStatus& status) {
  if (status.load_state != "loaded") return std::nullopt;
  const auto definition = manager.definition(unit);
  const std::string current = session.places.current();
  if (!definition || update::starts_another(*definition, current)) return std::nullopt;
  const auto outside = seen_from_outside(*definition, session.state.get());
  const bool runs = status.main_pid > 0;
  auto look = update::look_into_state(runs ? *definition : outside, status.main_pid, current);
  if (!look) return std::nullopt;
  SeenState state{std::move(*look), "", ""};
  if (!state.look.links.empty()) {
    state.mends_links =
        update::way_to_mend_links(unit, outside, session.places.name, update::has_hook(status));
  }
  state.warning = update::warning_of_auto_update(state.look, unit, update::variables_of(*definition, status));
  return state;
}

void add_state(const SeenState& state, json& object) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json() : json(text); };
  object["plugin_links"] = json::array();
  for (const auto& link : state.look.links) {
    object["plugin_links"].push_back({{"plugin", link.plugin}, {"path", link.path}, {"fault", link.fault}});
  }
  object["mends_plugin_links"] = text_or_null(state.mends_links);
  object["own_updates"] = text_or_null(state.warning);
}

void print_state(const SeenState& state) {
  for (const auto& link : state.look.links) {
    print_line({"plugin link ", link.plugin, ": ", link.path, " ", link.fault});
  }
  if (!state.mends_links.empty()) print_line({"            ", state.mends_links});
  if (!state.warning.empty()) print_line({"own updates ", state.warning});
}

}  // namespace tools
