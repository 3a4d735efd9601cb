// SPDX-License-Identifier: MIT
#include "update/adoption/unit_check.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "base/text.hpp"
#include "contract/gateway_report.hpp"
#include "contract/tasks.hpp"
#include "openclaw/launch.hpp"
#include "update/gateway.hpp"
#include "update/transaction_id.hpp"
#include "update/verification.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::int64_t usual_port = 18789;

std::int64_t expected_port(const Installation& found) {
  const auto arguments = openclaw::read_gateway_arguments(found.launch.arguments);
  if (arguments.port) return *arguments.port;
  std::int64_t lowest = 0;
  for (const auto& socket : found.sockets) {
    if (lowest == 0 || socket.port < lowest) lowest = socket.port;
  }
  return lowest == 0 ? usual_port : lowest;
}

}  // namespace

Result<void> require_serving(const AdoptionSite& site, const AdoptionSealing& sealing,
                             const Adopting& adopting) {
  const Installation& found = adopting.found;
  const auto started = site.manager.status(found.unit);
  if (!started) return base::pass(started.error());
  contract::GateRequest request;
  request.subject.gateway = {expected_port(found), started->main_pid, started->control_group};
  const auto release = site.releases.find(adopting.release);
  if (!release) return base::pass(release.error());
  request.subject.package = release->path;
  request.subject.node = found.launch.node;
  request.expected_version = adopting.package.version_text;
  request.deadline_s = sealing.ready_timeout.count();
  request.settle_s = sealing.settle.count();
  std::string death;
  const auto is_same = [&](const std::string&) {
    const auto now = site.manager.status(found.unit);
    // If the bus does not answer, nothing is known about the gateway.
    if (!now || (!has_ended(*now) && now->invocation_id == started->invocation_id && now->restarts == 0)) {
      return true;
    }
    death = bus::ending_of(*now);
    return false;
  };
  const auto answer =
      site.workers->run({contract::tasks::gate, new_task_id(sealing.now_ms, site.places.gateway)},
                        contract::to_json(request), is_same);
  static_cast<void>(is_same(""));
  if (!death.empty()) {
    return base::fail(ErrorKind::unavailable,
                      base::concat({"the gateway ended as ", found.unit, " (", death, "); journalctl -u ",
                                    found.unit, " has the reason"}));
  }
  const auto report = answer ? contract::read_gateway_report(*answer) : base::pass(answer.error());
  if (!report) return base::pass(report.error());
  const auto wrong = complaints_of_first_start(*report, adopting.package.version_text);
  if (wrong.empty()) return {};
  return base::fail(ErrorKind::unavailable,
                    base::concat({"as ", found.unit, ", ", text_of(wrong), "; journalctl -u ", found.unit}));
}

}  // namespace update
