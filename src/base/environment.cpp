// SPDX-License-Identifier: MIT
#include "base/environment.hpp"

#include <unistd.h>

#include <string_view>

namespace base {

Environment current_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view assignment = *entry;
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return environment;
}

}  // namespace base
