// SPDX-License-Identifier: MIT
// Several gateways on one host. A gateway with a name has settings of its own over the site's:
//
//   /etc/openclaw/helpers.ini, helpers.ini.d/*.ini    the site; its [gateway] is the one without a name
//   /etc/openclaw/gateways.d/NAME.ini, NAME.ini.d/*.ini
//
// A host with one gateway has no gateways.d, and nothing on it has a name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace config {

// Letters, digits, '_' and, between others, '-', at most 32: it becomes a part of names of units, instances
// and folders.
[[nodiscard]] bool is_gateway_name(std::string_view text);

// What --gateway says. "default" is the gateway without a name, which is answered as an empty text; the error
// is the reason alone.
[[nodiscard]] base::Result<std::string> parse_gateway(std::string_view text);

// The names that have settings, sorted. `site`: the path of helpers.ini. An entry of gateways.d that is none
// is an error of kind bad_input that names it.
[[nodiscard]] base::Result<std::vector<std::string>> gateway_names(const SettingsFiles& site = default_path);

// "/etc/openclaw/gateways.d/NAME.ini".
[[nodiscard]] std::string gateway_settings_path(const SettingsFiles& site, const std::string& name);

// The settings of the gateway `name`; of the one without a name, load(site). Nothing of the site's [gateway]
// holds for one with a name: unit and state_directory are empty where its own files do not set them.
[[nodiscard]] base::Result<Settings> load_gateway(const SettingsFiles& site, const std::string& name);

// The same, for what needs to know which gateway it is: `not_found` for a name without settings, and
// `bad_input` for one without unit= or state-directory=, or with those of another gateway of this host.
[[nodiscard]] base::Result<Settings> load_whole_gateway(const SettingsFiles& site, const std::string& name);

}  // namespace config
