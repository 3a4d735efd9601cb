// SPDX-License-Identifier: MIT
// openclaw-update status: of one gateway, or of all that this host has; for root, and for everybody else as
// far as it is theirs to know.
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/gateways.hpp"
#include "lock/kernel_lock.hpp"
#include "tools/exit_status.hpp"
#include "tools/scope.hpp"
#include "tools/status_record.hpp"
#include "tools/status_report.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_operator.hpp"
#include "tools/update_session.hpp"
#include "tools/update_state.hpp"
#include "update/adoption/user_gateways.hpp"
#include "update/unit_start.hpp"

namespace tools {
namespace {

using nlohmann::json;

struct Seen {
  std::string name;  // of the gateway; empty: the one without
  json status;
  std::optional<SeenState> state;
};

LiveQuestion question_about(const UpdateOptions& options, const config::Settings& settings) {
  const update::GatewayPlaces places = update::places_of(options.scope, options.gateway);
  return {settings.gateway.unit, static_cast<std::uint16_t>(settings.gateway.port), places.timer(),
          base::unix_now_ms()};
}

base::Result<Seen> look_at(const UpdateOptions& options, bus::ServiceManager* manager) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return base::pass(session.error());
  Seen seen{options.gateway, kept_status(*session), std::nullopt};
  publish_status(*session, seen.status);
  if (manager == nullptr) return seen;
  const LiveQuestion question = question_about(options, session->settings);
  add_live_status(question, *manager, connector_of(options.scope), seen.status);
  if (auto unit = manager->status(question.unit))
    seen.state = look_at_state(*session, *manager, question.unit, *unit);
  return seen;
}

// As it was published, with what anybody may ask the service manager.
base::Result<Seen> look_without_rights(const UpdateOptions& options, bus::ServiceManager* manager) {
  auto published = published_status(options);
  if (!published) return base::pass(published.error());
  const auto settings = config::load_whole_gateway(options.scope.settings, options.gateway);
  if (!settings) return base::pass(settings.error());
  Seen seen{options.gateway, std::move(published->status), std::nullopt};
  seen.status["whole"] = published->whole;
  const update::GatewayPlaces places = update::places_of(options.scope, options.gateway);
  seen.status["at_work"] = manager != nullptr && is_at_work(*manager, places);
  if (manager != nullptr)
    add_live_status(question_about(options, *settings), *manager, connector_of(options.scope), seen.status);
  return seen;
}

// Which gateways a person means who names none: all that there are. On a host without names that is the one.
base::Result<std::vector<std::string>> meant(const UpdateOptions& options) {
  if (options.names_gateway) return std::vector<std::string>{options.gateway};
  auto names = config::gateway_names(options.scope.settings);
  if (!names) return base::pass(names.error());
  const bool sees_all = may_administer(options.scope);
  const auto is_there = [&](const std::string& name) {
    if (sees_all) return update::has_been_adopted(update::places_of(options.scope, name));
    return read_published(options.scope, name).has_value();
  };
  std::erase_if(*names, [&](const std::string& name) { return !is_there(name); });
  if (names->empty() || is_there("")) names->insert(names->begin(), "");
  return *names;
}

json json_of(const Seen& seen) {
  json status = seen.status;
  if (seen.state) add_state(*seen.state, status);
  return status;
}

json json_of(const std::vector<Seen>& all, const config::Scope& scope) {
  json whole = all.front().name.empty() ? json_of(all.front()) : json{{"schema", update_report_schema}};
  for (const Seen& seen : all) {
    if (seen.name.empty()) continue;
    json one = json_of(seen);
    one.erase("schema");
    one["name"] = seen.name;
    whole["gateways"].push_back(std::move(one));
  }
  whole["scope"] = scope.is_user ? "user" : "system";
  if (scope.is_user) return whole;
  for (const auto& gateway : update::find_user_gateways()) {
    whole["user_gateways"].push_back(
        {{"user", gateway.user}, {"unit", gateway.unit}, {"hint", gateway.adopt_command()}});
  }
  return whole;
}

void print_one(const Seen& seen) {
  json status = seen.status;
  if (!seen.name.empty()) status["name"] = seen.name;
  print_status(status, base::unix_now_ms());
  if (seen.state) print_state(*seen.state);
  if (base::member(status, "whole") == false) {
    print_line(
        {"reasons     are shown to root and to the group openclaw-operators (sudo usermod --append --groups ",
         "openclaw-operators ", name_of_caller(), ", then log in again)"});
  }
}

void print(const std::vector<Seen>& all, const config::Scope& scope) {
  if (scope.is_user) {
    print_line({"scope       user units; releases are sealed only by their mode (USER UNITS in ",
                "openclaw-update(8))"});
  }
  for (const Seen& seen : all) {
    reword_for(scope, seen.name);
    if (&seen != &all.front()) print_line({""});
    print_one(seen);
  }
  if (scope.is_user) return;
  reword_with({});
  for (const auto& gateway : update::find_user_gateways())
    print_line({"also        ", update::shown({gateway})});
}

}  // namespace

int show_status(const UpdateOptions& options) {
  const auto names = meant(options);
  if (!names) return tell(names.error());
  const auto manager = connect_to(options.scope);
  const bool may_look = may_administer(options.scope);
  std::vector<Seen> all;
  int status = EX_OK;
  for (const std::string& name : *names) {
    UpdateOptions one = options;
    one.gateway = name;
    one.names_gateway = true;
    bus::ServiceManager* const asked = manager ? manager->get() : nullptr;
    auto seen = may_look ? look_at(one, asked) : look_without_rights(one, asked);
    // The others are shown all the same.
    if (seen) {
      all.push_back(std::move(*seen));
    } else {
      status = tell(seen.error());
    }
  }
  if (all.empty()) return status;
  if (options.json) {
    print_json(json_of(all, options.scope));
  } else {
    print(all, options.scope);
  }
  return status;
}

}  // namespace tools
