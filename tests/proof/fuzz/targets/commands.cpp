// SPDX-License-Identifier: MIT
// Command lines of units, start scripts, and arguments of processes (openclaw/shell_words.hpp,
// launch_command.hpp).
#include <algorithm>

#include "base/text.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/launch_command.hpp"
#include "openclaw/launch_script.hpp"
#include "openclaw/own_update.hpp"
#include "openclaw/shell_words.hpp"
#include "update/adoption/adoption.hpp"

using target::require;

namespace {

void fuzz_shell(std::string_view text) {
  const auto commands = openclaw::plain_commands(text);
  if (!commands) return require(!commands.error().message.empty(), "a reason is given");
  for (const auto& command : *commands) require(!command.empty(), "a command has a word");
}

void fuzz_command(const std::vector<std::string>& words) {
  const auto command = openclaw::read_launch_command(words);
  require(command.runs != openclaw::LaunchCommand::Runs::node ||
              openclaw::is_node_name(openclaw::base_name(command.program)) || !command.untold.empty(),
          "what runs Node is called so");
  const auto arguments = openclaw::read_gateway_arguments(command.arguments);
  require(!arguments.port || *arguments.port <= 65535, "a port is one");
  require(openclaw::serving_arguments(command.arguments).size() <= command.arguments.size(),
          "no word is added");
  (void)openclaw::asks_only(arguments);
  (void)openclaw::own_update_of(words);
}

// Of a unit, as an adoption writes it.
void fuzz_quoting(std::string_view text) {
  const std::string quoted = update::quoted_for_unit(text);
  require(quoted.find('\n') == std::string::npos, "a word of a unit stays on its line");
}

}  // namespace

void fuzz(std::string_view input) {
  fuzz_shell(input);
  fuzz_command(base::split(input.substr(0, std::size_t{128} * 1024), '\0'));
  fuzz_command({"/bin/sh", "-c", std::string(input)});
  for (const std::string& done : openclaw::done_besides(input))
    require(!done.empty(), "what is done has a name");
  (void)openclaw::is_marked_shim(input);
  if (input.find('\n') == std::string_view::npos) fuzz_quoting(input);
}
