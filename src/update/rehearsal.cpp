// SPDX-License-Identifier: MIT
#include "update/rehearsal.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"

namespace update {
namespace {

using nlohmann::json;

// The most names of each kind in a line; --json has all.
constexpr std::size_t most_named = 10;

// "a, b and 3 more".
template <class Entries, class Name>
std::string named(const Entries& entries, Name&& name) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    if (names.size() == most_named) break;
    names.push_back(name(entry));
  }
  std::string text = base::join(names, ", ");
  if (entries.size() > names.size())
    text += base::concat({" and ", std::to_string(entries.size() - names.size()), " more"});
  return text;
}

std::string as_it_is(const std::string& text) {
  return text;
}

std::string text_of(const PluginChanged& plugin) {
  return base::concat({plugin.id, " from ", plugin.from, " to ", plugin.to});
}

std::string text_of(const PluginMissing& plugin) {
  return plugin.reason.empty() ? plugin.id : base::concat({plugin.id, " (", plugin.reason, ")"});
}

std::string plugins_line(const PluginsRehearsed& plugins) {
  std::vector<std::string> parts;
  if (!plugins.added.empty()) parts.push_back("also loads " + named(plugins.added, as_it_is));
  if (!plugins.removed.empty()) parts.push_back("no longer loads " + named(plugins.removed, as_it_is));
  const auto changed = [](const PluginChanged& plugin) { return text_of(plugin); };
  if (!plugins.changed.empty()) parts.push_back("has " + named(plugins.changed, changed));
  const auto missing = [](const PluginMissing& plugin) { return text_of(plugin); };
  if (!plugins.missing.empty()) parts.push_back("lacks " + named(plugins.missing, missing));
  if (!plugins.compared) parts.emplace_back("the plugins that are loaded now could not be compared");
  return "plugins: " + (parts.empty() ? "the same" : base::join(parts, "; "));
}

std::string databases_line(const DatabasesRehearsed& databases) {
  const auto moved = [](const SchemaMoved& each) { return text_of(each); };
  std::string text = databases.by_doctor ? "its openclaw doctor --fix migrates the state; " : "";
  if (!databases.moved.empty()) {
    text += "moves " + named(databases.moved, moved);
  } else if (databases.answer == "absent") {
    text += "there is none";
  } else if (databases.answer == "exact" || databases.by_doctor) {
    text += "no schema changes";
  } else {
    text += "no change of a schema was observed";
  }
  return "databases: " + text;
}

std::string config_line(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return "config: accepted without a warning";
  return base::concat({"config: accepted with ", base::count(warnings.size(), "warning", "warnings"), ": ",
                       named(warnings, as_it_is)});
}

std::string node_line(const NodeRehearsed& node) {
  return base::concat({"node: needs ", node.needed.empty() ? "any" : node.needed, ", would run on ",
                       node.version.empty() ? "the one at " : node.version + " at ", node.path});
}

std::string size_line(const SizeRehearsed& size) {
  if (size.files == 0) return "disk: not known";
  const auto bytes = [](std::int64_t count) {
    return base::human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)));
  };
  return base::concat({"disk: ", bytes(size.own_bytes), " for this release; ",
                       bytes(size.bytes - size.own_bytes), " is shared with other releases"});
}

std::string downtime_line(const DowntimeRehearsed& downtime) {
  std::string text = "downtime: ";
  if (downtime.ready_after_ms == 0) {
    text += "not known, as there was no canary";
  } else {
    text += base::concat({"the stop of the gateway, then about ",
                          base::human_duration(downtime.ready_after_ms + downtime.migration_ms),
                          downtime.migration_ms == 0 ? " to become ready" : " to migrate and become ready"});
  }
  if (downtime.earlier.empty()) return text + "; no earlier update was timed";
  const auto of_one = [](const EarlierDowntime& earlier) {
    return base::concat({base::human_duration(earlier.downtime_ms), " (", earlier.to, ")"});
  };
  return base::concat({text, "; earlier updates were down for ", named(downtime.earlier, of_one)});
}

}  // namespace

std::string text_of(const SchemaMoved& moved) {
  return base::concat(
      {moved.database, " from schema ", std::to_string(moved.from), " to ", std::to_string(moved.to)});
}

bool Rehearsal::empty() const {
  return contract::to_json(*this) == contract::to_json(Rehearsal{});
}

void to_json(json& value, const Rehearsal& rehearsal) {
  value = contract::to_json(rehearsal);
}

// The rehearsal is information for operators: invalid parts are ignored.
void from_json(const json& value, Rehearsal& rehearsal) {
  rehearsal = contract::read_leniently<Rehearsal>(value);
}

std::vector<std::string> lines_of(const Rehearsal& rehearsal) {
  return {plugins_line(rehearsal.plugins),
          databases_line(rehearsal.databases),
          config_line(rehearsal.config_warnings),
          node_line(rehearsal.node),
          size_line(rehearsal.size),
          downtime_line(rehearsal.downtime)};
}

}  // namespace update
