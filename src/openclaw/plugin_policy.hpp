// SPDX-License-Identifier: MIT
// Which bundled plugins count, and why: OpenClaw's own rules, version by version, plus a person's selection.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "openclaw/gateway_config.hpp"
#include "openclaw/plugin.hpp"

namespace openclaw {

// Whether provider plugins that are enabled by default count without being configured: until 2026.4.28 they
// do, and models and providers are not looked at.
enum class PolicyGeneration {
  by_default_or_enabled,  // 4.15-4.28
  exact_manifest,         // 4.29-4.30: models and providers count
};

struct Selection {
  std::set<std::string> only = {};  // --plugin: these, configured or not
  bool all = false;                 // --all
};

struct PluginNeed {
  const BundledPlugin* plugin = nullptr;
  bool needed = false;
  std::string reason;  // "channel slack is configured", "enabled by default", "disabled in the config", ...
};

// One answer a plugin, in the order of `plugins`. `config` is what effective_config() made of the file, or a
// plan of 2026.4.29 lacks what OpenClaw enables by itself.
[[nodiscard]] std::vector<PluginNeed> decide_needs(const std::vector<BundledPlugin>& plugins,
                                                   const GatewayConfig& config, PolicyGeneration generation,
                                                   const Selection& selection);

// What --plugin names and no plugin answers to.
[[nodiscard]] std::vector<std::string> unknown_selections(const std::vector<BundledPlugin>& plugins,
                                                          const Selection& selection);

// The one plugin that claims a model without a provider ("gpt-5" is openai's), or none.
[[nodiscard]] const BundledPlugin* owner_of_bare_model(const std::vector<BundledPlugin>& plugins,
                                                       std::string_view model);

}  // namespace openclaw
