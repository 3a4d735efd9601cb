// SPDX-License-Identifier: MIT
// The outcome as a person reads it: a line on what was looked at, a table, findings, a verdict with the next
// step.
#pragma once

#include <string>

#include "stage/outcome.hpp"

namespace tools {

struct TableOptions {
  bool check = false;
  bool verbose = false;  // plugins that are not needed as well
  bool color = false;
};

[[nodiscard]] std::string report_table(const stage::Outcome& outcome, const TableOptions& options);

}  // namespace tools
