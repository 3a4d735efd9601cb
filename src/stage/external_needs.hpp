// SPDX-License-Identifier: MIT
// Which plugins that are separate packages (2026.5.2 and later) are needed, and the status of each. Without
// side effects: the input is what was read, the output is rows.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "openclaw/external_catalog.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/installed_plugins.hpp"
#include "openclaw/plugin.hpp"
#include "openclaw/plugin_policy.hpp"
#include "stage/outcome.hpp"

namespace stage {

struct ExternalFacts {
  const openclaw::ExternalCatalog& catalog;
  const openclaw::GatewayConfig& config;
  const std::vector<openclaw::BundledPlugin>& bundled;
  const std::vector<openclaw::InstalledPlugin>& installed;
  const std::string& core_version;
  const openclaw::Selection& selection;
  std::set<std::string> variables;  // names of those that are set in the gateway's environment
};

struct ExternalNeed {
  enum class State {
    bundled,  // nothing to do; listed because --plugin named it
    present,
    missing,
    unloadable,  // installed, but this core refuses it
  };
  std::string id;
  State state = State::present;
  bool wanted = false;  // configured, or named by --plugin
  std::string reason;   // why it is wanted
  std::string package;
  std::string version;         // installed
  std::string target_version;  // the version for this core; empty: any version
  std::string required_core;   // that the installed version requires
  openclaw::PeerLink peer_link = openclaw::PeerLink::not_declared;

  // Installed, published by OpenClaw, and of another release than the core.
  [[nodiscard]] bool skewed() const;
  [[nodiscard]] std::string target() const { return package + "@" + target_version; }
};

// By ID: what is configured (channels, plugins.entries, web search, acpx, agent runtimes) and in the
// catalogue, what is installed, and what --plugin names; if --plugin names anything, only this. --all adds
// nothing: it means all plugins that a core bundles, and a catalogue lists up to 100 packages of third
// parties. Models and providers are left to OpenClaw. bad_input for a name that is neither bundled, nor
// installed, nor in the catalogue.
[[nodiscard]] base::Result<std::vector<ExternalNeed>> external_needs(const ExternalFacts& facts);

// The row for a need at the time of the observation: what can be repaired is `missing`.
[[nodiscard]] PluginRow row_of(const ExternalNeed& need, std::string_view core_version);

// Why nothing was installed, as a sentence with the next step; `output` is what OpenClaw's command line
// printed.
[[nodiscard]] std::string explain_installation(const std::string& target, std::string_view output);

}  // namespace stage
