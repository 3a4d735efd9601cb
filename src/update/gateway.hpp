// SPDX-License-Identifier: MIT
// The gateway as the updater sees it: its unit by the service manager, and by what workers report of it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <type_traits>

#include "base/result.hpp"
#include "contract/gateway_report.hpp"
#include "contract/tasks.hpp"
#include "update/causes.hpp"
#include "update/setup.hpp"

namespace update {

[[nodiscard]] bool is_running(const bus::ServiceStatus& unit);  // or on its way there
// Its process has ended, even though systemd may be about to start another.
[[nodiscard]] bool has_ended(const bus::ServiceStatus& unit);
// Not running, and done with ending: a drain takes minutes, and while it lasts the state is not to be
// touched.
[[nodiscard]] bool is_down(const bus::ServiceStatus& unit);
// A stop or start job is waited for within the unit's own limits (bus/job_limits.hpp): a drain of five
// minutes is the gateway's right, and killing it from here would only make the next start one of a crashed
// gateway. What takes longer than a moment is told, since a gateway that drains goes on serving (#140821).
[[nodiscard]] bus::KeepWaiting telling(const Setup& setup, const std::string& unit, bus::JobKind kind);

// A worker's task with its STATUS= passed on to the observer. `keep` (optional) ends it when it answers
// false.
[[nodiscard]] base::Result<nlohmann::json> run_task(const Setup& setup, const contract::Task& task,
                                                    const nlohmann::json& request,
                                                    const std::function<bool()>& keep = {});
// The same for this update, with what that task is asked and answers.
template <class Request, class Answer>
[[nodiscard]] base::Result<Answer> run_worker(const Setup& setup, const Context& context,
                                              const contract::TaskOf<Request, Answer>& task,
                                              const std::type_identity_t<Request>& request,
                                              const std::function<bool()>& keep = {}) {
  auto answer = run_task(setup, {task, context.id}, contract::to_json(request), keep);
  if constexpr (std::is_same_v<Answer, nlohmann::json>) {
    return answer;
  } else {
    if (!answer) return base::pass(answer.error());
    return contract::read_leniently<Answer>(*answer);
  }
}

// Asks the running gateway what works, for the comparison afterwards. A gateway that does not answer is no
// reason to refuse an update that may heal it: it is noted.
[[nodiscard]] base::Result<void> take_baseline(const Setup& setup, const bus::ServiceStatus& unit,
                                               Context& context);

struct Readiness {
  contract::GatewayReport report;
  std::string death;  // why the process is no more the one that was started; empty: it is
  Cause cause_of_death = Cause::ended_by_itself;
};
// Waits until the running gateway is ready and asks it the same, or until it is dead. `expected_version`
// empty: whatever version. `patience`: with one that lives. An error says nothing about the gateway.
[[nodiscard]] base::Result<Readiness> wait_for_gateway(const Setup& setup, const Context& context,
                                                       const release::Release& release,
                                                       const std::string& expected_version,
                                                       std::chrono::seconds patience);

// Where the gateway was seen to serve, or else is expected to.
[[nodiscard]] std::int64_t port_of(const Setup& setup, const Context& context);

// When the gateway became ready, as the probe says it, and never before it was stopped or after now.
[[nodiscard]] std::int64_t moment_of_readiness(const contract::GatewayReport& report, const Context& context,
                                               std::int64_t now_ms);

// Reads what openclaw-state answered.
void note_snapshot(const contract::SnapshotTaken& taken, Context& context);

// The Node that a release runs on: its own, else the configured one, else where ExecSearchPath= of the
// shipped unit finds the system's.
[[nodiscard]] std::string node_of(const Setup& setup, const release::Release& release);
// The folder with Node and npm of the release that runs, where it brought them: for workers on a machine
// without npm. Empty: it did not.
[[nodiscard]] std::string tools_of_current(const Setup& setup, const Context& context);

// For a worker that runs it, or asks it, on the gateway's state.
[[nodiscard]] contract::ReleaseRequest request_about(const Setup& setup, const release::Release& release);

}  // namespace update
