// SPDX-License-Identifier: MIT
#include "tools/help_text.hpp"

#include <utility>

namespace tools {
namespace {

// CLI11 separates groups by one empty line or two, depending on its version and on groups that are hidden.
std::string with_single_empty_lines(std::string text) {
  for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at))
    text.erase(at, 1);
  return text;
}

}  // namespace

std::string HelpText::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  if (mode == CLI::AppFormatMode::Sub) return CLI::Formatter::make_help(app, std::move(name), mode);
  std::string text = make_description(app) + make_usage(app, std::move(name)) + make_positionals(app);
  text += make_subcommands(app, mode) + make_groups(app, mode);
  if (const std::string footer = make_footer(app); !footer.empty()) text += "\n" + footer;
  return with_single_empty_lines(std::move(text));
}

std::string HelpText::make_option_name(const CLI::Option* option, bool positional) const {
  const std::string name = CLI::Formatter::make_option_name(option, positional);
  return name.substr(0, name.find('{'));  // what a flag stands for without a value
}

std::string HelpText::make_option_opts(const CLI::Option* option) const {
  const bool has_value = option->get_expected_min() > 0 && option->get_type_size() != 0;
  if (!has_value) return {};
  const std::string type = option->get_type_name();
  const std::string shown = type.substr(0, type.find(':'));
  return shown.empty() || shown == "TEXT" ? "" : " " + shown;
}

void use_help_text(CLI::App& app) {
  constexpr std::size_t column = 26;
  auto formatter = std::make_shared<HelpText>();
  formatter->column_width(column);
  app.formatter(formatter);
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) use_help_text(*command);
}

}  // namespace tools
