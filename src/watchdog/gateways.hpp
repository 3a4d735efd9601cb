// SPDX-License-Identifier: MIT
// Which gateways of this host are to be watched.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "systemd/journal.hpp"
#include "watchdog/daemon.hpp"

namespace watchdog {

// The gateways with names, from their settings, and the gateway without a name. The latter is left out if
// others have names and nothing shows that it exists: no unit= for it, and no files of the updater. `site` is
// the path of helpers.ini. Invalid settings of a gateway with a name are reported to `sink`, and the other
// gateways are watched. An error is returned if helpers.ini itself is invalid, if no gateway is left, or if
// the disk does not show which names there are (EIO, EMFILE): a reload then keeps the gateways that it has.
[[nodiscard]] base::Result<std::vector<Watched>> gateways_to_watch(const config::SettingsFiles& site,
                                                                   const std::string& updater,
                                                                   systemd::EventSink& sink);

}  // namespace watchdog
