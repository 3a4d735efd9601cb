// SPDX-License-Identifier: MIT
// What `openclaw-update status` shows of one gateway, as JSON: what is kept of it, which others than root
// read as it was published (status_record.hpp), and what its unit is and does now, which anybody can ask.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

#include "bus/connection.hpp"
#include "bus/service_manager.hpp"
#include "tools/update_session.hpp"

namespace tools {

// Of a session with the rights to look.
[[nodiscard]] nlohmann::json kept_status(const UpdateSession& session);
// Publishes that. What fails is told on standard error, and is no reason for the caller to fail.
void publish_status(const UpdateSession& session);
// The same of what kept_status() has found already.
void publish_status(const UpdateSession& session, nlohmann::json status);

struct LiveQuestion {
  std::string unit;         // the gateway's
  std::uint16_t port = 0;   // of [gateway]
  std::string timer;        // openclaw-update.timer, or that of a gateway with a name
  std::int64_t now_ms = 0;  // Unix
};
// Into the same object: gateway, health, next_update; a hold that is over becomes ended_hold.
void add_live_status(const LiveQuestion& question, bus::ServiceManager& manager,
                     const bus::Connector& connector, nlohmann::json& status);

// For a person, with the lines that need attention first.
void print_status(const nlohmann::json& status, std::int64_t now_ms);

}  // namespace tools
