// --dry-run: the first stage of an update as the unit does it, with the registry asked, and nothing of the
// rest.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/stages.hpp"
#include "update/standing.hpp"
#include "update/transaction_id.hpp"

namespace tools {
namespace {

using nlohmann::json;
using update::State;

class SilentObserver final : public update::Observer {
 public:
  void entered(State /*state*/, const update::Context& /*context*/) override {}
  void says(const std::string& /*text*/) override {}
};

base::Result<update::Context> context_of_plan(const UpdateSession& session, const UpdateOptions& options,
                                              bool is_return) {
  update::Context context;
  context.id = update::new_task_id(unix_now_ms());
  context.unit = session.settings.gateway.unit;
  context.force = options.force;
  context.wanted = !options.to.empty()        ? options.to
                   : !options.channel.empty() ? options.channel
                                              : session.settings.update.channel;
  if (!is_return) return context;
  auto release = release_to_return_to(session, options);
  if (!release) return base::pass(release.error());
  context.to_release = std::move(*release);
  return context;
}

struct Plan {
  update::Context context;
  State next = State::fetch;  // refused and up-to-date are outcomes already
  std::string reason;         // of a refusal
  bool with_canary = true;
};

bool is_done(const Plan& plan, const update::StateRow& row) {
  return row.outcome || row.state == State::rollback ||
         (row.state == State::canary && (!plan.with_canary || plan.context.returning)) ||
         (row.state == State::fetch && !plan.context.to_release.empty());
}

json json_of_plan(const Plan& plan) {
  json stages = json::array();
  for (const auto& row : update::states()) {
    if (!is_done(plan, row) && !update::row_of(plan.next).outcome) stages.push_back(row.name);
  }
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json() : json(text); };
  return {{"schema", update_report_schema},
          {"unit", plan.context.unit},
          {"wanted", plan.context.wanted},
          {"from", text_or_null(plan.context.from_version)},
          {"to", text_or_null(plan.context.to_version)},
          {"from_release", text_or_null(plan.context.from_release)},
          {"to_release", text_or_null(plan.context.to_release)},
          {"verdict", update::row_of(plan.next).outcome ? update::row_of(plan.next).name : "update"},
          {"reason", text_or_null(plan.reason)},
          {"stages", std::move(stages)}};
}

void print(const Plan& plan) {
  const update::Context& context = plan.context;
  const std::string from = context.from_version.empty() ? "no release" : context.from_version;
  if (plan.next == State::up_to_date) {
    print_line({context.unit, " is at ", from, " already: nothing would be done"});
    return;
  }
  if (plan.next == State::refused) {
    print_line({"it would be refused: ", plan.reason});
    return;
  }
  print_line({"would bring ", context.unit, " from ", from, " to ", context.to_version});
  for (const auto& row : update::states()) {
    if (is_done(plan, row)) continue;
    print_line({"  ", padded(row.name, 9), " ", row.description,
                row.touches_gateway ? "  (the gateway is down or not proven)" : ""});
  }
  if (plan.with_canary && !context.returning) {
    print_line(
        {"the canary proves config, plugins, databases and RPC; channels and models show after the start"});
  }
  if (!context.to_release.empty()) print_line({"nothing is downloaded: ", context.to_release, " is here"});
  if (!context.was_running && !context.from_release.empty()) {
    print_line({context.unit, " does not run, and would not be started"});
  }
}

}  // namespace

int show_plan(const UpdateOptions& options) {
  if (auto root = require_root(); !root) return tell(root.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  auto context = context_of_plan(*session, options, options.returns);
  if (!context) return tell(context.error());
  SilentObserver observer;
  update::UnitWorkers workers(*session->manager, {.requests = session->state_directory + "/requests"});
  Plan plan{std::move(*context), State::fetch, {}};
  const auto event = update::plan_update(session->setup(workers, observer), plan.context);
  plan.with_canary = session->settings.canary.boot;
  plan.next = update::next(State::plan, event ? *event : update::Event::failed);
  if (!event) plan.reason = event.error().message;
  if (options.json) {
    print_json(json_of_plan(plan));
  } else if (!options.quiet) {
    print(plan);
  }
  return update::row_of(plan.next).outcome ? exit_status_of_outcome(plan.next) : EX_OK;
}

}  // namespace tools
