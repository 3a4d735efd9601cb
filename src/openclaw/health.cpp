// SPDX-License-Identifier: MIT
#include "openclaw/health.hpp"

#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace openclaw {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::size_t most_failing = 100, longest_name = 200;
constexpr base::JsonLimits limits{.bytes = largest_body};

json body_of(const Result<HttpAnswer>& answer) {
  return answer ? base::json_or_null(answer->body, limits) : json();
}

void read_uptime(const json& object, GatewayHealth& health) {
  const json& value = base::member(object, "uptimeMs");
  if (!value.is_number()) return;
  const auto uptime = value.get<double>();
  constexpr double century = 100.0 * 366 * 86'400'000;
  if (uptime >= 0 && uptime < century) health.uptime_ms = static_cast<std::int64_t>(uptime);
}

// "failing" is left out for callers that are not trusted; anything but a list of texts is no readiness
// answer.
bool read_failing(const json& object, std::vector<std::string>& failing) {
  if (!object.contains("failing")) return true;
  const json& list = base::member(object, "failing");
  if (!list.is_array()) return false;
  for (const json& entry : list) {
    if (!entry.is_string()) return false;
    if (failing.size() < most_failing) failing.push_back(base::as_shown(entry, longest_name));
  }
  return true;
}

void read_readiness(const Result<HttpAnswer>& answer, GatewayHealth& health) {
  const json body = body_of(answer);
  const auto ready = base::as_flag(base::member(body, "ready"));
  std::vector<std::string> failing;
  if (!ready || !read_failing(body, failing)) return;
  health.known = true;
  health.ready = *ready && answer->status == 200;
  health.failing = std::move(failing);
  read_uptime(body, health);
}

void read_startup(const Result<HttpAnswer>& answer, GatewayHealth& health) {
  const json body = body_of(answer);
  const json& status = base::member(body, "status");
  if (!status.is_string() || !base::as_flag(base::member(body, "ok"))) return;
  health.starting = status == "starting";
  health.draining = status == "draining";
  if (auto version = base::as_shown(base::member(body, "version"), longest_name); !version.empty()) {
    health.version = std::move(version);
  }
  read_uptime(body, health);
}

std::string why(const Result<HttpAnswer>& answer) {
  if (!answer) return answer.error().message;
  return "status " + std::to_string(answer->status) + " without a JSON object that reports readiness";
}

}  // namespace

GatewayHealth read_health(const HealthAnswers& answers) {
  GatewayHealth health;
  health.reachable = answers.health || answers.readiness || answers.startup;
  const json live = body_of(answers.health);
  health.live = answers.health && answers.health->status == 200 &&
                base::as_flag(base::member(live, "ok")).value_or(false) &&
                base::member(live, "status") == "live";
  read_readiness(answers.readiness, health);
  read_startup(answers.startup, health);
  if (health.starting || health.draining) health.ready = false;
  if (!health.reachable || !health.known) {
    health.detail = health.reachable ? why(answers.readiness) : why(answers.health);
  }
  return health;
}

std::string describe(const GatewayHealth& health) {
  if (!health.reachable) return "not reachable yet (" + health.detail + ")";
  if (health.draining) return "draining";
  if (health.ready) return "ready";
  if (!health.failing.empty()) return "not ready: " + base::join(health.failing, ", ");
  if (health.starting) return "starting";
  return health.known ? "not ready" : "answers, but does not report readiness (" + health.detail + ")";
}

}  // namespace openclaw
