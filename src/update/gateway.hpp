// SPDX-License-Identifier: MIT
// The gateway from the view of the updater: the state of its unit, and what workers report about it.
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

[[nodiscard]] bool is_running(const bus::ServiceStatus& unit);  // or starting
// Its process has ended, even if systemd is about to start another one.
[[nodiscard]] bool has_ended(const bus::ServiceStatus& unit);
// Not running, and no longer ending: a drain takes minutes, and meanwhile the state must not be changed.
[[nodiscard]] bool is_down(const bus::ServiceStatus& unit);
// Whether the unit was started or stopped since the update looked at it, which may be hours ago: a timer's
// update at boot begins before a gateway that waits for a mount. A gateway that was stopped meanwhile is not
// started by the update, and a note says so; `context` then says what is there now. One that has ended by
// itself, that has failed, or that is about to be started was not stopped.
enum class Meanwhile { nothing, started, stopped };
[[nodiscard]] Meanwhile notice_start_or_stop(const bus::ServiceStatus& unit, Context& context);
// A stop or start job is waited for within the limits of the unit (bus/job_limits.hpp): a gateway may drain
// for five minutes, and a kill would only make the next start that of a crashed gateway. A longer wait is
// reported, because a draining gateway continues to serve (#140821).
[[nodiscard]] bus::KeepWaiting telling(const Setup& setup, const std::string& unit, bus::JobKind kind);

// Runs a worker's task, and passes its STATUS= to the observer. `keep` (optional) ends the task by returning
// false.
[[nodiscard]] base::Result<nlohmann::json> run_task(const Setup& setup, const contract::Task& task,
                                                    const nlohmann::json& request,
                                                    const std::function<bool()>& keep = {});
// The same for this update, with the types of the task's request and answer.
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

// The same, with bytes that are passed beside request and answer.
template <class Request, class Answer>
[[nodiscard]] base::Result<Answer> run_transfer(const Setup& setup, const Context& context,
                                                const contract::TaskOf<Request, Answer>& task,
                                                const std::type_identity_t<Request>& request,
                                                Transfer& transfer) {
  const auto answer = setup.workers.transfer({task, context.id}, contract::to_json(request), transfer,
                                             [&setup](const std::string& status) {
                                               setup.observer.says(status);
                                               return true;
                                             });
  if (!answer) return base::pass(answer.error());
  return contract::read_leniently<Answer>(*answer);
}

// Asks the running gateway what works, for the comparison after the update. A gateway that does not answer is
// only noted, because the update may solve its problem.
[[nodiscard]] base::Result<void> take_baseline(const Setup& setup, const bus::ServiceStatus& unit,
                                               Context& context);

// Begins the same beside other work, if `parallel` permits it and the machine has the memory for it; then
// take_baseline() waits for the answers.
void begin_baseline(const Setup& setup, const bus::ServiceStatus& unit, const Context& context);

struct Readiness {
  contract::GatewayReport report;
  std::string death;  // why the started process is no longer running; empty: it is
  Cause cause_of_death = Cause::ended_by_itself;
};
// Waits until the running gateway is ready and makes the same report, or until it has ended.
// `expected_version` empty: any version. `patience`: how long a living gateway is waited for. An error says
// nothing about the gateway.
[[nodiscard]] base::Result<Readiness> wait_for_gateway(const Setup& setup, const Context& context,
                                                       const release::Release& release,
                                                       const std::string& expected_version,
                                                       std::chrono::seconds patience);

// Where the gateway was seen to serve, otherwise where it is expected to.
[[nodiscard]] std::int64_t port_of(const Setup& setup, const Context& context);

// When the gateway became ready, according to the probe, but not before its stop or after the present time.
[[nodiscard]] std::int64_t moment_of_readiness(const contract::GatewayReport& report, const Context& context,
                                               std::int64_t now_ms);

// Takes over openclaw-state's answer.
void note_snapshot(const contract::SnapshotTaken& taken, Context& context);

// The Node for a release: its own, otherwise the configured one, otherwise that of the system in
// ExecSearchPath= of the shipped unit.
[[nodiscard]] std::string node_of(const Setup& setup, const release::Release& release);
// The folder with Node and npm of the release that runs, where it brought them: for workers on a machine
// without npm. Empty: it did not.
[[nodiscard]] std::string tools_of_current(const Setup& setup, const Context& context);

// For a worker that runs or asks this release on the gateway's state.
[[nodiscard]] contract::ReleaseRequest request_about(const Setup& setup, const release::Release& release);

}  // namespace update
