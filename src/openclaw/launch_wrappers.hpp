// SPDX-License-Identifier: MIT
// Programs that run another one: how many words are theirs, and what they do to it. Internal to
// launch_command.cpp.
#pragma once

#include <string_view>

namespace openclaw {

struct Wrapper {
  enum class Kind {
    passes,        // starts what follows, in the same surroundings or with other limits
    adds,          // gives it environment variables of its own
    selects,       // chooses Node and PATH for it: a version manager
    leads,         // only finds it: npx, pnpm exec
    shell,         // takes it from a text
    container,     // runs it in another file system
    manager,       // asks a service manager
    another_user,  // runs it as another user
  };
  std::string_view name;
  Kind kind = Kind::passes;
  std::string_view subcommands = {};  // one of these has to follow; otherwise it is a program like others
  std::string_view with_value = {};   // options whose value is a word of its own
  unsigned operands = 0;              // words of its own after the options
  bool after_dashes = false;          // what it runs follows "--", whatever stands before
};

// nullptr: it is no wrapper.
[[nodiscard]] const Wrapper* find_wrapper(std::string_view name);

// Is `word` one of `list`, which are separated by blanks?
[[nodiscard]] bool is_listed(std::string_view list, std::string_view word);

}  // namespace openclaw
