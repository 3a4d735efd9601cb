// SPDX-License-Identifier: MIT
#include "update/verification.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"

namespace update {
namespace {

using Complaints = std::vector<Complaint>;

bool contains(const std::vector<std::string>& list, const std::string& entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

std::string with_detail(const std::string& sentence, const std::string& detail) {
  return detail.empty() ? sentence : base::concat({sentence, ": ", detail});
}

// Of what /readyz names (2026.9): parts of a start are named, too, and a release that never gets further than
// its predecessor was when it was asked during its own start is no good.
bool lasts(const std::string& failing, const contract::GatewayReport& report) {
  return failing.starts_with("agent-database:") || contains(report.channels, failing);
}

// `before`: null if nothing is known of it.
void judge_readiness(const contract::GatewayReport* before, const contract::GatewayReport& after,
                     Complaints& found) {
  if (before != nullptr && is_unready_as_before(*before, after)) return;
  if (!after.running) {
    // systemd reports how it ended.
    found.push_back(
        {Cause::restarted_unseen, with_detail("the gateway's process ended during the check", after.detail)});
  } else if (!after.ready && !after.failing.empty()) {
    found.push_back(
        {Cause::not_ready, "the gateway is not ready; failing: " + base::join(after.failing, ", ")});
  } else if (!after.ready) {
    found.push_back({Cause::not_ready, with_detail("the gateway is not ready", after.detail)});
  }
}

void judge_version(const contract::GatewayReport& after, const std::string& expected, Complaints& found) {
  if (expected.empty() || after.version.empty() || after.version == expected) return;
  found.push_back({Cause::other_version, base::concat({"the gateway that answers is ", after.version,
                                                       ", but ", expected, " was started"})});
}

// Variables that systemd itself passes to one run of a service, depending on its state, its version and on
// what has started it (a timer or a path unit: TRIGGER_*); and those that a graphical session has given to
// the manager of a user for as long as it lasts. They are not part of a definition: one that is, is compared
// there.
bool is_of_one_run(std::string_view name) {
  constexpr std::array<std::string_view, 17> names = {
      "INVOCATION_ID",      "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "NOTIFY_SOCKET",
      "WATCHDOG_PID",       "WATCHDOG_USEC",  "DEBUG_INVOCATION", "FDSTORE",
      "MANAGERPID",         "MANAGERPIDFDID", "MAINPID",          "DISPLAY",
      "WAYLAND_DISPLAY",    "XAUTHORITY",     "SSH_AUTH_SOCK",    "DESKTOP_SESSION",
      "XDG_CURRENT_DESKTOP"};
  constexpr std::array<std::string_view, 6> families = {"MEMORY_PRESSURE_", "TRIGGER_",     "MONITOR_",
                                                        "LISTEN_",          "XDG_SESSION_", "XDG_MENU_"};
  return std::ranges::find(names, name) != names.end() ||
         std::ranges::any_of(families, [&](std::string_view family) { return name.starts_with(family); });
}

void judge_environment(const contract::GatewayReport& before, const contract::GatewayReport& after,
                       Complaints& found) {
  // What a file that the disk does not show would add is not lost.
  if (!after.running || !after.environment_unknown.empty()) return;
  for (const std::string& name : before.environment_keys) {
    if (is_of_one_run(name) || contains(after.environment_keys, name)) continue;
    found.push_back(
        {Cause::environment_lost,
         base::concat({"environment variable ", name, " is lost: the gateway had it before the update"})});
  }
}

bool was_openclaws_own_choice(const std::string& id, const contract::PluginReport& before,
                              const contract::PluginReport& after) {
  return contains(before.bundled, id) && !contains(before.configured, id) && !contains(after.configured, id);
}

void judge_plugins(const contract::PluginReport& before, const contract::PluginReport& after,
                   Complaints& found) {
  if (!before.known || !after.known) return;
  for (const std::string& id : before.loaded) {
    const auto failure = std::find_if(after.errors.begin(), after.errors.end(),
                                      [&](const contract::PluginFailure& row) { return row.id == id; });
    if (failure != after.errors.end()) {
      found.push_back(
          {Cause::works_no_more,
           with_detail("plugin " + id + " was loaded before the update and fails now", failure->error)});
    } else if (!contains(after.loaded, id) && !was_openclaws_own_choice(id, before, after)) {
      found.push_back(
          {Cause::works_no_more, "plugin " + id + " was loaded before the update and is not loaded now"});
    }
  }
}

void judge_channels(const contract::GatewayReport& before, const contract::GatewayReport& after,
                    Complaints& found) {
  if (!before.channels_known || !after.channels_known) return;
  for (const std::string& name : before.channels) {
    if (!contains(after.channels, name)) {
      found.push_back(
          {Cause::works_no_more, "channel " + name + " existed before the update and does not exist now"});
    }
  }
}

struct Question {
  contract::Reply contract::GatewayReport::*reply;
  Cause cause;
  std::string_view broken;  // the complaint if it worked before
  std::string_view wrong;   // the complaint if the state before is unknown; empty: then it does not count
};
constexpr std::array<Question, 4> questions = {{
    // The release accepted it before the gateway was stopped.
    {&contract::GatewayReport::config, Cause::config_invalid,
     "the config was valid before the update and is not valid now", "the config is not valid"},
    // A gateway with a dead RPC still answers HTTP normally (#151467).
    {&contract::GatewayReport::rpc, Cause::works_no_more,
     "the gateway's RPC answered before the update and does not now", "the gateway's RPC does not answer"},
    {&contract::GatewayReport::cron, Cause::works_no_more,
     "the cron scheduler answered before the update and does not now", ""},
    {&contract::GatewayReport::models, Cause::works_no_more,
     "model status was available before the update and is not available now", ""},
}};

bool has_failed(const contract::Reply& reply) {
  return reply.known && !reply.ok;
}

}  // namespace

bool is_unready_as_before(const contract::GatewayReport& before, const contract::GatewayReport& after) {
  if (before.ready || !after.running || after.ready || after.failing.empty()) return false;
  return std::ranges::all_of(after.failing, [&](const std::string& name) {
    return contains(before.failing, name) && lasts(name, before);
  });
}

std::string text_of(const std::vector<Complaint>& complaints) {
  std::vector<std::string> texts;
  texts.reserve(complaints.size());
  for (const Complaint& complaint : complaints) texts.push_back(complaint.text);
  return base::join(texts, "; ");
}

Cause cause_of(const std::vector<Complaint>& complaints) {
  const auto other = std::find_if(complaints.begin(), complaints.end(), [](const Complaint& complaint) {
    return !row_of(complaint.cause).blames_release;
  });
  return other == complaints.end() ? complaints.front().cause : other->cause;
}

std::vector<Complaint> complaints(const contract::GatewayReport& before, const contract::GatewayReport& after,
                                  const std::string& expected_version) {
  Complaints found;
  judge_readiness(&before, after, found);
  judge_version(after, expected_version, found);
  judge_environment(before, after, found);
  judge_plugins(before.plugins, after.plugins, found);
  judge_channels(before, after, found);
  for (const Question& question : questions) {
    const contract::Reply& old = before.*question.reply;
    const contract::Reply& now = after.*question.reply;
    if (old.known && old.ok && has_failed(now)) {
      found.push_back({question.cause, with_detail(std::string(question.broken), now.detail)});
    }
  }
  return found;
}

namespace {

Complaints complaints_without_comparison(const contract::GatewayReport* before,
                                         const contract::GatewayReport& after,
                                         const std::string& expected_version) {
  Complaints found;
  judge_readiness(before, after, found);
  judge_version(after, expected_version, found);
  for (const Question& question : questions) {
    const contract::Reply& now = after.*question.reply;
    if (!question.wrong.empty() && has_failed(now)) {
      found.push_back({question.cause, with_detail(std::string(question.wrong), now.detail)});
    }
  }
  return found;
}

}  // namespace

std::vector<Complaint> complaints_of_first_start(const contract::GatewayReport& after,
                                                 const std::string& expected_version) {
  return complaints_without_comparison(nullptr, after, expected_version);
}

std::vector<Complaint> complaints_of_canary(const contract::GatewayReport* before,
                                            const contract::GatewayReport& canary,
                                            const std::string& expected_version) {
  Complaints found = complaints_without_comparison(before, canary, expected_version);
  if (before != nullptr && canary.ready) judge_plugins(before->plugins, canary.plugins, found);
  return found;
}

}  // namespace update
