// SPDX-License-Identifier: MIT
#include "tools/update_events.hpp"

#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <algorithm>
#include <array>

#include "base/time.hpp"
#include "tools/exit_status.hpp"

namespace tools {
namespace {

using nlohmann::json;
using systemd::Priority;
using update::Context;
using update::State;

struct OutcomeRow {
  State state;
  Priority priority;
  std::string_view message_id;
  int exit_status;
};

constexpr std::array outcomes{
    OutcomeRow{State::up_to_date, Priority::info, systemd::message_id::update_done, EX_OK},
    OutcomeRow{State::updated, Priority::notice, systemd::message_id::update_done, EX_OK},
    OutcomeRow{State::rehearsed, Priority::notice, systemd::message_id::update_rehearsed, EX_OK},
    OutcomeRow{State::refused, Priority::warning, systemd::message_id::update_refused, exit_refused},
    OutcomeRow{State::rolled_back, Priority::error, systemd::message_id::update_rolled_back, 1},
    OutcomeRow{State::rollback_failed, Priority::error, systemd::message_id::rollback_failed, EX_SOFTWARE},
};

const OutcomeRow* outcome_row(State state) {
  for (const OutcomeRow& row : outcomes) {
    if (row.state == state) return &row;
  }
  return nullptr;
}

std::string way_of(const Context& context) {
  if (context.from.version.empty()) return context.to.version + " for the first time";
  return "from " + context.from.version + " to " + context.to.version;
}

std::string downtime_of(const Context& context) {
  const auto downtime = update::downtime_ms(context);
  return downtime ? ", down for " + base::human_duration(*downtime) : "";
}

std::string sentence_of_update(State state, const Context& context) {
  const bool is_restore = !context.asked.restores.empty();
  switch (state) {
    case State::up_to_date:
      return "up to date: " + context.to.version;
    case State::updated:
      if (is_restore) return "restored the snapshot " + context.asked.restores + downtime_of(context);
      return (context.from.version.empty() ? "installed " : "updated ") + way_of(context) +
             downtime_of(context);
    case State::rehearsed:
      return way_of(context) + ", and nothing was touched: " + context.to.release + " is kept for the update";
    case State::refused:
      return "refused" + (context.to.version.empty() ? "" : " " + context.to.version) +
             ", nothing was touched: " + context.reason;
    case State::rolled_back:
      if (is_restore) {
        return "the state is as it was before: " + context.to.version +
               " was not verified with the snapshot " + context.asked.restores + ": " + context.reason;
      }
      if (context.from.version.empty()) {
        return context.to.version + " was not installed, and " + context.unit +
               " is stopped, because there is no earlier release: " + context.reason;
      }
      return "rolled back to " + context.from.version + ": " + context.to.version +
             (context.judged.release_failed ? " failed: "
              : context.judged.not_blamed.empty()
                  ? " was not verified: "
                  : " was not verified, because " + context.judged.not_blamed + ": ") +
             context.reason;
    case State::rollback_failed:
      return "ROLLBACK FAILED, " + context.unit + " needs manual repair now: " + context.reason +
             (context.notes.empty() ? "" : "; " + context.notes.back()) +
             "; see TROUBLESHOOTING in openclaw-update(8)";
    default:
      return std::string(update::row_of(state).description);
  }
}

// Nothing that can wait is done while the gateway is down.
bool is_down_in(State state) {
  constexpr std::array down{State::promote, State::migrate, State::start, State::rollback};
  return std::find(down.begin(), down.end(), state) != down.end();
}

}  // namespace

std::string sentence_of(State state, const Context& context) {
  const bool has_rehearsed = context.asked.rehearses && update::row_of(state).outcome;
  return (has_rehearsed ? "rehearsal: " : "") + sentence_of_update(state, context);
}

std::vector<std::string> rehearsed_lines(State state, const Context& context) {
  return state == State::rehearsed ? update::lines_of(context.rehearsal) : std::vector<std::string>{};
}

systemd::Event event_of(State state, const Context& context) {
  systemd::Event event;
  event.message = sentence_of(state, context);
  event.message_id = systemd::message_id::update_stage;
  if (const OutcomeRow* row = outcome_row(state)) {
    event.priority = row->priority;
    event.message_id = row->message_id;
    if (!context.to.canary.empty()) event.message += "\ncanary: " + context.to.canary;
    for (const std::string& line : rehearsed_lines(state, context)) event.message += "\n" + line;
    for (const std::string& note : update::all_notes(context)) event.message += "\n" + note;
  }
  event.fields = {{"OPENCLAW_UPDATE", context.id},
                  {"OPENCLAW_UPDATE_STAGE", std::string(update::row_of(state).name)},
                  {"OPENCLAW_FROM", context.from.version},
                  {"OPENCLAW_TO", context.to.version},
                  {"OPENCLAW_UNIT", context.unit}};
  return event;
}

json report_of(const update::History& history) {
  const auto& records = history.records;
  if (records.empty())
    return {{"schema", update_report_schema}, {"outcome", nullptr}, {"stages", json::array()}};
  const update::Record& last = records.back();
  const Context& context = last.context;
  json stages = json::array();
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (update::row_of(records[i].state).outcome) continue;
    json stage = {{"stage", update::row_of(records[i].state).name}, {"at_ms", records[i].at_ms}};
    if (i + 1 < records.size()) stage["took_ms"] = update::elapsed_ms(records[i], records[i + 1]);
    stages.push_back(std::move(stage));
  }
  const bool ended = update::row_of(last.state).outcome;
  json report = {{"schema", update_report_schema},
                 {"id", context.id},
                 {"message", ended ? json(sentence_of(last.state, context)) : json(nullptr)},
                 {"outcome", ended ? json(update::row_of(last.state).name) : json(nullptr)},
                 {"stage", update::row_of(last.state).name},
                 {"unit", context.unit},
                 {"wanted", context.asked.wanted},
                 {"requested_by", context.asked.requested_by},
                 {"from", context.from.version},
                 {"to", context.to.version},
                 {"from_release", context.from.release},
                 {"to_release", context.to.release},
                 {"reason", context.reason},
                 {"held", context.held},
                 {"notes", update::all_notes(context)},
                 {"canary", context.to.canary},
                 {"interruptions", context.interruptions},
                 {"skipped_lines", history.skipped.size()},
                 {"stages", std::move(stages)}};
  if (const auto downtime = update::downtime_ms(context)) report["downtime_ms"] = *downtime;
  if (!context.asked.restores.empty()) report["restores"] = context.asked.restores;
  if (context.asked.rehearses) report["rehearsal"] = context.rehearsal;
  return report;
}

int exit_status_of_outcome(State state, bool held) {
  const OutcomeRow* row = outcome_row(state);
  if (state == State::refused && held) return exit_held;
  return row == nullptr ? EX_SOFTWARE : row->exit_status;
}

void UnitObserver::entered(State state, const Context& context) {
  last_ = context;
  sink_.send(event_of(state, context));
  stage_ = sentence_of(state, context);
  notifier_.status(stage_);
  if (publish_ && !is_down_in(state)) publish_();
}

void UnitObserver::says(const std::string& text) {
  notifier_.status(stage_ + ": " + text);
}

}  // namespace tools
