// SPDX-License-Identifier: MIT
#include "tools/status_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/tree.hpp"
#include "systemd/listening_sockets.hpp"
#include "tools/changes_line.hpp"
#include "tools/status_record.hpp"
#include "tools/terminal.hpp"
#include "tools/update_events.hpp"
#include "update/adoption/files.hpp"
#include "update/overview.hpp"
#include "watchdog/once.hpp"

namespace tools {
namespace {

using nlohmann::json;
using update::Overview;

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

json time_or_null(std::int64_t unix_ms) {
  return unix_ms > 0 ? json(base::rfc3339(unix_ms)) : json(nullptr);
}

json releases_of(const Overview& seen) {
  json list = json::array();
  for (const auto& release : seen.releases) {
    list.push_back({{"name", release.name},
                    {"version", release.description.version},
                    {"client", release.description.client},
                    {"made_at", release.description.made_at},
                    {"bytes", release.description.bytes}});
  }
  return list;
}

json report_or_null(const update::History& history) {
  return history.records.empty() ? json(nullptr) : report_of(history);
}

json newest_of(const Overview& seen) {
  if (!seen.newest) return nullptr;
  return {{"channel", seen.newest->wanted},
          {"version", seen.newest->version},
          {"at", base::rfc3339(seen.newest->at_ms)},
          {"requested_by", seen.newest->requested_by}};
}

// Files of several releases that are the same are one file, and are counted in each.
json disk_of(const UpdateSession& session, const Overview& seen) {
  std::uint64_t bytes = 0;
  for (const auto& release : seen.releases) bytes += release.description.bytes;
  json disk = {{"path", session.places.updater}, {"releases_bytes", bytes}, {"free_bytes", nullptr}};
  if (const auto space = fs::free_space(session.state.get())) disk["free_bytes"] = space->bytes;
  return disk;
}

std::string version_of(const Overview& seen) {
  const auto current = std::ranges::find(seen.releases, seen.current, &release::Release::name);
  return current == seen.releases.end() ? "" : current->description.version;
}

// "0.0.0.0:19501", lowest ports first: what its processes hold, be it the gateway's own or a plugin's.
std::vector<std::string> listens_on(const bus::ServiceStatus& unit) {
  auto sockets =
      systemd::listening_sockets_of(unit.control_group).value_or(std::vector<systemd::ListeningSocket>());
  std::ranges::stable_sort(sockets, {}, &systemd::ListeningSocket::port);
  std::vector<std::string> texts;
  texts.reserve(sockets.size());
  for (const auto& socket : sockets) texts.push_back(systemd::to_text(socket));
  return texts;
}

json gateway_of(const bus::ServiceStatus& unit, std::int64_t now_ms) {
  const auto for_ms = std::chrono::duration_cast<std::chrono::milliseconds>(unit.in_state_for).count();
  return {{"state", unit.active_state},
          {"detail", unit.sub_state},
          {"since", for_ms > 0 ? json(base::rfc3339(now_ms - for_ms)) : json(nullptr)},
          {"restarts", unit.restarts},
          {"listens_on", listens_on(unit)}};
}

json health_of(const watchdog::Look& look) {
  json health = watchdog::to_json(look);
  for (const char* known_already : {"schema", "unit"}) health.erase(known_already);
  return health;
}

void end_hold_that_is_over(std::int64_t now_ms, json& status) {
  status["ended_hold"] = nullptr;
  const json& until = status["hold_until"];
  if (!until.is_string()) return;
  const auto end = base::from_rfc3339(until.get<std::string>());
  if (!end || now_ms < *end) return;
  status["ended_hold"] = std::exchange(status["hold"], nullptr);
}

}  // namespace

json kept_status(const UpdateSession& session) {
  const Overview seen = update::look_over(session.state.get(), *session.releases);
  json status = {
      {"schema", update_report_schema},
      {"unit", session.settings.gateway.unit},
      {"version", text_or_null(version_of(seen))},
      {"current", seen.current},
      {"previous", seen.previous},
      {"releases", releases_of(seen)},
      {"hold", seen.hold ? json(seen.hold->reason) : json(nullptr)},
      {"hold_until", seen.hold && seen.hold->until_ms ? time_or_null(*seen.hold->until_ms) : json(nullptr)},
      {"pin", seen.pin ? json(*seen.pin) : json(nullptr)},
      {"newest", newest_of(seen)},
      {"changes",
       changes_json(seen.releases, release::latest_span(seen.releases, seen.current, seen.previous))},
      {"quarantine", json::array()},
      {"at_work", seen.at_work},
      {"open", seen.open ? json(*seen.open) : json(nullptr)},
      {"last_update", report_or_null(seen.last)},
      {"earlier_updates", json::array()},
      {"last_rehearsal", report_or_null(seen.last_rehearsal)},
      {"disk", disk_of(session, seen)}};
  for (const auto& entry : seen.quarantine) {
    status["quarantine"].push_back({{"version", entry.version}, {"reason", entry.reason}});
  }
  for (const auto& history : seen.earlier) status["earlier_updates"].push_back(report_of(history));
  if (auto adopted = update::read_adoption(session.state.get());
      adopted && *adopted && (*adopted)->moved_unit) {
    const update::MovedUnit& moved = *(*adopted)->moved_unit;
    status["moved_from"] = {{"user", moved.user}, {"unit", moved.unit}};
  }
  return status;
}

namespace {

// The shipped unit is one by its name.
base::Result<void> mark_adopted_unit(const UpdateSession& session) {
  const auto adopted = update::read_adoption(session.state.get());
  if (!adopted || !*adopted) return {};
  return mark_gateway_unit(session.places.scope, (*adopted)->unit);
}

}  // namespace

void publish_status(const UpdateSession& session) {
  if (!session.places.scope.is_user) publish_status(session, kept_status(session));
}

void publish_status(const UpdateSession& session, json status) {
  status["published_at"] = base::rfc3339(base::unix_now_ms());
  auto published = publish(session.places.scope, session.places.name, status);
  if (published) published = mark_adopted_unit(session);
  if (!published)
    print_error("openclaw-update",
                base::concat({"cannot publish the status for other users: ", published.error().message}));
}

void add_live_status(const LiveQuestion& question, bus::ServiceManager& manager,
                     const bus::Connector& connector, json& status) {
  end_hold_that_is_over(question.now_ms, status);
  if (const auto unit = manager.status(question.unit)) status["gateway"] = gateway_of(*unit, question.now_ms);
  const watchdog::Where where{.unit = question.unit, .port = question.port};
  if (const auto look = watchdog::look_once(where, connector)) status["health"] = health_of(*look);
  status["next_update"] = nullptr;
  const auto timer = manager.status(question.timer);
  if (timer && timer->next_elapse_ms > 0)
    status["next_update"] = {{"unit", question.timer}, {"at", base::rfc3339(timer->next_elapse_ms)}};
}

}  // namespace tools
