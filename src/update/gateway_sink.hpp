// What the journal is told of a gateway that has a name: the field OPENCLAW_GATEWAY, and commands to type
// that name it.
#pragma once

#include <string>
#include <utility>

#include "systemd/journal.hpp"

namespace update {

class GatewaySink final : public systemd::EventSink {
 public:
  // `sink` has to live as long. `gateway` empty: everything is passed on as it is.
  GatewaySink(systemd::EventSink& sink, std::string gateway) : sink_(sink), gateway_(std::move(gateway)) {}
  void send(const systemd::Event& event) override;

 private:
  systemd::EventSink& sink_;
  std::string gateway_;
};

}  // namespace update
