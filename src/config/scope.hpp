// SPDX-License-Identifier: MIT
// Whose service manager the gateways belong to that are meant: the system's, or a user's own
// (systemctl --user). Decided once, where a program begins; below that these are only paths.
//
//                 the system                          a user
//   settings      /etc/openclaw/helpers.ini           $XDG_CONFIG_HOME/openclaw-helpers/helpers.ini, over
//                                                     the system's without its [gateway]
//   updater       /var/lib/openclaw-update            $XDG_STATE_HOME/openclaw-update
//   runtime       /run/openclaw-update                /run/user/UID/openclaw-update
//   unit_files    /etc/systemd/system                 $XDG_CONFIG_HOME/systemd/user
//
// XDG_CONFIG_HOME and XDG_STATE_HOME are those of the user's service manager, whose units they are for: a
// shell may have others.
#pragma once

#include <string>
#include <string_view>

#include "base/environment.hpp"
#include "config/settings.hpp"

namespace config {

struct Scope {
  bool is_user = false;  // for messages, and for programs that units start
  SettingsFiles settings = default_path;
  std::string updater = "/var/lib/openclaw-update";
  std::string runtime = "/run/openclaw-update";
  std::string requests = "/var/lib/openclaw-update/requests";  // to workers
  std::string results = "/run/openclaw-workers";               // of workers
  std::string fetched = "/var/lib/openclaw-fetch";
  std::string watchdog = "/var/lib/openclaw-watchdog";
  std::string service_states = "/var/lib";         // of gateways, each in a folder of its own
  std::string unit_files = "/etc/systemd/system";  // the administrator's unit files
  std::string shipped_units = "/usr/lib/systemd/system";
  std::string manager;  // the folder of the user's service manager, "/run/user/1000"; empty: the system's
};

// Of units of a user's own manager, for the programs of this suite: "user".
inline constexpr const char* scope_variable = "OPENCLAW_HELPERS_SCOPE";

// `home` is that of the password database; `environment` that of the user's service manager.
[[nodiscard]] Scope scope_of_user(unsigned uid, const std::string& home,
                                  const base::Environment& environment);

// What a unit has told its program, by scope_variable. For the calling user.
[[nodiscard]] Scope scope_of_unit(const base::Environment& environment);

// Of a gateway of that scope; of a user's own whose files name no package, that is the release that is
// current.
[[nodiscard]] base::Result<Settings> load_settings(const Scope& scope, const std::string& gateway);

// The home of the calling user, by the password database; empty: it knows none.
[[nodiscard]] std::string home_of_caller();

}  // namespace config
