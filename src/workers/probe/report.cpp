// SPDX-License-Identifier: MIT
#include "workers/probe/report.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "openclaw/answer.hpp"
#include "process/beside.hpp"
#include "workers/probe/answers.hpp"

namespace workers {
namespace {

using contract::Reply;
using nlohmann::json;

// A gateway that has just become ready, or its machine, may still be busy: RPC counts as failed only after a
// second attempt.
constexpr int tries_of_health = 2;
constexpr std::chrono::seconds between_tries{2};

Reply unknown(const std::string& why) {
  return {false, false, why};
}

std::string took_too_long(const ProbeCommand& command) {
  return "no answer within " + base::human_duration(std::chrono::milliseconds(command.timeout()).count());
}

// Only a command that answered is recorded; one that could not be run or was too slow is no evidence.
Reply ask(const ProbeCommand& command, const std::vector<std::string>& arguments,
          const std::vector<std::string_view>& members, std::optional<json>* value = nullptr) {
  const auto answer = command.run(arguments);
  if (!answer) return unknown(answer.error().message);
  if (!answer->ended) return unknown(took_too_long(command));
  auto found = openclaw::find_answer(answer->answer, {.members = members});
  if (value != nullptr) *value = found;
  if (answer->exit_status == 0 && found) return {true, true, ""};
  if (answer->exit_status == 0) return unknown("its answer is not valid");
  std::string said = failure_of(answer->answer, answer->messages);
  return {true, false, said.empty() ? "exit status " + std::to_string(answer->exit_status) : said};
}

// Here, in contrast to the others, a missing answer is a failure: the gateway answers HTTP.
Reply ask_health(const ProbeCommand& command, contract::GatewayReport& report) {
  std::optional<json> value;
  Reply reply = ask(command, {"health", "--json"}, {"channels"}, &value);
  if (reply.ok && value) {
    HealthFacts facts = read_health_answer(*value);
    report.plugins.known = facts.plugins.known;
    report.plugins.loaded = std::move(facts.plugins.loaded);
    report.plugins.errors = std::move(facts.plugins.errors);
    report.channels = std::move(facts.channels);
    report.channels_known = value->contains("channels");
  }
  if (!reply.known && reply.detail == took_too_long(command)) reply.known = true;
  return reply;
}

std::string ask_version(const ProbeCommand& command) {
  const auto answer = command.run({"gateway", "call", "system-presence", "--json"});
  if (!answer || !answer->succeeded()) return "";
  const auto list = openclaw::find_answer(
      answer->answer, {.kind = openclaw::Answer::Kind::objects, .members = {"version", "reason"}});
  return list ? read_own_version(*list) : "";
}

void ask_config_and_models(const ProbeCommand& command, const BeginsQuery& begin,
                           contract::GatewayReport& report) {
  begin("the config", command.timeout());
  ask_config(command, report);
  begin("the models", command.timeout());
  report.models = ask(command, {"models", "status", "--json"}, {"defaultModel", "auth"});
}

Reply reply_in(const json& told, const std::string& name, const char* ok) {
  return {base::is_true_at(told, name + ".known"), base::is_true_at(told, name + "." + ok),
          base::text_at(told, name + ".detail")};
}

// False: that process died, so nothing is known yet.
bool hear_config_and_models(process::Beside& beside, contract::GatewayReport& report) {
  const auto told = beside.end({});
  const json answer = told ? base::json_or_null(*told) : json();
  if (!answer.is_object()) return false;
  report.config = reply_in(answer, "config", "valid");
  report.models = reply_in(answer, "models", "ok");
  return true;
}

// These variables determine the version that OpenClaw reports.
bool names_its_version(const std::vector<std::string>& keys) {
  constexpr std::array<std::string_view, 2> names = {"OPENCLAW_VERSION", "OPENCLAW_BUNDLED_VERSION"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return std::find(keys.begin(), keys.end(), name) != keys.end();
  });
}

}  // namespace

json to_json(contract::GatewayReport report, const base::Redaction& secrets) {
  report.version_known = !report.version.empty();
  report.detail = secrets.applied(report.detail);
  for (contract::PluginFailure& row : report.plugins.errors) row.error = secrets.applied(row.error);
  for (Reply* const reply : {&report.config, &report.rpc, &report.cron, &report.models}) {
    reply->detail = secrets.applied(reply->detail);
  }
  return contract::to_json(report);
}

void ask_config(const ProbeCommand& command, contract::GatewayReport& report) {
  std::optional<json> value;
  report.config = ask(command, {"config", "validate", "--json"}, {"valid"}, &value);
  if (!value || !(*value)["valid"].is_boolean()) return;
  report.config = {true, (*value)["valid"].get<bool>(), base::join(read_config_issues(*value), ", ")};
}

namespace {

void ask_health_patiently(const ProbeCommand& command, const BeginsQuery& begin,
                          contract::GatewayReport& report) {
  for (int turn = 0; turn < tries_of_health && !report.rpc.ok; ++turn) {
    if (turn > 0) std::this_thread::sleep_for(between_tries);
    begin("the gateway's health over its RPC", command.timeout());
    report.rpc = ask_health(command, report);
  }
}

void ask_over_rpc(const ProbeCommand& command, const BeginsQuery& begin, contract::GatewayReport& report) {
  ask_health_patiently(command, begin, report);
  if (report.rpc.known && !report.rpc.ok) {
    report.cron = unknown("not asked: the gateway's RPC does not answer");
  } else {
    begin("the cron scheduler", command.timeout());
    report.cron = ask(command, {"cron", "status", "--json"}, {"enabled", "jobs"});
  }
  if (!report.version.empty() || !report.rpc.ok || names_its_version(report.environment_keys)) return;
  begin("the running version", command.timeout());
  report.version = ask_version(command);
}

}  // namespace

void ask_health_and_config(const ProbeCommand& command, const BeginsQuery& begin,
                           contract::GatewayReport& report) {
  ask_health_patiently(command, begin, report);
  begin("the config", command.timeout());
  ask_config(command, report);
}

// Texts are handed over whole: secrets are removed from them later, and a part of one would not be
// recognised.
std::optional<process::Beside> begin_config_and_models(const ProbeCommand& command) {
  auto begun = process::Beside::begin("the queries of config and models", [&](const auto&) {
    contract::GatewayReport report;
    ask_config_and_models(
        command, [](const auto&, auto) {}, report);
    return base::Result<std::string>(
        contract::to_json(report).dump(-1, ' ', false, json::error_handler_t::replace));
  });
  if (!begun) return std::nullopt;
  return std::move(*begun);
}

void ask_gateway(const ProbeCommand& command, std::optional<process::Beside> beside, const BeginsQuery& begin,
                 contract::GatewayReport& report) {
  ask_over_rpc(command, begin, report);
  if (beside) {
    begin("config and models", 2 * command.timeout());
    if (hear_config_and_models(*beside, report)) return;
  }
  ask_config_and_models(command, begin, report);
}

}  // namespace workers
