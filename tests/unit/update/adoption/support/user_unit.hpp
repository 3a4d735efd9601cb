// SPDX-License-Identifier: MIT
// The user unit of OpenClaw's installer, as reported by the user's manager.
#pragma once

#include <filesystem>
#include <string>

#include "contract/envelope.hpp"
#include "contract/results.hpp"
#include "support/temporary_directory.hpp"
#include "update/adoption/accounts.hpp"

namespace update_tests {

inline constexpr const char* user_unit = "openclaw-gateway.service";

// As created by `openclaw onboard --install-daemon` of 2026.9.5, running.
inline contract::UserUnitFound unit_of_the_installer(
    const std::string& package = "/home/claw/.npm-global/lib/node_modules/openclaw") {
  contract::UserUnitFound seen;
  seen.load_state = "loaded";
  seen.active_state = "active";
  seen.sub_state = "running";
  seen.main_pid = 313;
  seen.control_group = "/user.slice/user-1000.slice/user@1000.service/app.slice/openclaw-gateway.service";
  seen.fragment_path = "/home/claw/.config/systemd/user/openclaw-gateway.service";
  seen.exec_start = {
      "/usr/bin/node", "--max-old-space-size=8192", package + "/dist/index.js", "gateway", "--port", "22345"};
  seen.type = "simple";
  seen.environment = {{"HOME", "/home/claw"},
                      {"NODE_OPTIONS", ""},
                      {"OPENCLAW_GATEWAY_PORT", "22345"},
                      {"PATH", "/usr/bin:/home/claw/.npm-global/bin:/usr/local/bin:/bin"},
                      {"TMPDIR", "/tmp"}};
  seen.state = "/home/claw/.openclaw";
  seen.config = "/home/claw/.openclaw/openclaw.json";
  seen.own_keys = {"HASH_TOKEN", "OPENROUTER_API_KEY"};
  seen.paths = {"/home/claw/.openclaw/workspace", "/home/claw/.openclaw/agents/main/agent"};
  return seen;
}

// All marks in one folder.
inline contract::UserUnitMarks marks_in(const test_support::TemporaryDirectory& state) {
  return {state.path("to-move"), state.path("moved"), state.path("to-return"), state.path("returned")};
}

// The first step of openclaw-user-unit-stop@1000.service and of openclaw-user-unit-start@1000.service.
inline void settle_move(const contract::UserUnitMarks& marks) {
  const std::string mark = std::string("/1000-") + user_unit;
  if (!std::filesystem::exists(marks.to_move + mark)) return;
  std::filesystem::rename(marks.to_move + mark, marks.moved + mark);
}
inline void settle_return(const contract::UserUnitMarks& marks) {
  const std::string mark = std::string("/1000-") + user_unit;
  if (!std::filesystem::exists(marks.to_return + mark)) return;
  std::filesystem::remove(marks.moved + mark);
  std::filesystem::rename(marks.to_return + mark, marks.returned + mark);
}

inline update::Account claw() {
  return {"claw", 1000, 1000, "/home/claw"};
}

}  // namespace update_tests
