// SPDX-License-Identifier: MIT
#include "watchdog/gateway_watch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "bus/unit_follower.hpp"
#include "event/loop.hpp"
#include "fs/room.hpp"
#include "update/gateway_places.hpp"
#include "update/gateway_sink.hpp"
#include "watchdog/events.hpp"
#include "watchdog/health_probe.hpp"
#include "watchdog/journal_lines.hpp"
#include "watchdog/policy.hpp"
#include "watchdog/port_holder.hpp"
#include "watchdog/update_watch.hpp"

namespace watchdog {
namespace {

using namespace std::chrono_literals;
using base::Result;

// In case a signal of the bus was lost.
constexpr Time belt_and_braces = 1min;
constexpr Time shortest_pause = 100ms;

std::optional<int> exit_status_of(const bus::ServiceStatus& unit) {
  const bool runs = unit.active_state == "active" && unit.main_pid != 0;
  if (runs || unit.exit_code != CLD_EXITED) return std::nullopt;
  return unit.exit_status;
}

std::string folder_for(const Setup& setup, const std::string& gateway) {
  if (gateway.empty()) return setup.state_directory;
  std::string folder = setup.state_directory;
  // An error here is not reported: the later write fails, and reports it.
  for (const std::string& part : {std::string("gateways"), gateway}) {
    folder += "/" + part;
    static_cast<void>(::mkdir(folder.c_str(), 0700));
  }
  return folder;
}

update::GatewayPlaces places_of(const Setup& setup, const std::string& gateway) {
  if (setup.scope.is_user) return update::places_of(setup.scope, gateway);
  return update::places_of(setup.update_directory, gateway);
}

HealerPlaces healer_places(const Setup& setup, const update::GatewayPlaces& places) {
  HealerPlaces own = setup.places;
  if (places.name.empty()) return own;
  own.gateway = places.name;
  own.requests = places.worker_places().gateway_requests;
  own.update_unit = places.update_unit();
  own.resume_unit = places.resume_unit();
  return own;
}

}  // namespace

class GatewayWatch::Inner {
 public:
  Inner(const Setup& setup, sd_event* loop, Watched watched, std::function<void()> changed)
      : setup_(setup),
        gateway_(std::move(watched.gateway)),
        settings_(std::move(watched.settings)),
        places_(places_of(setup, gateway_)),
        folder_(folder_for(setup, gateway_)),
        sink_(setup.sink, gateway_, setup.scope),
        changed_(std::move(changed)),
        policy_(settings_.watchdog, memory_),
        updates_(places_.state, folder_, places_.updater),
        follower_(loop, setup.connector, settings_.gateway.unit,
                  {[this](const bus::FollowedUnit& unit) { unit_changed(unit); },
                   [this](const base::Error& why) { manager_lost(why); }}),
        probe_(loop),
        healer_(
            follower_, memory_, [this] { remember(); }, healer_places(setup, places_),
            [this] { return meanwhile(); }),
        look_timer_(loop, [this] { look_again(); }),
        probe_timer_(loop, [this] { ask_gateway(); }) {
    recall();
  }

  void begin() {
    look_timer_.set(belt_and_braces);
    changed_();
  }

  void apply(config::Settings settings) {
    settings_ = std::move(settings);
    policy_.set_rules(settings_.watchdog);
    follower_.follow(settings_.gateway.unit);
  }

  void look_at_once() { look(observe()); }

  void settle() {
    healer_.settle();
    follower_.flush();
  }

  [[nodiscard]] const std::string& gateway() const { return gateway_; }
  [[nodiscard]] std::string status() {
    const Standing& standing = policy_.standing();
    const std::string& version = standing.version.empty() ? updates_version() : standing.version;
    return status_of(standing, version);
  }
  [[nodiscard]] Sample sample() {
    return {gateway_, policy_.standing(), memory_, updates_.look(base::unix_now_ms())};
  }

 private:
  // Known per invocation; the service manager forgets it when the process ends.
  struct MainProcess {
    std::string invocation;
    std::int64_t pid = 0;
  };

  void manager_lost(const base::Error& why) {
    sink_.send({systemd::Priority::warning,
                "",
                base::concat({why.message, "; the watchdog tries again every few seconds"}),
                {}});
    manager_answers_ = false;
    look(observe());
  }

