// SPDX-License-Identifier: MIT
// All that the programs print for a person or a script. Names of files, answers of a registry and words of
// OpenClaw reach these functions as they are, and a terminal (root's, mostly) as text alone: no escape
// sequence, no control character, nothing that shows text in another order than it has, and no secret that
// can be told by its shape (base/redaction.hpp).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdio>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tools {

// From now on every text is passed through `reword` before it is shown: what a person is told to type has to
// say which gateway is meant, wherever the words come from. It changes words, and no structure of JSON.
void reword_with(std::function<std::string(std::string_view)> reword);

// One line on standard output, whatever line ends are in it.
void print_line(std::initializer_list<std::string_view> parts);
// "PROGRAM: MESSAGE", one line on standard error.
void print_error(std::string_view program, std::string_view message);
// A text of several lines. Of escape sequences only the colours of our own tables are let through.
void print_text(std::FILE* stream, std::string_view text);
// On standard output, in ASCII: every other character is an escape of JSON's. Bytes that are no UTF-8 are
// replaced. After begin_json(), the object that end_json() writes.
void print_json(const nlohmann::json& value);
void print_json(const nlohmann::ordered_json& value);

// Standard output has exactly one JSON object from now on: whoever reads it with a script gets it from a
// command that has no report of its own, after a failure, and after a mistake in the command line. What
// print_line() has to say is kept for that object, and what print_error() says goes into it besides to
// standard error.
enum class JsonForm { object, lines };  // lines: one object a line, and the last is the result
void begin_json(JsonForm form);
[[nodiscard]] bool writes_json();
// One line of what goes on, at once; only in lines.
void print_json_event(const nlohmann::json& event);
// Writes the object: what was given to print_json(), or {"outcome": "done" or "error", "message", "hint",
// "messages"}; with exit_status, and with errors where there were some. Answers `exit_status`; without
// begin_json() it does no more.
[[nodiscard]] int end_json(int exit_status);
// With blanks up to the width of a column.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);

}  // namespace tools
