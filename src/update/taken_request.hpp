// SPDX-License-Identifier: MIT
// What happened to a request to the updater's unit (intent.hpp): if two operators make requests at the same
// time, the new update may belong to the other one.
#pragma once

#include <string>

#include "update/journal.hpp"

namespace update {

struct TakenRequest {
  std::string id;     // of the update that took the request; empty: none has
  std::string other;  // description of an update newer than `since` that belongs to another request, for an
                      // operator; may be empty
};
// `since`: the ID of the last update before the request; empty if there was none.
[[nodiscard]] TakenRequest look_for_request(const Journal& journal, const std::string& since,
                                            const std::string& request);

}  // namespace update
