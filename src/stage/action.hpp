// SPDX-License-Identifier: MIT
// One change that a run plans. --check prints the plan; any other run applies it.
#pragma once

#include <string>
#include <vector>

#include "stage/outcome.hpp"

namespace stage {

struct Action {
  enum class Kind {
    tell,         // changes nothing: a message for an operator
    remove_view,  // of an earlier version
    // Of one closure for all plugins (closure_plan.hpp)
    reclaim_lock,  // whose owner no longer exists
    remove_half_finished,
    replace_links,     // all links of one root that lead out of it
    sweep_store,       // removes what interrupted runs have left
    keep_modules,      // the present ones are right, and belong to this closure
    correct_manifest,  // beside modules that are right
    verify_closure,    // a sealed one, before it is used
    fetch_closure,
    leave_closure,  // does not fetch it, because that has failed recently
    materialise,
    // Of plugins that are packages (external_plan.hpp)
    recover_update,  // repairs npm/ after an interrupted update
    mend_link,       // a plugin's link to OpenClaw
    install_plugin,
    leave_plugin,  // fetches nothing, for a reason that is not the plugin's
    update_plugin,
    leave_update,
    restore_former,  // restores npm/ as it was before a failed update
    discard_former,
  };
  Kind kind = Kind::tell;
  std::string subject = {};             // path, ID of a plugin, key of a closure; for a message, its identity
  std::string target = {};              // what is to be there: package@version, or the target of a link
  std::string reason = {};              // why it is done or omitted
  std::vector<Finding> proposals = {};  // findings of --check; empty if the rows contain this already
};

// Repairs that precede staging. If one fails, nothing is known of the plugins yet.
[[nodiscard]] constexpr bool clears_the_way(Action::Kind kind) {
  switch (kind) {
    case Action::Kind::remove_view:
    case Action::Kind::reclaim_lock:
    case Action::Kind::remove_half_finished:
    case Action::Kind::replace_links:
    case Action::Kind::recover_update:
      return true;
    default:
      return false;
  }
}

// After these, all that an earlier run has recorded is as it was.
[[nodiscard]] constexpr bool changes_nothing(Action::Kind kind) {
  switch (kind) {
    case Action::Kind::tell:
    case Action::Kind::keep_modules:
    case Action::Kind::leave_closure:
    case Action::Kind::leave_plugin:
    case Action::Kind::leave_update:
      return true;
    default:
      return false;
  }
}

// How much of the observation is still valid after an action.
enum class Applied {
  nothing_new,  // all of it that judge() uses
  as_planned,   // the rest of the plan; before judge(), observe() is called again
  look_again,   // nothing: the plan ends here
};

}  // namespace stage
