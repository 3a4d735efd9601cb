// SPDX-License-Identifier: MIT
// How --help looks: what it is for, the commands, the options in groups, examples, the manual page. Without
// what is CLI11's own notation ("Excludes:", "INT in [1 - 65535]"): a mistake is explained when it is made.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace tools {

class HelpText final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_help(const CLI::App* app, std::string name,
                                      CLI::AppFormatMode mode) const override;
  [[nodiscard]] std::string make_option_name(const CLI::Option* option, bool positional) const override;
  [[nodiscard]] std::string make_option_opts(const CLI::Option* option) const override;
};

// For the program and all of its commands.
void use_help_text(CLI::App& app);

}  // namespace tools
