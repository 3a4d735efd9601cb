// SPDX-License-Identifier: MIT
#include "npm/install.hpp"

namespace npm {

std::string what_it_does(const Progress& progress) {
  // A registry that never answers makes npm retry for minutes without a word (facts: 10 minutes of silence).
  return progress.retrying.empty() ? progress.last_line
                                   : "requests fail and are only retried: " + progress.retrying;
}

}  // namespace npm
