// SPDX-License-Identifier: MIT
// The plugins that a package bundles in dist/extensions, as their openclaw.plugin.json and package.json
// describe them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/package.hpp"

namespace openclaw {

struct BundledPlugin {
  std::string directory;  // name in dist/extensions: what OpenClaw's own scan calls the plugin id
  std::string id;         // openclaw.plugin.json "id", else the directory
  std::vector<std::string> channels, providers, legacy_ids;
  std::vector<std::string> model_patterns, model_prefixes;  // modelSupport
  bool enabled_by_default = false;
  bool stage_runtime_dependencies = false;
  Dependencies dependencies;  // with optionalDependencies; "workspace:" specs left out
  Dependencies
      local_memory_embedding;  // runtimeDependencies.localMemoryEmbedding (4.29): counts when configured

  // What lets OpenClaw enable the plugin by itself (effective_config.hpp).
  std::vector<std::string> cli_backends;
  std::vector<std::string> auto_enable_providers;  // autoEnableWhenConfiguredProviders
  std::vector<std::string> agent_harnesses;        // activation.onAgentHarnesses
  std::vector<std::string> web_fetch_providers;    // contracts.webFetchProviders
  bool offers_web_search = false;                  // contracts.webSearchProviders
  std::set<std::string> tool_settings;             // keys of configSchema, where contracts.tools is not empty

  // What makes this plugin unusable for planning (malformed package.json, a dependency named "../../x"), with
  // the file's name; the others are planned all the same.
  std::string defect;
};

// Sorted by directory. No dist/extensions at all is an empty list. An error is returned if the disk does not
// say what a plugin is (EIO, ENOMEM), as opposed to a file that is malformed or not this user's.
[[nodiscard]] base::Result<std::vector<BundledPlugin>> read_bundled_plugins(const Package& package);

}  // namespace openclaw
