// SPDX-License-Identifier: MIT
#include "openclaw/launch_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "openclaw/launch_wrappers.hpp"
#include "openclaw/shell_words.hpp"

namespace openclaw {
namespace {

using Words = std::vector<std::string>;
using Kind = Wrapper::Kind;
using Runs = LaunchCommand::Runs;

constexpr int most_commands = 8;  // commands within commands
constexpr int most_splits = 8;    // of one env
// Of a command with its parameters in it: more than any unit or shim has, and nothing that a shell that names
// all of them again and again can make grow.
constexpr std::size_t most_words = 65'536;

Words rest(const Words& words, std::size_t from) {
  return {words.begin() + static_cast<std::ptrdiff_t>(std::min(from, words.size())), words.end()};
}

bool is_assignment(std::string_view word) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 && (word[0] < '0' || word[0] > '9') &&
         word.substr(0, equals).find_first_not_of(characters) == std::string_view::npos;
}

// Options of Node whose value is a word of its own (node(1)); V8's take theirs after "=".
constexpr std::string_view node_options_with_value =
    "-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists "
    "--title --icu-data-dir --inspect-port --input-type --openssl-config --redirect-warnings "
    "--diagnostic-dir --heapsnapshot-signal --unhandled-rejections --report-dir --report-directory "
    "--report-filename --report-signal --dns-result-order --disable-warning --tls-cipher-list --tls-keylog "
    "--trace-event-categories --trace-event-file-pattern --watch-path --experimental-config-file "
    "--secure-heap --secure-heap-min --max-http-header-size --localstorage-file --cpu-prof-dir "
    "--cpu-prof-name --cpu-prof-interval --heap-prof-dir --heap-prof-name --heap-prof-interval "
    "--network-family-autoselection-attempt-timeout --trace-require-module --stack-trace-limit";
constexpr std::string_view node_options_with_code = "-e --eval -p --print -pe -c --check -i --interactive";

class Reader {
 public:
  LaunchCommand read(const Words& words) {
    take(words, 0);
    return std::move(command_);
  }

 private:
  void untold(std::string_view program, std::string reason) {
    command_.program = program;
    command_.untold = std::move(reason);
  }

  void take(const Words& words, int depth) {
    if (words.empty()) return untold("", "names no program");
    if (depth > most_commands) return untold(words.front(), "runs itself recursively");
    const std::string_view name = base_name(words.front());
    if (is_node_name(name)) return take_node(words);
    if (name == "env") return take_env(words, depth);
    const Wrapper* row = find_wrapper(name);
    if (row == nullptr) return take_program(words);
    if (row->kind == Kind::shell) return take_shell(words, depth);
    take_wrapper(*row, words, depth);
  }

  void take_program(const Words& words) {
    command_.runs = Runs::program;
    command_.program = words.front();
    command_.arguments = rest(words, 1);
  }

  void take_node(const Words& words) {
    command_.runs = Runs::node;
    command_.program = words.front();
    std::size_t at = 1;
    for (; at < words.size() && words[at].starts_with('-') && words[at] != "-"; ++at) {
      if (words[at] == "--") {
        ++at;
        break;
      }
      if (is_listed(node_options_with_code, words[at])) {
        return untold(words.front(), "gives Node code instead of a script");
      }
      command_.node_options.push_back(words[at]);
      if (is_listed(node_options_with_value, words[at]) && at + 1 < words.size()) {
        command_.node_options.push_back(words[++at]);
      }
    }
    if (at >= words.size()) return untold(words.front(), "gives Node no script");
    command_.script = words[at];
    command_.arguments = rest(words, at + 1);
  }

  static bool is_text_to_split(std::string_view word) {
    return word.starts_with("-S") || word.starts_with("--split-string=");
  }

