// SPDX-License-Identifier: MIT
// What the journal is told of a gateway that has a name, or that is a user's own: the field OPENCLAW_GATEWAY,
// and commands to type that are for it.
#pragma once

#include <string>
#include <utility>

#include "config/scope.hpp"
#include "systemd/journal.hpp"

namespace update {

class GatewaySink final : public systemd::EventSink {
 public:
  // `sink` has to live as long.
  GatewaySink(systemd::EventSink& sink, std::string gateway, config::Scope scope = {})
      : sink_(sink), gateway_(std::move(gateway)), scope_(std::move(scope)) {}
  void send(const systemd::Event& event) override;

 private:
  systemd::EventSink& sink_;
  std::string gateway_;
  config::Scope scope_;
};

}  // namespace update
