// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/file.hpp"
#include "openclaw/era.hpp"
#include "openclaw/version.hpp"
#include "process/network.hpp"
#include "update/gateway.hpp"
#include "update/rehearsing.hpp"
#include "update/stages.hpp"
#include "update/verification.hpp"
#include "update/worker_answer.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* canary_file = "canary.json";
constexpr std::size_t longest_reason = 300, most_named_secrets = 5;

// Up to 2026.4.30, the dependencies of plugins are put into place at the start, and OpenClaw's mirror is
// created beside the live ones, so a canary would not be separate from the live state.
bool stages_at_start(const std::string& version) {
  using enum openclaw::Delivery;
  const auto parsed = openclaw::Version::parse(version);
  if (!parsed) return false;
  const auto delivery = openclaw::era_of(*parsed).delivery;
  return delivery == plugin_view || delivery == external_root;
}

// A release for a rollback has run here, and the state that is restored with it is not the present one:
// 2026.8.2 would just refuse that of 2026.9.6.
bool is_wanted(const Setup& setup, Context& context) {
  if (context.asked.returning || !context.snapshot.restore_from.empty()) return false;
  // Without a canary, it is unknown whether this release moves the sessions.
  context.snapshot.transcripts = !setup.settings.canary.boot;
  if (!setup.settings.canary.boot) return false;
  if (!stages_at_start(context.to.version)) return true;
  context.notes.push_back(context.to.version +
                          " had no canary: releases before 2026.5.2 stage plugins at the start");
  return false;
}

// OpenClaw's doctor draws a frame (U+2500 to U+257F) around what it says.
bool is_frame(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    const std::string_view character = line.substr(at, 2);
    const auto byte = static_cast<unsigned char>(line[at]);
    if (character == "\xe2\x94" || character == "\xe2\x95") {
      at += 2;
    } else if (byte >= 0x80 || std::isalnum(byte) != 0) {
      return false;
    }
  }
  return true;
}

std::string last_words(const contract::CanaryBooted& told) {
  const auto last = std::find_if_not(told.log.rbegin(), told.log.rend(), is_frame);
  if (last == told.log.rend()) return "";
  return "; its last message: " + base::redacted(*last, longest_reason);
}

// For a release that did not start, not even on a copy that its own doctor had migrated.
std::string words_of_doctor(const contract::CanaryBooted& told) {
  if (!told.migration) return "";
  const contract::StateMigrated& doctor = told.migration->doctor;
  if (doctor.outcome == "done") return "; its openclaw doctor --fix did not help";
  return "; its openclaw doctor --fix did not help: it " + doctor.detail;
}

// If a release moves the index of sessions, it moves their transcripts as well.
bool moves_sessions(const contract::CanaryBooted& told) {
  return std::any_of(told.moved.begin(), told.moved.end(),
                     [](const std::string& path) { return path.ends_with("sessions/sessions.json"); });
}

std::string migrations(const contract::CanaryBooted& told) {
  std::vector<std::string> moved;
  for (const SchemaMoved& each : schemas_moved(told.schemas)) moved.push_back(text_of(each));
  return base::join(moved, ", ");
}

void note_success(const contract::CanaryBooted& told, const contract::GatewayReport& report,
                  Context& context) {
  context.snapshot.transcripts = moves_sessions(told);
  context.to.migrate = told.migrated.value_or(false);
  std::string note = "ready after " + base::human_duration(told.ready_after_ms);
  if (context.to.migrate)
    note = "its openclaw doctor --fix must migrate the state before it starts; then " + note;
  if (report.plugins.known) note += " with " + std::to_string(report.plugins.loaded.size()) + " plugins";
  if (const std::string moved = migrations(told); !moved.empty())
    note += ", and changed its copy of " + moved;
  context.to.canary = std::move(note);
  if (told.shares_network) {
    context.notes.emplace_back(
        "the canary had no separate network, since this user's service manager cannot create one; channels, "
        "providers and cron were disabled in it, and it used another port");
  }
  if (!told.not_copied.empty()) {
    context.notes.push_back("the canary did not have all of the state: " +
                            base::redacted(told.not_copied.front(), longest_reason));
  }
}

