// SPDX-License-Identifier: MIT
// What became of something that was asked of the updater's unit (intent.hpp): with two people at the same
// time, the update that is new is not always the one that somebody waits for.
#pragma once

#include <string>

#include "update/journal.hpp"

namespace update {

struct TakenRequest {
  std::string id;     // of the update that took it; empty: none has
  std::string other;  // of a newer update than `since` that is somebody else's, for a person; may be empty
};
// `since`: the id of the last update that there was when the request was left; empty without one.
[[nodiscard]] TakenRequest look_for_request(const Journal& journal, const std::string& since,
                                            const std::string& request);

}  // namespace update