  // Puts the words of `env -S "TEXT"` at `at` in the place of the text; false where it is no plain command.
  static bool split_text(Words& words, std::size_t at) {
    const std::string word = words[at];
    const bool apart = word == "-S";
    if (apart && at + 1 >= words.size()) return false;
    const std::string text = apart ? words[at + 1] : word.substr(word[1] == 'S' ? 2 : word.find('=') + 1);
    const auto split = plain_commands(text);
    if (!split || split->size() != 1) return false;
    const auto first = words.begin() + static_cast<std::ptrdiff_t>(at);
    words.insert(words.erase(first, first + (apart ? 2 : 1)), split->front().begin(), split->front().end());
    return true;
  }

  // env [-i] [-u NAME] [-C DIR] [-S TEXT] [NAME=VALUE]... COMMAND
  void take_env(Words words, int depth) {
    bool says_more = false;
    std::size_t at = 1;
    int splits = 0;
    for (; at < words.size(); ++at) {
      while (at < words.size() && is_text_to_split(words[at])) {
        if (++splits > most_splits) return untold("env", "splits its arguments again and again");
        if (!split_text(words, at))
          return untold("env", "has an argument of env -S that is not a plain command");
      }
      if (at >= words.size()) break;
      const std::string word = words[at];
      if (word == "-u" || word == "--unset" || word == "-C" || word == "--chdir") {
        says_more = true;
        ++at;
        if (word[1] != 'u' && word != "--unset" && at < words.size()) command_.directory = words[at];
      } else if (is_assignment(word)) {
        says_more = true;
        if (word.starts_with("PATH=")) command_.path = word.substr(5);
      } else if (word.starts_with('-')) {
        says_more = says_more || word != "--";
      } else {
        break;
      }
    }
    if (at >= words.size()) return untold("env", "gives env no program");
    if (says_more) keep(words, at);
    take(rest(words, at), depth + 1);
  }

  void keep(const Words& words, std::size_t before) {
    command_.in_front.insert(command_.in_front.end(), words.begin(),
                             words.begin() + static_cast<std::ptrdiff_t>(before));
  }

  // Where what the wrapper runs begins; at the end of `words` where that cannot be told.
  static std::size_t end_of_own_words(const Wrapper& row, const Words& words, std::size_t at) {
    if (row.after_dashes) {
      const auto dashes = std::find(words.begin(), words.end(), "--");
      if (dashes != words.end()) return static_cast<std::size_t>(dashes - words.begin()) + 1;
    }
    for (; at < words.size() && words[at].starts_with('-'); ++at) {
      if (words[at] == "--") {
        ++at;
        break;
      }
      if (is_listed(row.with_value, words[at])) ++at;
    }
    at += row.operands;
    // "timeout 5 -- CMD", and variables that cross-env, setpriv's like or a volta in front would take.
    while (at < words.size() && (words[at] == "--" || is_assignment(words[at]))) ++at;
    return std::min(at, words.size());
  }

  void take_wrapper(const Wrapper& row, const Words& words, int depth) {
    std::size_t at = 1;
    if (!row.subcommands.empty()) {
      while (at < words.size() && words[at].starts_with('-')) {
        at += is_listed(row.with_value, words[at]) ? 2U : 1U;
      }
      if (at >= words.size() || !is_listed(row.subcommands, words[at])) return take_program(words);
      ++at;
    }
    switch (row.kind) {
      case Kind::container:
        return end(Runs::container, words);
      case Kind::manager:
        return end(Runs::manager, words);
      case Kind::another_user:
        return end(Runs::another_user, words);
      default:
        break;
    }
    const std::size_t inner = end_of_own_words(row, words, at);
    if (inner >= words.size())
      return untold(words.front(), base::concat({"gives ", row.name, " no program"}));
    if (row.kind == Kind::adds) command_.giving_environment.emplace_back(row.name);
    if (row.kind == Kind::selects) command_.selected_by = row.name;
    if (row.kind == Kind::leads) command_.found_by = row.name;
    if (row.kind == Kind::passes || row.kind == Kind::adds) keep(words, inner);
    if (row.name == "sops") return take_text(words[inner], {}, depth);
    Words command = rest(words, inner);
    // "npx openclaw@2026.9.6": the version is the runner's.
    if (row.kind == Kind::leads && command.front().starts_with("openclaw@")) command.front() = "openclaw";
    if (row.kind == Kind::selects && row.name != "asdf") drop_tool_versions(command);
    if (command.empty()) return untold(words.front(), base::concat({"gives ", row.name, " no program"}));
    take(command, depth + 1);
  }

