// SPDX-License-Identifier: MIT
// What OpenClaw's command line answers with --json (openclaw/answer.hpp), taken apart. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "contract/gateway_report.hpp"

namespace workers {

// `health --json`.
struct HealthFacts {
  contract::PluginReport plugins;     // 2026.4.20 says nothing of them
  std::vector<std::string> channels;  // those that are configured
};
[[nodiscard]] HealthFacts read_health_answer(const nlohmann::json& answer);

// `config validate --json`: where the config is wrong ("gateway.port"), never what it says there.
[[nodiscard]] std::vector<std::string> read_config_issues(const nlohmann::json& answer);

// `gateway call system-presence --json`: the version that the gateway's own process holds, or empty. Where
// its environment sets OPENCLAW_VERSION it is that, and no evidence.
[[nodiscard]] std::string read_own_version(const nlohmann::json& presence);

// The sentence in what a failed command printed: "error.message" of its JSON, else the line after "Reason:",
// else the last line. Printable, at most 300 bytes.
[[nodiscard]] std::string failure_of(std::string_view answer, std::string_view messages);

}  // namespace workers
