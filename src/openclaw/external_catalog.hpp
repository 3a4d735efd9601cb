// SPDX-License-Identifier: MIT
// The plugins that an OpenClaw of 2026.5.2 and later knows but does not bundle: its own catalogues say which
// npm package each of them is.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "openclaw/package.hpp"

namespace openclaw {

struct ExternalPlugin {
  std::string id;       // what openclaw.json and `openclaw plugins` call it: "brave"
  std::string package;  // what npm calls it: "@openclaw/brave-plugin"
  // Exact version where the catalogue pins one (third parties, with an integrity that OpenClaw checks);
  // empty: a plugin of OpenClaw's own, which goes by the version of the core.
  std::string pinned_version;
  std::string channel;  // channels.<id> that it serves, or empty
  std::set<std::string>
      variables;  // that configure the channel by themselves, as far as the catalogue names them
  std::set<std::string> web_search_providers;  // values of tools.web.search.provider
};

using ExternalCatalog = std::map<std::string, ExternalPlugin>;  // by id

// A package without catalogues has none. A catalogue that is no JSON: bad_input with the file's name.
[[nodiscard]] base::Result<ExternalCatalog> read_external_catalog(const Package& package);

// The version that belongs to this core: as pinned, else the core's own.
[[nodiscard]] std::string version_for_core(const ExternalPlugin& plugin, std::string_view core_version);

// A variable of that name counts as configuring the channel: any SLACK_… does for slack (5.12 and 9.6).
[[nodiscard]] bool configures_channel(const ExternalPlugin& plugin, std::string_view variable);

}  // namespace openclaw
