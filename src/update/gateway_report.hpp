// What openclaw-probe says of the running gateway (workers/probe/probe.hpp shows the JSON): hostile input,
// read with limits into plain values.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace update {

// What one question came to. `known` false: nobody answered, which is no evidence of anything.
struct Finding {
  bool known = false, ok = false;
  std::string detail;
};

struct PluginFailure {
  std::string id, error;
};

struct PluginReport {
  bool known = false;
  std::vector<std::string> loaded;
  std::vector<PluginFailure> errors;
  std::vector<std::string> bundled;     // in the package that runs
  std::vector<std::string> configured;  // that the config asks for by name
};

struct GatewayReport {
  bool ready = false;
  bool running = true;  // its process
  std::vector<std::string> failing;
  std::string detail;            // of readiness, for a person
  std::int64_t ready_at_ms = 0;  // Unix milliseconds; 0: not known
  std::string version;           // of the running process; empty: not known (some versions before 2026.8.1)
  std::vector<std::string> environment_keys;
  PluginReport plugins;
  bool channels_known = false;
  std::vector<std::string> channels;
  Finding config, rpc, cron, models;  // config.ok: valid
};

inline constexpr std::size_t most_report_entries = 500;
inline constexpr std::size_t longest_report_text = 300;

// `result` is the worker's result object. Every text comes out printable and at most `longest_report_text`
// bytes long. A member of the wrong type, a list of more than `most_report_entries`, or a report without
// "ready" is `unavailable`, naming the member; other members may be absent.
[[nodiscard]] base::Result<GatewayReport> read_gateway_report(const nlohmann::json& result);
// The same of a text, which may be anything.
[[nodiscard]] base::Result<GatewayReport> parse_gateway_report(const std::string& text);

}  // namespace update
