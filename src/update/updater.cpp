// SPDX-License-Identifier: MIT
#include "update/updater.hpp"

#include <algorithm>
#include <array>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/beneath.hpp"
#include "fs/draft.hpp"
#include "fs/file.hpp"
#include "update/gateway.hpp"
#include "update/kept_settings.hpp"
#include "update/release_transfer.hpp"
#include "update/stages.hpp"

namespace update {
namespace {

using base::Result;

struct Work {
  State state;
  Result<Event> (*perform)(const Setup&, Context&);
};

constexpr std::array works{
    Work{State::plan, plan_update},      Work{State::fetch, fetch_release},
    Work{State::stage, seal_and_stage},  Work{State::validate, validate_release},
    Work{State::canary, try_canary},     Work{State::snapshot, order_snapshot},
    Work{State::stop, stop_gateway},     Work{State::promote, promote_release},
    Work{State::migrate, migrate_state}, Work{State::start, start_gateway},
    Work{State::verify, verify_gateway}, Work{State::commit, commit_update},
    Work{State::rollback, roll_back},
};

// The failure of a rollback must not hide the reason for the rollback.
void give_reason(State state, const std::string& whole, Context& context) {
  const std::string message = base::redacted(whole);
  if (state == State::rollback) {
    context.notes.push_back("the rollback failed: " + message);
  } else if (context.reason.empty()) {
    context.reason = message;
  }
}

// After a kill of the updater, its worker is still running, and the files of the worker exist.
void clean_workers(const Setup& setup, const std::string& id) {
  if (!is_transaction_id(id)) return;
  for (const contract::TaskRow* const row : contract::all_tasks()) setup.workers.clean({*row, id});
}

// A process that is killed while it writes one of these files leaves it under its temporary name. Requests
// and the published status are in the folder that all gateways share.
void sweep_drafts(const Setup& setup, const std::string& id) {
  const auto sweep = [](int folder_fd, const std::string& name) {
    if (const auto folder = fs::open_directory_beneath(folder_fd, name))
      fs::remove_abandoned_drafts(folder->get());
  };
  for (const char* name : {".", "requests", "quarantine"}) sweep(setup.state_fd, name);
  if (const auto own = Journal(setup.state_fd).folder(id)) {
    for (const char* name : {".", "definition", "settings", "settings/helpers.ini.d"})
      sweep(own->get(), name);
  }
  const auto shared = fs::open_directory(setup.releases.path());
  if (!shared) return;
  for (const char* name : {".", "requests", "status", "notify"}) sweep(shared->get(), name);
}

void clean_up(const Setup& setup, const std::string& id) {
  clean_workers(setup, id);
  clean_former_transfers(setup);
  sweep_drafts(setup, id);
  (void)setup.releases.sweep();
}

// Between stop and verification, a full disk must not keep the gateway down: the last record permits a
// rollback from here, and a kill during that rollback.
base::Error give_up_without_record(const Setup& setup, Context& context, State state, base::Error why) {
  const bool down = row_of(state).touches_gateway && state != State::stop;
  why = std::move(why).in("the update stops before \"" + std::string(row_of(state).name) + "\"");
  if (!down) return why;
  give_reason(state, why.message, context);
  const auto rolled_back = roll_back(setup, context);
  // No outcome is recorded, but the work is complete: a recovery would only restart the gateway.
  if (rolled_back) (void)Journal(setup.state_fd).close();
  why.message += rolled_back ? "; the gateway is in its former state"
                             : "; and it could not be rolled back: " + rolled_back.error().message;
  return why;
}

Result<State> drive(const Setup& setup, Context& context, State state) {
  const Journal journal(setup.state_fd);
  for (;;) {
    if (auto written = journal.append({state, setup.now_ms(), context, setup.moment()}); !written) {
      // A verified release must not be rolled back because its record cannot be written.
      const bool is_decided = state == State::commit || row_of(state).outcome;
      if (!is_decided) return base::pass(give_up_without_record(setup, context, state, written.error()));
      context.notes.push_back("the journal has no record of the end: " + written.error().message);
    }
    setup.observer.entered(state, context);
    if (row_of(state).outcome) break;
    const auto event = perform(state, setup, context);
    if (!event && shuts_down(setup)) return base::pass(event.error(), "the machine is shutting down");
    if (!event) give_reason(state, event.error().message, context);
    if (!event && event.error().kind == base::ErrorKind::held) context.held = true;
    state = next(state, event ? *event : Event::failed);
  }
  clean_up(setup, context.id);
  if (auto closed = journal.close(); !closed) return base::pass(closed.error());
  return state;
}

// Without the journal, the goal is a running gateway.
void start_as_it_is(const Setup& setup) {
  const auto unit = setup.manager.status(setup.settings.gateway.unit);
  const auto current = setup.releases.target(release::Store::Pointer::current);
  if (!unit || is_running(*unit) || !current || !*current) return;
  (void)setup.manager.reset_failed(setup.settings.gateway.unit);
  (void)setup.manager.start_without_waiting(setup.settings.gateway.unit);
}

Result<Recovered> give_up_on_journal(const Setup& setup, const std::string& id, Occasion occasion,
                                     const base::Error& why) {
  const Journal journal(setup.state_fd);
  clean_up(setup, id);
  if (auto aside = journal.set_aside(id); !aside) return base::pass(aside.error());
  if (occasion == Occasion::death) start_as_it_is(setup);
  return base::pass(why, "the update " + id + " cannot be continued and is set aside as " + id +
                             ".unreadable; the gateway runs the release to which current points");
}

// The disk or the kernel has not answered (EIO, EMFILE, ENOMEM), which is no damage to the journal: the
// update stays open, and a later recovery continues it. At boot, the gateway is started after this unit,
// whether it fails or not.
base::Error leave_unread_journal(const Setup& setup, const std::string& id, Occasion occasion,
                                 const base::Error& why) {
  if (occasion == Occasion::death) {
    clean_workers(setup, id);
    start_as_it_is(setup);
  }
  return why.in("the update " + id +
                " stays open, because its journal cannot be read now; openclaw-update recover tries again");
}

State continuation(State state, Context& context) {
  const auto event = context.interruptions == 0 ? Event::interrupted : Event::interrupted_again;
  ++context.interruptions;
  const State then = next(state, event);
  if (then == State::refused || then == State::rollback) {
    give_reason(State::plan,
                base::concat({context.asked.rehearses ? "the rehearsal" : "the update",
                              " was interrupted while ", row_of(state).description}),
                context);
  }
  return then;
}

// Information for operators about skipped lines; only once, even after several recoveries.
void note_skipped_lines(const History& history, const std::string& id, Context& context) {
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(history.skipped.size(), most); ++i) {
    const SkippedLine& line = history.skipped[i];
    const std::string note = base::concat(
        {"line ", std::to_string(line.number), " of transactions/", id, "/journal was skipped: ", line.why});
    if (std::ranges::count(context.notes, note) == 0) context.notes.push_back(note);
  }
}

// The record of the plan is written before the running release is known: it is then the one that `current`
// points to.
void assume_what_is_there(const Setup& setup, const std::string& current, Context& context) {
  context.from.release = current;
  if (const auto release = setup.releases.find(current)) context.from.version = release->description.version;
  context.from.was_running = context.to.start_wanted = true;
}

// If this version cannot parse the last line, any later state may have been reached. The target of `current`
// shows whether the promotion was done, which determines the next state: a promoted release is continued,
// once, and anything else is rolled back.
Result<State> where_it_died(const Setup& setup, const History& history, Context& context) {
  const State known = history.records.empty() ? State::plan : history.records.back().state;
  if (!history.ends_unknown() || known == State::commit || known == State::rollback) return known;
  // Whatever the line contained, a rehearsal has not passed these states: nothing was changed.
  if (context.asked.rehearses) return known;
  const auto target = setup.releases.target(release::Store::Pointer::current);
  // Unread, it would count as not promoted, and be rolled back.
  if (!target && !fs::is_answer(target.error())) return base::pass(target.error());
  const std::string current = target ? target->value_or("") : "";
  if (context.from.release.empty() && context.to.release.empty() && !current.empty()) {
    assume_what_is_there(setup, current, context);
  }
  context.judged.started = context.to.start_wanted;
  context.snapshot.state_replaced = !context.snapshot.restore_from.empty() || context.to.migrate;
  const bool promoted =
      !current.empty() && current == context.to.release && context.to.release != context.from.release;
  if (!promoted) return State::promote;
  return context.to.migrate && !context.judged.became_ready ? State::migrate : State::verify;
}

// Before the start of the gateway at boot: it must find a complete release, with the matching state and
// definition. The release is verified after the start.
Result<Recovered> recover_files(const Setup& setup, State died_in, Context context) {
  Recovered recovered{true, std::nullopt, context};
  const State then = continuation(died_in, context);
  if (then != State::rollback) return recovered;
  if (auto files = roll_back_files(setup, context); !files) return base::pass(files.error());
  return recovered;
}

Result<Recovered> close_finished(const Setup& setup, const std::string& id, const History& history) {
  clean_up(setup, id);
  if (auto closed = Journal(setup.state_fd).close(); !closed) return base::pass(closed.error());
  if (history.records.empty()) return Recovered{true, std::nullopt, {}};
  return Recovered{true, history.records.back().state, history.records.back().context};
}

}  // namespace

