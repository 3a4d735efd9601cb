// SPDX-License-Identifier: MIT
#include "workers/probe/probe.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "contract/requests.hpp"
#include "contract/results.hpp"
#include "fs/beneath.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/gateway_environment.hpp"
#include "openclaw/package.hpp"
#include "openclaw/plugin.hpp"
#include "openclaw/state_secrets.hpp"
#include "systemd/listening_sockets.hpp"
#include "workers/probe/gateway_location.hpp"
#include "workers/probe/process.hpp"
#include "workers/probe/report.hpp"
#include "workers/probe/wait.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds status_interval{5};
constexpr milliseconds between_looks{250};

// The running gateway, and what is needed to query it.
using Subject = contract::BaselineRequest;

GatewayLocation location_of(const contract::GatewayRequest& gateway) {
  return {[group = gateway.control_group]() -> Result<std::vector<systemd::ListeningSocket>> {
            if (group.empty()) return base::fail(ErrorKind::unavailable, "its control group is not known");
            return systemd::listening_sockets_of(group);
          },
          static_cast<std::uint16_t>(gateway.port)};
}

// Which plugins the package contains, and which ones the config enables. Otherwise a plugin that OpenClaw has
// retired or no longer enables by default (phone-control in 2026.9, bonjour in 2026.5) would seem lost.
// False: an error leaves one of them open, and which plugins are lost cannot be told.
bool read_intentions(const std::string& package_root, const openclaw::GatewayEnvironment& environment,
                     contract::GatewayReport& report) {
  if (environment.unknown) return false;  // the config may be another one
  const auto package = openclaw::read_package(package_root);
  const auto plugins = package ? openclaw::read_bundled_plugins(*package) : base::pass(package.error());
  if (!plugins && !fs::is_answer(plugins.error())) return false;
  if (plugins) {
    for (const auto& plugin : *plugins) report.plugins.bundled.push_back(plugin.id);
  }
  const auto config = openclaw::read_gateway_config(
      environment.locations.config, environment.locations.include_roots, environment.variables);
  if (!config) return fs::is_answer(config.error());
  std::set<std::string> asked_for = config->allow;
  for (const auto& [id, enabled] : config->entries) {
    if (enabled) asked_for.insert(id);
  }
  for (const auto& [id, enabled] : config->channels) {
    if (enabled.value_or(true)) asked_for.insert(id);
  }
  asked_for.insert(config->hints.used_entries.begin(), config->hints.used_entries.end());
  asked_for.insert(config->hints.probed.begin(), config->hints.probed.end());
  report.plugins.configured.assign(asked_for.begin(), asked_for.end());
  return true;
}