  // "mise exec node@22 -- openclaw", where "--" was not there.
  static void drop_tool_versions(Words& command) {
    const auto is_version = [](const std::string& word) {
      return word.find('@') != std::string::npos && word.find('/') == std::string::npos;
    };
    command.erase(command.begin(), std::ranges::find_if_not(command, is_version));
  }

  void end(Runs runs, const Words& words) {
    command_.runs = runs;
    command_.program = words.front();
    command_.arguments = rest(words, 1);
  }

  // A shell: "-c TEXT [NAME PARAMETER...]", or a script and its parameters.
  void take_shell(const Words& words, int depth) {
    command_.by_shell = true;
    bool has_text = false;
    std::size_t at = 1;
    for (; at < words.size() && words[at].size() > 1 && (words[at][0] == '-' || words[at][0] == '+'); ++at) {
      const std::string& option = words[at];
      if (option == "--") {
        ++at;
        break;
      }
      if (option.starts_with("--")) {
        command_.by_login_shell = command_.by_login_shell || option == "--login";
        if (option == "--rcfile" || option == "--init-file") ++at;
        continue;
      }
      has_text = has_text || option.find('c') != std::string::npos;
      command_.by_login_shell = command_.by_login_shell || option.find('l') != std::string::npos;
      if (option.find_first_of("oO") != std::string::npos) ++at;
    }
    if (at >= words.size()) return untold(words.front(), "gives the shell nothing to run");
    if (!has_text) return take_program(rest(words, at));
    take_text(words[at], rest(words, at + 2), depth);
  }

  // What goes before the command in a shell's text, and only prepares it.
  bool prepares(const PlainCommand& statement) {
    constexpr std::string_view whole = "source . cd";
    constexpr std::string_view named = "export set unset umask ulimit shopt nvm fnm true :";
    const std::string_view name = statement.front();
    if (name == "cd" && statement.size() == 2) command_.directory = statement[1];
    if (is_listed(whole, name)) {
      const bool has_file = statement.size() > 1;
      command_.left_out.push_back(base::concat({name, has_file ? " " : "", has_file ? statement[1] : ""}));
    } else if (is_listed(named, name)) {
      command_.left_out.emplace_back(name);
    } else if (std::ranges::all_of(statement, is_assignment)) {
      command_.left_out.push_back(statement.front().substr(0, statement.front().find('=')) + "=");
    } else {
      return false;
    }
    if (name == "export" && statement.size() > 1) {
      command_.left_out.back() += " " + statement[1].substr(0, statement[1].find('='));
      if (statement[1].starts_with("PATH=")) command_.path = statement[1].substr(5);
    }
    return true;
  }

  void take_text(const std::string& text, const Words& parameters, int depth) {
    const auto commands = plain_commands(text);
    if (!commands) return untold("sh", "runs a shell command that " + commands.error().message);
    if (commands->empty()) return untold("sh", "gives the shell nothing to run");
    for (std::size_t i = 0; i + 1 < commands->size(); ++i) {
      if (!prepares((*commands)[i])) {
        const std::string& first = (*commands)[i].front();
        return untold("sh", base::concat({"runs several shell commands (", first.substr(0, first.find('=')),
                                          ", ...)"}));
      }
    }
    Words command;
    for (const std::string& word : commands->back()) {
      if (word == "${@}") {
        if (command.size() + parameters.size() > most_words) return untold("sh", "has too many parameters");
        command.insert(command.end(), parameters.begin(), parameters.end());
      } else {
        command.push_back(word);
      }
    }
    take(without_shell_words(std::move(command)), depth + 1);
  }