  void unit_changed(const bus::FollowedUnit& unit) {
    if (unit.status.invocation_id != unit_.invocation_id) {
      probe_.cancel();
      endpoint_.reset();
    }
    manager_answers_ = true;
    note_stop_by_others(unit);
    unit_ = unit.status;
    has_run_ = has_run_ || unit_.active_state == "active";
    machine_stops_ = unit.machine_stops;
    note_main_process(unit.status);
    Observation seen = observe();
    // During an act the policy disregards a stop; after the act it has to know of it.
    seen.stop_was_asked = unit.stopped_by_others || stopped_by_others_ == unit_.invocation_id;
    look(std::move(seen));
  }

  // To be called while `unit_` is still that of the last time.
  void note_stop_by_others(const bus::FollowedUnit& unit) {
    // The updater stops and starts the gateway, too.
    if (updates_.look(base::unix_now_ms()).update != Update::none) return;
    const bus::ServiceStatus& now = unit.status;
    if (healer_.is_busy()) {
      const bool stops = now.job_pending && now.active_state == "deactivating";
      const bool is_left = healer_.has_left_it_running() && (stops || now.active_state == "inactive");
      if (unit.stopped_by_others || is_left) stopped_by_others_ = now.invocation_id;
      return;
    }
    // A stop of a unit that was down before is not the late end of our own stop: an operator wants it to stay
    // down.
    const bool was_down = unit_.active_state == "inactive" || unit_.active_state == "failed";
    const bool is_same_run = unit_.invocation_id == now.invocation_id;
    if (unit.stopped_by_others && was_down && is_same_run) memory_.start_owed.clear();
  }

  // What others have done about the gateway since the act began.
  Meanwhile meanwhile() {
    if (stopped_by_others_) return Meanwhile::stop;
    const UpdateFacts& updates = updates_.look(base::unix_now_ms());
    if (updates.update != Update::none || updates.release != release_at_act_) return Meanwhile::update;
    return healer_.has_left_it_running() && bus::is_frozen(unit_) ? Meanwhile::freeze : Meanwhile::nothing;
  }

  void look_again() {
    const Time time = base::since_boot();
    if (time - refreshed_at_ >= belt_and_braces) {
      refreshed_at_ = time;
      follower_.refresh();  // triggers a look when the manager answers
    }
    look(observe());
  }

  void ask_gateway() {
    if (!asks_) return;
    if (probe_.is_asking()) return probe_timer_.set(settings_.watchdog.interval);
    Question question = question_about(unit_.control_group, configured_port(), endpoint_, setup_.sockets_of);
    question.own_network = unit_.own_network;
    probe_.ask(std::move(question), [this](const Probe& probe) {
      if (probe.endpoint) endpoint_ = last_endpoint_ = probe.endpoint;
      Observation seen = observe();
      seen.probe = probe;
      look(std::move(seen));
    });
    probe_timer_.set(settings_.watchdog.interval);
  }

  // What is known at any time; the caller adds what it has just learnt.
  Observation observe() {
    const UpdateFacts& updates = updates_.look(base::unix_now_ms());
    Observation seen;
    seen.manager_answers = manager_answers_;
    seen.unit = unit_;
    seen.machine_stops = machine_stops_;
    seen.acting = healer_.is_busy();
    seen.update = updates.update;
    seen.release = updates.release;
    seen.promotion = updates.promotion;
    return seen;
  }

  void look(Observation seen) {
    if (!memory_is_read_) recall();
    Decision decision = policy_.look(seen, base::since_boot());
    if (!decision.scan.empty()) {
      const std::vector<Report> reports = std::move(decision.reports);
      seen.diagnosis = diagnose(decision.scan);
      decision = policy_.look(seen, base::since_boot());
      decision.reports.insert(decision.reports.begin(), reports.begin(), reports.end());
    }
    carry_out(decision);
  }

