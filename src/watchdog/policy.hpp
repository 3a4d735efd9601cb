// SPDX-License-Identifier: MIT
// When the watchdog acts, and how. Without side effects, so a test can check all of it with a table of
// scripted gateways.
//
//   dead     the unit has failed (its start limit may have been hit): reset and start
//   deaf     its process lives, an endpoint that certainly is the gateway's accepts a connection, and
//            /healthz does not answer: restart
//   looping  it ends repeatedly: a known remedy once, a rollback once if an update is to blame, otherwise a
//            restart
//
// A hint in a log line leads to at most one act for each release, whatever and however many the hints are:
// strangers can make a gateway log anything. A line that a fact corroborates has more weight
// (signatures.hpp).
//
// What cannot be observed is no reason to act: a gateway that may listen where the watchdog cannot ask it is
// only reported.
//
// Nothing is done while the gateway starts, drains or has a job, during an update, after an operator stopped
// it, or while the machine shuts down; and nothing because it is not ready. Restarts have growing pauses and
// a budget for each hour.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bus/service_manager.hpp"
#include "config/settings.hpp"
#include "openclaw/gateway_endpoint.hpp"
#include "openclaw/health.hpp"
#include "watchdog/memory.hpp"
#include "watchdog/signatures.hpp"

namespace watchdog {

using Rules = config::WatchdogSettings;

struct Probe {
  openclaw::GatewayHealth health;
  std::optional<openclaw::GatewayEndpoint> endpoint;  // that has answered as a gateway
  // No endpoint has, and one that certainly is the gateway's accepted the connection, or did not accept it in
  // time.
  bool listening = false;
  // No endpoint has, and the gateway may be well nevertheless: why, and what to do. Empty: none of its
  // sockets exists, or its sockets are not known.
  std::string unseen;
};

// What the journal of one invocation contains.
struct Diagnosis {
  std::string invocation;
  std::vector<Match> matches;
  std::vector<std::string> last_lines;
  bool gateway_has_port = false;  // at present, although a line says that another program had it
};

enum class Update {
  none,
  at_work,   // the updater controls the gateway
  orphaned,  // an update is unfinished, and no process works on it
};

// The update that promoted the release that `current` points to.
struct Promotion {
  std::string id;
  Time age{0};
  bool can_return = false;  // there is a previous release
};

struct Observation {
  bool manager_answers = true;  // otherwise the members below are unknown
  bus::ServiceStatus unit;
  bool stop_was_asked = false;  // a job that is not ours has ended and left the unit down
  bool machine_stops = false;
  bool acting = false;  // the last decision is still being carried out
  Update update = Update::none;
  std::optional<Probe> probe;          // a new answer
  std::optional<Diagnosis> diagnosis;  // a new one, as requested by Decision::scan
  std::string release;                 // that `current` points to
  std::optional<Promotion> promotion;
};

enum class Act {
  none,
  restart,   // stop, start
  stage,     // stage plugin dependencies, stop, start
  start,     // reset the failure, start
  stop,      // end a loop that a restart cannot end
  rollback,  // through openclaw-update
  resume,    // an update that no process works on
};

enum class Kind { incident, gave_up };

// For an operator: reported once.
struct Report {
  Kind kind = Kind::incident;
  const Signature* signature = nullptr;  // null: not a known failure
  std::string text;
  std::vector<std::string> lines;  // from the log of the gateway
};

struct Decision {
  Act act = Act::none;
  std::string reason;  // of the act, without a full stop
  const Signature* signature = nullptr;
  std::vector<Report> reports;
  std::string scan;    // the invocation whose journal is to be read; its content is the next observation
  bool probe = false;  // it is useful to ask the gateway now
  Time next{0};        // time of the next look, if nothing happens before
};

enum class Phase {
  unknown,
  absent,
  stopped,
  changing,
  updating,
  dead,
  looping,
  starting,
  silent,
  unseen,  // it runs, but cannot be asked
  live,
  ready
};

// For STATUS=, metrics and --json.
struct Standing {
  Phase phase = Phase::unknown;
  std::string detail;    // "not ready: telegram"
  std::string endpoint;  // "https://127.0.0.1:19501", if it has answered since its start; otherwise empty
  std::string version;
  unsigned restarts_last_hour = 0, budget_left = 0;
  bool gave_up = false;
  const Signature* waits_for_person = nullptr;
};

class Policy {
 public:
  // `memory` outlives the policy, which writes to it.
  Policy(Rules rules, Memory& memory) : rules_(std::move(rules)), memory_(memory) {}

