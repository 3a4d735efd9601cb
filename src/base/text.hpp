// SPDX-License-Identifier: MIT
// Small text operations that C++20 lacks, for messages and for parsing what OpenClaw writes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace base {

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
// Empty fields are kept: split("a::b", ':') is {"a","","b"}.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
// One string of all of them. Also because gcc 12 takes `"literal" + std::string` for an overlap (-Wrestrict,
// its bug 105651) once it optimises.
[[nodiscard]] std::string concat(std::initializer_list<std::string_view> parts);
// "1 file", "2 files".
[[nodiscard]] std::string count(std::uint64_t number, std::string_view singular, std::string_view plural);
// "12.3 MB", decimal units as npm and df -H use.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);
// Strictly: no overlong forms, no surrogates. What is not cannot be in JSON as it is.
[[nodiscard]] bool is_utf8(std::string_view text);
// Control characters and escape sequences removed, so that what npm or a hostile package prints cannot steer
// a terminal or forge a journal line. At most `limit` bytes.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 4096);

}  // namespace base
