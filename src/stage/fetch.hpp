// SPDX-License-Identifier: MIT
// One verified, sealed closure for what is needed, from whichever package client gets there.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "npm/install.hpp"
#include "stage/closure_needs.hpp"
#include "stage/closure_store.hpp"

namespace stage {

struct FetchRequest {
  // Tried in turn: a client that fails, or whose tree does not verify, gives way to the next one.
  std::vector<npm::Client*> clients;
  std::vector<std::string> droppings;  // names at the top of node_modules that are a client's own
  std::map<std::string, std::string> overrides;
  std::vector<std::string> allow_scripts;
  std::string registry;
  std::vector<std::string> extra_arguments;
  std::chrono::seconds stall_timeout{300};
  bool offline = false;
  npm::ProgressListener progress;
};

struct Fetched {
  ClosureDescription closure;
  ClosureNeeds needs;  // what was asked for, less the plugins that were isolated
};

// When the union is rejected, the plugin to blame is isolated (by what the client says, else by halves) and
// the rest is staged; the rejected ones are `failed` rows of what is answered. An error means that nothing
// could be staged, for a reason that is no plugin's (registry, disk, client).
[[nodiscard]] base::Result<Fetched> fetch(const ClosureStore& store, const ClosureNeeds& needs,
                                          const FetchRequest& request);

}  // namespace stage
