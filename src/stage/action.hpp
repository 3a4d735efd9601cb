// One change that a run is about to make. A plan is a list of them: --check prints it, any other run applies
// it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stage/outcome.hpp"

namespace stage {

struct Action {
  enum class Kind {
    tell,         // changes nothing: what an operator should read
    remove_view,  // of an earlier version
    // Of the flat npm root and of plugin projects (external_plan.hpp)
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
  std::string subject = {};              // path, or id of a plugin
  std::string target = {};               // what is to be there: package@version, or where a link leads to
  std::string reason = {};               // why something is left
  std::optional<Finding> proposal = {};  // what --check says of it; of the others the rows tell
};

// What is put right before anything is staged. Where that fails, the run knows nothing of plugins yet.
[[nodiscard]] constexpr bool clears_the_way(Action::Kind kind) {
  return kind == Action::Kind::remove_view || kind == Action::Kind::recover_update;
}

// Whether the rest of the plan still holds.
enum class Applied { as_planned, look_again };

}  // namespace stage
