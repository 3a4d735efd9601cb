// SPDX-License-Identifier: MIT
// What is to be told of a gateway's own state without starting anything: plugins whose link to the core leads
// astray (#106920), and OpenClaw's automatic update. Only the gateway's user may read that state, and can
// write it: so a child that has become that user looks, in the view of files that the gateway's unit has
// while it runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"

namespace update {

struct StateLook {
  // A plugin whose link does not lead into the package, as the hook judges it.
  struct Link {
    std::string plugin, path, fault;  // fault: "leads to /x, which is gone"
  };
  std::vector<Link> links;
  std::string version;          // of the package that was looked at
  std::string config;           // where OpenClaw's config is
  bool auto_update = false;     // by that, it begins updates by itself
  std::string auto_update_off;  // a variable of its .env files that keeps it from that; empty: none
};

// `package_root`: what the links are to lead into; `main_pid`: 0 for a gateway that does not run. An error
// where this process may not become its user, or there is no such package; what cannot be read is not there.
[[nodiscard]] base::Result<StateLook> look_into_state(const bus::ServiceDefinition& definition,
                                                      std::int64_t main_pid, const std::string& package_root,
                                                      const std::string& proc = "/proc");

// Names of variables of a unit, by which it is judged; no value is known.
struct VariablesOfUnit {
  std::vector<std::string> set;  // by Environment= and its environment files
  // That its main process was started with; empty: it does not run, or cannot be looked at.
  std::vector<std::string> of_process;
};
// Those that Environment= and environment files of the unit give, and its main process has.
[[nodiscard]] VariablesOfUnit variables_of(const bus::ServiceDefinition& definition,
                                           const bus::ServiceStatus& status,
                                           const std::string& proc = "/proc");

// What to say of an automatic update that nothing keeps from beginning, with the next step; empty: there is
// none. Pure.
[[nodiscard]] std::string warning_of_auto_update(const StateLook& look, const std::string& unit,
                                                 const VariablesOfUnit& variables);

// The same for a unit that is about to be adopted, whose drop-in switches it off. Pure.
[[nodiscard]] std::string note_of_auto_update(const StateLook& look, const std::string& unit,
                                              const VariablesOfUnit& variables);

// The next step for links that lead astray: a restart where the unit has the hook, else a command of its
// user. `gateway`: its name; empty: the one without. Pure.
[[nodiscard]] std::string way_to_mend_links(const std::string& unit, const bus::ServiceDefinition& definition,
                                            const std::string& gateway, bool has_hook);

// Whether the unit runs openclaw-stage-deps before the gateway, by its files, which root writes.
[[nodiscard]] bool has_hook(const bus::ServiceStatus& status);

}  // namespace update
