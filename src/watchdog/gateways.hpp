// SPDX-License-Identifier: MIT
// Which gateways of this host there are to watch.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "systemd/journal.hpp"
#include "watchdog/daemon.hpp"

namespace watchdog {

// Those with names, by their settings, and the one without; that one is left out where others have names and
// nothing says that it is there: no unit= for it, and nothing that the updater has kept of it. `site`: the
// path of helpers.ini. Settings of a gateway with a name that have a mistake are told to `sink`, and the
// others are watched; the error is that of the site's own, or of the last one where none is left.
[[nodiscard]] base::Result<std::vector<Watched>> gateways_to_watch(const config::SettingsFiles& site,
                                                                   const std::string& updater,
                                                                   systemd::EventSink& sink);

}  // namespace watchdog
