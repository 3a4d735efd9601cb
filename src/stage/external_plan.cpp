// SPDX-License-Identifier: MIT
#include "stage/external_plan.hpp"

#include <iterator>
#include <utility>

#include "stage/peer_links.hpp"

namespace stage {
namespace {

using Kind = Action::Kind;
using Actions = std::vector<Action>;

Actions mend_links(const Request& request, const ExternalObservation& seen, const ExternalTried& tried) {
  Actions actions;
  for (const auto& plugin : seen.installed) {
    const std::string wrong = fault_of_link(plugin).then;
    if (wrong.empty() || tried.links.contains(plugin.path) || tried.failures.contains(plugin.id)) continue;
    const std::string link = request.environment.locations.state + "/" + plugin.peer_path();
    actions.push_back({Kind::mend_link,
                       plugin.path,
                       seen.core_path,
                       wrong,
                       {{Finding::Kind::peer_link, false, link,
                         wrong + "; would be changed to point to " + seen.core_path}}});
  }
  return actions;
}

Actions install_missing(const Request& request, const ExternalObservation& seen, const ExternalTried& tried) {
  const std::string give_up =
      request.offline ? "not installed, and --offline forbids downloads" : tried.give_up;
  Actions actions;
  for (const auto& need : seen.needs) {
    if (need.state != ExternalNeed::State::missing) continue;
    if (tried.installs.contains(need.id) || seen.heeded.contains(need.id)) continue;
    if (give_up.empty()) {
      actions.push_back({Kind::install_plugin, need.id, need.target()});
    } else {
      actions.push_back({Kind::leave_plugin, need.id, need.target(), need.target() + ": " + give_up});
    }
  }
  return actions;
}

Actions update_skewed(const Request& request, const ExternalObservation& seen, const ExternalTried& tried) {
  Actions actions;
  for (const auto& need : seen.needs) {
    if (!request.thorough || !need.wanted || !need.skewed() || tried.updates.contains(need.id)) continue;
    if (request.offline) {
      actions.push_back({Kind::leave_update, need.id, need.target(), "--offline forbids downloads"});
    } else {
      actions.push_back({Kind::update_plugin, need.id, need.target()});
    }
  }
  return actions;
}

void append(Actions& actions, Actions more) {
  std::move(more.begin(), more.end(), std::back_inserter(actions));
}

}  // namespace

std::vector<Action> plan_external(const Request& request, const ExternalObservation& seen,
                                  const ExternalTried& tried) {
  Actions actions;
  if (seen.former_kept && tried.updating) {
    const bool updated = is_updated(seen.find(*tried.updating));
    actions.push_back({updated ? Kind::discard_former : Kind::restore_former, *tried.updating});
  } else if (seen.former_kept && !tried.recovered) {
    actions.push_back({Kind::recover_update, request.environment.locations.state + "/npm"});
    if (!request.check) return actions;  // nothing else was observed
  }
  if (!tried.installer_ran) append(actions, mend_links(request, seen, tried));
  append(actions, install_missing(request, seen, tried));
  append(actions, update_skewed(request, seen, tried));
  if (tried.installer_ran) append(actions, mend_links(request, seen, tried));
  return actions;
}

bool is_updated(const ExternalNeed* need) {
  return need != nullptr && need->state == ExternalNeed::State::present && !need->skewed();
}

}  // namespace stage
