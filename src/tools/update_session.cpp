// SPDX-License-Identifier: MIT
#include "tools/update_session.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "release/names.hpp"
#include "tools/exit_status.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"
#include "update/kept_settings.hpp"

namespace tools {
namespace {

// Made for the unit by RuntimeDirectory=, else by whoever needs it first.
base::Result<base::UniqueFd> open_runtime_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return base::fail_errno(errno, "cannot make " + path);
  }
  return fs::open_directory(path);
}

std::string way_to_be_allowed(const config::Scope& scope) {
  if (scope.is_user) return {};
  return "; this needs root (sudo), or --user for a gateway that is a user unit (systemctl --user)";
}

// Of the gateway of a user's own: the system's make theirs by StateDirectory=.
base::Result<void> make_service_state(const config::Scope& scope, const config::Settings& settings) {
  const std::string& path = settings.gateway.state_directory;
  if (!scope.is_user) return {};
  // What package clients say in a fetch.
  if (auto made = fs::make_folders(scope.fetched + "-logs", 0700); !made) return made;
  // A gateway with a name has none until it is adopted.
  if (path.empty() || ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return base::fail_errno(errno, base::concat({"cannot make ", path, ", state-directory= of [gateway]"}));
}

// The time as it was at the start, and from there by the clock that nobody sets: how long a stage takes must
// not depend on whoever sets the other one meanwhile.
std::function<std::int64_t()> steady_unix_clock() {
  const std::int64_t booted_at = base::unix_now_ms() - base::since_boot().count();
  return [booted_at] { return booted_at + base::since_boot().count(); };
}

// Where every gateway has a name, none is meant by none: an update would install one more.
base::Result<void> require_meant(const UpdateOptions& options, const update::GatewayPlaces& places) {
  if (options.names_gateway || update::has_been_adopted(places)) return {};
  const auto names = config::gateway_names(options.scope.settings);
  if (!names || names->empty()) return {};
  return base::fail(base::ErrorKind::refused,
                    base::concat({"every gateway on this host has a name (", base::join(*names, ", "),
                                  "); select one with --gateway ", names->front()}));
}

// Names are given away by adopt alone, so a mistyped one is no new gateway.
base::Result<void> require_there(const update::GatewayPlaces& places) {
  if (places.name.empty() || update::has_been_adopted(places)) return {};
  return base::fail(
      base::ErrorKind::not_found,
      base::concat({"the gateway ", places.name, " is not adopted; openclaw-update adopt UNIT adopts it"}));
}

}  // namespace

base::Result<UpdateSession> UpdateSession::open(const UpdateOptions& options, bool with_bus) {
  auto settings = config::load_whole_gateway(options.scope.settings, options.gateway);
  if (!settings) return base::pass(settings.error());
  const update::GatewayPlaces places = update::places_of(options.scope, options.gateway);
  if (auto meant = require_meant(options, places); !meant) return base::pass(meant.error());
  if (auto there = require_there(places); !there) return base::pass(there.error());
  return open_with(std::move(*settings), options, with_bus);
}

base::Result<UpdateSession> UpdateSession::open_for_adoption(const UpdateOptions& options) {
  auto settings = config::load_gateway(options.scope.settings, options.gateway);
  if (!settings) return base::pass(settings.error());
  return open_with(std::move(*settings), options, /*with_bus=*/true);
}

base::Result<UpdateSession> UpdateSession::open_for_recovery(const UpdateOptions& options) {
  auto settings = config::load_whole_gateway(options.scope.settings, options.gateway);
  if (!settings) {
    auto kept = update::settings_of_open_update(update::places_of(options.scope, options.gateway));
    if (!kept) return base::pass(settings.error());
    (void)tell(settings.error().in(
        "the settings from the start of the update are used, because the current ones have an error"));
    settings = std::move(kept);
  }
  return open_with(std::move(*settings), options, true);
}

base::Result<UpdateSession> UpdateSession::open_with(config::Settings settings, const UpdateOptions& options,
                                                     bool with_bus) {
  UpdateSession session;
  session.settings = std::move(settings);
  session.places = update::places_of(options.scope, options.gateway);
  if (auto made = update::make_state_folders(session.places); !made) {
    if (made.error().number == EACCES) made.error().message += way_to_be_allowed(options.scope);
    return base::pass(made.error());
  }
  if (auto made = make_service_state(session.places.scope, session.settings); !made)
    return base::pass(made.error());
  auto state = fs::open_directory(session.places.state);
  if (!state) return base::pass(state.error());
  session.state = std::move(*state);
  if (auto requests = fs::make_directories_beneath(session.state.get(), "requests", 0755); !requests) {
    return base::pass(requests.error());
  }
  auto releases = release::Store::open(session.places.updater, session.places.state);
  if (!releases) return base::pass(releases.error());
  session.releases = std::make_unique<release::Store>(std::move(*releases));
  if (with_bus) {
    auto runtime = open_runtime_directory(options.scope.runtime);
    if (!runtime) return base::pass(runtime.error());
    session.runtime = std::move(*runtime);
    auto manager = connect_to(options.scope);
    if (!manager) return base::pass(manager.error());
    session.manager = std::move(*manager);
  }
  return session;
}

update::Setup UpdateSession::setup(update::Workers& workers, update::Observer& observer) const {
  return {.settings = settings,
          .gateway = places.name,
          .state_directory = places.state,
          .fetch_directory = places.scope.fetched,
          .gateway_directory = settings.gateway.state_directory,
          .unit_files = places.scope.unit_files,
          .manager = *manager,
          .workers = workers,
          .releases = *releases,
          .observer = observer,
          .state_fd = state.get(),
          .now_ms = steady_unix_clock()};
}

void reword_for(const config::Scope& scope, const std::string& gateway) {
  reword_with([scope, gateway](std::string_view text) {
    return update::for_scope(update::for_gateway(text, gateway), scope);
  });
}

int tell(const base::Error& error) {
  print_error("openclaw-update", error.message);
  return exit_status_of(error);
}

}  // namespace tools
