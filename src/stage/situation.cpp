// SPDX-License-Identifier: MIT
#include "stage/situation.hpp"

#include <algorithm>

#include "openclaw/effective_config.hpp"
#include "openclaw/locate.hpp"

namespace stage {
namespace {

using base::Result;

Result<openclaw::Located> choose_package_root(const Request& request) {
  for (const auto& named : {request.package_root, request.settings.gateway.package_root}) {
    if (!named.empty()) return openclaw::Located{named, {named}};
  }
  return openclaw::locate_package(request.environment.locations);
}

Result<void> refuse_unknown_plugins(const Situation& situation, const Request& request) {
  const auto unknown = openclaw::unknown_selections(situation.bundled, request.selection);
  const bool plugins_are_packages = situation.era->delivery == openclaw::Delivery::flat_npm_root ||
                                    situation.era->delivery == openclaw::Delivery::plugin_projects;
  if (unknown.empty() || plugins_are_packages) return {};
  return base::fail(base::ErrorKind::usage, "--plugin: OpenClaw " + situation.package.version_text +
                                                " bundles no plugin named " + unknown.front() +
                                                "; its plugins are the folders in dist/extensions");
}

}  // namespace

Result<Situation> observe(const Request& request) {
  Situation situation;
  const openclaw::Locations& locations = request.environment.locations;
  if (request.environment.unknown) {
    return base::pass(*request.environment.unknown, "looking for the gateway's variables");
  }
  situation.state = locations.staging_state();
  auto chosen = choose_package_root(request);
  if (!chosen) return base::pass(chosen.error());
  situation.looked_at = std::move(chosen->looked_at);
  auto package = openclaw::read_package(chosen->root);
  if (!package) return base::pass(package.error());
  situation.package = std::move(*package);
  situation.era = &openclaw::era_of(situation.package.version);
  auto bundled = openclaw::read_bundled_plugins(situation.package);
  if (!bundled) return base::pass(bundled.error());
  situation.bundled = std::move(*bundled);
  auto config =
      openclaw::read_gateway_config(locations.config, locations.include_roots, request.environment.variables);
  if (!config) return base::pass(config.error());
  situation.config =
      openclaw::effective_config(std::move(*config), situation.bundled, request.environment.variables);
  if (const auto known = refuse_unknown_plugins(situation, request); !known) return base::pass(known.error());
  situation.target = target_for(situation.package, *situation.era, locations);
  return situation;
}

}  // namespace stage
