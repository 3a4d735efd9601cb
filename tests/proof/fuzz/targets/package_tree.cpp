// SPDX-License-Identifier: MIT
// The files by which packages and plugins describe themselves: package.json, openclaw.plugin.json,
// catalogues.
#include <algorithm>

#include "fs/beneath.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/era.hpp"
#include "openclaw/external_catalog.hpp"
#include "openclaw/installed_plugins.hpp"
#include "openclaw/package.hpp"
#include "openclaw/plugin.hpp"
#include "openclaw/presence.hpp"
#include "release/gathering.hpp"
#include "release/validation.hpp"

using target::require;

namespace {

void require_package_names(const openclaw::Dependencies& dependencies) {
  for (const auto& [name, range] : dependencies) {
    require(openclaw::is_package_name(name), "a dependency is the name of a package");
  }
}

void fuzz_package(const target::Folder& folder) {
  const auto package = openclaw::read_package(folder.path());
  if (!package) return require(!package.error().message.empty(), "a complaint says something");
  require(target::is_plain_name(package->version_text), "a version leads nowhere else");
  require(std::all_of(package->mirrored_dependencies.begin(), package->mirrored_dependencies.end(),
                      openclaw::is_package_name),
          "what is mirrored is the name of a package");
  (void)openclaw::era_of(package->version);
  if (const auto plugins = openclaw::read_bundled_plugins(*package)) {
    for (const auto& plugin : *plugins) {
      require(target::is_plain_name(plugin.directory), "a plugin's folder is one");
      require_package_names(plugin.dependencies);
      require_package_names(plugin.local_memory_embedding);
      require(target::is_printable(plugin.defect) || plugin.defect.find('?') != std::string::npos,
              "a defect is printable");
    }
  }
  if (const auto catalog = openclaw::read_external_catalog(*package)) {
    for (const auto& [id, plugin] : *catalog) {
      require(openclaw::is_package_name(plugin.package), "a plugin is the name of a package");
      require(plugin.pinned_version.empty() || target::is_plain_name(plugin.pinned_version),
              "its version is plain");
      require(!plugin.pinned_version.starts_with('-'), "and no option");
      (void)openclaw::configures_channel(plugin, "SLACK_BOT_TOKEN");
    }
  }
  (void)release::inspect_package(folder.fd(), "2026.9.6");
  (void)release::gather_package(folder.path(), folder.fd());
}

void fuzz_installed(const target::Folder& folder) {
  for (const auto delivery : {openclaw::Delivery::flat_npm_root, openclaw::Delivery::plugin_projects}) {
    const auto plugins = openclaw::read_installed_plugins(folder.path("state"), delivery, folder.path());
    if (!plugins) continue;
    for (const auto& plugin : *plugins) {
      require(fs::is_safe_relative(plugin.path), "a plugin lies in the state");
      require(plugin.manifest.empty() || fs::is_safe_relative(plugin.manifest), "and so does what lists it");
    }
  }
}

}  // namespace

void fuzz(std::string_view input) {
  static const target::Folder folder;
  const auto parts = target::parts_of(input, 4);
  folder.write("package.json", parts[0]);
  folder.write("openclaw.mjs", "");
  folder.write("dist/index.js", "");
  folder.write("dist/extensions/slack/package.json", parts[1]);
  folder.write("dist/extensions/slack/openclaw.plugin.json", parts[2]);
  folder.write("scripts/lib/official-external-plugin-catalog.json", parts[3]);
  folder.write("dist/channel-catalog.json", parts[3]);
  folder.write("dist/postinstall-inventory.json", parts[3]);
  folder.write("node_modules/zod/package.json", parts[1]);
  folder.write("state/npm/package.json", parts[0]);
  folder.write("state/npm/node_modules/zod/package.json", parts[1]);
  folder.write("state/npm/node_modules/zod/openclaw.plugin.json", parts[2]);
  folder.write("state/extensions/slack/package.json", parts[1]);
  folder.write("state/extensions/slack/openclaw.plugin.json", parts[2]);
  fuzz_package(folder);
  fuzz_installed(folder);
  static const auto modules = fs::open_directory_beneath(folder.fd(), "node_modules");
  const auto presence =
      openclaw::look_up(modules->get(), "zod", "^4.0.0", openclaw::Completeness::version_ranges);
  require(!presence.problem.empty() || !presence.version.empty(), "what is present has a version");
}
