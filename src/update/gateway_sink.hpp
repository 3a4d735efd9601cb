// SPDX-License-Identifier: MIT
// Adapts journal entries about a gateway with a name, or in a user unit: adds the field OPENCLAW_GATEWAY, and
// adapts commands in messages.
#pragma once

#include <string>
#include <utility>

#include "config/scope.hpp"
#include "systemd/journal.hpp"

namespace update {

class GatewaySink final : public systemd::EventSink {
 public:
  // `sink` has to outlive this object.
  GatewaySink(systemd::EventSink& sink, std::string gateway, config::Scope scope = {})
      : sink_(sink), gateway_(std::move(gateway)), scope_(std::move(scope)) {}
  void send(const systemd::Event& event) override;

 private:
  systemd::EventSink& sink_;
  std::string gateway_;
  config::Scope scope_;
};

}  // namespace update