  Diagnosis diagnose(const std::string& invocation) {
    const std::int64_t main_pid = main_pid_of(invocation);
    auto read = read_journal({settings_.gateway.unit, setup_.scope.is_user}, invocation, main_pid);
    // How the process ended and whether a disk is full are known without the journal.
    if (!read) sink_.send({systemd::Priority::warning, "", read.error().message, {}});
    const Account account = std::move(read).value_or(Account{});
    facts_ = Facts{};
    facts_.exit_status = account.exit_status;
    // The journal may be volatile, or late.
    const bool is_current = invocation == unit_.invocation_id;
    if (!facts_.exit_status && is_current) facts_.exit_status = exit_status_of(unit_);
    facts_.full_file_system =
        fs::full_file_system({settings_.gateway.state_directory, setup_.update_directory, "/tmp"});
    Diagnosis found{invocation, matches(account.lines, facts_), last_of(account.lines)};
    const auto taken = std::ranges::find_if(
        found.matches, [](const Match& match) { return match.signature->id == port_taken; });
    if (taken != found.matches.end()) {
      look_who_has_port(taken->line, found);
      found.matches = matches(account.lines, facts_);
    }
    return found;
  }

  // Looks up who holds the port that the line names. This is evidence only if it is the gateway's own port:
  // strangers may have written the line, and some unit always holds some port.
  void look_who_has_port(const std::string& line, Diagnosis& found) {
    const std::uint16_t known = last_endpoint_ ? last_endpoint_->port : configured_port();
    const std::uint16_t named = port_named_in(line).value_or(known);
    port_holder_ = port_holder(named);
    if (!port_holder_ || named != known) return;
    found.gateway_has_port = port_holder_->unit == own_unit();
    facts_.port_is_of_others = !port_holder_->unit.empty() && !found.gateway_has_port;
  }

  // In the form in which its control group names it.
  [[nodiscard]] std::string own_unit() const {
    const std::string& unit = settings_.gateway.unit;
    return setup_.scope.is_user ? unit_of_user(unit, ::getuid()) : unit;
  }

  [[nodiscard]] std::uint16_t configured_port() const {
    return static_cast<std::uint16_t>(settings_.gateway.port);
  }

  [[nodiscard]] std::int64_t main_pid_of(const std::string& invocation) const {
    for (const MainProcess& process : main_processes_) {
      if (process.invocation == invocation) return process.pid;
    }
    return 0;
  }

  // Of the current invocation and of the previous one.
  void note_main_process(const bus::ServiceStatus& unit) {
    if (unit.main_pid == 0) return;
    auto& [present, former] = main_processes_;
    if (present.invocation != unit.invocation_id) former = std::move(present);
    present = {unit.invocation_id, unit.main_pid};
  }

  void carry_out(const Decision& decision) {
    for (const Report& report : decision.reports) sink_.send(event_of(explained(report), subject()));
    if (!(memory_ == kept_)) remember();
    if (decision.act != Act::none) act(decision);
    if (decision.probe && !asks_) probe_timer_.set(Time{0});
    if (!decision.probe) probe_timer_.clear();
    asks_ = decision.probe;
    look_timer_.set(std::clamp(decision.next - base::since_boot(), shortest_pause, Time(belt_and_braces)));
    changed_();
  }

  void act(const Decision& decision) {
    sink_.send(event_of(decision, subject()));
    const UpdateFacts& updates = updates_.look(base::unix_now_ms());
    Case what;
    what.unit = settings_.gateway.unit;
    what.runs = unit_.active_state == "active";
    what.release = updates.release;
    what.previous = updates.previous;
    what.gateway_state = settings_.gateway.state_directory;
    what.reason = decision.reason;
    probe_.cancel();
    stopped_by_others_.reset();
    release_at_act_ = updates.release;
    healer_.begin(decision.act, std::move(what),
                  [this, act = decision.act](const std::optional<base::Error>& failure,
                                             const std::vector<std::string>& notes) {
                    for (const std::string& note : notes) {
                      sink_.send({systemd::Priority::warning, "", note, {}});
                    }
                    if (failure) sink_.send(event_of(act, *failure, subject()));
                    follower_.refresh();
                  });
  }

