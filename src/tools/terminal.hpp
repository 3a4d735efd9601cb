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
// replaced.
void print_json(const nlohmann::json& value);
void print_json(const nlohmann::ordered_json& value);
// With blanks up to the width of a column.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);

}  // namespace tools
