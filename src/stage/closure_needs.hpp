// SPDX-License-Identifier: MIT
// What one closure has to provide for all plugins (2026.4.15-4.30), and how each of them stands. Pure:
// package, config and what is staged in, rows and dependencies out.
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
  std::vector<PluginRow> plugins;         // every bundled plugin that declares dependencies, needed or not
  openclaw::Dependencies closure;         // what one install must provide
  openclaw::Dependencies exact_manifest;  // what OpenClaw will compare (exact-manifest era only)
  std::vector<Finding> findings;          // conflicts, defects
  bool target_incomplete = false;         // something of the closure is not usable where it must appear

  // Drops the plugins named, their dependencies included, where no other needed plugin shares them; marks
  // their rows failed with `reason`. For isolating the plugin that a package client rejects.
  [[nodiscard]] ClosureNeeds without(const std::vector<std::string>& plugin_ids,
                                     const std::string& reason) const;

  // Who declares a dependency, by plugin id: needed ones only.
  std::map<std::string, std::vector<std::string>> owners;
  // Ranges as each needed plugin declares them, by plugin id.
  std::map<std::string, openclaw::Dependencies> declared;
};

struct ClosureFacts {
  const openclaw::Package& package;
  const std::vector<openclaw::BundledPlugin>& bundled;
  const openclaw::GatewayConfig& config;
  const openclaw::Era& era;
  openclaw::Selection selection;
  std::map<std::string, std::string> overrides;
  // How a dependency stands where OpenClaw will look for it.
  std::function<openclaw::Presence(const std::string& name, const std::string& range)> presence;
};

[[nodiscard]] ClosureNeeds closure_needs(const ClosureFacts& input);

}  // namespace stage
