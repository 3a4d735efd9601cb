// SPDX-License-Identifier: MIT
// --dry-run: the first stage of an update as the unit does it, with the registry asked, and nothing of the
// rest.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <optional>

#include "base/time.hpp"
#include "tools/changes_line.hpp"
#include "tools/only_gateway.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "tools/update_state.hpp"
#include "update/asked_release.hpp"
#include "update/preview.hpp"
#include "update/standing.hpp"
#include "update/transaction_id.hpp"
#include "update/unit_run.hpp"

namespace tools {
namespace {

using nlohmann::json;
using update::State;

base::Result<update::Context> context_of(const UpdateSession& session, const UpdateOptions& options) {
  update::Intent intent;
  intent.wanted = options.channel;
  intent.force = options.force;
  if (options.returns) {
    auto release = update::release_to_return_to(*session.releases, options.release);
    if (!release) return base::pass(release.error());
    intent.to_release = std::move(*release);
  }
  const auto pinned = update::pinned_version(session.state.get());
  if (!pinned) return base::pass(pinned.error());
  auto context =
      update::context_asked_for(session.settings, options.to, intent, update::Purpose::update, *pinned);
  context.id = update::new_task_id(base::unix_now_ms(), options.gateway);
  return context;
}

json changes_of(const update::Preview& preview, const UpdateSession& session) {
  const auto releases = session.releases->list();
  if (!releases) return nullptr;
  return changes_json(*releases, preview.context.from.version, preview.context.to.version);
}

json json_of(const update::Preview& preview) {
  const update::Context& context = preview.context;
  const update::StateRow& next = update::row_of(preview.next);
  json stages = json::array();
  for (const auto& row : update::states_ahead(preview)) stages.push_back(row.name);
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json() : json(text); };
  return {{"schema", update_report_schema},
          {"unit", context.unit},
          {"wanted", context.asked.wanted},
          {"from", text_or_null(context.from.version)},
          {"to", text_or_null(context.to.version)},
          {"from_release", text_or_null(context.from.release)},
          {"to_release", text_or_null(context.to.release)},
          {"verdict", next.outcome ? next.name : "update"},
          {"reason", text_or_null(preview.reason)},
          {"held", context.held},
          {"stages", std::move(stages)}};
}

void print(const update::Preview& preview) {
  const update::Context& context = preview.context;
  const std::string from = context.from.version.empty() ? "no release" : context.from.version;
  if (preview.next == State::up_to_date) {
    print_line({context.unit, " is already at ", from, ": nothing would be done"});
    return;
  }
  if (preview.next == State::refused) {
    print_line({"the update would be refused: ", preview.reason});
    return;
  }
  print_line({"would switch ", context.unit, " from ", from, " to ", context.to.version});
  for (const auto& row : update::states_ahead(preview)) {
    print_line({"  ", padded(row.name, 9), " ", row.description,
                row.touches_gateway ? "  (the gateway is down or not verified)" : ""});
  }
  if (preview.with_canary && !context.asked.returning) {
    print_line({"the canary checks config, plugins, databases and RPC, but not channels and models"});
  }
  if (!context.to.release.empty())
    print_line({"nothing is downloaded: ", context.to.release, " is already on this host"});
  if (!context.from.was_running && !context.from.release.empty()) {
    print_line({context.unit, " is not running and would not be started"});
  }
}

std::optional<SeenState> state_of(const UpdateSession& session) {
  const std::string& unit = session.settings.gateway.unit;
  const auto status = session.manager->status(unit);
  return status ? look_at_state(session, *session.manager, unit, *status) : std::nullopt;
}

}  // namespace

int show_plan(const UpdateOptions& options) {
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  if (!options.returns) {
    if (auto only = require_only_gateway(*session, options); !only) return tell(only.error());
  }
  auto context = context_of(*session, options);
  if (!context) return tell(context.error());
  SilentObserver observer;
  update::UnitWorkers workers = session->workers();
  const auto preview = update::preview_update(session->setup(workers, observer), std::move(*context));
  const auto state = state_of(*session);
  if (options.json) {
    json plan = json_of(preview);
    plan["changes"] = changes_of(preview, *session);
    if (state) add_state(*state, plan);
    print_json(plan);
  } else if (!options.quiet) {
    print(preview);
    const std::string changes = changes_line_of_versions(changes_of(preview, *session));
    if (!changes.empty()) print_line({"changes: ", changes});
    if (state) print_state(*state);
  }
  return update::row_of(preview.next).outcome ? exit_status_of_outcome(preview.next, preview.context.held)
                                              : EX_OK;
}

}  // namespace tools
