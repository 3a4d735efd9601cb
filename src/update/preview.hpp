// SPDX-License-Identifier: MIT
// What an update would do: runs only its first stage, in the same way as the unit, including the query of the
// registry.
#pragma once

#include <string>
#include <vector>

#include "update/context.hpp"
#include "update/setup.hpp"
#include "update/states.hpp"

namespace update {

struct Preview {
  Context context;
  State next = State::fetch;  // or the outcomes refused and up_to_date
  std::string reason;         // of a refusal
  bool with_canary = true;
};

// `context`: see context_asked_for(). Only the registry's answer is stored (newest.hpp).
[[nodiscard]] Preview preview_update(const Setup& setup, Context context);

// The states through which the update would pass, in their order, without the outcome. Without side effects.
[[nodiscard]] std::vector<StateRow> states_ahead(const Preview& preview);

}  // namespace update
