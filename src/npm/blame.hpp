// SPDX-License-Identifier: MIT
// Which package a failed install is about, as far as the client's own words tell.
//
// All take a client's output as it came, or what last_words() made of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "npm/policy.hpp"

namespace npm {

// Names of packages mentioned in the error lines of npm, pnpm or bun output (E404 '<name>@<range>', ETARGET,
// EOVERRIDE, git dependency, "No version matching ..."), most direct first; direct and transitive ones alike.
// pnpm also says what asked for it: that name follows. Empty when no package is at fault: a dead registry, a
// full disk.
[[nodiscard]] std::vector<std::string> blamed_packages(std::string_view output);
// One sentence: what went wrong, for a person ("the registry does not have cssomnom", "git is needed and
// missing"). Empty when nothing in the output is known.
[[nodiscard]] std::string explain_failure(std::string_view output);

// The line about the policy that the failure rests on, for the end of the output; empty without one.
[[nodiscard]] std::string forbidding_policy(std::string_view output, const Policies& policies);

// Whether a package, or its version, is gone from the registry: another version of it can help.
[[nodiscard]] bool is_lost(std::string_view output);
// Whether a policy keeps a package away, which another version is no way around.
[[nodiscard]] bool is_of_policy(std::string_view output);
// Whether no space was left. A limit of file watchers, which the system words alike, is none of it.
[[nodiscard]] bool is_full_disk(std::string_view output);

// The lines about the failure, on one line, separated by " | "; downloads, progress and stack traces
// left out.
[[nodiscard]] std::string last_words(std::string_view output, std::size_t limit = 2000);

// Why a request failed that the client is going to try again: "ECONNREFUSED"; empty for any other line.
[[nodiscard]] std::string retry_reason(std::string_view line);

// npm 11 says TAR_ENTRY_ERROR for each file that it could not unpack, then "added 1 package" and exits with
// 0.
[[nodiscard]] bool tells_of_damage(std::string_view line);

}  // namespace npm
