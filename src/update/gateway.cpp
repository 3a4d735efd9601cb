// SPDX-License-Identifier: MIT
#include "update/gateway.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "base/time.hpp"
#include "bus/job_limits.hpp"
#include "fs/beneath.hpp"
#include "update/worker_answer.hpp"

namespace update {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using base::Result;
using nlohmann::json;

// Every record of the journal contains it, and a journal that is too large to be read could not be used for a
// recovery.
constexpr std::size_t longest_baseline = std::size_t{128} * 1024;
constexpr std::chrono::milliseconds patience_with_reaping{1000};
// Two commands of OpenClaw at a time; and one of them beside a canary, which is a whole gateway.
constexpr std::uint64_t mebibyte = std::uint64_t{1024} * 1024, memory_for_two_commands = 768 * mebibyte,
                        memory_beside_canary = 1536 * mebibyte;

bool may_work_beside(const Setup& setup, std::uint64_t memory) {
  return setup.settings.update.parallel && process::has_room_beside(setup.capacity(), memory);
}

contract::BaselineRequest probe_request(const Setup& setup, const Context& context,
                                        const bus::ServiceStatus& unit, const release::Release& release) {
  return {.gateway = {.port = port_of(setup, context),
                      .main_pid = unit.main_pid,
                      .control_group = unit.control_group},
          .package = release.path,
          .node = node_of(setup, release),
          .parallel = may_work_beside(setup, memory_for_two_commands)};
}

// That runs at present, or is about to run for the first time.
Result<release::Release> release_to_ask(const Setup& setup, const Context& context) {
  return setup.releases.find(context.from.release.empty() ? context.to.release : context.from.release);
}

struct Death {
  std::string words;  // empty: the process is alive
  Cause cause = Cause::ended_by_itself;
};

// Whether the started process is still running, and why not.
Death death_of(const bus::ServiceStatus& unit, const std::string& invocation_id) {
  if (has_ended(unit)) {
    return {"the gateway ended while it was verified (" + ending_of(unit) + ")", cause_of_end(unit)};
  }
  if (unit.invocation_id == invocation_id && unit.restarts == 0) return {};
  return {"the gateway ended and was started again while it was verified (" + ending_of(unit) + ")",
          unit.restarts > 0 ? Cause::restarted_unseen : Cause::started_anew};
}

constexpr std::chrono::seconds untold{5};

}  // namespace

bool is_running(const bus::ServiceStatus& unit) {
  return unit.active_state == "active" || unit.active_state == "activating" ||
         unit.active_state == "reloading";
}

bool has_ended(const bus::ServiceStatus& unit) {
  // Between an end and the next start, systemd calls the unit "activating".
  return !is_running(unit) || unit.sub_state.starts_with("auto-restart");
}

bool is_down(const bus::ServiceStatus& unit) {
  return unit.active_state == "inactive" || unit.active_state == "failed";
}

Meanwhile notice_start_or_stop(const bus::ServiceStatus& unit, Context& context) {
  // Nothing was there that could run before a first installation.
  if (is_running(unit) == context.from.was_running || context.from.release.empty()) return Meanwhile::nothing;
  if (is_running(unit)) {
    context.from.was_running = context.to.start_wanted = true;
    return Meanwhile::started;
  }
  if (unit.active_state != "inactive" || unit.job_pending) return Meanwhile::nothing;
  context.from.was_running = context.to.start_wanted = false;
  add_note(context, context.unit + " was stopped during the update");
  return Meanwhile::stopped;
}

bus::KeepWaiting telling(const Setup& setup, const std::string& unit, bus::JobKind kind) {
  return [&setup, unit, kind, said = std::string()]() mutable {
    const auto now = setup.manager.status(unit);
    if (!now || now->in_state_for < untold) return true;
    const bool stops = kind == bus::JobKind::stop;
    const std::chrono::milliseconds longest = bus::longest_step(kind, *now);
    std::string text = base::concat({unit, " is ", now->active_state, " (", now->sub_state,
                                     stops ? ") and may continue to serve until it has ended" : ")",
                                     ", which may take ", base::human_duration(longest.count())});
    if (text != said) setup.observer.says(said = std::move(text));
    return true;
  };
}

Result<json> run_task(const Setup& setup, const contract::Task& task, const json& request,
                      const std::function<bool()>& keep) {
  std::string said;
  return setup.workers.run(task, request, [&](const std::string& status) {
    if (!status.empty() && status != said) setup.observer.says(said = status);
    return !keep || keep();
  });
}

void begin_baseline(const Setup& setup, const bus::ServiceStatus& unit, const Context& context) {
  const auto release = release_to_ask(setup, context);
  if (!release || !may_work_beside(setup, memory_beside_canary)) return;
  contract::BaselineRequest request = probe_request(setup, context, unit, *release);
  request.parallel = false;
  setup.workers.begin({contract::tasks::baseline, context.id}, contract::to_json(request));
}

