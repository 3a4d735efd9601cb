// openclaw-stage-deps: the ExecStartPre= hook of the gateway's unit, and a container's entrypoint.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>

#include "base/environment.hpp"
#include "config/scope.hpp"
#include "openclaw/gateway_environment.hpp"
#include "stage/engine.hpp"
#include "stage/service_surroundings.hpp"
#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "tools/arguments.hpp"
#include "tools/command_line.hpp"
#include "tools/entrypoint.hpp"
#include "tools/exit_status.hpp"
#include "tools/outcome_events.hpp"

namespace {

struct Options {
  tools::CommandLine line;
  std::string policy;
  std::vector<std::string> command;
  bool verbose = false;
};

void define(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "openclaw-stage-deps " OPENCLAW_SYSTEMD_VERSION);
  app.add_option("--policy", options.policy,
                 "When not everything can be staged: start without (degrade) or do not start (fail)")
      ->check(CLI::IsMember({"degrade", "fail"}));
  app.add_flag("--verbose,-v", options.verbose, "Say it also when there is nothing to do");
  tools::add_location_options(app, options.line);
  app.add_option("command", options.command, "After \"--\": what to become when staging is done")
      ->type_name("CMD...");
  app.positionals_at_end();
}

base::Result<stage::Request> request_of(const Options& options) {
  stage::Request request;
  // The hook runs where the gateway will; of its command it knows what it is to become.
  base::Environment environment = tools::environment_of(options.line, base::current_environment());
  openclaw::apply_profile(tools::profile_of(options.line, options.command), environment);
  request.environment = openclaw::gateway_environment(environment, openclaw::resolve_path("."));
  auto settings = config::load_settings(tools::scope_of(options.line, environment), options.line.gateway);
  if (!settings) return base::pass(settings.error());
  request.settings = std::move(*settings);
  if (!options.policy.empty()) {
    request.settings.stage.policy =
        options.policy == "fail" ? config::FailurePolicy::fail : config::FailurePolicy::degrade;
  }
  request.package_root = options.line.package_root;
  request.use_record = true;
  request.heed_failures = true;
  return request;
}

int hook(const Options& options) {
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

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Stage the dependencies of OpenClaw's plugins before the gateway starts.",
               "openclaw-stage-deps");
  define(app, options);
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  return hook(options);
}
