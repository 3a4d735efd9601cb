// SPDX-License-Identifier: MIT
#include "workers/state/migrate.hpp"

#include <chrono>

#include "command/run.hpp"
#include "fs/beneath.hpp"
#include "fs/sync.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/state_secrets.hpp"
#include "workers/state/answers.hpp"
#include "workers/state/copy.hpp"

namespace workers::state {
namespace {

using base::Result;

// From one tick to the next, generously.
constexpr std::chrono::seconds between_ticks{30};

// A higher status is that of a signal from another process (128 + its number).
constexpr int largest_of_its_own = 127;

std::string outcome_of(const command::Outcome& ran) {
  if (!ran.ended || ran.exit_status > largest_of_its_own) return "ended";
  return ran.exit_status == 0 ? "done" : "failed";
}

std::string detail_of(const command::Outcome& ran) {
  if (!ran.ended) return "did not end and was stopped";
  return "ended with status " + std::to_string(ran.exit_status);
}

}  // namespace

Result<contract::StateMigrated> run_doctor(const Doctor& doctor, const base::Environment& environment,
                                           const std::string& directory, const base::Redaction& redaction,
                                           systemd::Notifier& notifier) {
  const command::Setting setting{doctor.node, doctor.package, environment, {}, directory, redaction};
  command::Watching watching;
  watching.tick = [&](std::chrono::milliseconds, std::chrono::milliseconds, std::string_view) {
    notifier.extend_timeout(between_ticks);
  };
  const auto ran =
      command::run(command::migrating, setting, {"doctor", "--non-interactive", "--fix"}, watching);
  if (!ran) return base::pass(ran.error(), "running openclaw doctor");
  return contract::StateMigrated{outcome_of(*ran), detail_of(*ran), ran->exit_status, ran->duration.count(),
                                 last_lines(ran->messages, redaction)};
}

Result<contract::StateMigrated> migrate(const Place& place, const openclaw::GatewayEnvironment& environment,
                                        const Doctor& doctor, const std::string& directory,
                                        systemd::Notifier& notifier) {
  notifier.status("migrating the state");
  base::Redaction redaction;
  openclaw::add_secrets(environment, redaction);
  const auto config = openclaw::read_config_with_includes(place.config, place.include_roots);
  if (config) add_texts_of(config->value, redaction);
  // OpenClaw reads its own files itself.
  base::Environment variables = environment.variables;
  for (const std::string& name : environment.added) variables.erase(name);
  hide_service_variables(environment, variables);
  auto migrated = run_doctor(doctor, variables, directory, redaction, notifier);
  // The updater records the migration as done, so files that it has moved must not be lost with the power.
  if (const auto state = fs::open_directory(place.state)) {
    if (auto synced = fs::sync_file_system(state->get()); !synced) return base::pass(synced.error());
  }
  return migrated;
}

}  // namespace workers::state
