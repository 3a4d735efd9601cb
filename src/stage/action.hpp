// SPDX-License-Identifier: MIT
// One change that a run is about to make. A plan is a list of them: --check prints it, any other run applies
// it.
#pragma once

#include <string>
#include <vector>

#include "stage/outcome.hpp"

namespace stage {

struct Action {
  enum class Kind {
    tell,         // changes nothing: what an operator should read
    remove_view,  // of an earlier version
    // Of one closure for all plugins (closure_plan.hpp)
    reclaim_lock,  // whose owner is gone
    remove_half_finished,
    replace_links,     // that lead out of a root, all of one root
    sweep_store,       // of what runs that died have left
    keep_modules,      // they are right, and of this closure
    correct_manifest,  // beside modules that are right
    verify_closure,    // which is sealed, before it is used
    fetch_closure,
    leave_closure,  // it is not fetched, since that has failed a short while ago
    materialise,
    // Of plugins that are packages (external_plan.hpp)
    recover_update,  // npm/ is as an update that died has left it
    mend_link,       // a plugin's link to OpenClaw
    install_plugin,
    leave_plugin,  // nothing is fetched, for a reason that is no plugin's
    update_plugin,
    leave_update,
    restore_former,  // npm/ as it was before an update that has failed
    discard_former,
  };
  Kind kind = Kind::tell;
  std::string subject = {};  // path, id of a plugin, key of a closure; of what is told, its identity
  std::string target = {};   // what is to be there: package@version, or where a link leads to
  std::string reason = {};   // why it is done or left
  std::vector<Finding> proposals = {};  // what --check says of it; of the others the rows tell
};

// What is put right before anything is staged. Where that fails, nothing is known of plugins yet.
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

// What an action leaves of the observation that it was planned from.
enum class Applied {
  nothing_new,  // all of it that a judgement rests on
  as_planned,   // the rest of the plan holds; before it is judged, things are looked at again
  look_again,   // nothing: the plan ends here
};

}  // namespace stage
