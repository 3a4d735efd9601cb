// SPDX-License-Identifier: MIT
// One verified, sealed closure for what is needed, from the first package client that succeeds.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "npm/install.hpp"
#include "stage/closure_needs.hpp"
#include "stage/closure_store.hpp"

namespace stage {

struct FetchRequest {
  // Tried in turn: if a client fails, or its tree fails verification, the next one is used.
  std::vector<npm::Client*> clients;
  std::vector<std::string> droppings;  // names at the top of node_modules that the client creates for itself
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
  ClosureNeeds needs;  // as requested, without the plugins that were isolated
};

// If the whole is rejected, the plugin to blame is isolated (by the client's output, otherwise by bisection),
// and the rest is staged; rejected plugins are `failed` rows in the result. An error means that nothing could
// be staged, for a reason that is not a plugin's (registry, disk, client).
[[nodiscard]] base::Result<Fetched> fetch(const ClosureStore& store, const ClosureNeeds& needs,
                                          const FetchRequest& request);

}  // namespace stage
