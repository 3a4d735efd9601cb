// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "bus/connection.hpp"

namespace bus {
namespace {

struct Explanation {
  std::string_view name;
  base::ErrorKind kind;
  std::string_view remedy;
};

using base::ErrorKind;

constexpr std::string_view needs_root =
    "run this as root, or let polkit allow org.freedesktop.systemd1.manage-units to this user";
constexpr std::string_view no_manager = "check the state of the system: systemctl is-system-running";

constexpr std::array explanations{
    Explanation{"org.freedesktop.systemd1.NoSuchUnit", ErrorKind::not_found,
                "list the existing units: systemctl list-unit-files"},
    Explanation{"org.freedesktop.systemd1.LoadFailed", ErrorKind::bad_input,
                "find the error: systemd-analyze verify UNIT"},
    Explanation{"org.freedesktop.systemd1.BadUnitSetting", ErrorKind::bad_input,
                "find the error: systemd-analyze verify UNIT"},
    Explanation{"org.freedesktop.systemd1.UnitMasked", ErrorKind::refused,
                "unmask it: systemctl unmask UNIT"},
    Explanation{"org.freedesktop.systemd1.OnlyByDependency", ErrorKind::refused,
                "its unit file sets RefuseManualStart= or RefuseManualStop="},
    Explanation{"org.freedesktop.systemd1.JobTypeNotApplicable", ErrorKind::bad_input,
                "units of this type do not support this"},
    Explanation{"org.freedesktop.systemd1.TransactionIsDestructive", ErrorKind::busy,
                "the system is shutting down, or another job conflicts: systemctl list-jobs"},
    Explanation{"org.freedesktop.systemd1.ShuttingDown", ErrorKind::busy, "the system is shutting down"},
    Explanation{"org.freedesktop.systemd1.UnitBusy", ErrorKind::busy, "stop it first"},
    Explanation{"org.freedesktop.DBus.Error.AccessDenied", ErrorKind::not_permitted, needs_root},
    Explanation{"org.freedesktop.DBus.Error.AuthFailed", ErrorKind::not_permitted, needs_root},
    Explanation{"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", ErrorKind::not_permitted,
                needs_root},
    Explanation{"org.freedesktop.DBus.Error.InvalidArgs", ErrorKind::bad_input, ""},
    Explanation{"org.freedesktop.DBus.Error.LimitsExceeded", ErrorKind::busy, "try again later"},
    Explanation{"org.freedesktop.DBus.Error.NoReply", ErrorKind::unavailable, no_manager},
    Explanation{"org.freedesktop.DBus.Error.Timeout", ErrorKind::unavailable, no_manager},
    Explanation{"org.freedesktop.DBus.Error.Disconnected", ErrorKind::unavailable, no_manager},
    Explanation{"org.freedesktop.DBus.Error.ServiceUnknown", ErrorKind::unavailable, no_manager},
    Explanation{"org.freedesktop.DBus.Error.NameHasNoOwner", ErrorKind::unavailable, no_manager},
};

// After dbus-daemon was restarted, PID 1 needs a moment to come back to it: until then these.
constexpr std::array<std::string_view, 4> unanswered{
    "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Disconnected",
    "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"};

// A purpose ends with the unit that it is about, if it is about one.
std::string naming_the_unit(std::string_view remedy, std::string_view purpose) {
  constexpr std::string_view placeholder = "UNIT";
  const std::size_t at = remedy.find(placeholder);
  const std::string_view last_word = purpose.substr(purpose.rfind(' ') + 1);
  if (at == std::string_view::npos || last_word.find('.') == std::string_view::npos)
    return std::string(remedy);
  return base::concat({remedy.substr(0, at), last_word, remedy.substr(at + placeholder.size())});
}

}  // namespace

base::Error explain(std::string_view purpose, std::string_view error_name, std::string_view error_message) {
  constexpr std::size_t longest = 300;  // dbus-daemon recites its policy
  std::string said = base::printable(error_message, longest);
  if (said.empty()) said = base::printable(error_name);
  while (said.ends_with('.')) said.pop_back();
  std::string message = base::concat({"cannot ", purpose, ": ", said});
  const auto* row = std::ranges::find(explanations, error_name, &Explanation::name);
  if (row == explanations.end()) return {ErrorKind::unavailable, 0, std::move(message)};
  if (!row->remedy.empty()) message += base::concat({"; ", naming_the_unit(row->remedy, purpose)});
  return {row->kind, 0, std::move(message)};
}

bool is_unanswered(std::string_view error_name) {
  return std::ranges::find(unanswered, error_name) != unanswered.end();
}

}  // namespace bus
