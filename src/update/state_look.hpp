// SPDX-License-Identifier: MIT
// What can be found out about a gateway's state without starting anything: plugins with a broken link to the
// core (#106920), and OpenClaw's automatic update. Only the gateway's user may read the state, and can also
// change it. Therefore a child process with that user examines it, in the file system view of the running
// unit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"

namespace update {

struct StateLook {
  // A plugin whose link does not lead into the package, by the same rules as in the hook.
  struct Link {
    std::string plugin, path, fault;  // fault: "leads to /x, which is gone"
  };
  std::vector<Link> links;
  std::string version;          // of the examined package
  std::string config;           // path of OpenClaw's config
  bool auto_update = false;     // the config enables automatic updates
  std::string auto_update_off;  // a variable in its .env files that disables them; empty: none
};

// `package_root`: the right target of the links; `main_pid`: 0 if the gateway does not run. An error if this
// process cannot become the gateway's user, or if there is no such package; what cannot be read counts as
// missing.
[[nodiscard]] base::Result<StateLook> look_into_state(const bus::ServiceDefinition& definition,
                                                      std::int64_t main_pid, const std::string& package_root,
                                                      const std::string& proc = "/proc");

// Names of a unit's variables, which determine its behaviour; values are not known.
struct VariablesOfUnit {
  std::vector<std::string> set;  // by Environment= and its environment files
  // Of its main process; empty: it does not run, or is not visible.
  std::vector<std::string> of_process;
};
// The variables in Environment= and the unit's environment files, and those of its main process.
[[nodiscard]] VariablesOfUnit variables_of(const bus::ServiceDefinition& definition,
                                           const bus::ServiceStatus& status,
                                           const std::string& proc = "/proc");

// A warning about an automatic update that nothing prevents, with the next step; empty: there is none.
// Without side effects.
[[nodiscard]] std::string warning_of_auto_update(const StateLook& look, const std::string& unit,
                                                 const VariablesOfUnit& variables);

// The same for a unit that is about to be adopted, whose drop-in disables it. Without side effects.
[[nodiscard]] std::string note_of_auto_update(const StateLook& look, const std::string& unit,
                                              const VariablesOfUnit& variables);

// The next step for broken links: a restart if the unit has the hook, otherwise a command of its user.
// `gateway`: its name; empty: the gateway without a name. Without side effects.
[[nodiscard]] std::string way_to_mend_links(const std::string& unit, const bus::ServiceDefinition& definition,
                                            const std::string& gateway, bool has_hook);

// Whether the unit runs openclaw-stage-deps before the gateway, according to its files, which only root can
// write.
[[nodiscard]] bool has_hook(const bus::ServiceStatus& status);

}  // namespace update
