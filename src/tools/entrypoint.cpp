// SPDX-License-Identifier: MIT
#include "tools/entrypoint.hpp"

#include <cstdlib>

#include "openclaw/era.hpp"
#include "stage/owned_root.hpp"
#include "stage/plugin_view.hpp"
#include "tools/exit_status.hpp"
#include "tools/hand_over.hpp"

namespace tools {
namespace {

using systemd::Priority;

// What the command line said of locations holds for the gateway as well, or it would look elsewhere.
void pass_on_locations(const base::Environment& environment) {
  for (const char* name : {"STATE_DIRECTORY", "HOME", "OPENCLAW_PLUGIN_STAGE_DIR", "OPENCLAW_CONFIG_PATH"}) {
    const auto value = environment.find(name);
    if (value != environment.end()) ::setenv(name, value->second.c_str(), 1);
  }
}

void set_plugin_view(const openclaw::Era& era, const std::string& state) {
  if (era.delivery != openclaw::Delivery::plugin_view) return;
  const std::string view =
      state + "/" + std::string(stage::view_folder) + "/" + std::string(stage::view_extensions);
  ::setenv("OPENCLAW_BUNDLED_PLUGINS_DIR", view.c_str(), 1);
}

void unset_stage_directory(const openclaw::Era& era) {
  if (era.doctor_deletes_stage_dir) ::unsetenv("OPENCLAW_PLUGIN_STAGE_DIR");
}

base::Result<void> give_owned_root(const openclaw::Version& version, const openclaw::Locations& locations,
                                   systemd::EventSink& sink) {
  const auto owned = stage::prepare_owned_root(version, locations);
  if (!owned) return base::pass(owned.error());
  if (!*owned) return {};
  if (const auto& failure = (*owned)->not_carried) {
    sink.send({Priority::error, systemd::message_id::owned_root, failure->message, {}});
    return {};
  }
  ::setenv("OPENCLAW_HOME", (*owned)->home.c_str(), 1);
  const std::string carried =
      (*owned)->carried_over ? ", with a copy of the old one (which is not changed)" : "";
  sink.send({Priority::notice,
             systemd::message_id::owned_root,
             "the state directory belongs to another user; the gateway is started with OPENCLAW_HOME=" +
                 (*owned)->home + carried,
             {{"OPENCLAW_VERSION", version.text()}}});
  return {};
}

}  // namespace

int become_gateway(const stage::Request& request, const stage::Outcome& outcome,
                   const std::vector<std::string>& command, systemd::EventSink& sink) {
  const openclaw::Locations& locations = request.environment.locations;
  pass_on_locations(request.environment.variables);
  const auto version = openclaw::Version::parse(outcome.version);
  if (version) {
    const auto& era = openclaw::era_of(*version);
    set_plugin_view(era, locations.staging_state());
    unset_stage_directory(era);
  }
  // If the version is not known, only a root that is there already counts.
  if (const auto given = give_owned_root(version.value_or(openclaw::Version{}), locations, sink); !given) {
    sink.send({Priority::error,
               systemd::message_id::owned_root,
               given.error().message + "; the gateway is not started, since it might take an older state",
               {}});
    return exit_status_of(given.error());
  }
  reap_orphans();
  const CannotRun failed = become(command);
  sink.send({Priority::error, "", failed.message, {}});
  return failed.exit_status;
}

}  // namespace tools
