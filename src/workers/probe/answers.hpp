// SPDX-License-Identifier: MIT
// Parses the --json output of OpenClaw's command line (openclaw/answer.hpp). Without side effects.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "contract/gateway_report.hpp"

namespace workers {

// `health --json`.
struct HealthFacts {
  contract::PluginReport plugins;     // 2026.4.20 does not report them
  std::vector<std::string> channels;  // the configured ones
};
[[nodiscard]] HealthFacts read_health_answer(const nlohmann::json& answer);

// `config validate --json`: the keys that are wrong ("gateway.port"), never their values.
[[nodiscard]] std::vector<std::string> read_config_issues(const nlohmann::json& answer);

// `gateway call system-presence --json`: the version that the gateway's own process reports, or empty. If its
// environment sets OPENCLAW_VERSION, it reports that value, which is no evidence.
[[nodiscard]] std::string read_own_version(const nlohmann::json& presence);

// The message in the output of a failed command: "error.message" of its JSON, otherwise the line after
// "Reason:", otherwise the last line. Printable, at most 300 bytes.
[[nodiscard]] std::string failure_of(std::string_view answer, std::string_view messages);

}  // namespace workers
