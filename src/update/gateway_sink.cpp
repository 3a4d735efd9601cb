// SPDX-License-Identifier: MIT
#include "update/gateway_sink.hpp"

#include "update/gateway_places.hpp"

namespace update {

void GatewaySink::send(const systemd::Event& event) {
  if (gateway_.empty() && !scope_.is_user) return sink_.send(event);
  systemd::Event named = event;
  named.message = for_scope(for_gateway(named.message, gateway_), scope_);
  if (!gateway_.empty()) named.fields.emplace_back("OPENCLAW_GATEWAY", gateway_);
  sink_.send(named);
}

}  // namespace update