  void set_rules(Rules rules) { rules_ = std::move(rules); }
  [[nodiscard]] Decision look(const Observation& seen, Time now);
  [[nodiscard]] const Standing& standing() const { return standing_; }

 private:
  // One invocation of the unit.
  struct Run {
    std::string invocation;
    Time began{0};     // as far as it was observed
    Time executed{0};  // the same of its main process: before it, ExecStartPre= may stage for many minutes
    bool live = false;
    std::optional<Time> live_since;
    bool restarts_itself = false;  // it logged that it drains or starts
    bool listening = true;
    std::optional<Time> silent_since;
    unsigned silent_times = 0;
    std::optional<Time> unseen_since;
    std::string unseen, detail;
    std::optional<Time> ready_since, unready_since;
    bool unready_told = false, scanned = false, stop_asked = false;
  };
  struct Trouble {
    std::string what;        // "has failed (exit status 1)"
    std::string invocation;  // whose journal explains it
    bool ended = false;      // its process has ended
    bool loop = false;
    bool may_be_well = false;  // as far as is known: a restart could do harm
  };

  void leave_out(Time slept);
  void follow_unit(const Observation& seen, Time now);
  [[nodiscard]] bool is_excused(Time now);
  void follow_health(const Observation& seen, Time now);
  void note_well(Time now);
  void note_end(const std::string& invocation, Time now);
  void judge(const Observation& seen, Time now, Decision& decision);
  void judge_stopped(Time now, Decision& decision);
  void judge_dead(const Observation& seen, Time now, Decision& decision);
  void judge_running(const Observation& seen, Time now, Decision& decision);
  void judge_unseen(Time now, Decision& decision);
  void judge_ready(const Observation& seen, Time now, Decision& decision);
  void judge_orphan(Time now, Decision& decision);
  void heal(const Trouble& trouble, const Observation& seen, Time now, Decision& decision);
  void heal_by_restart(const Trouble& trouble, const Observation& seen, Time now, Decision& decision);
  [[nodiscard]] bool act_on_hint(const Match& hint, const Observation& seen, Time now, Decision& decision);
  [[nodiscard]] bool act_on_hints(const std::vector<Match>& hints, const Observation& seen, Time now,
                                  Decision& decision);
  [[nodiscard]] bool roll_back(const Trouble& trouble, const std::vector<Match>& found,
                               const Observation& seen, Time now, Decision& decision);
  void tell(const Trouble& trouble, const Diagnosis* diagnosis, Decision& decision);

  [[nodiscard]] bool has_its_port_back(const Trouble& trouble, const Diagnosis* diagnosis,
                                       const Observation& seen);
  [[nodiscard]] bool is_loop() const;
  [[nodiscard]] bool is_between_starts(const Observation& seen, Time now) const;
  [[nodiscard]] std::optional<Time> deaf_for(Time now) const;
  [[nodiscard]] unsigned budget_left() const;
  [[nodiscard]] Time pause_after(std::size_t times) const;
  [[nodiscard]] Time not_before() const;
  void spend(Time now);
  void act(Decision& decision, Act what, Time now);
  void report_once(const Signature* row, const std::string& text, Decision& decision);
  void report_unseen(const std::string& text, Decision& decision);
  [[nodiscard]] const Diagnosis* diagnosis_of(const std::string& invocation) const;

  Rules rules_;
  Memory& memory_;
  Standing standing_;
  bool known_ = false;  // the unit was observed before
  bus::ServiceStatus last_;
  Run run_;
  std::string ended_invocation_;  // the last one that ended without a request
  Time ended_at_{0};              // as far as it was observed
  std::vector<Time> ends_;        // times at which processes ended without a request
  std::string planned_end_of_;    // the last invocation that ended as OpenClaw ends for a restart
  std::vector<Time> planned_ends_;
  // Starts that are owed and that systemd has not made: a dependency failed, or the call.
  unsigned owed_starts_ = 0;
  Time next_owed_start_{0};
  std::optional<Time> acted_at_, looked_at_, orphan_since_, resumed_at_, hands_off_until_;
  bool start_expected_ = false;  // because of our own act
  bool orphan_told_ = false;     // while the same update is open
  bool closed_restart_made_ = false;
  bool port_came_back_ = false;  // once in this chain of failures, while the gateway ran
  std::optional<Diagnosis> diagnosis_;
  bool diagnosis_used_ = false;
  std::set<std::string> reported_;  // in this chain of failures
};

}  // namespace watchdog
