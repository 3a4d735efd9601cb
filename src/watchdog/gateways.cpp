// SPDX-License-Identifier: MIT
#include "watchdog/gateways.hpp"

#include <utility>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "update/gateway_places.hpp"

namespace watchdog {
namespace {

bool is_there(const config::Settings& site, const std::string& updater) {
  return site.gateway.unit != config::GatewaySettings{}.unit ||
         update::has_been_adopted(update::places_of(updater, ""));
}

}  // namespace

base::Result<std::vector<Watched>> gateways_to_watch(const config::SettingsFiles& site,
                                                     const std::string& updater, systemd::EventSink& sink) {
  auto without_name = config::load(site);
  if (!without_name) return base::pass(without_name.error());
  const auto listed = config::gateway_names(site);
  // A gateway whose settings the disk does not show at present is not one that is no longer there.
  if (!listed && !fs::is_answer(listed.error()))
    return base::pass(listed.error(), "which gateways are to be monitored is not known");
  if (!listed) sink.send({systemd::Priority::error, "", listed.error().message, {}});
  const std::vector<std::string> names = listed.value_or(std::vector<std::string>{});
  std::vector<Watched> all;
  if (names.empty() || is_there(*without_name, updater)) all.push_back({"", std::move(*without_name)});
  base::Result<void> last;
  for (const std::string& name : names) {
    auto settings = config::load_whole_gateway(site, name);
    if (settings) {
      all.push_back({name, std::move(*settings)});
      continue;
    }
    last = base::pass(settings.error());
    sink.send({systemd::Priority::error,
               "",
               base::concat({"the gateway ", name, " is not monitored: ", settings.error().message}),
               {}});
  }
  if (all.empty()) return base::pass(last.error());
  return all;
}

}  // namespace watchdog
