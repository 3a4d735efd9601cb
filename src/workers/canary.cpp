#include "workers/canary.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <thread>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/secret_references.hpp"
#include "openclaw/state_secrets.hpp"
#include "workers/canary_process.hpp"
#include "workers/gateway_health.hpp"
#include "workers/gateway_location.hpp"
#include "workers/probe_report.hpp"
#include "workers/probe_wait.hpp"
#include "workers/state_copy.hpp"
#include "workers/state_snapshot.hpp"
#include "workers/state_work_folder.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr std::string_view work_prefix = ".openclaw-canary-";
constexpr seconds longest_deadline{6 * 3600};
constexpr std::chrono::hours time_for_copies{1};
constexpr seconds between_words{30};
// What it has to end with is a copy.
constexpr milliseconds patience_with_end{10'000};
constexpr std::size_t most_lines = 200, longest_line = 500, most_secrets = 100;

// OpenClaw's own switches (present in 2026.4.20 to 2026.9.6). Channels are configured and their plugins
// loaded, but nothing is connected.
constexpr std::array<const char*, 7> switched_off = {
    "OPENCLAW_SKIP_CHANNELS",      "OPENCLAW_SKIP_PROVIDERS",   "OPENCLAW_SKIP_CRON",
    "OPENCLAW_SKIP_GMAIL_WATCHER", "OPENCLAW_SKIP_CANVAS_HOST", "OPENCLAW_SKIP_BROWSER_CONTROL_SERVER",
    "OPENCLAW_DISABLE_BONJOUR"};

// The unit's /var/tmp is private and on a disk: it is gone with the unit, however that ends.
std::string work_place() {
  const char* given = std::getenv("TMPDIR");
  return given != nullptr && *given == '/' ? given : "/var/tmp";
}

Result<Canary> canary_of_request(const json& request) {
  const auto state_directory = path_member(request, "state_directory");
  if (!state_directory) return base::pass(state_directory.error());
  const auto package = path_member(request, "package");
  if (!package) return base::pass(package.error());
  const auto node = path_member(request, "node");
  if (!node) return base::pass(node.error());
  const auto version = text_member(request, "expected_version");
  if (!version) return base::pass(version.error());
  const auto port = number_within(request, "port", 1, 65535);
  if (!port) return base::pass(port.error());
  const auto deadline = number_within(request, "deadline_s", 1, longest_deadline.count());
  if (!deadline) return base::pass(deadline.error());
  auto environment = openclaw::gateway_environment(base::current_environment(), *state_directory);
  auto place = state::place_of(*state_directory, environment.variables);
  return Canary{std::move(place),
                std::move(environment),
                *package,
                *node,
                *version,
                work_place(),
                static_cast<std::uint16_t>(*port),
                seconds(*deadline)};
}

milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

class Boot {
 public:
  Boot(const Canary& canary, const state::WorkFolder& work, systemd::Notifier& notifier)
      : asked_(canary), work_(work), notifier_(notifier) {}

  Result<json> run() {
    const auto copied = copy_state();
    if (!copied) return base::pass(copied.error(), "copying the gateway's state for the canary");
    if (!*copied) return json{{"config_absent", true}};
    auto before = state::live_schemas(place_of_copy());
    if (!before) return base::pass(before.error());
    auto result = boot();
    if (!result) return result;
    auto after = state::live_schemas(place_of_copy());
    if (!after) after = json::object();  // what the release made of it is no database
    (*result)["schemas"] = {{"before", std::move(*before)}, {"after", std::move(*after)}};
    (*result)["not_copied"] = not_copied_;
    (*result)["secrets_from_commands"] = secrets_from_commands_;
    return result;
  }

 private:
  [[nodiscard]] state::Place place_of_copy() const {
    return state::copy_of(asked_.place, work_.path(), roots_of_copy_);
  }

  // False: there is no config, so there is nothing that could be tried.
  Result<bool> copy_state() {
    say("copying config, plugins and databases for the canary", time_for_copies);
    openclaw::add_secrets(asked_.environment, redaction_);
    const auto config = openclaw::read_config_with_includes(asked_.place.config, asked_.place.include_roots);
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
    auto rest = state::copy_belongings(asked_.place, *roots, work_.fd());
    if (!rest) return base::pass(rest.error());
    not_copied_ = std::move(*rest);
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

  Result<json> boot() {
    npm::Command command;
    command.arguments = {asked_.node, asked_.package + "/dist/index.js", "gateway", "--port",
                         std::to_string(asked_.port)};
    command.environment = variables();
    command.directory = work_.path();
    start_ = Clock::now();
    auto process = CanaryProcess::start(command);
    if (!process) return base::pass(process.error(), "starting the canary");
    const Waited seen = wait_for(*process);
    const milliseconds ready_after = seen.ready ? since(start_) : milliseconds{0};
    ProbeReport report = report_of(seen, *process);
    report.running = process->alive();
    report.ready = report.ready && report.running;
    const int exit_status = process->stop(patience_with_end);
    if (!report.running) {
      report.detail = "it ended with exit status " + std::to_string(exit_status);
    }
    json result = to_json(report, redaction_);
    result["ready_after_ms"] = ready_after.count();
    result["took_ms"] = since(start_).count();
    result["exit_status"] = exit_status;
    result["log"] = lines_of(process->log());
    return result;
  }

  Waited wait_for(const CanaryProcess& process) {
    std::optional<Clock::time_point> said;
    // Its port was given to it; whether it serves TLS there is a matter of its config.
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

  ProbeReport report_of(const Waited& seen, const CanaryProcess& process) {
    ProbeReport report;
    report.ready = seen.ready;
    report.failing = seen.health.failing;
    report.detail = describe(seen.health);
    report.version = seen.health.version;
    if (seen.health.ready && !seen.ready && seen.running) {
      report.detail = "ready, but as version " + seen.health.version;
    }
    if (!seen.ready) return report;
    const ProbeCommand ask({asked_.node, asked_.package, asked_.port, variables()},
                           [&] { return !process.alive(); });
    ask_health_and_config(
        ask, [&](const std::string& what, seconds time) { say("asking the canary for " + what, 2 * time); },
        report);
    return report;
  }

  [[nodiscard]] json lines_of(const std::string& log) const {
    const auto lines = base::split(base::trim(log), '\n');
    json kept = json::array();
    const std::size_t first = lines.size() > most_lines ? lines.size() - most_lines : 0;
    for (std::size_t i = first; i < lines.size(); ++i) {
      kept.push_back(redaction_.applied(lines[i], longest_line));
    }
    return kept;
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

}  // namespace

Result<json> boot(const Canary& canary, systemd::Notifier& notifier) {
  const auto work = state::WorkFolder::make(canary.work, work_prefix);
  if (!work) return base::pass(work.error());
  return Boot(canary, *work, notifier).run();
}

Result<json> boot_canary(const Job& job) {
  const auto asked = canary_of_request(job.request);
  if (!asked) return base::pass(asked.error());
  return boot(*asked, job.notifier);
}

}  // namespace workers
