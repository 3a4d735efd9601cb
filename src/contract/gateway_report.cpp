// SPDX-License-Identifier: MIT
#include "contract/gateway_report.hpp"

#include "contract/envelope.hpp"

namespace contract {

using nlohmann::json;

base::Result<GatewayReport> read_gateway_report(const json& result) {
  if (!result.is_object()) {
    return base::fail(base::ErrorKind::unavailable, "openclaw-probe's report is not a JSON object");
  }
  return read_strictly<GatewayReport>(result, of_report);
}

base::Result<GatewayReport> parse_gateway_report(const std::string& text) {
  return read_gateway_report(base::json_or_null(text, result_limits));
}

}  // namespace contract
