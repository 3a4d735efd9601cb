// SPDX-License-Identifier: MIT
// The record of the last complete run: what it looked at, as stamps. When every stamp still agrees there is
// nothing to do, and finding that out costs one small read and a stat a line: no walk, no JSON, no Node.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace stage {

struct Record {
  // Circumstances that are no files: version of the suite, options, the variables that steer OpenClaw. Paths
  // and names only, never a secret.
  std::string circumstances;
  std::vector<std::pair<std::string, std::string>> stamps;  // absolute path, fs::stamp
  std::string summary;  // one line for STATUS=: "2026.4.26: 8 plugins staged"
};

[[nodiscard]] std::string to_text(const Record& record);
[[nodiscard]] base::Result<Record> parse_record(std::string_view text);

// Adds a stamp of what `path` is now.
void add_stamp(Record& record, const std::string& path);

// Does everything still stand as recorded?
[[nodiscard]] bool still_true(const Record& record, std::string_view circumstances);

}  // namespace stage
