// SPDX-License-Identifier: MIT
// What a gateway says of itself over HTTP, read from the answers of /healthz, /readyz and /startupz.
//
// Nothing but a JSON object with the right members counts as an answer: OpenClaw serves its single-page
// control UI, with status 200, for every path that it does not know (/startupz before 2026.8.1 is one).
// How the answers are fetched is the caller's: openclaw-probe waits for one after the other,
// openclaw-watchdog has other things to do meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace openclaw {

struct HttpAnswer {
  int status = 0;
  std::string body;  // at most `largest_body`
};

inline constexpr std::size_t largest_body = std::size_t{64} * 1024;

struct GatewayHealth {
  bool reachable = false;                   // something answers HTTP on the port
  bool live = false;                        // according to /healthz
  bool known = false;                       // /readyz (or /ready) says something, be it "no"
  bool ready = false;                       // it says yes, and the gateway neither starts nor drains
  bool starting = false, draining = false;  // 2026.8.1+: what /startupz says
  std::vector<std::string> failing;         // what keeps it from being ready: channels, "agent-database:main"
  std::string version;                      // of the running code; empty before 2026.8.1, where none is told
  std::optional<std::int64_t> uptime_ms;
  std::string detail;  // why it is not reachable or not understood, for a person
};

// What came back, or did not, from each path.
struct HealthAnswers {
  base::Result<HttpAnswer> health, readiness, startup;
};

[[nodiscard]] GatewayHealth read_health(const HealthAnswers& answers);

// "ready", "not reachable: ...", "starts", "not ready: telegram, slack": for STATUS= and messages.
[[nodiscard]] std::string describe(const GatewayHealth& health);

}  // namespace openclaw