  // "exec -a NAME", and assignments, which are env's where there is no shell.
  Words without_shell_words(Words command) {
    std::size_t at = 0;
    while (at < command.size() && is_assignment(command[at])) ++at;
    const std::size_t assignments = at;
    for (bool more = true; more && at < command.size();) {
      more = command[at] == "exec" || command[at] == "command";
      if (more) ++at;
      if (more && at + 1 < command.size() && command[at] == "-a") at += 2;
    }
    Words plain = rest(command, at);
    if (assignments == 0) return plain;
    plain.insert(plain.begin(), command.begin(), command.begin() + static_cast<std::ptrdiff_t>(assignments));
    plain.insert(plain.begin(), "/usr/bin/env");
    return plain;
  }

  LaunchCommand command_;
};

// OpenClaw's own options before its command whose value is a word of its own (`openclaw --help`).
constexpr std::string_view root_options_with_value = "--profile --log-level --container";

// Subcommands of `gateway` and `daemon` that ask something of a service manager, or of a running gateway.
constexpr std::string_view asking =
    "start stop restart status install uninstall health probe call discover usage-cost stability diagnostics";

std::optional<std::size_t> index_of_subcommand(const Words& arguments) {
  bool in_gateway = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with('-')) {
      if (in_gateway) return std::nullopt;
      if (is_listed(root_options_with_value, arguments[i])) ++i;
    } else if (in_gateway) {
      return i;
    } else {
      in_gateway = arguments[i] == "gateway" || arguments[i] == "daemon";
      if (!in_gateway) return std::nullopt;
    }
  }
  return std::nullopt;
}

// The value of "--name VALUE" or "--name=VALUE" at `index`.
std::optional<std::string> value_at(const Words& arguments, std::size_t index, std::string_view name) {
  const std::string_view word = arguments[index];
  if (word == name && index + 1 < arguments.size()) return arguments[index + 1];
  if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) {
    return std::string(word.substr(name.size() + 1));
  }
  return std::nullopt;
}

std::optional<unsigned> port_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 1 && number <= 65535 ? std::optional(number) : std::nullopt;
}

}  // namespace

LaunchCommand read_launch_command(const Words& words) {
  return Reader().read(words);
}

bool is_node_name(std::string_view program) {
  std::string_view name = base_name(program);
  if (!name.starts_with("node")) return false;
  name.remove_prefix(name.starts_with("nodejs") ? 6 : 4);
  if (name.starts_with('-') && name.size() > 1) name.remove_prefix(1);
  return name.find_first_not_of("0123456789.") == std::string_view::npos;
}

GatewayArguments read_gateway_arguments(const Words& arguments) {
  GatewayArguments gateway;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (const auto port = value_at(arguments, i, "--port")) {
      if (const auto number = port_number(*port); number && !gateway.port) gateway.port = number;
    } else if (auto profile = value_at(arguments, i, "--profile")) {
      gateway.profile = std::move(*profile);
    } else if (word == "--dev") {
      gateway.profile = "dev";
    }
    if (gateway.command.empty() && is_listed(root_options_with_value, word)) {
      ++i;
    } else if (gateway.command.empty() && !word.starts_with('-')) {
      gateway.command = word;
    }
  }
  if (const auto at = index_of_subcommand(arguments)) gateway.subcommand = arguments[*at];
  return gateway;
}

std::string asks_only(const GatewayArguments& arguments) {
  if (arguments.command != "gateway" && arguments.command != "daemon") return {};
  if (!is_listed(asking, arguments.subcommand)) return {};
  return base::concat({arguments.command, " ", arguments.subcommand});
}

Words serving_arguments(Words arguments) {
  const auto at = index_of_subcommand(arguments);
  if (!at || !is_listed(asking, arguments[*at])) return arguments;
  for (std::string& word : arguments) {
    if (word == "daemon") word = "gateway";
  }
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(*at));
  return arguments;
}

}  // namespace openclaw
