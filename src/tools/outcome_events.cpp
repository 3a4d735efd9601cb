// SPDX-License-Identifier: MIT
#include "tools/outcome_events.hpp"

#include <map>

#include "base/text.hpp"
#include "base/time.hpp"

namespace tools {
namespace {

using stage::Finding;
using stage::Outcome;
using stage::PluginStatus;
using systemd::Event;
using systemd::Priority;

struct FindingEvent {
  Finding::Kind kind;
  std::string_view message_id;
  Priority mended, left;
};
constexpr FindingEvent finding_events[] = {
    {Finding::Kind::stale_link, systemd::message_id::mirror_repaired, Priority::notice, Priority::warning},
    {Finding::Kind::lock_reclaimed, systemd::message_id::lock_reclaimed, Priority::notice, Priority::warning},
    {Finding::Kind::lock_held, systemd::message_id::lock_held, Priority::warning, Priority::warning},
    {Finding::Kind::half_finished, "", Priority::info, Priority::notice},
    {Finding::Kind::peer_link, systemd::message_id::mirror_repaired, Priority::notice, Priority::warning},
    {Finding::Kind::skew, systemd::message_id::plugin_skew, Priority::notice, Priority::warning},
    {Finding::Kind::stage_directory, "", Priority::warning, Priority::warning},
    {Finding::Kind::owned_root, systemd::message_id::owned_root, Priority::notice, Priority::warning},
    {Finding::Kind::note, "", Priority::info, Priority::warning},
};

Event event_of(const Finding& finding, const Outcome& outcome) {
  Event event;
  for (const auto& row : finding_events) {
    if (row.kind != finding.kind) continue;
    event.message_id = row.message_id;
    event.priority = finding.mended ? row.mended : row.left;
  }
  event.message = finding.subject + ": " + finding.message;
  event.fields = {{"OPENCLAW_VERSION", outcome.version}, {"OPENCLAW_SUBJECT", finding.subject}};
  return event;
}

// A poisoned mirror has thousands of links: one event tells of them all.
std::vector<Event> finding_events_of(const Outcome& outcome) {
  constexpr std::size_t told_one_by_one = 3;
  std::map<Finding::Kind, std::size_t> told;
  std::vector<Event> events;
  for (const auto& finding : outcome.findings) {
    if (++told[finding.kind] <= told_one_by_one) events.push_back(event_of(finding, outcome));
  }
  for (const auto& [kind, count] : told) {
    if (count <= told_one_by_one) continue;
    Event event;
    event.priority = Priority::notice;
    event.message = "... and " + std::to_string(count - told_one_by_one) + " more of kind " +
                    std::string(stage::word(kind));
    event.fields = {{"OPENCLAW_VERSION", outcome.version}};
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

std::string summary_of(const Outcome& outcome) {
  const std::string version = "OpenClaw " + outcome.version;
  if (outcome.failure) {
    return "plugin dependencies NOT staged" + (outcome.version.empty() ? "" : " for " + version) + ": " +
           outcome.failure->message;
  }
  if (outcome.unchanged) return version + ": plugin dependencies complete, nothing to do";
  const auto failed = outcome.count(PluginStatus::failed);
  if (failed > 0) {
    std::vector<std::string> names;
    for (const auto& row : outcome.plugins) {
      if (row.status == PluginStatus::failed) names.push_back(row.id);
    }
    return version + ": " + base::count(failed, "plugin", "plugins") +
           " WITHOUT dependencies: " + base::join(names, ", ");
  }
  const auto staged = outcome.count(PluginStatus::staged);
  const auto repaired = outcome.count(PluginStatus::repaired);
  const auto usable = staged + repaired + outcome.count(PluginStatus::present);
  return version + ": " + base::count(usable, "plugin", "plugins") + " complete (" + std::to_string(staged) +
         " staged, " + std::to_string(repaired) + " repaired) in " +
         base::human_duration(outcome.duration.count());
}

std::vector<Event> events_of(const Outcome& outcome) {
  std::vector<Event> events = finding_events_of(outcome);
  for (const auto& row : outcome.plugins) {
    if (row.status != PluginStatus::failed) continue;
    events.push_back({Priority::error,
                      systemd::message_id::stage_failed,
                      "plugin " + row.id + ": " + row.reason,
                      {{"OPENCLAW_PLUGIN", row.id}, {"OPENCLAW_VERSION", outcome.version}}});
  }
  const bool bad = !outcome.complete();
  // Nothing to do is nothing to tell: a journal of a thousand restarts stays readable.
  const Priority priority = bad ? Priority::error : outcome.unchanged ? Priority::debug : Priority::info;
  events.push_back({priority,
                    bad ? systemd::message_id::stage_failed : systemd::message_id::staged,
                    summary_of(outcome),
                    {{"OPENCLAW_VERSION", outcome.version},
                     {"OPENCLAW_CLOSURE", outcome.closure},
                     {"OPENCLAW_CLIENT", outcome.client},
                     {"OPENCLAW_DURATION_MS", std::to_string(outcome.duration.count())}}});
  return events;
}

}  // namespace tools
