// SPDX-License-Identifier: MIT
#include "workers/canary/canary.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <thread>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "contract/requests.hpp"
#include "contract/results.hpp"
#include "fs/beneath.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/secret_references.hpp"
#include "openclaw/state_secrets.hpp"
#include "process/network.hpp"
#include "workers/canary/process.hpp"
#include "workers/probe/gateway_health.hpp"
#include "workers/probe/gateway_location.hpp"
#include "workers/probe/report.hpp"
#include "workers/probe/wait.hpp"
#include "workers/state/answers.hpp"
#include "workers/state/copy.hpp"
#include "workers/state/migrate.hpp"
#include "workers/state/snapshot.hpp"
#include "workers/state/sqlite_copy.hpp"
#include "workers/state/work_folder.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr const char* main_database_of_copy = "state/state/openclaw.sqlite";
constexpr std::string_view work_prefix = ".openclaw-canary-";
constexpr std::chrono::hours time_for_copies{1};
constexpr seconds between_words{30};
// Only a copy of the state is lost if it is killed.
constexpr milliseconds patience_with_end{10'000};
constexpr std::size_t most_secrets = 100, most_moved = 100;
// The highest exit status of a canary process; a higher one is 128 + the number of a signal.
constexpr int largest_status = 127;

// OpenClaw's own switches (present in 2026.4.20 to 2026.9.6). Channels are configured and their plugins are
// loaded, but nothing is connected.
constexpr std::array<const char*, 7> switched_off = {
    "OPENCLAW_SKIP_CHANNELS",      "OPENCLAW_SKIP_PROVIDERS",   "OPENCLAW_SKIP_CRON",
    "OPENCLAW_SKIP_GMAIL_WATCHER", "OPENCLAW_SKIP_CANVAS_HOST", "OPENCLAW_SKIP_BROWSER_CONTROL_SERVER",
    "OPENCLAW_DISABLE_BONJOUR"};

// The unit's /var/tmp is private and on disk, and it is removed with the unit in any case.
std::string work_place() {
  const char* given = std::getenv("TMPDIR");
  return given != nullptr && *given == '/' ? given : "/var/tmp";
}

Result<Canary> canary_of(const contract::CanaryRequest& request) {
  auto port = static_cast<std::uint16_t>(request.port);
  const bool shares_network =
      !request.updater_network.empty() && request.updater_network == process::network_namespace();
  if (shares_network) {
    const auto free = process::free_port();
    if (!free) return base::pass(free.error());
    port = *free;
  }
  const std::string& state_directory = request.release.state_directory;
  auto environment = openclaw::gateway_environment(base::current_environment(), state_directory);
  if (environment.unknown) return base::pass(*environment.unknown, "looking for the gateway's variables");
  auto place = state::place_of(state_directory, environment.locations);
  return Canary{std::move(place),
                std::move(environment),
                request.release.package,
                request.release.node,
                request.expected_version,
                work_place(),
                port,
                seconds(request.deadline_s),
                shares_network};
}

milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

// The result of one boot.
struct Tried {
  json report = json::object();  // from the gateway; empty: it was not booted
  bool ready = false, running = false;
  contract::CanaryBooted told;
};

// All that a release does on a copy. Each boot gets its own copy, because the live state will not contain
// what an earlier boot has left.
class Boot {
 public:
  Boot(const Canary& canary, const state::WorkFolder& work, systemd::Notifier& notifier)
      : asked_(canary), work_(work), notifier_(notifier) {}

  Result<Tried> run() {
    const auto copied = copy_state(state::Transcripts::left_out);
    if (!copied) return base::pass(copied.error(), "copying the gateway's state for the canary");
    if (!*copied) {
      Tried none;
      none.told.config_absent = true;
      return none;
    }
    const auto before = look_at_copy();
    if (!before) return base::pass(before.error());
    return boot_and_compare(*before);
  }

  // Boots only if the doctor was successful.
  Result<Tried> migrate_and_run() {
    const auto copied = copy_state(state::Transcripts::included);
    if (!copied) return base::pass(copied.error(), "copying the gateway's state for its migration");
    const auto before = look_at_copy();
    if (!before) return base::pass(before.error());
    say("migrating the copy of the state", between_words);
    auto migration =
        state::run_doctor({asked_.package, asked_.node}, variables(), work_.path(), redaction_, notifier_);
    if (!migration) return base::pass(migration.error());
    auto tried = migration->outcome == "done" ? boot_and_compare(*before) : Result<Tried>(Tried{});
    if (tried) tried->told.migration = contract::CopyMigrated{std::move(*migration), {}};
    return tried;
  }

 private:
  struct Look {
    contract::Schemas schemas;
    std::vector<std::string> files;  // that a snapshot would contain
  };
  [[nodiscard]] Result<Look> look_at_copy() const {
    const auto schemas = state::live_schemas(place_of_copy());
    if (!schemas) return base::pass(schemas.error());
    const auto roots = state::open_roots(place_of_copy());
    if (!roots) return base::pass(roots.error());
    const auto found = state::find_belongings(place_of_copy(), *roots);
    if (!found) return base::pass(found.error());
    Look look{schemas->get<contract::Schemas>(), {}};
    for (const state::Item& item : found->items) {
      if (item.kind == state::Kind::file) look.files.push_back(item.path);
    }
    return look;
  }

  Result<Tried> boot_and_compare(const Look& before) {
    auto tried = boot();
    if (!tried) return tried;
    const auto after = state::live_schemas(place_of_copy());
    tried->told.schemas.before = before.schemas;
    // The release may have left something that is not a database.
    if (after) tried->told.schemas.after = after->get<contract::Schemas>();
    tried->told.not_copied = not_copied_;
    tried->told.secrets_from_commands = secrets_from_commands_;
    auto gone = gone_of(before.files);
    if (!gone) return base::pass(gone.error(), "looking for the files that the canary has moved");
    tried->told.moved = std::move(*gone);
    return tried;
  }

  [[nodiscard]] Result<std::vector<std::string>> gone_of(const std::vector<std::string>& before) const {
    std::vector<std::string> gone;
    for (const std::string& path : before) {
      if (gone.size() >= most_moved) break;
      const auto is_there = fs::is_there_beneath(work_.fd(), "state/" + path);
      if (!is_there && !fs::is_answer(is_there.error())) return base::pass(is_there.error());
      if (!is_there.value_or(false)) gone.push_back(base::printable(path, 300));
    }
    return gone;
  }

  [[nodiscard]] state::Place place_of_copy() const {
    return state::copy_of(asked_.place, work_.path(), roots_of_copy_);
  }

  // False: there is no config, so nothing can be tried.
  Result<bool> copy_state(state::Transcripts transcripts) {
    say("copying config, plugins and databases for the canary", time_for_copies);
    openclaw::add_secrets(asked_.environment, redaction_);
    const auto config = openclaw::read_config_with_includes(asked_.place.config, asked_.place.include_roots);
    // A malformed one is tried as it is. Of one that the disk does not show, the secrets and the files that
    // it includes would not be known.
    if (!config && !fs::is_answer(config.error())) return base::pass(config.error());
    if (config && config->value.is_null()) return false;
    if (config) {
      state::add_texts_of(config->value, redaction_);
      secrets_from_commands_ = openclaw::secrets_from_commands(config->value);
      secrets_from_commands_.resize(std::min(secrets_from_commands_.size(), most_secrets));
    }
    const auto roots = state::open_roots(asked_.place);
    if (!roots) return base::pass(roots.error());
    auto done = state::make_copy(work_.fd());
    if (done) {
      auto roots_of_copy =
          state::copy_config(asked_.place, config ? &*config : nullptr, work_.fd(), work_.path());
      if (!roots_of_copy) return base::pass(roots_of_copy.error());
      roots_of_copy_ = std::move(*roots_of_copy);
    }
    if (done) done = state::copy_environment_files(*roots, work_.fd(), redaction_);
    if (done) {
      done = state::copy_plugins(asked_.place, *roots, asked_.package, work_.fd(), state::PluginParts::whole);
    }
    if (!done) return base::pass(done.error());
    auto rest = state::copy_belongings(asked_.place, *roots, work_.fd(), transcripts);
    if (!rest) return base::pass(rest.error());
    not_copied_ = std::move(*rest);
    if (!fs::may_exist_beneath(work_.fd(), main_database_of_copy)) return true;
    auto led =
        state::lead_into_copy(work_.fd(), main_database_of_copy, asked_.place.state, place_of_copy().state);
    if (!led) return base::pass(led.error());
    return true;
  }

  [[nodiscard]] base::Environment variables() const {
    auto variables = state::environment_of_copy(asked_.environment, place_of_copy());
    for (const char* name : switched_off) variables[name] = "1";
    variables["OPENCLAW_SUPERVISOR_MODE"] = "external";
    variables["OPENCLAW_SERVICE_REPAIR_POLICY"] = "external";
    variables["OPENCLAW_GATEWAY_PORT"] = std::to_string(asked_.port);
    return variables;
  }

  Result<Tried> boot() {
    process::Command command;
    command.arguments = {asked_.node, asked_.package + "/dist/index.js", "gateway", "--port",
                         std::to_string(asked_.port)};
    command.environment = variables();
    command.directory = work_.path();
    start_ = Clock::now();
    auto process = CanaryProcess::start(command);
    if (!process) return base::pass(process.error(), "starting the canary");
    const Waited seen = wait_for(*process);
    const milliseconds ready_after = seen.ready ? since(start_) : milliseconds{0};
    contract::GatewayReport report = report_of(seen, *process);
    report.running = process->alive();
    report.ready = report.ready && report.running;
    const int exit_status = process->stop(patience_with_end);
    if (!report.running) {
      report.detail = "it ended with exit status " + std::to_string(exit_status);
    }
    Tried tried{to_json(report, redaction_), report.ready, report.running, {}};
    tried.told.ready_after_ms = ready_after.count();
    tried.told.took_ms = since(start_).count();
    tried.told.exit_status = exit_status;
    tried.told.shares_network = asked_.shares_network;
    tried.told.log = state::last_lines(process->log(), redaction_);
    return tried;
  }

  Waited wait_for(const CanaryProcess& process) {
    std::optional<Clock::time_point> said;
    // The port was selected for this boot; the config determines whether it serves TLS there.
    GatewayLocation location([] { return base::fail(base::ErrorKind::unavailable, "a canary has no unit"); },
                             asked_.port);
    return wait_until_ready(
        {asked_.version, asked_.deadline, seconds{0}},
        {[&] { return location.ask(); }, [&] { return process.alive(); }, [&] { return since(start_); },
         [](milliseconds time) { std::this_thread::sleep_for(time); },
         [&](const std::string& status) {
           if (said && Clock::now() - *said < seconds{2}) return;
           said = Clock::now();
           say("the canary: " + status, between_words);
         }});
  }

  contract::GatewayReport report_of(const Waited& seen, const CanaryProcess& process) {
    contract::GatewayReport report;
    report.ready = seen.ready;
    report.failing = seen.health.failing;
    report.detail = describe(seen.health);
    report.version = seen.health.version;
    if (seen.health.ready && !seen.ready && seen.running) {
      report.detail = "ready, but with version " + seen.health.version;
    }
    if (!seen.ready) return report;
    const ProbeCommand ask({asked_.node, asked_.package, asked_.port, variables()},
                           [&] { return !process.alive(); });
    ask_health_and_config(
        ask, [&](const std::string& what, seconds time) { say("asking the canary for " + what, 2 * time); },
        report);
    return report;
  }

  void say(const std::string& status, std::chrono::microseconds patience) const {
    notifier_.status(status);
    notifier_.extend_timeout(patience);
  }

  const Canary& asked_;
  const state::WorkFolder& work_;
  systemd::Notifier& notifier_;
  base::Redaction redaction_;
  std::vector<std::string> roots_of_copy_, not_copied_, secrets_from_commands_;
  Clock::time_point start_;
};

Result<Tried> boot_once(const Canary& canary, systemd::Notifier& notifier) {
  const auto work = state::WorkFolder::make(canary.work, work_prefix);
  if (!work) return base::pass(work.error());
  return Boot(canary, *work, notifier).run();
}

Result<Tried> boot_migrated(const Canary& canary, systemd::Notifier& notifier) {
  const auto work = state::WorkFolder::make(canary.work, work_prefix);
  if (!work) return base::pass(work.error());
  return Boot(canary, *work, notifier).migrate_and_run();
}

// It was not ready, was not given up, and no signal ended it: it found something that it does not accept.
bool ended_by_itself(const Tried& tried) {
  return !tried.report.empty() && !tried.ready && !tried.running && tried.told.ready_after_ms == 0 &&
         tried.told.exit_status <= largest_status;
}

// The doctor's answer, with the last lines of a boot that failed nevertheless.
contract::CopyMigrated what_came_of(Result<Tried> second) {
  contract::CopyMigrated migration;
  if (!second) {
    migration.doctor.outcome = "ended";
    migration.doctor.detail = second.error().message;
    return migration;
  }
  if (second->told.migration) migration = std::move(*second->told.migration);
  migration.log_of_boot = std::move(second->told.log);
  return migration;
}

json answer_of(const Tried& tried) {
  json answer = tried.report;
  answer.update(contract::to_json(tried.told));
  return answer;
}

}  // namespace

Result<json> boot(const Canary& canary, systemd::Notifier& notifier) {
  auto first = boot_once(canary, notifier);
  if (!first) return base::pass(first.error());
  if (!ended_by_itself(*first)) return answer_of(*first);
  auto second = boot_migrated(canary, notifier);
  const bool migrated = second && second->ready;
  // The result of the first boot counts, unless the migration helped.
  Tried& counts = migrated ? *second : *first;
  counts.told.migrated = migrated;
  if (!migrated) counts.told.migration = what_came_of(std::move(second));
  return answer_of(counts);
}

Result<json> boot_canary(const Job& job) {
  const auto request = request_of<contract::CanaryRequest>(job);
  if (!request) return base::pass(request.error());
  const auto canary = canary_of(*request);
  if (!canary) return base::pass(canary.error());
  return boot(*canary, job.notifier);
}

}  // namespace workers
