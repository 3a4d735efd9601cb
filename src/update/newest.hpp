// SPDX-License-Identifier: MIT
// What the registry last answered: for status, which asks nobody, and for whoever may not ask.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "update/context.hpp"
#include "update/setup.hpp"

namespace update {

struct Newest {
  std::string wanted;        // the channel that was asked for
  std::string version;       // what it has
  std::int64_t at_ms = 0;    // Unix milliseconds
  std::string requested_by;  // Asked::requested_by
};

// <state>/newest. One that is missing or cannot be read is nothing: it is asked for again.
[[nodiscard]] std::optional<Newest> newest_seen(int state_fd);
// Of a channel alone: what a version that was named leads to says nothing of what is new.
[[nodiscard]] base::Result<void> keep_newest(int state_fd, const Newest& newest);

// Asks the registry, by the worker that an update asks, and keeps the answer. `context`: see
// context_asked_for(); its `from` is filled in. Nothing else is changed.
[[nodiscard]] base::Result<Newest> look_for_newest(const Setup& setup, Context& context);

}  // namespace update
