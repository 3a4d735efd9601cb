// SPDX-License-Identifier: MIT
#include <csignal>

#include "bus/service_manager.hpp"

namespace bus {

std::string ending_of(const ServiceStatus& unit) {
  const bool ended_itself = unit.exit_code == CLD_EXITED;
  const bool killed = unit.exit_code == CLD_KILLED || unit.exit_code == CLD_DUMPED;
  std::string text = ended_itself ? "exit status " + std::to_string(unit.exit_status)
                     : killed     ? "signal " + std::to_string(unit.exit_status)
                                  : "unit " + unit.active_state;
  if (!unit.result.empty() && unit.result != "success" && unit.result != "exit-code")
    text += ", " + unit.result;
  return text;
}

bool is_frozen(const ServiceStatus& unit) {
  return !unit.freezer_state.empty() && unit.freezer_state != "running";
}

std::string remedy_of_load_state(const std::string& unit, std::string_view load_state) {
  if (load_state == "masked") return "unmask it: systemctl unmask " + unit;
  if (load_state == "not-found") return {};
  return "find the error: systemd-analyze verify " + unit;
}

}  // namespace bus
