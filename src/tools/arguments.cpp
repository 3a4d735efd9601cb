// SPDX-License-Identifier: MIT
#include "tools/arguments.hpp"

#include <sysexits.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/nearest.hpp"
#include "base/text.hpp"
#include "openclaw/version.hpp"
#include "tools/help_text.hpp"
#include "tools/terminal.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::size_t longest_shown_word = 64;

bool is_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

// The command that the words are given to: a subcommand, or the program.
const CLI::App& command_of(const CLI::App& app) {
  const auto given = app.get_subcommands();
  return given.empty() ? app : *given.front();
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : {&app, &command_of(app)}) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    if (command == &command_of(app)) break;
  }
  return names;
}

std::vector<std::string> subcommands_of(const CLI::App& app) {
  std::vector<std::string> names;
  if (!app.get_subcommands().empty()) return names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// One word is enough: what follows a mistyped option is its value, which may be nobody's business. That is
// also why nothing is said of what stands behind a "=".
std::string unexpected(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining(true);
  const auto option = std::ranges::find_if(words, is_option);
  const bool has_option = option != words.end();
  if (words.empty()) return "there are too many arguments";
  std::string word = has_option ? *option : words.front();
  word.resize(std::min(word.size(), word.find('=')));
  const std::vector<std::string> known = has_option ? options_of(app) : subcommands_of(app);
  const std::string what = has_option      ? "unknown option "
                           : known.empty() ? "unexpected argument "
                                           : "unknown command ";
  const auto meant = base::nearest(word, {known.begin(), known.end()});
  return base::concat({what, base::printable(word, longest_shown_word), meant ? "; did you mean " : "",
                       meant.value_or(""), meant ? "?" : ""});
}

// What follows "--" is for another program.
std::optional<JsonForm> json_form_in(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") return std::nullopt;
    if (word == "--json=lines") return JsonForm::lines;
    if (word == "--json" || word.starts_with("--json=")) return JsonForm::object;
  }
  return std::nullopt;
}

}  // namespace

void add_json_option(CLI::App& app, std::string& wanted, const std::string& help, bool has_lines) {
  auto* json = app.add_flag("--json{object}", wanted, help);
  if (has_lines) {
    json->check(CLI::IsMember({"object", "lines"}));
  } else {
    json->check(CLI::IsMember({"object"}));
  }
}

std::optional<int> parse_arguments(CLI::App& app, int argc, char** argv) {
  std::string wrong;
  use_help_text(app);
  if (app.get_option_no_throw("--json") != nullptr) {
    if (const auto form = json_form_in(argc, argv)) begin_json(*form);
  }
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::Success& wanted) {
    return app.exit(wanted);
  } catch (const CLI::ExtrasError&) {
    wrong = unexpected(app);
  } catch (const CLI::ParseError& error) {
    wrong = error.what();
  }
  print_error(app.get_name(), wrong + " (see --help)");
  return end_json(EX_USAGE);
}

Result<void> require_text(const std::string& text) {
  if (!base::trim(base::printable(text)).empty()) return {};
  return base::fail(ErrorKind::usage, "must not be empty");
}

Result<void> require_version(const std::string& text) {
  if (openclaw::Version::parse(text)) return {};
  return base::fail(ErrorKind::usage, base::concat({"must be a version such as 2026.9.6, not '",
                                                    base::printable(text, longest_shown_word), "'"}));
}

}  // namespace tools
