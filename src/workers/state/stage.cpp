// SPDX-License-Identifier: MIT
#include "workers/state/stage.hpp"

#include <utility>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "config/scope.hpp"
#include "contract/results.hpp"
#include "openclaw/era.hpp"
#include "openclaw/locate.hpp"
#include "openclaw/package.hpp"
#include "stage/engine.hpp"
#include "stage/plugin_view.hpp"
#include "stage/service_surroundings.hpp"

namespace workers::state {
namespace {

using base::Result;
using nlohmann::json;

// Empty: it can be staged now.
std::string why_later(const openclaw::Package& package, const std::string& service_state) {
  switch (openclaw::era_of(package.version).delivery) {
    case openclaw::Delivery::flat_npm_root:
    case openclaw::Delivery::plugin_projects:
      return "plugins of this release are in OpenClaw's own state, which the running release uses: missing "
             "plugins are installed at the start";
    case openclaw::Delivery::plugin_view:
    case openclaw::Delivery::external_root:
      if (!stage::has_plugin_view(service_state)) return "";
      return "the running release uses the plugin view that staging would replace: the view is staged at the "
             "start";
    case openclaw::Delivery::none:
      return "";
  }
  return "";
}

Result<std::string> installed_package(const config::Settings& settings,
                                      const openclaw::Locations& locations) {
  if (!settings.gateway.package_root.empty()) return settings.gateway.package_root;
  auto located = openclaw::locate_package(locations);
  if (!located) return base::pass(located.error());
  return std::move(located->root);
}

json result_of_outcome(const stage::Outcome& outcome, const std::string& later) {
  contract::ReleaseStaged result;
  for (const auto& row : outcome.plugins) {
    result.plugins.push_back({row.id, std::string(stage::word(row.status)), row.reason});
  }
  if (!later.empty()) result.notes.push_back(later);
  for (const auto& finding : outcome.findings) {
    result.notes.push_back(base::printable(base::concat({finding.subject, ": ", finding.message}), 1000));
  }
  const bool nothing_missing = outcome.count(stage::PluginStatus::missing) == 0;
  result.complete = outcome.complete() && nothing_missing;
  result.staged = later.empty();
  return contract::to_json(result);
}

}  // namespace

Result<json> stage_release(const std::string& package, const std::string& service_state,
                           openclaw::GatewayEnvironment environment, const std::string& gateway,
                           systemd::Notifier& notifier) {
  auto settings = config::load_settings(config::scope_of_unit(base::current_environment()), gateway);
  if (!settings) return base::pass(settings.error());
  const auto root =
      package.empty() ? installed_package(*settings, environment.locations) : Result<std::string>(package);
  if (!root) return base::pass(root.error());
  const auto release = openclaw::read_package(*root);
  if (!release) return base::pass(release.error());
  const std::string later = why_later(*release, service_state);
  stage::Request request;
  request.environment = std::move(environment);
  request.environment.set("STATE_DIRECTORY", service_state);
  request.settings = std::move(*settings);
  request.package_root = *root;
  request.check = !later.empty();
  stage::ServiceSurroundings unit(notifier);
  const auto outcome = stage::run(request, unit);
  if (outcome.failure) return base::pass(*outcome.failure);
  return result_of_outcome(outcome, later);
}

}  // namespace workers::state
