// SPDX-License-Identifier: MIT
// The lines of `openclaw-update status`, of the object that --json has: others than root have no more than
// that.
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "openclaw/version.hpp"
#include "tools/changes_line.hpp"
#include "tools/status_report.hpp"
#include "tools/terminal.hpp"
#include "tools/times_line.hpp"

namespace tools {
namespace {

using base::member;
using nlohmann::json;

constexpr std::size_t label_width = 12;

void line(std::string_view label, std::initializer_list<std::string_view> parts) {
  print_line({padded(label, label_width), base::concat(parts)});
}

std::string text(const json& object, const char* name, const char* otherwise = "") {
  std::string value = base::as_text(member(object, name));
  return value.empty() ? otherwise : value;
}

std::uint64_t number(const json& object, const char* name) {
  return base::as_unsigned(member(object, name)).value_or(0);
}

std::string joined(const json& texts) {
  return base::join(base::as_texts(texts), ", ");
}

// "3 h 2 min ago"; empty where the time says nothing.
std::string ago(const std::string& rfc3339, std::int64_t now_ms) {
  const auto at = base::from_rfc3339(rfc3339);
  if (!at || *at > now_ms) return {};
  const std::int64_t days = (now_ms - *at) / 86'400'000;
  if (days >= 2) return std::to_string(days) + " days ago";
  return base::human_duration((now_ms - *at) / 1000 * 1000) + " ago";
}

std::string with_ago(const std::string& rfc3339, std::int64_t now_ms) {
  const std::string since = ago(rfc3339, now_ms);
  return since.empty() ? rfc3339 : base::concat({rfc3339, " (", since, ")"});
}

void print_gateway(const json& status, std::int64_t now_ms) {
  const json& unit = member(status, "gateway");
  const std::string places = joined(member(unit, "listens_on"));
  line("gateway", {text(status, "unit", "?"), ", ", text(unit, "state", "unknown"),
                   places.empty() ? "" : ", listens on ", places});
  const json& health = member(status, "health");
  if (health.is_null()) return;
  const std::string since = text(unit, "since");
  const std::string version = text(health, "version");
  const std::string failing = joined(member(health, "failing"));
  const std::string detail = text(health, "detail");
  line("health", {text(health, "state", "?"), version.empty() ? "" : ", OpenClaw ", version,
                  since.empty() ? "" : ", in this state since ", since.empty() ? "" : with_ago(since, now_ms),
                  number(unit, "restarts") == 0 ? "" : ", restarts ",
                  number(unit, "restarts") == 0 ? "" : std::to_string(number(unit, "restarts")),
                  failing.empty() ? "" : "; failing: ", failing, detail.empty() ? "" : "; ", detail});
}

void print_newest(const json& status, std::int64_t now_ms) {
  const json& newest = member(status, "newest");
  const auto version = openclaw::Version::parse(text(newest, "version"));
  if (!version) {
    line("newest", {"not known: openclaw-update check asks the registry"});
    return;
  }
  const auto current = openclaw::Version::parse(text(status, "version"));
  const bool is_newer = !current || *current < *version;
  line("newest", {version->text(), " of ", text(newest, "channel"), is_newer ? "" : ", which is installed",
                  "; asked ", with_ago(text(newest, "at"), now_ms)});
}

void print_obstacles(const json& status) {
  if (const json& hold = member(status, "hold"); hold.is_string()) {
    const std::string until = text(status, "hold_until");
    line("on hold", {text(status, "hold", "without a reason"), until.empty() ? "" : ", until ", until,
                     " (openclaw-update unhold ends it)"});
  }
  if (const std::string ended = text(status, "ended_hold"); !ended.empty()) {
    line("hold ended", {ended, ", at ", text(status, "hold_until"), " (openclaw-update unhold removes it)"});
  }
  if (const std::string pin = text(status, "pin"); !pin.empty())
    line("pinned to", {pin, " (openclaw-update unpin ends it)"});
  for (const json& entry : member(status, "quarantine")) {
    const std::string reason = text(entry, "reason");
    line("quarantine", {text(entry, "version", "?"), reason.empty() ? "" : ": ", reason});
  }
}

// What became of the last update, where it is not simply over.
bool print_unfinished(const json& status) {
  const json& last = member(status, "last_update");
  if (member(last, "outcome").is_string()) return false;
  const std::string id = text(last, "id", "?"), stage = text(last, "stage", "?");
  if (text(status, "open") != id) {
    line("update", {id, " ended in stage ", stage, " without a record of its outcome: see the journal"});
  } else if (member(status, "at_work") == true) {
    line("update", {id, " is at work, stage ", stage});
  } else {
    line("update", {id, " is not finished, stage ", stage,
                    ", and no process works on it; openclaw-update recover completes it"});
  }
  return true;
}

void print_ended(std::string_view label, const json& report) {
  const std::string reason = text(report, "reason");
  line(label, {text(report, "id", "?"), ": ", text(report, "outcome", "?"), " ", text(report, "from", "none"),
               " -> ", text(report, "to", "?"), reason.empty() ? "" : "  ", reason});
  if (const std::string times = times_line(report); !times.empty()) line("", {times});
}

void print_updates(const json& status) {
  const json& last = member(status, "last_update");
  if (last.is_object() && !print_unfinished(status)) print_ended("last update", last);
  for (const json& report : member(status, "earlier_updates")) print_ended("before that", report);
  // Of no interest any more once an update has come after it.
  const json& rehearsal = member(status, "last_rehearsal");
  if (rehearsal.is_object() && text(last, "id") < text(rehearsal, "id")) print_ended("rehearsal", rehearsal);
  if (const json& next = member(status, "next_update"); next.is_object())
    line("next update", {text(next, "at"), ", ", text(next, "unit")});
}

void print_releases(const json& status) {
  line("current", {text(status, "current", "none: openclaw-update installs one")});
  line("previous", {text(status, "previous", "none")});
  for (const json& release : member(status, "releases")) {
    const std::uint64_t bytes = number(release, "bytes");
    line("release", {text(release, "name", "?"), "  ", text(release, "made_at"), bytes == 0 ? "" : "  ",
                     bytes == 0 ? "" : base::human_bytes(bytes)});
  }
  const json& disk = member(status, "disk");
  if (member(disk, "free_bytes").is_number())
    line("disk", {base::human_bytes(number(disk, "releases_bytes")), " in releases, ",
                  base::human_bytes(number(disk, "free_bytes")), " free in ", text(disk, "path")});
}

}  // namespace

void print_status(const json& status, std::int64_t now_ms) {
  if (const std::string name = text(status, "name"); !name.empty()) line("name", {name});
  print_gateway(status, now_ms);
  print_releases(status);
  print_newest(status, now_ms);
  if (const std::string changes = changes_line(member(status, "changes")); !changes.empty())
    line("changes", {changes});
  print_obstacles(status);
  print_updates(status);
  if (const json& moved = member(status, "moved_from"); moved.is_object()) {
    line("moved from", {text(moved, "user"), "'s user unit ", text(moved, "unit"),
                        ": openclaw-update adopt --undo returns to it"});
  }
}

}  // namespace tools
