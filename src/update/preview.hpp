// SPDX-License-Identifier: MIT
// What an update would do, before anything of it is done: its first stage as the unit does it, with the
// registry asked, and nothing of the rest.
#pragma once

#include <string>
#include <vector>

#include "update/context.hpp"
#include "update/setup.hpp"
#include "update/states.hpp"

namespace update {

struct Preview {
  Context context;
  State next = State::fetch;  // refused and up_to_date are outcomes already
  std::string reason;         // of a refusal
  bool with_canary = true;
};

// `context`: see context_asked_for(). Nothing is written but what the registry answered (newest.hpp).
[[nodiscard]] Preview preview_update(const Setup& setup, Context context);

// The states that the update would pass through, in their order, an outcome aside. Pure.
[[nodiscard]] std::vector<StateRow> states_ahead(const Preview& preview);

}  // namespace update