Result<Event> perform(State state, const Setup& setup, Context& context) {
  for (const Work& work : works) {
    if (work.state == state) return work.perform(setup, context);
  }
  return Event::done;
}

bool shuts_down(const Setup& setup) {
  const auto state = setup.manager.system_state();
  return state && *state == "stopping";
}

Result<State> run_update(const Setup& setup, Context& context) {
  const Journal journal(setup.state_fd);
  const auto open = journal.open_transaction();
  if (!open) return base::pass(open.error());
  if (*open) {
    return base::fail(base::ErrorKind::refused, "the update " + base::printable(**open, 80) +
                                                    " is not finished; openclaw-update recover finishes it");
  }
  if (auto begun = journal.begin(context.id); !begun) return base::pass(begun.error());
  const auto folder = journal.folder(context.id);
  if (!folder) return base::pass(folder.error());
  if (auto kept = keep_settings(folder->get(), setup.settings, setup.gateway); !kept) {
    (void)journal.close();
    return base::pass(kept.error(), "keeping the settings");
  }
  return drive(setup, context, State::plan);
}

Result<Recovered> recover(const Setup& setup, Occasion occasion) {
  const Journal journal(setup.state_fd);
  const auto id = journal.open_transaction();
  if (!id) return base::pass(id.error());
  if (!*id) return Recovered{};
  const auto history = journal.read(**id);
  if (!history && !fs::is_answer(history.error()))
    return base::pass(leave_unread_journal(setup, **id, occasion, history.error()));
  if (!history) return give_up_on_journal(setup, **id, occasion, history.error());
  const Context* known = history->context();
  if (known == nullptr && history->lines > 0) {
    return give_up_on_journal(setup, **id, occasion,
                              {base::ErrorKind::integrity, 0,
                               "no line of its journal can be read: " + history->skipped.back().why});
  }
  if (known == nullptr || history->outcome()) return close_finished(setup, **id, *history);
  Context context = *known;
  note_skipped_lines(*history, **id, context);
  const auto died_in = where_it_died(setup, *history, context);
  if (!died_in) return base::pass(died_in.error(), "update " + **id);
  if (occasion == Occasion::boot) return recover_files(setup, *died_in, std::move(context));
  clean_workers(setup, **id);
  const auto outcome = drive(setup, context, continuation(*died_in, context));
  if (!outcome) return base::pass(outcome.error());
  return Recovered{true, *outcome, context};
}

}  // namespace update
