// SPDX-License-Identifier: MIT
// What runs in openclaw-update.service: the update itself, and the recovery of one that died.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <utility>

#include "base/environment.hpp"
#include "base/time.hpp"
#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "tools/exit_status.hpp"
#include "tools/scope.hpp"
#include "tools/status_report.hpp"
#include "tools/terminal.hpp"
#include "tools/times_line.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_notify.hpp"
#include "tools/update_session.hpp"
#include "update/gateway_request.hpp"
#include "update/gateway_sink.hpp"
#include "update/intent.hpp"
#include "update/journal.hpp"
#include "update/unit_run.hpp"
#include "update/unit_start.hpp"
#include "update/updater.hpp"

namespace tools {
namespace {

constexpr const char* own_name = "openclaw-update";

// The part of both that writes: with the lock held, and everything told to journal and manager.
struct Tellers {
  Tellers(const UpdateOptions& options, const UpdateSession& session)
      : journal(own_journal, options.gateway, options.scope),
        observer(journal, notifier, [&session] { publish_status(session); }) {}
  systemd::JournalSink own_journal;
  update::GatewaySink journal;
  systemd::SystemdNotifier notifier;
  UnitObserver observer;
};

// That nobody hears of it changes nothing of how the update ended.
void notify(const UpdateSession& session, update::State outcome, const update::Context& context) {
  if (auto started = notify_of(session, outcome, context); !started) static_cast<void>(tell(started.error()));
}

// The outcome's own entry is written before its stages can be added up.
void tell_times(const UpdateSession& session, Tellers& tellers, const std::string& id) {
  const auto history = update::Journal(session.state.get()).read(id);
  const std::string times = history ? times_line(report_of(*history)) : "";
  if (times.empty()) return;
  systemd::Event event;
  event.message = "time: " + times;
  event.message_id = systemd::message_id::update_stage;
  event.fields = {{"OPENCLAW_UPDATE", id}, {"OPENCLAW_UNIT", history->records.back().context.unit}};
  tellers.journal.send(event);
}

int report_recovery(const UpdateSession& session, Tellers& tellers, const update::Recovered& recovered) {
  if (!recovered.open || !recovered.outcome) return EX_OK;
  systemd::Event event = event_of(*recovered.outcome, recovered.context);
  event.message_id = systemd::message_id::update_recovered;
  event.message = "an interrupted update was completed: " + event.message;
  tellers.journal.send(event);
  tellers.notifier.flush();
  notify(session, *recovered.outcome, recovered.context);
  return *recovered.outcome == update::State::rollback_failed ? EX_SOFTWARE : EX_OK;
}

}  // namespace

int update_in_unit(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  using update::Purpose;
  const Purpose purpose = options.rehearses ? Purpose::rehearsal : Purpose::update;
  const std::string unit =
      options.rehearses ? session->places.rehearsal_unit() : session->places.update_unit(options.to);
  // Before the lock, so that nothing of this run is left for another; and before the recovery, which may take
  // longer than an intent holds.
  const auto intent = update::take_intent(session->runtime.get(), unit, options.to);
  if (!intent) return tell(intent.error());
  const auto held = update::take_lock(session->state.get());
  if (!held) return tell(held.error());
  if (auto fit = fit_workers(options.scope, options.gateway, *session->manager); !fit)
    return tell(fit.error());
  Tellers tellers(options, *session);
  update::UnitWorkers workers = session->workers();
  const auto setup = session->setup(workers, tellers.observer);
  const auto run = update::run_unit(setup, options.to, *intent, purpose);
  tellers.notifier.flush();
  publish_status(*session);
  if (!run) return tell(run.error());
  if (!run->outcome) return report_recovery(*session, tellers, run->recovered);
  tell_times(*session, tellers, tellers.observer.last().id);
  notify(*session, *run->outcome, tellers.observer.last());
  if (run->not_quarantined) static_cast<void>(tell(*run->not_quarantined));
  return run->forbidden_to_timer ? EX_OK : exit_status_of_outcome(*run->outcome, run->held);
}

int recover_update(const UpdateOptions& options) {
  const auto occasion = options.boot ? update::Occasion::boot : update::Occasion::death;
  if (!update::recovers_itself(occasion, base::current_environment())) return recover_by_unit(options);
  const auto session = UpdateSession::open_for_recovery(options);
  if (!session) return tell(session.error());
  // What cannot be done about them is no reason to leave an update as it is.
  if (auto fit = fit_workers(options.scope, options.gateway, *session->manager); !fit)
    static_cast<void>(tell(fit.error()));
  Tellers tellers(options, *session);
  update::UnitWorkers workers = session->workers();
  const auto setup = session->setup(workers, tellers.observer);
  const auto recovered = update::run_recovery(setup, occasion);
  publish_status(*session);
  if (!recovered) return tell(recovered.error());
  return *recovered ? report_recovery(*session, tellers, **recovered) : EX_OK;
}

int take_request(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  update::UnitWorkers workers = session->workers();
  auto granted = update::take_gateway_request(workers, session->settings, options.scope.settings.path,
                                              update::new_task_id(base::unix_now_ms(), options.gateway));
  if (!granted) return tell(granted.error());
  if (!granted->note.empty()) print_error(own_name, granted->note);
  if (auto started = update::start_for(*session->manager, session->state.get(), session->runtime.get(),
                                       session->places.update_unit(), std::move(granted->intent));
      !started) {
    return tell(started.error());
  }
  return EX_OK;
}

}  // namespace tools
