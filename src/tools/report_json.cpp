// SPDX-License-Identifier: MIT
#include "tools/report_json.hpp"

#include <nlohmann/json.hpp>

namespace tools {
namespace {

using nlohmann::ordered_json;

ordered_json plugins_of(const stage::Outcome& outcome) {
  ordered_json rows = ordered_json::array();
  for (const auto& row : outcome.plugins) {
    rows.push_back({{"id", row.id},
                    {"status", stage::word(row.status)},
                    {"reason", row.reason},
                    {"dependencies", row.dependencies},
                    {"missing", row.missing}});
  }
  return rows;
}

ordered_json findings_of(const stage::Outcome& outcome) {
  ordered_json rows = ordered_json::array();
  for (const auto& finding : outcome.findings) {
    rows.push_back({{"kind", stage::word(finding.kind)},
                    {"mended", finding.mended},
                    {"subject", finding.subject},
                    {"message", finding.message}});
  }
  return rows;
}

}  // namespace

nlohmann::ordered_json report_json(const stage::Outcome& outcome, bool check) {
  ordered_json report = {{"schema", report_schema},        {"check", check},
                         {"complete", outcome.complete()}, {"package_root", outcome.package_root},
                         {"version", outcome.version},     {"era", outcome.era},
                         {"target", outcome.target},       {"closure", outcome.closure},
                         {"client", outcome.client},       {"duration_ms", outcome.duration.count()},
                         {"plugins", plugins_of(outcome)}, {"findings", findings_of(outcome)}};
  report["failure"] = outcome.failure ? ordered_json(outcome.failure->message) : ordered_json(nullptr);
  return report;
}

}  // namespace tools
