// SPDX-License-Identifier: MIT
// The main of a worker: its command line, and what it leaves in the journal.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace tools {

struct WorkerLine {
  std::string instance;         // "<transaction>.<action>"
  std::string request, result;  // files; empty: where the unit has them
};

// `work` answers the action's own error where a result was written (that is exit status 0), or an error where
// none could be: workers::serve_request with its table.
[[nodiscard]] int worker_main(
    const char* program, const char* description, int argc, char** argv,
    const std::function<base::Result<std::optional<base::Error>>(const WorkerLine&)>& work);

}  // namespace tools
