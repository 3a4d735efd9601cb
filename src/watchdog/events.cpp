// SPDX-License-Identifier: MIT
#include "watchdog/events.hpp"

#include <array>

#include "base/text.hpp"

namespace watchdog {
namespace {

using systemd::Event;
using systemd::Priority;

struct PhaseRow {
  Phase phase;
  std::string_view word, sentence;
};

constexpr std::array phases{
    PhaseRow{Phase::unknown, "unknown", "the service manager does not answer"},
    PhaseRow{Phase::absent, "absent", "the unit does not exist or is masked"},
    PhaseRow{Phase::stopped, "stopped", "gateway stopped"},
    PhaseRow{Phase::changing, "changing", "gateway is starting or stopping"},
    PhaseRow{Phase::updating, "updating", "an update is in progress"},
    PhaseRow{Phase::dead, "dead", "gateway dead"},
    PhaseRow{Phase::looping, "looping", "gateway ends repeatedly"},
    PhaseRow{Phase::starting, "starting", "gateway starting"},
    PhaseRow{Phase::silent, "silent", "gateway does not answer"},
    PhaseRow{Phase::unseen, "unseen", "gateway runs, but its health is not known"},
    PhaseRow{Phase::live, "live", "gateway live"},
    PhaseRow{Phase::ready, "ready", "gateway ready"},
};

const PhaseRow& row_of(Phase phase) {
  for (const PhaseRow& row : phases) {
    if (row.phase == phase) return row;
  }
  return phases.front();
}

struct ActRow {
  Act act;
  std::string_view word;
  Priority priority;
  std::string_view message_id;
  std::string_view doing;  // precedes the name of the unit
  std::string_view next;   // what happens next, or what an operator has to do
};

constexpr std::array acts{
    ActRow{Act::restart, "restart", Priority::warning, systemd::message_id::gateway_restarted, "restarting ",
           "if this happens again: journalctl -u "},
    ActRow{Act::stage, "stage", Priority::warning, systemd::message_id::remedy_applied,
           "staging plugin dependencies, then restarting ", "if this happens again: journalctl -u "},
    ActRow{Act::start, "start", Priority::warning, systemd::message_id::gateway_restarted, "starting ",
           "if this happens again: journalctl -u "},
    ActRow{Act::stop, "stop", Priority::error, systemd::message_id::loop_ended, "stopping ",
           "when the cause is removed: systemctl start "},
    ActRow{Act::rollback, "rollback", Priority::error, systemd::message_id::rollback_started, "rolling back ",
           "to see the result: openclaw-update status"},
    ActRow{Act::resume, "resume", Priority::warning, systemd::message_id::recovery_started,
           "completing the update of ", "to see the result: openclaw-update status"},
};

const ActRow& row_of(Act act) {
  for (const ActRow& row : acts) {
    if (row.act == act) return row;
  }
  return acts.front();
}

std::string counted_restarts(const Subject& subject) {
  return base::concat({"restart ", std::to_string(subject.restarts_last_hour), " of at most ",
                       std::to_string(subject.restarts_per_hour), " within an hour"});
}

void add_fields(const Signature* signature, const Subject& subject, Event& event) {
  event.fields.emplace_back("OPENCLAW_UNIT", subject.unit);
  event.fields.emplace_back("OPENCLAW_RELEASE", subject.release);
  if (signature == nullptr) return;
  event.fields.emplace_back("OPENCLAW_SIGNATURE", std::string(signature->id));
  event.fields.emplace_back("OPENCLAW_REPORT", std::string(signature->report));
}

}  // namespace

std::string_view word(Phase phase) {
  return row_of(phase).word;
}

std::string_view word(Act act) {
  return act == Act::none ? "none" : row_of(act).word;
}

std::string status_of(const Standing& standing, const std::string& version) {
  std::string text(row_of(standing.phase).sentence);
  const bool answers = standing.phase == Phase::live || standing.phase == Phase::ready;
  const bool says_more = standing.phase == Phase::live || standing.phase == Phase::silent ||
                         standing.phase == Phase::unseen || standing.phase == Phase::changing;
  if (answers && !standing.endpoint.empty()) text += " on " + standing.endpoint;
  if (says_more && !standing.detail.empty()) text += base::concat({" (", standing.detail, ")"});
  if (!version.empty()) text += ", release " + version;
  text += ", " + base::count(standing.restarts_last_hour, "restart", "restarts") + " in the last hour";
  if (standing.waits_for_person != nullptr) {
    text += base::concat({"; WAITS FOR AN OPERATOR: ", standing.waits_for_person->meaning});
  } else if (standing.gave_up) {
    text += "; GAVE UP: the restarts of this hour are used up";
  }
  return text;
}

Event event_of(const Decision& decision, const Subject& subject) {
  const ActRow& row = row_of(decision.act);
  Event event;
  event.priority = row.priority;
  event.message_id = row.message_id;
  event.message = base::concat({row.doing, subject.unit, ": ", decision.reason});
  const bool counts =
      decision.act == Act::restart || decision.act == Act::stage || decision.act == Act::start;
  if (counts) event.message += "; " + counted_restarts(subject);
  event.message += base::concat({"; ", row.next});
  if (row.next.ends_with(' ')) event.message += subject.unit;
  add_fields(decision.signature, subject, event);
  event.fields.emplace_back("OPENCLAW_ACT", std::string(row.word));
  return event;
}

Event event_of(const Report& report, const Subject& subject) {
  const bool gave_up = report.kind == Kind::gave_up;
  Event event;
  event.priority = gave_up ? Priority::error : Priority::warning;
  event.message_id = gave_up ? systemd::message_id::watchdog_gave_up : systemd::message_id::gateway_incident;
  event.message = base::concat({subject.unit, " ", report.text});
  if (gave_up) {
    event.message +=
        "; the watchdog does not restart it until the hour has passed: journalctl -u " + subject.unit;
  }
  if (!report.lines.empty()) event.message += "\nits last lines:";
  for (const std::string& line : report.lines) event.message += "\n" + line;
  add_fields(report.signature, subject, event);
  return event;
}

Event event_of(Act act, const base::Error& failure, const Subject& subject) {
  Event event;
  event.priority = Priority::error;
  event.message_id = systemd::message_id::gateway_incident;
  event.message = base::concat({row_of(act).doing, subject.unit, " failed: ", failure.message});
  add_fields(nullptr, subject, event);
  return event;
}

}  // namespace watchdog
