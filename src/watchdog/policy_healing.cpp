// SPDX-License-Identifier: MIT
// What the policy does about a gateway that is dead, deaf or looping.
#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "watchdog/policy.hpp"

namespace watchdog {
namespace {

using namespace std::chrono_literals;

constexpr Time longest_pause = 15min;
// An updater is not recognized as running until it has taken its lock.
constexpr Time time_for_updater = 1min;
// systemd reports the end of a process before the journal has its last lines.
constexpr Time journal_lags = 500ms;
// A loop that a restart cannot end is stopped after so many ends; until then the limits of the unit apply.
constexpr std::size_t storm_ends = 5;

const Match* first_corroborated(const std::vector<Match>& found) {
  return found.empty() || !found.front().corroborated ? nullptr : &found.front();
}

}  // namespace

void Policy::heal(const Trouble& trouble, const Observation& seen, Time now, Decision& decision) {
  if (trouble.ended && trouble.invocation == ended_invocation_ && now - ended_at_ < journal_lags) {
    decision.next = std::min(decision.next, ended_at_ + journal_lags);
    return;
  }
  const Diagnosis* diagnosis = diagnosis_of(trouble.invocation);
  if (diagnosis == nullptr && !trouble.invocation.empty()) {
    decision.scan = trouble.invocation;
    return;
  }
  if (has_its_port_back(trouble, diagnosis, seen)) return;
  const std::vector<Match> found = diagnosis == nullptr ? std::vector<Match>{} : diagnosis->matches;
  const Match* known = first_corroborated(found);
  decision.reason = trouble.what;
  const bool is_final = trouble.ended && known != nullptr && weight_of(known->signature->fact).is_final;
  standing_.waits_for_person = is_final ? known->signature : nullptr;
  if (known == nullptr && act_on_hints(found, seen, now, decision)) return;
  if (!trouble.may_be_well && roll_back(trouble, found, seen, now, decision)) return;
  tell(trouble, diagnosis, decision);
  if (trouble.may_be_well) return;
  if (!is_final) return heal_by_restart(trouble, seen, now, decision);
  const bool storms = seen.unit.active_state != "failed" && ends_.size() >= storm_ends;
  if (storms && rules_.restarts_per_hour > 0) act(decision, Act::stop, now);
}

// Reports what is corroborated; if nothing is, all hints of the log, because strangers may have written some
// of them.
void Policy::tell(const Trouble& trouble, const Diagnosis* diagnosis, Decision& decision) {
  const std::size_t before = decision.reports.size();
  for (const Match& match : diagnosis == nullptr ? std::vector<Match>{} : diagnosis->matches) {
    report_once(match.signature,
                base::concat({trouble.what, ": ", told_by(match), "; ", match.signature->advice}), decision);
    if (match.corroborated) break;
  }
  const bool has_none = diagnosis == nullptr || diagnosis->matches.empty();
  const bool is_shown = !has_none && diagnosis->matches.front().corroborated;
  if (!is_shown && trouble.may_be_well) {
    report_unseen(
        base::concat(
            {trouble.what, ": ", standing_.detail,
             "; it is not restarted, because it may listen where the watchdog cannot see it, such as in a ",
             "container; to see its current state: /usr/libexec/openclaw/openclaw-watchdog --once"}),
        decision);
  } else if (has_none && trouble.ended) {  // the restart itself reports a silence
    report_once(nullptr, base::concat({trouble.what, ", for an unknown reason"}), decision);
  }
  if (decision.reports.size() > before && diagnosis != nullptr) {
    decision.reports.back().lines = diagnosis->last_lines;
  }
}

// The program that held the port has released it, and systemd has started the gateway: a restart would
// interrupt a working gateway. If it ends again, a process of its own unit may hold the port.
bool Policy::has_its_port_back(const Trouble& trouble, const Diagnosis* diagnosis, const Observation& seen) {
  if (!trouble.ended || seen.unit.active_state != "active" || port_came_back_) return false;
  if (diagnosis == nullptr || !diagnosis->gateway_has_port) return false;
  port_came_back_ = true;
  return true;
}

void Policy::heal_by_restart(const Trouble& trouble, const Observation& seen, Time now, Decision& decision) {
  if (rules_.restarts_per_hour == 0) return;
  if (budget_left() == 0) {
    if (standing_.gave_up) return;
    standing_.gave_up = true;
    decision.reports.push_back(
        {Kind::gave_up,
         nullptr,
         base::concat({trouble.what, ", and ", std::to_string(rules_.restarts_per_hour),
                       " restarts within an hour have not solved this"}),
         {}});
    return;
  }
  if (now < not_before()) {
    decision.next = std::min(decision.next, not_before());
    return;
  }
  if (!trouble.ended) {
    ends_.push_back(now);
    ++memory_.incidents[std::string(deafness)];
  }
  spend(now);
  act(decision, seen.unit.active_state == "failed" ? Act::start : Act::restart, now);
}

// True if an act begins now.
bool Policy::act_on_hint(const Match& hint, const Observation& seen, Time now, Decision& decision) {
  const Signature& row = *hint.signature;
  if (row.remedy != Remedy::stage && row.remedy != Remedy::restart) return false;
  if (!rules_.remedies || budget_left() == 0 || memory_.hint_taken_for == seen.release) return false;
  // If the process has ended, systemd restarts it, so a restart is not a remedy.
  if (row.remedy == Remedy::restart && seen.unit.active_state != "active") return false;
  memory_.hint_taken_for = seen.release;
  ++memory_.incidents[std::string(row.id)];
  spend(now);
  act(decision, row.remedy == Remedy::stage ? Act::stage : Act::restart, now);
  decision.signature = &row;
  decision.reason =
      base::concat({told_by(hint), "; the watchdog acts on such a line only once for each release"});
  return true;
}

bool Policy::act_on_hints(const std::vector<Match>& hints, const Observation& seen, Time now,
                          Decision& decision) {
  return std::ranges::any_of(hints,
                             [&](const Match& hint) { return act_on_hint(hint, seen, now, decision); });
}

bool Policy::roll_back(const Trouble& trouble, const std::vector<Match>& found, const Observation& seen,
                       Time now, Decision& decision) {
  if (!rules_.rollback || rules_.restarts_per_hour == 0 || !trouble.loop || !seen.promotion) return false;
  const Promotion& promotion = *seen.promotion;
  if (promotion.age >= rules_.probation || !promotion.can_return) return false;
  if (memory_.rolled_back == promotion.id) return false;
  const bool is_acquitted = std::ranges::any_of(found, [](const Match& match) {
    return match.corroborated && weight_of(match.signature->fact).acquits_release;
  });
  if (is_acquitted) return false;
  memory_.rolled_back = promotion.id;
  const Match* cause = found.empty() ? nullptr : &found.front();
  if (cause != nullptr) decision.signature = cause->signature;
  decision.reason = base::concat({trouble.what, " since the update to ", seen.release, " ",
                                  base::human_duration(promotion.age.count()), " ago",
                                  cause == nullptr ? "" : ": ", cause == nullptr ? "" : cause_of(*cause)});
  ++memory_.incidents[std::string(cause == nullptr ? unknown_failure : cause->signature->id)];
  act(decision, Act::rollback, now);
  return true;
}

unsigned Policy::budget_left() const {
  const auto used = static_cast<unsigned>(memory_.restarts.size());
  return used >= rules_.restarts_per_hour ? 0 : rules_.restarts_per_hour - used;
}

// It doubles with each time.
Time Policy::pause_after(std::size_t times) const {
  Time pause = rules_.first_delay;
  for (std::size_t i = 1; i < times && pause < longest_pause; ++i) pause *= 2;
  return std::min(pause, std::max(longest_pause, Time(rules_.first_delay)));
}

Time Policy::not_before() const {
  if (memory_.restarts.empty()) return Time{0};
  return memory_.restarts.back() + pause_after(memory_.restarts.size());
}

void Policy::spend(Time now) {
  memory_.restarts.push_back(now);
  ++memory_.restarts_total;
}

void Policy::act(Decision& decision, Act what, Time now) {
  decision.act = what;
  acted_at_ = now;
  start_expected_ = true;
  diagnosis_used_ = true;
  if (what == Act::rollback || what == Act::resume) hands_off_until_ = now + time_for_updater;
  run_.silent_since.reset();
}

// Reported even if something else was reported before.
void Policy::report_unseen(const std::string& text, Decision& decision) {
  if (!reported_.insert("unseen").second) return;
  ++memory_.incidents[std::string(unknown_failure)];
  decision.reports.push_back({Kind::incident, nullptr, text, {}});
}

void Policy::report_once(const Signature* row, const std::string& text, Decision& decision) {
  const std::string id(row == nullptr ? unknown_failure : row->id);
  if (!reported_.insert(id).second) return;
  ++memory_.incidents[id];
  decision.reports.push_back({Kind::incident, row, text, {}});
}

const Diagnosis* Policy::diagnosis_of(const std::string& invocation) const {
  return diagnosis_ && diagnosis_->invocation == invocation ? &*diagnosis_ : nullptr;
}

}  // namespace watchdog
