// SPDX-License-Identifier: MIT
// What one closure has to provide for all plugins (2026.4.15-4.30), and the status of each plugin. Without
// side effects: the input is the package, the config and what is staged; the output is rows and dependencies.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "openclaw/era.hpp"
#include "openclaw/package.hpp"
#include "openclaw/plugin.hpp"
#include "openclaw/plugin_policy.hpp"
#include "openclaw/presence.hpp"
#include "stage/outcome.hpp"

namespace stage {

struct ClosureNeeds {
  const openclaw::Era* era = nullptr;
  std::vector<PluginRow> plugins;         // all bundled plugins that declare dependencies, needed or not
  openclaw::Dependencies closure;         // what one install must provide
  openclaw::Dependencies exact_manifest;  // what OpenClaw will compare (exact-manifest era only)
  std::vector<Finding> findings;          // conflicts, defects
  bool target_incomplete = false;         // a part of the closure is not usable in its place

  // Removes these plugins, and those of their dependencies that no other needed plugin shares, and marks
  // their rows as failed with `reason`. Used to isolate a plugin that a package client rejects.
  [[nodiscard]] ClosureNeeds without(const std::vector<std::string>& plugin_ids,
                                     const std::string& reason) const;

  // The needed plugins, by ID, that declare a dependency.
  std::map<std::string, std::vector<std::string>> owners;
  // Ranges as declared by each needed plugin, by plugin ID.
  std::map<std::string, openclaw::Dependencies> declared;
};

struct ClosureFacts {
  const openclaw::Package& package;
  const std::vector<openclaw::BundledPlugin>& bundled;
  const openclaw::GatewayConfig& config;
  const openclaw::Era& era;
  openclaw::Selection selection;
  std::map<std::string, std::string> overrides;
  // The state of a dependency where OpenClaw looks for it.
  std::function<openclaw::Presence(const std::string& name, const std::string& range)> presence;
};

[[nodiscard]] ClosureNeeds closure_needs(const ClosureFacts& input);

}  // namespace stage
