// SPDX-License-Identifier: MIT
#include "watchdog/once.hpp"

#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <utility>

#include "base/text.hpp"
#include "bus/unit_follower.hpp"
#include "event/loop.hpp"
#include "watchdog/health_probe.hpp"

namespace watchdog {
namespace {

using nlohmann::json;

// A manager that does not answer within this time counts as absent.
constexpr std::chrono::milliseconds patience_with_manager{2000};

bool has_process(const bus::ServiceStatus& unit) {
  return unit.active_state == "active" || unit.active_state == "reloading" ||
         unit.active_state == "activating" || unit.active_state == "deactivating";
}

bool is_up(const Look& look) {
  return !has_unit(look) || (has_process(*look.status) && look.status->main_pid != 0);
}

json unit_of(const Look& look) {
  if (!has_unit(look)) return nullptr;
  const bus::ServiceStatus& unit = *look.status;
  return {{"name", look.unit},
          {"active_state", unit.active_state},
          {"sub_state", unit.sub_state},
          {"result", unit.result},
          {"main_pid", unit.main_pid},
          {"restarts", unit.restarts},
          {"invocation_id", unit.invocation_id}};
}

// Asks for the unit first, because the endpoints depend on its processes.
class OneLook {
 public:
  OneLook(sd_event* loop, const Where& where, const bus::Connector& connector)
      : loop_(loop),
        where_(where),
        follower_(loop, connector, where.unit,
                  {[this](const bus::FollowedUnit& now) { told(now.status); },
                   [this](const base::Error&) { told(std::nullopt); }}),
        probe_(loop),
        patience_(loop, [this] { told(std::nullopt); }) {
    look_.unit = where.unit;
    look_.port = where.port;
    patience_.set(patience_with_manager);
  }
  [[nodiscard]] const Look& found() const { return look_; }

 private:
  void told(std::optional<bus::ServiceStatus> status) {
    if (std::exchange(told_, true)) return;
    look_.status = std::move(status);
    // Another program would answer.
    if (!is_up(look_)) return end();
    const std::string& group = has_unit(look_) ? look_.status->control_group : where_.control_group;
    Question question = question_about(group, where_.port, where_.known, where_.sockets_of);
    question.own_network = has_unit(look_) && look_.status->own_network;
    probe_.ask(std::move(question), [this](const Probe& probe) {
      look_.probe = probe;
      if (probe.endpoint) look_.port = probe.endpoint->port;
      end();
    });
  }
  void end() { static_cast<void>(sd_event_exit(loop_, 0)); }

  sd_event* loop_;
  Where where_;
  Look look_;
  bool told_ = false;
  bus::UnitFollower follower_;
  HealthProbe probe_;
  event::Timer patience_;
};

}  // namespace

bool has_unit(const Look& look) {
  return look.status && look.status->load_state == "loaded";
}

std::string_view state_of(const Look& look) {
  if (has_unit(look) && look.status->active_state == "inactive") return "stopped";
  if (!is_up(look)) return look.status->active_state == "activating" ? "starting" : "dead";
  const openclaw::GatewayHealth& health = look.probe.health;
  if (health.draining) return "draining";
  if (health.starting) return "starting";
  if (health.live) return health.ready ? "ready" : "not-ready";
  if (!look.probe.unseen.empty()) return "unseen";
  return look.begins && !has_unit(look) ? "starting" : "silent";
}

int exit_status_of(const Look& look) {
  if (is_up(look) && !look.probe.unseen.empty()) return EX_UNAVAILABLE;
  if (!is_up(look) || !look.probe.health.live) return 2;
  return look.probe.health.ready ? 0 : 1;
}

json to_json(const Look& look) {
  const openclaw::GatewayHealth& health = look.probe.health;
  const bool up = is_up(look);
  return {{"schema", once_schema},
          {"state", state_of(look)},
          {"live", up && health.live},
          {"ready", up && health.ready},
          {"failing", health.failing},
          {"version", health.version.empty() ? json(nullptr) : json(health.version)},
          {"uptime_ms", health.uptime_ms ? json(*health.uptime_ms) : json(nullptr)},
          {"port", look.port},
          {"endpoint", look.probe.endpoint ? json(url_of(*look.probe.endpoint)) : json(nullptr)},
          {"detail", look.probe.unseen.empty() ? health.detail : look.probe.unseen},
          {"unit", unit_of(look)}};
}

std::string sentence_of(const Look& look) {
  // In a container there is no unit of this name.
  std::string text =
      base::concat({has_unit(look) ? std::string_view(look.unit) : "gateway", ": ", state_of(look)});
  const openclaw::GatewayHealth& health = look.probe.health;
  if (is_up(look) && look.probe.endpoint) text += " on " + url_of(*look.probe.endpoint);
  if (is_up(look) && !look.probe.unseen.empty()) {
    text += base::concat({" (", look.probe.unseen, ")"});
  } else if (is_up(look) && !health.ready) {
    text += base::concat({" (", openclaw::describe(health), ")"});
  } else if (!is_up(look)) {
    text += base::concat({" (", bus::ending_of(*look.status), ")"});
  }
  if (is_up(look) && !health.version.empty()) text += ", release " + health.version;
  return text;
}

base::Result<Look> look_once(const Where& where, const bus::Connector& connector,
                             std::chrono::milliseconds time) {
  sd_event* raw = nullptr;
  if (const int status = sd_event_new(&raw); status < 0) {
    return base::fail_errno(-status, "cannot make an event loop");
  }
  const event::LoopPointer loop(raw);
  OneLook look(raw, where, connector);
  event::Timer end(raw, [raw] { static_cast<void>(sd_event_exit(raw, 0)); });
  end.set(time);
  if (const int status = sd_event_loop(raw); status < 0) {
    return base::fail_errno(-status, "the event loop failed");
  }
  return look.found();
}

}  // namespace watchdog
