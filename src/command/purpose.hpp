// SPDX-License-Identifier: MIT
// The purposes for which OpenClaw's command line runs: what it may see, what it must not do, how long it
// may take, in one row for each purpose.
#pragma once

#include <chrono>
#include <string_view>

#include "base/environment.hpp"

namespace command {

struct Variable {
  const char* name;
  const char* value;
};

struct Purpose {
  const char* entry;  // in the package
  bool has_answer;    // on stdout, which is then kept apart from all else that is printed
  // Whether a variable of the caller is passed on.
  bool (*passes)(std::string_view name);
  // Names and values that it always gets; ends with a row without a name.
  const Variable* fixed;
  // Without output, CPU use or disk writes; and in all, 0: as long as it makes progress.
  std::chrono::seconds silence, longest;
};

// Plugins are installed or updated: untrusted code is fetched, and gets nothing that it could misuse.
extern const Purpose installing;
// The running gateway, or a canary, is asked: all that the gateway's unit sets, since it is the gateway's own
// code as the gateway's user, and what would lead it elsewhere is held back.
extern const Purpose asking;
// A release judges a copy of config and database (workers/state/copy.hpp makes its environment).
extern const Purpose validating;
// A release's doctor brings a state to what the release needs: on a copy, or on the state itself.
extern const Purpose migrating;

// Pure. `inherited` is passed on as the purpose permits; `added` is what the caller has prepared for
// it.
[[nodiscard]] base::Environment environment_for(const Purpose& purpose, const base::Environment& inherited,
                                                const base::Environment& added);

}  // namespace command
