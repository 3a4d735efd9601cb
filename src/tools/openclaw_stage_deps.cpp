// SPDX-License-Identifier: MIT
// openclaw-stage-deps: the ExecStartPre= hook of the gateway's unit, and a container's entrypoint.
#include <CLI/CLI.hpp>

#include "stage/engine.hpp"
#include "stage/service_surroundings.hpp"
#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "tools/arguments.hpp"
#include "tools/entrypoint.hpp"
#include "tools/entrypoint_options.hpp"
#include "tools/exit_status.hpp"
#include "tools/hand_over.hpp"
#include "tools/outcome_events.hpp"
#include "tools/terminal.hpp"

namespace {

using tools::EntrypointOptions;

base::Result<stage::Request> request_of(const EntrypointOptions& options) {
  stage::Request request;
  // The hook runs where the gateway will.
  request.environment = tools::gateway_environment_of(options);
  auto settings = tools::settings_of(options, request.environment.variables);
  if (!settings) return base::pass(settings.error());
  request.settings = std::move(*settings);
  request.package_root = options.line.package_root;
  request.use_record = true;
  request.heed_failures = true;
  return request;
}

int hook(const EntrypointOptions& options) {
  systemd::JournalSink journal(options.verbose ? systemd::Priority::debug : systemd::Priority::info);
  const auto request = request_of(options);
  if (!request) {
    journal.send({systemd::Priority::error, systemd::message_id::stage_failed, request.error().message, {}});
    return tools::exit_status_of(request.error());
  }
  systemd::SystemdNotifier notifier;
  stage::ServiceSurroundings unit(notifier);
  const auto outcome = stage::run(*request, unit);
  for (const auto& event : tools::events_of(outcome)) journal.send(event);
  if (!outcome.unchanged) {
    notifier.status(tools::summary_of(outcome));
    notifier.flush();
  }
  const int status = tools::exit_status_of(outcome, false);
  if (status != 0 && request->settings.stage.policy == config::FailurePolicy::fail) return status;
  return options.command.empty() ? 0 : tools::become_gateway(*request, outcome, options.command, journal);
}

// Before anything is staged: that may change the state, too. Answers only when it cannot.
int become_guard(const std::vector<std::string>& words) {
  const base::Error error = tools::become_sibling("openclaw-guard-state", words);
  tools::print_error("openclaw-stage-deps", error.message);
  return tools::exit_status_of(error);
}

}  // namespace

int main(int argc, char** argv) {
  EntrypointOptions options;
  CLI::App app("Stage the dependencies of OpenClaw's plugins before the gateway starts.",
               "openclaw-stage-deps");
  app.set_version_flag("--version", "openclaw-stage-deps " OPENCLAW_SYSTEMD_VERSION);
  tools::define_entrypoint(app, options);
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  if (const auto sound = tools::require_consistent(options); !sound) {
    tools::print_error("openclaw-stage-deps", sound.error().message);
    return tools::exit_status_of(sound.error());
  }
  if (!options.command.empty()) tools::end_when_told();
  if (options.guard_state) return become_guard({argv + 1, argv + argc});
  return hook(options);
}