// The kernel shows the variables that the unit sets; those that OpenClaw reads from files must be kept, too.
void add_names(const std::set<std::string, std::less<>>& added, std::vector<std::string>& names) {
  names.insert(names.end(), added.begin(), added.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

class Probe {
 public:
  Probe(const Job& job, Subject subject, GatewayProcess process)
      : job_(job),
        subject_(std::move(subject)),
        process_(std::move(process)),
        location_(location_of(subject_.gateway)) {}

  ~Probe() = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  Probe(Probe&&) = delete;
  Probe& operator=(Probe&&) = delete;

  Waited look() {
    Waited seen{location_.ask(), process_.alive(), false};
    seen.ready = seen.health.ready && seen.running;
    return seen;
  }

  // Waits until it has answered as a gateway, has ended, or the time is over.
  json find(seconds deadline) {
    const auto start = Clock::now();
    Waited seen = look();
    while (seen.running && !location_.endpoint() && Clock::now() - start < deadline) {
      say_now_and_then("looking for the gateway: " + describe(seen.health));
      std::this_thread::sleep_for(between_looks);
      seen = look();
    }
    const auto& endpoint = location_.endpoint();
    return contract::to_json(contract::FoundGateway{
        seen.running, endpoint.has_value(), endpoint ? openclaw::url_of(*endpoint) : "", location_.port(),
        endpoint ? describe(seen.health) : seen.health.detail});
  }

  Waited wait(const Patience& patience) {
    const auto start = Clock::now();
    return wait_until_ready(patience,
                            {[&] { return location_.ask(); }, [&] { return process_.alive(); },
                             [&] { return std::chrono::duration_cast<milliseconds>(Clock::now() - start); },
                             [](milliseconds time) { std::this_thread::sleep_for(time); },
                             [&](const std::string& status) { say_now_and_then(status); },
                             // What needs no gateway is queried while it is watched.
                             [&] { begin_beside(); }});
  }

  // `always`: also for a gateway that is not ready, as far as it answers.
  Result<contract::GatewayReport> report(const Waited& seen, bool always) {
    contract::GatewayReport report;
    fill_readiness(seen, report);
    if (seen.running) {
      auto keys = process_.environment_names();
      if (!keys && keys.error().kind != ErrorKind::not_found) return base::pass(keys.error());
      report.running = keys.has_value();
      if (keys) report.environment_keys = std::move(*keys);
    }
    const auto environment = openclaw::gateway_environment();
    if (report.running) add_names(environment.added, report.environment_keys);
    if (environment.unknown) report.environment_unknown = environment.unknown->message;
    const bool known = read_intentions(subject_.package, environment, report);
    const ProbeCommand command = command_line();
    if (report.running && (report.ready || (always && seen.health.live))) {
      begin_beside();
      ask_gateway(
          command, std::exchange(beside_, std::nullopt),
          [&](const std::string& what, seconds time) { begin("asking for " + what, time); }, report);
    } else if (always) {
      begin("asking for the config", command.timeout());
      ask_config(command, report);
    }
    report.plugins.known = report.plugins.known && known;
    report.running = process_.alive();
    report.ready = report.ready && report.running;
    return report;
  }

  [[nodiscard]] base::Redaction secrets() const {
    base::Redaction secrets;
    openclaw::add_secrets_of_state(openclaw::gateway_environment(), secrets);
    process_.add_secrets_to(secrets);
    return secrets;
  }

 private:
  // OpenClaw's command line gets the gateway's address from config and environment.
  [[nodiscard]] ProbeCommand command_line() const {
    return {{subject_.node, subject_.package, location_.port(), base::current_environment()},
            [this] { return !process_.alive(); }};
  }

  void begin_beside() {
    if (!subject_.parallel || beside_) return;
    if (auto begun = begin_config_and_models(command_line())) beside_.emplace(std::move(*begun));
  }

  static void fill_readiness(const Waited& seen, contract::GatewayReport& report) {
    report.ready = seen.ready;
    report.running = seen.running;
    report.failing = seen.health.failing;
    report.detail = describe(seen.health);
    if (seen.health.ready && !seen.ready) report.detail = "ready, but with version " + seen.health.version;
    if (!seen.running) report.detail = "its process has ended";
    report.version = seen.health.version;
  }

  void begin(const std::string& status, seconds time) {
    job_.notifier.status(status);
    job_.notifier.extend_timeout(2 * time);
  }

  void say_now_and_then(const std::string& status) {
    const auto now = Clock::now();
    if (said_ && now - *said_ < status_interval) return;
    said_ = now;
    begin(status, 6 * status_interval);
  }

  const Job& job_;
  Subject subject_;
  GatewayProcess process_;
  GatewayLocation location_;
  std::optional<Clock::time_point> said_;
  std::optional<process::Beside> beside_;
};

// A gateway that has ended before it was observed is a result, too: not ready, with the reason.
json report_of_ended(const std::string& why) {
  contract::GatewayReport report;
  report.running = false;
  report.detail = why;
  return to_json(report, {});
}

}  // namespace

Result<json> probe_baseline(const Job& job) {
  auto subject = request_of<contract::BaselineRequest>(job);
  if (!subject) return base::pass(subject.error());
  auto process = GatewayProcess::open(subject->gateway.main_pid);
  if (!process) return base::pass(process.error());
  Probe probe(job, std::move(*subject), std::move(*process));
  const auto report = probe.report(probe.look(), /*always=*/true);
  if (!report) return base::pass(report.error());
  return to_json(*report, probe.secrets());
}

Result<json> probe_find(const Job& job) {
  auto request = request_of<contract::FindRequest>(job);
  if (!request) return base::pass(request.error());
  auto process = GatewayProcess::open(request->gateway.main_pid);
  if (!process) return base::pass(process.error());
  return Probe(job, {std::move(request->gateway), "", "", false}, std::move(*process))
      .find(seconds(request->deadline_s));
}

Result<json> probe_port(const Job& job) {
  const auto request = request_of<contract::PortRequest>(job);
  if (!request) return base::pass(request.error());
  const auto answer = http_get({false, "127.0.0.1", static_cast<std::uint16_t>(request->port)}, "/");
  return contract::to_json(contract::PortTaken{answer || answer.error().kind != ErrorKind::not_found});
}

Result<json> probe_gate(const Job& job) {
  auto request = request_of<contract::GateRequest>(job);
  if (!request) return base::pass(request.error());
  auto process = GatewayProcess::open(request->subject.gateway.main_pid);
  if (!process && process.error().kind == ErrorKind::not_found) {
    return report_of_ended(process.error().message);
  }
  if (!process) return base::pass(process.error());
  Probe probe(job, std::move(request->subject), std::move(*process));
  const Waited seen =
      probe.wait({request->expected_version, seconds(request->deadline_s), seconds(request->settle_s)});
  // For the downtime, which must not include the following queries: they take seconds.
  const auto ready_at = std::chrono::system_clock::now() - seen.ready_for;
  auto report = probe.report(seen, /*always=*/false);
  if (!report) return base::pass(report.error());
  if (seen.ready)
    report->ready_at_ms = std::chrono::duration_cast<milliseconds>(ready_at.time_since_epoch()).count();
  return to_json(*report, probe.secrets());
}

}  // namespace workers