Result<void> take_baseline(const Setup& setup, const bus::ServiceStatus& unit, Context& context) {
  const auto release = release_to_ask(setup, context);
  if (!release) return base::pass(release.error());
  const auto answer =
      run_worker(setup, context, contract::tasks::baseline, probe_request(setup, context, unit, *release));
  if (!answer) {
    context.notes.push_back(
        "the gateway could not be asked before the update, so plugins and channels are not compared: " +
        answer.error().message);
    return {};
  }
  std::string baseline = without_secrets(*answer).dump(-1, ' ', false, json::error_handler_t::replace);
  if (baseline.size() > longest_baseline) {
    context.notes.emplace_back(
        "the state of the gateway before the update is not recorded: openclaw-probe answered " +
        base::human_bytes(baseline.size()));
    return {};
  }
  context.from.baseline = Baseline(std::move(baseline));
  const auto report = contract::read_gateway_report(*answer);
  if (report && !report->ready) {
    context.notes.emplace_back("the gateway was not ready before the update: " +
                               base::join(report->failing, ", "));
  }
  return {};
}

Result<Readiness> wait_for_gateway(const Setup& setup, const Context& context,
                                   const release::Release& release, const std::string& expected_version,
                                   std::chrono::seconds patience) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  const contract::GateRequest request{.subject = probe_request(setup, context, *unit, release),
                                      .expected_version = expected_version,
                                      .deadline_s = patience.count(),
                                      .settle_s = setup.settings.update.settle.count()};
  Death death;
  const auto alive = [&] {
    const auto now = setup.manager.status(context.unit);
    // If the bus does not answer, nothing is known about the gateway.
    if (now) death = death_of(*now, context.judged.invocation_id);
    return death.words.empty();
  };
  const auto answer = run_worker(setup, context, contract::tasks::gate, request, alive);
  auto report = answer ? contract::read_gateway_report(*answer) : base::pass(answer.error());
  // A probe may notice the end of the process before the service manager has reported how it ended, which
  // operators need to know.
  for (auto left = patience_with_reaping;
       death.words.empty() && alive() && report && !report->running && left > 0ms; left -= 50ms) {
    std::this_thread::sleep_for(50ms);
  }
  if (!death.words.empty()) {
    return Readiness{{}, death.words + "; see journalctl -u " + context.unit, death.cause};
  }
  if (!report) return base::pass(report.error());
  return Readiness{std::move(*report), "", {}};
}

std::int64_t port_of(const Setup& setup, const Context& context) {
  return context.from.port != 0 ? context.from.port : setup.settings.gateway.port;
}

void note_snapshot(const contract::SnapshotTaken& taken, Context& context) {
  context.snapshot.taken = true;
  context.snapshot.digest = taken.digest;
  context.snapshot.schemas.clear();
  for (const auto& [name, version] : taken.schemas) {
    if (context.snapshot.schemas.size() >= contract::most_report_entries) break;
    context.snapshot.schemas[base::printable(name, 300)] = version;
  }
}

std::int64_t moment_of_readiness(const contract::GatewayReport& report, const Context& context,
                                 std::int64_t now_ms) {
  const bool possible = report.ready_at_ms >= context.times.stopped_at_ms && report.ready_at_ms <= now_ms;
  return possible ? report.ready_at_ms : now_ms;
}

std::string node_of(const Setup& setup, const release::Release& release) {
  const auto folder = fs::open_directory(release.path);
  if (folder && fs::may_exist_beneath(folder->get(), contract::bundled_node_path)) {
    return base::concat({release.path, "/", contract::bundled_node_path});
  }
  if (!setup.settings.gateway.node.empty()) return setup.settings.gateway.node;
  for (const char* folder_of_system : {"/usr/local/bin", "/usr/bin", "/bin"}) {
    const std::string path = std::string(folder_of_system) + "/node";
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return "/usr/bin/node";  // the programs that need it report that it is missing
}

std::string tools_of_current(const Setup& setup, const Context& context) {
  if (context.from.release.empty()) return "";
  const auto release = setup.releases.find(context.from.release);
  if (!release) return "";
  const auto folder = fs::open_directory(release->path);
  if (!folder || !fs::exists_beneath(folder->get(), contract::bundled_npm_path)) return "";
  return base::concat({release->path, "/", contract::bundled_node_folder});
}

contract::ReleaseRequest request_about(const Setup& setup, const release::Release& release) {
  return {
      .state_directory = setup.gateway_directory, .package = release.path, .node = node_of(setup, release)};
}

}  // namespace update
