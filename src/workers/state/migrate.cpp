#include "workers/state/migrate.hpp"

#include <chrono>

#include "openclaw/config_includes.hpp"
#include "openclaw/state_secrets.hpp"
#include "process/run.hpp"
#include "workers/state/answers.hpp"
#include "workers/state/copy.hpp"

namespace workers::state {
namespace {

using base::Result;
using nlohmann::json;
using namespace std::chrono_literals;

// It imports every session, and may have gigabytes of them.
constexpr std::chrono::minutes longest{30};
constexpr std::chrono::minutes patience_with_silence{5};
// Of a tick to the next, with much to spare.
constexpr std::chrono::seconds between_ticks{30};

// A status above is that of a signal, which somebody else has sent (128 and its number).
constexpr int largest_of_its_own = 127;

std::string outcome_of(const process::Outcome& ran) {
  if (ran.stalled || ran.exit_status > largest_of_its_own) return "ended";
  return ran.exit_status == 0 ? "done" : "failed";
}

std::string detail_of(const process::Outcome& ran) {
  if (ran.stalled) return "did not come to an end and was stopped";
  return "ended with status " + std::to_string(ran.exit_status);
}

}  // namespace

Result<json> run_doctor(const Doctor& doctor, const base::Environment& environment,
                        const std::string& directory, const base::Redaction& redaction,
                        systemd::Notifier& notifier) {
  process::Command command;
  command.arguments = {doctor.node, doctor.package + "/dist/index.js", "doctor", "--non-interactive",
                       "--fix"};
  command.environment = environment;
  // Units and the package are not its business, and there is no network to wait for.
  command.environment["OPENCLAW_SUPERVISOR_MODE"] = "external";
  command.environment["OPENCLAW_SERVICE_REPAIR_POLICY"] = "external";
  command.environment["OPENCLAW_NO_AUTO_UPDATE"] = "1";
  command.environment["OPENCLAW_NO_RESPAWN"] = "1";
  command.environment["npm_config_fetch_retries"] = "0";
  command.environment["NO_COLOR"] = "1";
  command.directory = directory;
  std::chrono::milliseconds taken{0};
  process::Watch watch;
  watch.stall_timeout = patience_with_silence;
  watch.tick = [&](std::chrono::milliseconds elapsed, std::chrono::milliseconds /*idle*/, std::string_view) {
    taken = elapsed;
    notifier.extend_timeout(between_ticks);
  };
  watch.give_up = [&](std::chrono::milliseconds /*idle*/) { return taken >= longest; };
  const auto ran = process::run(command, watch);
  if (!ran) return base::pass(ran.error(), "running openclaw doctor");
  return json{{"outcome", outcome_of(*ran)},
              {"detail", detail_of(*ran)},
              {"exit_status", ran->exit_status},
              {"took_ms", ran->duration.count()},
              {"log", last_lines(ran->output, redaction)}};
}

Result<json> migrate(const Place& place, const openclaw::GatewayEnvironment& environment,
                     const Doctor& doctor, systemd::Notifier& notifier) {
  notifier.status("migrating the state");
  base::Redaction redaction;
  openclaw::add_secrets(environment, redaction);
  const auto config = openclaw::read_config_with_includes(place.config, place.include_roots);
  if (config) add_texts_of(config->value, redaction);
  // OpenClaw reads its own files itself.
  base::Environment variables = environment.variables;
  for (const std::string& name : environment.added) variables.erase(name);
  hide_service_variables(environment, variables);
  return run_doctor(doctor, variables, place.service_state, redaction, notifier);
}

}  // namespace workers::state
