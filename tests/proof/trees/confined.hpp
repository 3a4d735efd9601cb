// SPDX-License-Identifier: MIT
// An operation in a process of its own, as whom the product runs it, with an end to its time and memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace trees {

enum class As : std::uint8_t {
  lesser,   // the user whose tree it is: workers, hook
  updater,  // root without any capability, as in openclaw-update.service
  root,     // root by hand: adopt, adopt --undo
};
[[nodiscard]] std::string name_of(As as);

// Generous: a slow machine keeps them, and what has no end does not.
struct Bounds {
  int seconds = 30;  // of the processor; and four times as many of waiting
  std::uint64_t address_space = std::uint64_t{512} * 1024 * 1024;
  std::uint64_t written = std::uint64_t{1} * 1024 * 1024 * 1024;  // bytes, to files
};

struct Answer {
  enum class Kind : std::uint8_t { done, refused, broken } kind = Kind::broken;
  std::string message;  // of the refusal; or how it broke: a signal, an exception, out of bounds
};

[[nodiscard]] Answer run_confined(As as, const std::function<base::Result<void>()>& operation,
                                  const Bounds& bounds = {});

// The process becomes that user for good. Ends the process when that fails.
void become(As as);

}  // namespace trees
