// SPDX-License-Identifier: MIT
// The last answer of the registry: for status, which does not query it, and for callers who may not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "update/context.hpp"
#include "update/setup.hpp"

namespace update {

struct Newest {
  std::string wanted;        // the requested channel
  std::string version;       // its version
  std::int64_t at_ms = 0;    // Unix milliseconds
  std::string requested_by;  // Asked::requested_by
};

// <state>/newest. Nothing if it is missing or cannot be read: the registry is asked again.
[[nodiscard]] std::optional<Newest> newest_seen(int state_fd);
// Only for a channel: the result for a given version does not show what is new.
[[nodiscard]] base::Result<void> keep_newest(int state_fd, const Newest& newest);

// Asks the registry with the same worker as an update, and stores the answer. `context`: see
// context_asked_for(); its `from` is set. Nothing else is changed.
[[nodiscard]] base::Result<Newest> look_for_newest(const Setup& setup, Context& context);

}  // namespace update