// The config obtains secrets from commands, and the release ended because one was not available (2026.4.26 to
// 2026.9.6 report this in these words, with status 1). Such a command may need a network, which a canary does
// not have.
bool ended_for_want_of_secrets(const contract::CanaryBooted& told, const contract::GatewayReport& report) {
  if (report.ready || report.running || told.exit_status != 1 || told.secrets_from_commands.empty()) {
    return false;
  }
  return std::any_of(told.log.begin(), told.log.end(), [](const std::string& line) {
    return line.find("Startup failed: required secrets are unavailable") != std::string::npos;
  });
}

void note_missing_secrets(const contract::CanaryBooted& told, Context& context) {
  std::vector<std::string> keys;
  for (const std::string& key : told.secrets_from_commands) {
    if (keys.size() < most_named_secrets) keys.push_back(base::printable(key, longest_reason));
  }
  context.notes.push_back(base::concat(
      {context.to.version,
       " could not be tested because of its secrets, and is treated as with boot=no in [canary]: commands ",
       "provide ", base::join(keys, ", "), ", and a canary has no network"}));
}

Result<void> judge_canary(const json& answer, Context& context) {
  const auto report = contract::read_gateway_report(answer);
  if (!report) return base::pass(report.error(), "the canary");
  const auto told = contract::read_leniently<contract::CanaryBooted>(answer);
  if (ended_for_want_of_secrets(told, *report)) {
    context.snapshot.transcripts = true;
    note_missing_secrets(told, context);
    return {};
  }
  const auto found = complaints_of_canary(context.from.baseline.report(), *report, context.to.version);
  if (found.empty()) {
    note_success(told, *report, context);
    if (context.asked.rehearses) {
      note_canary(told, *report, context.from.baseline.report(), context.rehearsal);
    }
    return {};
  }
  return base::fail(
      ErrorKind::unavailable,
      context.to.version + " failed on a copy of the state, and the gateway was not affected: " +
          text_of(found) + last_words(told) + words_of_doctor(told) + "; its log is in transactions/" +
          context.id + "/" + canary_file + "; boot=no in [canary] of helpers.ini disables the canary");
}

}  // namespace

Result<void> keep_answer(const Setup& setup, const Context& context, const char* file, const json& answer) {
  const auto folder = Journal(setup.state_fd).folder(context.id);
  if (!folder) return base::pass(folder.error());
  return fs::write_file_durably(
      folder->get(), file, without_secrets(answer).dump(2, ' ', false, json::error_handler_t::replace) + "\n",
      0600);
}

namespace {

Result<void> boot_canary(const Setup& setup, Context& context) {
  if (!is_wanted(setup, context)) return {};
  const auto release = setup.releases.find(context.to.release);
  if (!release) return base::pass(release.error());
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  if (context.from.was_running) begin_baseline(setup, *unit, context);
  const auto answer = run_worker(setup, context, contract::tasks::canary,
                                 {.release = request_about(setup, *release),
                                  .port = port_of(setup, context),
                                  .expected_version = context.to.version,
                                  .deadline_s = setup.settings.canary.ready_timeout.count(),
                                  .updater_network = process::network_namespace()});
  if (!answer) return base::pass(answer.error(), "the canary of " + context.to.version);
  if (context.from.was_running) {
    if (auto asked = take_baseline(setup, *unit, context); !asked) return base::pass(asked.error());
  }
  if (contract::read_leniently<contract::CanaryBooted>(*answer).config_absent) return {};
  if (auto kept = keep_answer(setup, context, canary_file, *answer); !kept) return base::pass(kept.error());
  return judge_canary(*answer, context);
}

}  // namespace

Result<Event> try_canary(const Setup& setup, Context& context) {
  if (auto booted = boot_canary(setup, context); !booted) return base::pass(booted.error());
  if (!context.asked.rehearses) return Event::done;
  look_at_what_would_change(setup, context);
  return Event::ends_here;
}

}  // namespace update
