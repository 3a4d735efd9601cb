// SPDX-License-Identifier: MIT
// What package clients say when they fail, one row for each cause.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "npm/policy.hpp"

namespace npm {

// Decides whether the package that a row captures is to blame, and what is advised.
enum class Fault {
  surroundings,
  full_disk,
  package,
  lost,       // the package is gone from the registry, or its version is
  forbidden,  // a policy keeps the package away
};

struct FailureRow {
  Fault fault;
  // Codes as they stand in a client's own line ("npm error code X", "ERR_PNPM_X", "X: ..."), separated by |.
  const char* codes;
  // Searched in a client's own line too; group 1 is the package's name, group 2 a reason. Either may be
  // empty.
  const char* pattern;
  const char* explanation;  // "$1", "$2" stand for the groups, or the code; "$policy" for the policy's clause
  PolicyKind policy = PolicyKind::none;
  bool only_with_policy = false;  // the words mean something else where no such policy is set
};

// A line of a client's about its own failure, with the codes that stand in it where clients put a code.
struct ClientLine {
  std::string text;
  std::vector<std::string> codes;
};
[[nodiscard]] ClientLine read_line(std::string text);

struct FailureMatch {
  std::string first, second;  // groups
};

// In the order in which one explains the others.
[[nodiscard]] const std::vector<FailureRow>& failure_rows();
[[nodiscard]] bool matches(std::size_t row, const ClientLine& line, FailureMatch& match);

// Whether a client wrote the line about its own failure: no deprecation notice, which a package's author
// words, no output of a script, no progress.
[[nodiscard]] bool is_clients_own(const std::string& line);

}  // namespace npm
