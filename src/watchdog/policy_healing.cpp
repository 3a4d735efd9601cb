// What is done about a gateway that is dead, deaf or looping.
#include <algorithm>

#include "base/text.hpp"
#include "watchdog/policy.hpp"

namespace watchdog {
namespace {

using namespace std::chrono_literals;

constexpr Time longest_pause = 15min;
// Until it has taken its lock, it does not show that it is at work.
constexpr Time time_for_updater = 1min;
// One incident: plugins that were staged an hour ago are not missing for want of staging. A loop of what has
// been well in between is another one.
constexpr Time remedy_holds = 24h;
// The last words of a process come to the journal after systemd has told of its end.
constexpr Time journal_lags = 500ms;
// A loop that no restart can help is ended; before that the unit's own limits have their say.
constexpr std::size_t storm_ends = 5;

std::string key_of(const Signature& row, const std::string& release) {
  return base::concat({row.id, " ", release});
}

std::string cause_of(const Match& match) {
  std::string text(match.signature->meaning);
  if (!match.signature->report.empty()) text += base::concat({" (", match.signature->report, ")"});
  return text;
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
  const Match* known =
      diagnosis == nullptr || diagnosis->matches.empty() ? nullptr : &diagnosis->matches.front();
  decision.reason = trouble.what;
  const bool is_final = trouble.ended && known != nullptr && known->signature->remedy == Remedy::no_restart;
  standing_.waits_for_person = is_final ? known->signature : nullptr;
  if (known != nullptr && apply_remedy(*known, trouble.loop, seen, now, decision)) return;
  if (!trouble.may_be_well && roll_back(trouble, known, seen, now, decision)) return;
  if (known != nullptr) {
    report_once(known->signature,
                base::concat({trouble.what, ": ", cause_of(*known), known->line.empty() ? "" : ": ",
                              known->line, "; ", known->signature->advice}),
                decision);
  } else if (trouble.may_be_well) {
    report_once(
        nullptr,
        base::concat({trouble.what,
                      ", and nothing answers on the port of [gateway]; it is not restarted, as it may "
                      "listen elsewhere: compare port= in helpers.ini with its config"}),
        decision);
  } else if (trouble.ended) {  // a silence says nothing that the restart does not say
    report_once(nullptr, base::concat({trouble.what, ", for a reason that is not known"}), decision);
  }
  if (!decision.reports.empty() && decision.reports.back().kind == Kind::incident && diagnosis != nullptr) {
    decision.reports.back().lines = diagnosis->last_lines;
  }
  if (trouble.may_be_well) return;
  if (!is_final) return heal_by_restart(trouble, seen, now, decision);
  const bool storms = seen.unit.active_state != "failed" && ends_.size() >= storm_ends;
  if (storms && rules_.restarts_per_hour > 0) act(decision, Act::stop, now);
}

// Whoever had the port has left, and systemd has started the gateway: a restart would cut off what is well.
// If it ends all the same, a process of its own unit may be the one that has the port.
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
                       " restarts within an hour have not helped"}),
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

// True when it is being applied now.
bool Policy::apply_remedy(const Match& match, bool loop, const Observation& seen, Time now,
                          Decision& decision) {
  const Signature& row = *match.signature;
  if (row.remedy != Remedy::stage && row.remedy != Remedy::restart) return false;
  if (!rules_.remedies || budget_left() == 0 || is_treated(row, loop, seen.release, now)) return false;
  // A restart of what has ended anyway is no remedy of its own.
  if (row.remedy == Remedy::restart && seen.unit.active_state != "active") return false;
  memory_.treated[key_of(row, seen.release)] = now;
  ++memory_.incidents[std::string(row.id)];
  spend(now);
  act(decision, row.remedy == Remedy::stage ? Act::stage : Act::restart, now);
  decision.signature = &row;
  decision.reason = base::concat({cause_of(match), match.line.empty() ? "" : ": ", match.line});
  return true;
}

bool Policy::roll_back(const Trouble& trouble, const Match* known, const Observation& seen, Time now,
                       Decision& decision) {
  if (!rules_.rollback || rules_.restarts_per_hour == 0 || !trouble.loop || !seen.promotion) return false;
  const Promotion& promotion = *seen.promotion;
  if (promotion.age >= rules_.probation || !promotion.can_return) return false;
  if (memory_.rolled_back == promotion.id) return false;
  if (known != nullptr && !known->signature->blames_release) return false;
  memory_.rolled_back = promotion.id;
  if (known != nullptr) decision.signature = known->signature;
  decision.reason = base::concat({trouble.what, " since the update to ", seen.release, " ",
                                  base::human_duration(promotion.age.count()), " ago",
                                  known == nullptr ? "" : ": ", known == nullptr ? "" : cause_of(*known)});
  ++memory_.incidents[std::string(known == nullptr ? unknown_failure : known->signature->id)];
  act(decision, Act::rollback, now);
  return true;
}

unsigned Policy::budget_left() const {
  const auto used = static_cast<unsigned>(memory_.restarts.size());
  return used >= rules_.restarts_per_hour ? 0 : rules_.restarts_per_hour - used;
}

// Twice as long after each restart of the last hour.
Time Policy::not_before() const {
  if (memory_.restarts.empty()) return Time{0};
  Time pause = rules_.first_delay;
  for (std::size_t i = 1; i < memory_.restarts.size() && pause < longest_pause; ++i) pause *= 2;
  return memory_.restarts.back() + std::min(pause, std::max(longest_pause, Time(rules_.first_delay)));
}

bool Policy::is_treated(const Signature& row, bool loop, const std::string& release, Time now) const {
  const auto it = memory_.treated.find(key_of(row, release));
  if (it == memory_.treated.end() || now - it->second >= remedy_holds) return false;
  return !loop || !well_at_ || *well_at_ < it->second;
}

void Policy::spend(Time now) {
  memory_.restarts.push_back(now);
  ++memory_.restarts_total;
  std::erase_if(memory_.treated, [&](const auto& entry) { return now - entry.second >= remedy_holds; });
}

void Policy::act(Decision& decision, Act what, Time now) {
  decision.act = what;
  acted_at_ = now;
  start_expected_ = true;
  diagnosis_used_ = true;
  if (what == Act::rollback || what == Act::resume) hands_off_until_ = now + time_for_updater;
  run_.silent_since.reset();
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
