#include "update/updater.hpp"

#include <array>

#include "base/text.hpp"
#include "update/gateway.hpp"
#include "update/kept_settings.hpp"
#include "update/stages.hpp"

namespace update {
namespace {

using base::Result;

struct Work {
  State state;
  Result<Event> (*perform)(const Setup&, Context&);
};

constexpr std::array works{
    Work{State::plan, plan_update},     Work{State::fetch, fetch_release},
    Work{State::stage, stage_release},  Work{State::validate, validate_release},
    Work{State::canary, try_canary},    Work{State::snapshot, take_snapshot},
    Work{State::stop, stop_gateway},    Work{State::promote, promote_release},
    Work{State::start, start_gateway},  Work{State::verify, verify_gateway},
    Work{State::commit, commit_update}, Work{State::rollback, roll_back},
};

// The rollback's own failure must not hide why it was needed.
void give_reason(State state, const std::string& whole, Context& context) {
  const std::string message = base::printable(whole);
  if (state == State::rollback) {
    context.notes.push_back("the rollback failed: " + message);
  } else if (context.reason.empty()) {
    context.reason = message;
  }
}

struct TaskRow {
  const char* program;
  const char* action;
};
constexpr std::array tasks{
    // Ahead of the fetch, whose folder it works in.
    TaskRow{"openclaw-finish", "fetch"},      TaskRow{"openclaw-fetch", "resolve"},
    TaskRow{"openclaw-fetch", "fetch"},       TaskRow{"openclaw-stage", "stage"},
    TaskRow{"openclaw-validate", "validate"}, TaskRow{"openclaw-canary", "boot"},
    TaskRow{"openclaw-probe", "baseline"},    TaskRow{"openclaw-probe", "gate"},
    TaskRow{"openclaw-state", "snapshot"},    TaskRow{"openclaw-state", "settle"},
    TaskRow{"openclaw-state", "schemas"},     TaskRow{"openclaw-state", "restore"},
    TaskRow{"openclaw-state", "discard"},
};

// A kill of the updater leaves its worker at work, and whatever that has made in its place.
void clean_workers(const Setup& setup, const std::string& id) {
  if (!is_transaction_id(id)) return;
  for (const TaskRow& row : tasks) setup.workers.clean({row.program, id, row.action});
}

void clean_up(const Setup& setup, const std::string& id) {
  clean_workers(setup, id);
  (void)setup.releases.sweep();
}

// Between the stop and the proof a disk that is full must not keep the gateway down: what the last record
// says allows to roll back from here, and so does a kill in the middle of it.
base::Error give_up_without_record(const Setup& setup, Context& context, State state, base::Error why) {
  const bool down = row_of(state).touches_gateway && state != State::stop;
  why = std::move(why).in("the update stops before \"" + std::string(row_of(state).name) + "\"");
  if (!down) return why;
  give_reason(state, why.message, context);
  const auto rolled_back = roll_back(setup, context);
  // It ends without an outcome on record; to recover it would only restart the gateway.
  if (rolled_back) (void)Journal(setup.state_fd).close();
  why.message += rolled_back ? "; the gateway is as it was before"
                             : "; and it could not be rolled back: " + rolled_back.error().message;
  return why;
}

// Everything is stopped then, the gateway and the workers too, and nobody is to blame for it: the journal is
// left to the next boot, as after a kill.
bool shuts_down(const Setup& setup) {
  const auto state = setup.manager.system_state();
  return state && *state == "stopping";
}

Result<State> drive(const Setup& setup, Context& context, State state) {
  const Journal journal(setup.state_fd);
  for (;;) {
    if (auto written = journal.append({state, setup.now_ms(), context}); !written) {
      // What is proven must not be torn down for want of a line that says so.
      const bool is_decided = state == State::commit || row_of(state).outcome;
      if (!is_decided) return base::pass(give_up_without_record(setup, context, state, written.error()));
      context.notes.push_back("the journal has no record of the end: " + written.error().message);
    }
    setup.observer.entered(state, context);
    if (row_of(state).outcome) break;
    const auto event = perform(state, setup, context);
    if (!event && shuts_down(setup)) return base::pass(event.error(), "the machine goes down");
    if (!event) give_reason(state, event.error().message, context);
    if (!event && (state == State::start || state == State::verify)) context.release_failed = true;
    state = next(state, event ? *event : Event::failed);
  }
  clean_up(setup, context.id);
  if (auto closed = journal.close(); !closed) return base::pass(closed.error());
  return state;
}

// A journal that says nothing: what counts is a gateway that runs.
void start_as_it_is(const Setup& setup) {
  const auto unit = setup.manager.status(setup.settings.gateway.unit);
  const auto current = setup.releases.target(ReleaseStore::Pointer::current);
  if (!unit || is_running(*unit) || !current || !*current) return;
  (void)setup.manager.reset_failed(setup.settings.gateway.unit);
  (void)setup.manager.start_without_waiting(setup.settings.gateway.unit);
}

Result<Recovered> give_up_on_journal(const Setup& setup, const std::string& id, Occasion occasion,
                                     const base::Error& why) {
  const Journal journal(setup.state_fd);
  clean_workers(setup, id);
  if (auto aside = journal.set_aside(id); !aside) return base::pass(aside.error());
  if (occasion == Occasion::death) start_as_it_is(setup);
  return base::pass(why, "the update " + id + " cannot be continued and is set aside as " + id +
                             ".unreadable; the gateway is left to the release that current names");
}

State continuation(State state, Context& context) {
  const auto event = context.interruptions == 0 ? Event::interrupted : Event::interrupted_again;
  ++context.interruptions;
  const State then = next(state, event);
  if (then == State::refused || then == State::rollback) {
    give_reason(State::plan, "the update was interrupted while " + std::string(row_of(state).description),
                context);
  }
  return then;
}

// Before the gateway starts at boot: whichever release it finds must be a complete one, with its own state
// and definition. Whether it works is judged once it runs.
Result<Recovered> recover_files(const Setup& setup, Record last) {
  Recovered recovered{true, std::nullopt, last.context};
  const State then = continuation(last.state, last.context);
  if (then != State::rollback) return recovered;
  if (auto files = roll_back_files(setup, last.context); !files) return base::pass(files.error());
  return recovered;
}

}  // namespace

Result<Event> perform(State state, const Setup& setup, Context& context) {
  for (const Work& work : works) {
    if (work.state == state) return work.perform(setup, context);
  }
  return Event::done;
}

Result<State> run_update(const Setup& setup, Context& context) {
  const Journal journal(setup.state_fd);
  const auto open = journal.open_transaction();
  if (!open) return base::pass(open.error());
  if (*open) {
    return base::fail(base::ErrorKind::busy, "the update " + base::printable(**open, 80) +
                                                 " is not finished; openclaw-update recover finishes it");
  }
  if (auto begun = journal.begin(context.id); !begun) return base::pass(begun.error());
  const auto folder = journal.folder(context.id);
  if (!folder) return base::pass(folder.error());
  if (auto kept = keep_settings(folder->get(), setup.settings.files); !kept) {
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
  auto records = journal.read(**id);
  if (!records) return give_up_on_journal(setup, **id, occasion, records.error());
  if (records->empty() || row_of(records->back().state).outcome) {
    clean_up(setup, **id);
    if (auto closed = journal.close(); !closed) return base::pass(closed.error());
    if (records->empty()) return Recovered{true, std::nullopt, {}};
    return Recovered{true, records->back().state, std::move(records->back().context)};
  }
  Record last = std::move(records->back());
  if (occasion == Occasion::boot) return recover_files(setup, std::move(last));
  clean_workers(setup, **id);
  const State then = continuation(last.state, last.context);
  const auto outcome = drive(setup, last.context, then);
  if (!outcome) return base::pass(outcome.error());
  return Recovered{true, *outcome, last.context};
}

}  // namespace update
