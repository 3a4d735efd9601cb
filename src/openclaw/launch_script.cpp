// SPDX-License-Identifier: MIT
#include "openclaw/launch_script.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "openclaw/shell_words.hpp"

namespace openclaw {
namespace {

// cmd-shim, which npm and pnpm have in common, asks whether this is Windows; what it does there is not done
// here.
constexpr std::string_view windows_question = "case `uname` in";
constexpr std::array<std::string_view, 8> windows_answers{
    "*CYGWIN*", "basedir=`cygpath", "if command -v cygpath", "fi", ";;", "esac", "*MINGW*", "*MSYS*"};

// How a marked shim finds out its own folder: by variables of its own, none of which it exports, and with
// another PATH, which it has restored before it starts anything.
constexpr std::array<std::string_view, 2> marks_of_shims{"\n# cmd-shim-target=/", "\n# aube-bin-shim v"};
constexpr std::array<std::string_view, 28> lines_of_shim{"caller_path_set=",
                                                         "caller_path=",
                                                         "helper_path=",
                                                         "PATH=${helper_path:-/}",
                                                         R"(if [ -n "$caller_path_set" ]; then PATH=)",
                                                         "rest=",
                                                         "dir=",
                                                         "link=",
                                                         "hops=",
                                                         "target=",
                                                         "basedir=",
                                                         "basedir_abs=",
                                                         "basedir_win=",
                                                         "exe=",
                                                         "msys=",
                                                         "os=",
                                                         "{ read -r os < /proc/version; }",
                                                         "run_helper() {",
                                                         R"(if command -p -v "$1" )",
                                                         R"(if [ -x "/usr/bin/$1" ] )",
                                                         "while [ ",
                                                         "case ",
                                                         "/*) ",
                                                         "*/",
                                                         "*) link=",
                                                         "*)  link=",
                                                         "*) basedir=",
                                                         R"(*\\*) basedir=)"};
constexpr std::array<std::string_view, 7> brackets_of_shim{
    "}", "done", "esac", ";;", "*CYGWIN*|*MINGW*|*MSYS*)", "*WSL2*)", "fi"};
constexpr std::array<std::string_view, 4> questions_of_shim{"if command -v ", "elif command -v ", "elif [ ",
                                                            "if converted="};

bool starts_with_any(std::string_view line, const auto& starts) {
  return std::ranges::any_of(starts, [&](std::string_view start) { return line.starts_with(start); });
}

// "if [ -x "$basedir/node" ]; then": which of the commands is started, and all of them are looked at.
bool only_chooses(std::string_view line) {
  return line == "else" || line == "fi" || line == "then" ||
         (line.starts_with("if [ ") && line.ends_with("then"));
}

bool is_of_shim(std::string_view line) {
  return starts_with_any(line, lines_of_shim) ||
         std::ranges::find(brackets_of_shim, line) != brackets_of_shim.end() ||
         (starts_with_any(line, questions_of_shim) && line.ends_with("then"));
}

// The folder that the script is in, and where Node looks for what a package does not declare.
bool finds_itself(std::string_view line) {
  if (line.starts_with("export NODE_PATH=") || line.starts_with("NODE_PATH=")) return true;
  return line.starts_with("basedir=") && line.find("$0") != std::string_view::npos;
}

bool starts_a_command(std::string_view line, bool is_last) {
  if (!line.starts_with("exec ") && !is_last) return false;
  const auto commands = plain_commands(line);
  return commands && commands->size() == 1 && commands->front().front().find('=') == std::string::npos;
}

// No value is part of it: "export NAME", "NAME=", or the program alone.
std::string named(std::string_view line) {
  const std::vector<std::string> words = base::split(line, ' ');
  const auto name_of = [](const std::string& word) {
    const std::size_t equals = word.find('=');
    return equals == std::string::npos ? word : word.substr(0, equals + 1);
  };
  std::string text = name_of(words.front());
  if (words.front() == "export" && words.size() > 1) {
    text += " " + words[1].substr(0, words[1].find('='));
  }
  return text;
}

}  // namespace

std::vector<std::string> done_besides(std::string_view script) {
  std::vector<std::string> lines;
  for (const std::string& line : base::split(script, '\n')) {
    const std::string_view text = base::trim(line);
    if (!text.empty() && !text.starts_with('#')) lines.emplace_back(text);
  }
  std::vector<std::string> besides;
  const bool is_shim = is_marked_shim(script);
  bool on_windows = false;
  for (const std::string& line : lines) {
    if (line == windows_question) on_windows = true;
    const bool answers = on_windows && (line == windows_question || starts_with_any(line, windows_answers));
    if (line == "esac") on_windows = false;
    if (answers || only_chooses(line) || finds_itself(line) || (is_shim && is_of_shim(line))) continue;
    if (starts_a_command(line, &line == &lines.back())) continue;
    if (std::string name = named(line); std::ranges::find(besides, name) == besides.end()) {
      besides.push_back(std::move(name));
    }
  }
  return besides;
}

bool is_marked_shim(std::string_view script) {
  return std::ranges::any_of(
      marks_of_shims, [&](std::string_view mark) { return script.find(mark) != std::string_view::npos; });
}

}  // namespace openclaw
