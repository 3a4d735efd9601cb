#include "update/gateway_sink.hpp"

#include "update/gateway_places.hpp"

namespace update {

void GatewaySink::send(const systemd::Event& event) {
  if (gateway_.empty()) return sink_.send(event);
  systemd::Event named = event;
  named.message = for_gateway(named.message, gateway_);
  named.fields.emplace_back("OPENCLAW_GATEWAY", gateway_);
  sink_.send(named);
}

}  // namespace update
