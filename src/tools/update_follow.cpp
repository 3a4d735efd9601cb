// SPDX-License-Identifier: MIT
// By hand: start the unit, so that the work is always done in its sandbox, and follow it to the outcome.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdio>

#include "base/text.hpp"
#include "bus/service_manager.hpp"
#include "tools/changes_line.hpp"
#include "tools/only_gateway.hpp"
#include "tools/progress_bar.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"
#include "tools/times_line.hpp"
#include "tools/unit_end.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/asked_release.hpp"
#include "update/intent.hpp"
#include "update/taken_request.hpp"
#include "update/unit_start.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using update::Record;

// Prints each stage when it begins, and on a terminal what goes on in it.
class Follower {
 public:
  Follower(const UpdateSession& session, const UpdateOptions& options)
      : session_(session),
        options_(options),
        journal_(session.state.get()),
        bar_(stderr, !options.json && !options.quiet) {}

  void follow(const std::string& id) { id_ = id; }
  [[nodiscard]] bool follows_one() const { return !id_.empty(); }

  void notice_transaction(const std::string& since, const std::string& request) {
    if (!id_.empty()) return;
    auto found = update::look_for_request(journal_, since, request);
    id_ = std::move(found.id);
    other_ = std::move(found.other);
  }

  void show(const std::string& status_text) {
    for (const Record& record : new_records()) {
      tell_script(record);
      if (options_.json || options_.quiet || update::row_of(record.state).outcome) continue;
      bar_.clear();
      print_line(
          {padded(update::row_of(record.state).name, 9), " ", sentence_of(record.state, record.context)});
      std::fflush(stdout);
    }
    if (status_text.empty() || status_text == shown_) return;
    shown_ = status_text;
    bar_.phase(status_text);
    print_json_event({{"schema", update_report_schema}, {"event", "progress"}, {"text", status_text}});
  }

  // After the unit's end.
  int conclude(const std::string& unit) {
    bar_.clear();
    const auto history = id_.empty() ? update::History{} : journal_.read(id_).value_or(update::History{});
    if (!history.outcome()) {
      if (id_.empty() && !other_.empty()) {
        return tell({ErrorKind::busy, 0, "nothing was done, because " + other_ + ", began first; try again"});
      }
      return tell(without_outcome(unit, session_.manager->status(unit)));
    }
    const Record& last = history.records.back();
    if (options_.json) {
      print_json(report_of(history));
    } else if (!options_.quiet || exit_status_of_outcome(last.state, last.context.held) != EX_OK) {
      print_line({sentence_of(last.state, last.context)});
      if (const std::string times = times_line(report_of(history)); !times.empty())
        print_line({"  time: ", times});
      if (!last.context.to.canary.empty()) print_line({"  canary: ", last.context.to.canary});
      for (const std::string& line : rehearsed_lines(last.state, last.context)) print_line({"  ", line});
      print_changes(last);
      for (const std::string& note : update::all_notes(last.context)) print_line({"  note: ", note});
    }
    return exit_status_of_outcome(last.state, last.context.held);
  }

 private:
  void print_changes(const Record& last) const {
    if (last.state != update::State::updated && last.state != update::State::rehearsed) return;
    const auto releases = session_.releases->list();
    if (!releases) return;
    const std::string changes =
        changes_line_of_versions(changes_json(*releases, last.context.from.version, last.context.to.version));
    if (!changes.empty()) print_line({"  changes: ", changes});
  }

  void tell_script(const Record& record) {
    const update::StateRow& row = update::row_of(record.state);
    if (row.outcome) return;
    print_json_event({{"schema", update_report_schema},
                      {"event", "stage"},
                      {"id", record.context.id},
                      {"stage", row.name},
                      {"at_ms", record.at_ms}});
  }

  std::vector<Record> new_records() {
    if (id_.empty()) return {};
    const auto history = journal_.read(id_);
    if (!history || history->records.size() <= seen_) return {};
    const auto& records = history->records;
    std::vector<Record> fresh(records.begin() + static_cast<std::ptrdiff_t>(seen_), records.end());
    seen_ = records.size();
    return fresh;
  }

  const UpdateSession& session_;
  const UpdateOptions& options_;
  update::Journal journal_;
  ProgressBar bar_;
  std::string id_, other_;
  std::string shown_;  // the last STATUS=
  std::size_t seen_ = 0;
};