  // Adds what can be found out only on this machine.
  Report explained(Report report) const {
    if (report.signature == nullptr) return report;
    if (report.signature->id == port_taken) {
      report.text += "; " + describe(port_holder_, own_unit());
    }
    if (report.signature->id == disk_full) {
      report.text += facts_.full_file_system.empty()
                         ? "; there is free space where the gateway keeps its files"
                         : "; no space is left on " + facts_.full_file_system;
    }
    if (report.signature->id == "newer-schema") {
      const auto newer = updates_.newer_releases();
      report.text += newer.empty() ? "; no release on this host is newer: openclaw-update installs one"
                                   : "; newer releases on this host: " + base::join(newer, ", ");
    }
    return report;
  }

  [[nodiscard]] Subject subject() {
    return {settings_.gateway.unit, updates_.look(base::unix_now_ms()).release,
            static_cast<unsigned>(memory_.restarts.size()), settings_.watchdog.restarts_per_hour};
  }

  // Until the record can be read, it is not written either, and what it contains is not forgotten.
  void recall() {
    auto earlier = read_memory(folder_);
    if (!earlier) {
      if (std::exchange(unread_is_told_, true)) return;
      sink_.send({systemd::Priority::warning,
                  "",
                  "the record of past actions cannot be read, which is tried again at each look: " +
                      earlier.error().message,
                  {}});
      return;
    }
    memory_is_read_ = true;
    kept_ = *earlier;
    // It was started since then, and a later stop is intended.
    if (has_run_) earlier->start_owed.clear();
    memory_ = joined(std::move(*earlier), memory_);
  }

  void remember() {
    if (!memory_is_read_) return;
    const auto written = write_memory(folder_, memory_);
    if (!written && !std::exchange(memory_refused_, true)) {
      sink_.send({systemd::Priority::warning,
                  "",
                  "the record of past actions is lost when this process ends: " + written.error().message,
                  {}});
    }
    kept_ = memory_;
  }

  [[nodiscard]] const std::string& updates_version() { return updates_.look(base::unix_now_ms()).version; }

  const Setup& setup_;
  std::string gateway_;  // its name; empty: the gateway without a name
  config::Settings settings_;
  update::GatewayPlaces places_;
  std::string folder_;  // of the memory file
  update::GatewaySink sink_;
  std::function<void()> changed_;
  Memory memory_, kept_;  // the current one, and the one that was written to disk last
  Policy policy_;
  UpdateWatch updates_;
  bus::UnitFollower follower_;
  HealthProbe probe_;
  Healer healer_;
  event::Timer look_timer_, probe_timer_;
  bool manager_answers_ = false, machine_stops_ = false;
  bus::ServiceStatus unit_;                       // from the last answer of the manager
  std::optional<std::string> stopped_by_others_;  // the invocation, if it was during the last act
  std::string release_at_act_;                    // that `current` pointed to when the last act began
  std::optional<openclaw::GatewayEndpoint> endpoint_, last_endpoint_;  // since the unit's start, and ever
  std::array<MainProcess, 2> main_processes_;
  Facts facts_;                            // from the last diagnosis
  std::optional<PortHolder> port_holder_;  // from the last diagnosis that concerned the port
  bool has_run_ = false;                   // its unit was active since the watchdog began
  bool asks_ = false, memory_refused_ = false, memory_is_read_ = false, unread_is_told_ = false;
  Time refreshed_at_{0};
};

GatewayWatch::GatewayWatch(const Setup& setup, sd_event* loop, Watched watched, std::function<void()> changed)
    : inner_(std::make_unique<Inner>(setup, loop, std::move(watched), std::move(changed))) {}
GatewayWatch::GatewayWatch(GatewayWatch&&) noexcept = default;
GatewayWatch& GatewayWatch::operator=(GatewayWatch&&) noexcept = default;
GatewayWatch::~GatewayWatch() = default;

void GatewayWatch::begin() {
  inner_->begin();
}
void GatewayWatch::apply(config::Settings settings) {
  inner_->apply(std::move(settings));
}
void GatewayWatch::look_at_once() {
  inner_->look_at_once();
}
void GatewayWatch::settle() {
  inner_->settle();
}
const std::string& GatewayWatch::gateway() const {
  return inner_->gateway();
}
std::string GatewayWatch::status() const {
  return inner_->status();
}
Sample GatewayWatch::sample() const {
  return inner_->sample();
}

}  // namespace watchdog
