// What runs in openclaw-update.service: the update itself, and the recovery of one that died.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdlib>

#include "base/json.hpp"
#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "openclaw/version.hpp"
#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "tools/exit_status.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/compatibility.hpp"
#include "update/intent.hpp"
#include "update/standing.hpp"
#include "update/updater.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* own_name = "openclaw-update";
constexpr const char* by_unit = "the unit";  // systemctl start, or the timer
constexpr const char* by_gateway = "the gateway";

Result<update::Context> context_of(const UpdateSession& session, const UpdateOptions& options,
                                   const std::optional<update::Intent>& intent) {
  update::Context context;
  context.began_at_ms = unix_now_ms();
  auto id = update::Journal(session.state.get()).new_id(context.began_at_ms);
  if (!id) return base::pass(id.error());
  context.id = std::move(*id);
  context.unit = session.settings.gateway.unit;
  context.wanted = options.to.empty() ? session.settings.update.channel : options.to;
  context.requested_by = by_unit;
  if (intent) {
    if (!intent->wanted.empty()) context.wanted = intent->wanted;
    context.to_release = intent->to_release;
    context.requested_by = intent->requested_by;
    context.request = intent->request;
    context.force = intent->force;
  }
  return context;
}

bool shuts_down(const UpdateSession& session) {
  const auto state = session.manager->system_state();
  return state && *state == "stopping";
}

// The part of both that writes: with the lock held, and everything told to journal and manager.
struct Tellers {
  systemd::Journal journal;
  systemd::SystemdNotifier notifier;
  UnitObserver observer{journal, notifier};
};

// What a hold or a quarantine forbids the timer is as its operator wants it: no unit that has failed, each
// night.
bool is_expected(const UpdateSession& session, const update::Context& context) {
  return context.requested_by == by_unit &&
         (update::hold_reason(session.state.get()) ||
          update::quarantine_reason(session.state.get(), context.to_version));
}

// Neither the timer nor the gateway may update over a rollback that failed: what a person would look at would
// be gone.
Result<void> require_person_after_failure(const UpdateSession& session, const update::Context& context) {
  if (context.requested_by != by_unit && context.requested_by != by_gateway) return {};
  const std::string failed = update::failed_rollback(update::Journal(session.state.get()));
  if (failed.empty()) return {};
  return base::fail(ErrorKind::refused,
                    "the rollback of the update " + failed +
                        " failed, and nobody has updated by hand since: see openclaw-update history and "
                        "journalctl -u " +
                        context.unit + ", then openclaw-update, or openclaw-update rollback VERSION");
}

// What the watchdog has rolled back would be installed again in the night.
void quarantine_what_was_left(const UpdateSession& session, const update::Context& context,
                              const std::optional<update::Intent>& intent) {
  if (!intent || intent->quarantine.empty() || context.from_version.empty()) return;
  const auto done = update::quarantine(session.state.get(), context.from_version, intent->quarantine);
  if (!done) static_cast<void>(tell(done.error()));
}

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
  const auto held = take_lock(*session);
  if (!held) return tell(held.error());
  Tellers tellers;
  update::UnitWorkers workers(*session->manager, {.requests = session->state_directory + "/requests"});
  const auto setup = session->setup(workers, tellers.observer);
  // Whatever an earlier one has left comes first: two open transactions cannot be told apart by anybody.
  const auto recovered = update::recover(setup, update::Occasion::death);
  if (!recovered) return tell(recovered.error());
  // It needs a person, and an update over it would hide that.
  if (recovered->outcome == update::State::rollback_failed) return report_recovery(tellers, *recovered);
  auto made = context_of(*session, options, *intent);
  if (!made) return tell(made.error());
  update::Context& context = *made;
  if (auto wanted = require_person_after_failure(*session, context); !wanted) return tell(wanted.error());
  const auto outcome = update::run_update(setup, context);
  tellers.notifier.flush();
  if (!outcome) return tell(outcome.error());
  if (*outcome == update::State::updated) quarantine_what_was_left(*session, context, *intent);
  if (*outcome == update::State::refused && is_expected(*session, context)) return EX_OK;
  return exit_status_of_outcome(*outcome);
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
  const auto held = take_lock(*session);
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

// A request file of the gateway's is hostile input: a version or nothing, and policy decides.
int take_request(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  update::UnitWorkers workers(*session->manager, {.requests = session->state_directory + "/requests"});
  const contract::StateRequest request{session->settings.gateway.state_directory};
  const auto answer = workers.run({contract::tasks::request, update::new_task_id(unix_now_ms())},
                                  contract::to_json(request), {});
  if (!answer) return tell(answer.error());
  const std::string wanted =
      base::printable(contract::read_leniently<contract::UpdateWanted>(*answer).wanted, 64);
  const auto policy = session->settings.update.requests;
  if (policy == config::RequestPolicy::refuse) {
    print_error(
        own_name,
        base::concat({"the gateway asked for an update, and requests=refuse in [update] of ",
                      options.settings, " forbids it; set channel or version, or systemctl disable --now ",
                      "openclaw-update-request.path"}));
    return EX_NOPERM;
  }
  update::Intent intent;
  intent.origin = update::Origin::gateway;
  intent.requested_by = by_gateway;
  if (!wanted.empty()) {
    if (!openclaw::Version::parse(wanted)) {
      print_error(own_name, base::concat({"the gateway asked for \"", wanted, "\", which is no version"}));
      return EX_DATAERR;
    }
    if (policy == config::RequestPolicy::version) intent.wanted = wanted;
    if (policy == config::RequestPolicy::channel) {
      print_error(own_name, base::concat({"the gateway asked for ", wanted,
                                          "; with requests=channel in [update] it gets what the channel ",
                                          session->settings.update.channel, " has"}));
    }
  }
  // An update that is at work does not look at what is left for it, and nothing may be left for the next one.
  if (const auto held = take_lock(*session); !held) return tell(held.error());
  const auto left = update::leave_intent(session->runtime.get(), update::update_unit, std::move(intent));
  if (!left) return tell(left.error());
  if (auto started = session->manager->start_without_waiting(update::update_unit); !started) {
    (void)update::withdraw_intent(session->runtime.get(), *left);
    return tell(started.error());
  }
  return EX_OK;
}

}  // namespace tools
