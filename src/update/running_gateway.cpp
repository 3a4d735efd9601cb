// SPDX-License-Identifier: MIT
#include "update/running_gateway.hpp"

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "openclaw/launch_command.hpp"
#include "update/gateway.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using std::chrono::seconds;

// For a gateway that has been running for a long time, and may be busy.
constexpr seconds least_patience{10};

bool has_process(const bus::ServiceStatus& unit) {
  return is_running(unit) && !has_ended(unit) && unit.main_pid > 0;
}

// The same process is still running, so its end has not interrupted the question.
bool still_runs(const Setup& setup, const bus::ServiceStatus& unit, const Context& context) {
  const auto now = setup.manager.status(context.unit);
  return now && has_process(*now) && now->main_pid == unit.main_pid;
}

seconds patience_with(const Setup& setup, const bus::ServiceStatus& unit) {
  const auto up = std::chrono::duration_cast<seconds>(unit.in_state_for);
  return std::max(least_patience, setup.settings.update.ready_timeout - up);
}

// What --force can override.
Result<void> refuse_unless_forced(const std::string& what, const std::string& next_step, Context& context) {
  if (!context.asked.force) return base::fail(ErrorKind::refused, base::concat({what, "; ", next_step}));
  add_note(context, base::concat({what, "; updated nevertheless because of --force"}));
  return {};
}

std::string of_process(const bus::ServiceStatus& unit, const Context& context) {
  return base::concat({context.unit, " (process ", std::to_string(unit.main_pid), ")"});
}

}  // namespace

Result<void> require_found(const Setup& setup, const bus::ServiceStatus& unit, Context& context) {
  if (!has_process(unit)) return {};
  const auto answer = run_worker(setup, context, contract::tasks::find,
                                 {.gateway = {.port = setup.settings.gateway.port,
                                              .main_pid = unit.main_pid,
                                              .control_group = unit.control_group},
                                  .deadline_s = patience_with(setup, unit).count()});
  if (answer && answer->found) {
    const bool is_one = answer->port >= 1 && answer->port <= contract::largest_port;
    if (is_one) context.from.port = static_cast<unsigned>(answer->port);
    return {};
  }
  if (!still_runs(setup, unit, context)) return {};
  std::string why = answer ? answer->detail : answer.error().message;
  if (unit.own_network) why += ", and it has its own network (PrivateNetwork=)";
  return refuse_unless_forced(
      base::concat({of_process(unit, context), " runs, but cannot be seen to serve: ", why}),
      base::concat(
          {"an update could not determine whether the new release serves. If it hangs, systemctl restart ",
           context.unit, "; otherwise see THE RUNNING GATEWAY in openclaw-update(8)"}),
      context);
}

Result<void> require_own_state(const Setup& setup, const bus::ServiceStatus& unit, Context& context) {
  if (!has_process(unit)) return {};
  const auto definition = setup.manager.definition(context.unit);
  if (!definition) return base::pass(definition.error());
  const auto arguments =
      openclaw::read_gateway_arguments(openclaw::read_launch_command(definition->exec_start).arguments);
  const auto answer = run_worker(setup, context, contract::tasks::owner,
                                 {.state_directory = setup.gateway_directory,
                                  .main_pid = unit.main_pid,
                                  .control_group = unit.control_group,
                                  .profile = arguments.profile});
  if (answer && !answer->updating.empty()) {
    return refuse_unless_forced(
        base::concat({context.unit, " is updating OpenClaw by itself: ", answer->updating}),
        "wait until it has ended, and prevent it from starting again: openclaw config set "
        "update.auto.enabled "
        "false, as the gateway's user",
        context);
  }
  if (answer && !answer->shown_by.empty()) return {};
  const bool is_anothers = !answer && answer.error().kind == ErrorKind::refused;
  if (is_anothers) {
    return base::fail(
        ErrorKind::refused,
        base::concat({answer.error().message,
                      "; an update changes nothing until they agree: see THE RUNNING GATEWAY in ",
                      "openclaw-update(8)"}));
  }
  if (context.asked.returning || !still_runs(setup, unit, context)) return {};
  const std::string why =
      answer ? "there is no evidence that its state is in " + answer->state : answer.error().message;
  return refuse_unless_forced(base::concat({"it is not known whose state an update would copy and restore: ",
                                            of_process(unit, context), " runs, and ", why}),
                              "see THE RUNNING GATEWAY in openclaw-update(8)", context);
}

}  // namespace update
