// SPDX-License-Identifier: MIT
// The record of the last complete run: the stamps of all that it examined. If all stamps still agree, there
// is nothing to do. Finding that out costs one small read and one stat for each line: no walk, no JSON, no
// Node.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace stage {

struct Record {
  // Circumstances that are not files: version of the suite, options, the variables that OpenClaw uses. Only
  // paths and names, never a secret.
  std::string circumstances;
  std::vector<std::pair<std::string, std::string>> stamps;  // absolute path, fs::stamp
  std::string summary;  // one line for STATUS=: "2026.4.26: 8 plugins staged"
};

[[nodiscard]] std::string to_text(const Record& record);
[[nodiscard]] base::Result<Record> parse_record(std::string_view text);

// Adds the present stamp of `path`.
void add_stamp(Record& record, const std::string& path);

// Whether everything is as recorded.
[[nodiscard]] bool still_true(const Record& record, std::string_view circumstances);

}  // namespace stage
