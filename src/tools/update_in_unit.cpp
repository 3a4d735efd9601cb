// What runs in openclaw-update.service: the update itself, and the recovery of one that died.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdlib>

#include "base/text.hpp"
#include "base/time.hpp"
#include "contract/tasks.hpp"
#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "tools/exit_status.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/gateway_request.hpp"
#include "update/intent.hpp"
#include "update/unit_run.hpp"
#include "update/unit_start.hpp"
#include "update/updater.hpp"

namespace tools {
namespace {

using base::ErrorKind;

constexpr const char* own_name = "openclaw-update";

bool shuts_down(const UpdateSession& session) {
  const auto state = session.manager->system_state();
  return state && *state == "stopping";
}

// The part of both that writes: with the lock held, and everything told to journal and manager.
struct Tellers {
  systemd::JournalSink journal;
  systemd::SystemdNotifier notifier;
  UnitObserver observer{journal, notifier};
};

int report_recovery(Tellers& tellers, const update::Recovered& recovered) {
  if (!recovered.open || !recovered.outcome) return EX_OK;
  systemd::Event event = event_of(*recovered.outcome, recovered.context);
  event.message_id = systemd::message_id::update_recovered;
  event.message = "an interrupted update was brought to an end: " + event.message;
  tellers.journal.send(event);
  tellers.notifier.flush();
  return *recovered.outcome == update::State::rollback_failed ? EX_SOFTWARE : EX_OK;
}

}  // namespace

int update_in_unit(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  // Before the lock, so that nothing of this run is left for another; and before the recovery, which may take
  // longer than an intent holds.
  const auto intent =
      update::take_intent(session->runtime.get(), update::update_unit_of(options.to), options.to);
  if (!intent) return tell(intent.error());
  const auto held = update::take_lock(session->state.get());
  if (!held) return tell(held.error());
  Tellers tellers;
  update::UnitWorkers workers(*session->manager, {.requests = session->state_directory + "/requests"});
  const auto setup = session->setup(workers, tellers.observer);
  const auto run = update::run_unit(setup, options.to, *intent);
  tellers.notifier.flush();
  if (!run) return tell(run.error());
  if (!run->outcome) return report_recovery(tellers, run->recovered);
  if (run->not_quarantined) static_cast<void>(tell(*run->not_quarantined));
  return run->forbidden_to_timer ? EX_OK : exit_status_of_outcome(*run->outcome);
}

// Never waits for the lock: the updater that holds it brings its update to an end itself, and its own start
// of the gateway may pass through here.
int recover_update(const UpdateOptions& options) {
  // In a terminal its end would be the recovery's, with the gateway stopped.
  const bool in_unit = options.boot || std::getenv("INVOCATION_ID") != nullptr;
  if (!in_unit) return recover_by_unit(options);
  const auto session = UpdateSession::open_for_recovery(options);
  if (!session) return tell(session.error());
  if (shuts_down(*session)) return EX_OK;  // the next boot recovers; nothing can be started now
  const auto held = update::take_lock(session->state.get());
  if (!held && held.error().kind == ErrorKind::busy) return EX_OK;
  if (!held) return tell(held.error());
  Tellers tellers;
  update::UnitWorkers workers(*session->manager, {.requests = session->state_directory + "/requests"});
  const auto setup = session->setup(workers, tellers.observer);
  const auto recovered =
      update::recover(setup, options.boot ? update::Occasion::boot : update::Occasion::death);
  if (!recovered) return tell(recovered.error());
  return report_recovery(tellers, *recovered);
}

int take_request(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  update::UnitWorkers workers(*session->manager, {.requests = session->state_directory + "/requests"});
  const contract::StateRequest request{session->settings.gateway.state_directory};
  const auto answer = workers.run({contract::tasks::request, update::new_task_id(base::unix_now_ms())},
                                  contract::to_json(request), {});
  if (!answer) return tell(answer.error());
  const std::string wanted =
      base::printable(contract::read_leniently<contract::UpdateWanted>(*answer).wanted, 64);
  auto granted = update::judge_gateway_request(wanted, session->settings.update, options.settings);
  if (!granted) return tell(granted.error());
  if (!granted->note.empty()) print_error(own_name, granted->note);
  if (auto started = update::start_for(*session->manager, session->state.get(), session->runtime.get(),
                                       std::move(granted->intent));
      !started) {
    return tell(started.error());
  }
  return EX_OK;
}

}  // namespace tools