int start_and_follow(const UpdateSession& session, const UpdateOptions& options, const std::string& unit,
                     update::Intent intent, update::Unfinished unfinished) {
  bus::ServiceManager& manager = *session.manager;
  if (auto idle = update::require_idle(manager, session.state.get(), unit, unfinished); !idle)
    return tell(idle.error());
  const auto before = update::Journal(session.state.get()).transactions();
  const std::string last_before = before && !before->empty() ? before->back() : "";
  const auto request = update::leave_intent(session.runtime.get(), unit, std::move(intent));
  if (!request) return tell(request.error());
  (void)manager.reset_failed(unit);
  Follower follower(session, options);
  const auto job = manager.start(unit, [&] {
    follower.notice_transaction(last_before, *request);
    const auto status = manager.status(unit);
    follower.show(status ? status->status_text : "");
    return true;
  });
  // One that its unit has not taken is nobody's to take later.
  const auto left = update::withdraw_intent(session.runtime.get(), *request);
  if (!job) return tell(job.error());
  follower.notice_transaction(last_before, *request);
  follower.show("");
  if (left && *left) {
    return tell(
        {ErrorKind::busy, 0, "nothing was done: " + unit + " was at work on another request; try again"});
  }
  // The request may still be there, and a run may take it within the next minute.
  if (!left && !follower.follows_one()) return tell(left.error());
  if (!follower.follows_one()) {
    if (const auto held = update::take_lock(session.state.get()); !held) return tell(held.error());
  }
  return follower.conclude(unit);
}

}  // namespace

int update_by_unit(const UpdateOptions& options) {
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  if (auto only = require_only_gateway(*session, options); !only) return tell(only.error());
  const auto unit = session->manager->status(session->settings.gateway.unit);
  if (auto wanted = want_recovery(options.scope, unit ? unit->fragment_path : ""); !wanted)
    return tell(wanted.error());
  update::Intent intent;
  intent.requested_by = options.scope.is_user ? "the user" : "root";
  intent.wanted = options.channel;
  intent.force = options.force;
  // The unit of a gateway with a name does not say the version.
  if (!session->places.name.empty() && !options.to.empty()) intent.wanted = options.to;
  // What a full disk has left open, for instance; the timer's update completes it, too.
  return start_and_follow(*session, options, session->places.update_unit(options.to), std::move(intent),
                          update::Unfinished::is_completed_first);
}

int rehearse_by_unit(const UpdateOptions& options) {
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  update::Intent intent;
  intent.requested_by = options.scope.is_user ? "the user" : "root";
  intent.wanted = options.to.empty() ? options.channel : options.to;
  intent.force = options.force;
  return start_and_follow(*session, options, session->places.rehearsal_unit(), std::move(intent),
                          update::Unfinished::is_refused);
}

int restore_by_unit(const UpdateOptions& options) {
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  update::Intent intent;
  intent.requested_by = options.scope.is_user ? "the user" : "root";
  intent.restore = options.snapshot;
  return start_and_follow(*session, options, session->places.update_unit(), std::move(intent),
                          update::Unfinished::is_refused);
}

int recover_by_unit(const UpdateOptions& options) {
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  const auto open = update::Journal(session->state.get()).open_transaction();
  if (!open) return tell(open.error());
  if (!*open) {
    if (!options.quiet) print_line({"no update is unfinished: there is nothing to recover"});
    return EX_OK;
  }
  if (auto held = update::take_lock(session->state.get()); !held) return tell(held.error());
  const std::string unit = session->places.resume_unit();
  (void)session->manager->reset_failed(unit);
  Follower follower(*session, options);
  follower.follow(**open);
  const auto job = session->manager->start(unit, [&] {
    const auto status = session->manager->status(unit);
    follower.show(status ? status->status_text : "");
    return true;
  });
  if (!job) return tell(job.error());
  follower.show("");
  return follower.conclude(unit);
}

int rollback_by_unit(const UpdateOptions& options) {
  if (options.dry_run) return show_plan(options);
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  const auto release = update::release_to_return_to(*session->releases, options.release);
  if (!release) return tell(release.error());
  update::Intent intent;
  intent.requested_by = "rollback";
  intent.force = options.force;
  intent.to_release = *release;
  return start_and_follow(*session, options, session->places.update_unit(), std::move(intent),
                          update::Unfinished::is_refused);
}

}  // namespace tools
