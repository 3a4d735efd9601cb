// SPDX-License-Identifier: MIT
// What a unit's command line runs in the end: Node and its script, or a program that stands for them, behind
// whatever is written in front (env, nice, a shell, a secrets runner). Read from the words alone: nothing is
// executed, and no file is looked at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openclaw {

struct LaunchCommand {
  enum class Runs {
    node,         // `program` is Node, by name or path
    program,      // a file, or a name on PATH: OpenClaw's own script, a shim, or anything else
    container,    // what runs is in another file system
    manager,      // another service manager is asked to run it
    another_user  // it runs as another user than the unit's User=
  };
  Runs runs = Runs::program;
  std::string program;
  std::vector<std::string> node_options;
  std::string script;                  // Node's; empty for everything else
  std::vector<std::string> arguments;  // of the script, or of the program

  // What is written in front of the program and does something for it, word by word, as the unit has it. A
  // shell, a bare "env" and package runners are not kept: they only lead to the program.
  std::vector<std::string> in_front;
  std::vector<std::string> giving_environment;  // programs in front that add variables: "op", "doppler"
  std::string selected_by;                      // what chooses Node and PATH for it: "mise"; empty: nothing
  std::string found_by;                         // what finds it, or fetches it: "npx"; empty: nothing
  std::optional<std::string> path;              // PATH as it is set in front, unexpanded
  std::string directory;                        // that the shell changes to; empty: none
  std::vector<std::string> left_out;            // what a shell does before: "source /etc/profile.d/x.sh"
  bool by_shell = false;                        // of a login shell, its profile is left out, too
  bool by_login_shell = false;
  // Not empty: the words do not tell what runs; the reason, as a verb phrase ("has a pipe"). `program` is
  // what could be followed so far.
  std::string untold;
};

[[nodiscard]] LaunchCommand read_launch_command(const std::vector<std::string>& words);

// "node", "nodejs", "node24", "node-22", "nodejs24".
[[nodiscard]] bool is_node_name(std::string_view program);

// What OpenClaw's own arguments ask for.
struct GatewayArguments {
  std::string command;           // "gateway", "daemon"; empty: none
  std::string subcommand;        // "run", "start"; empty: none
  std::optional<unsigned> port;  // --port, where it is a number
  std::string profile;           // --profile; "dev" for --dev
};
[[nodiscard]] GatewayArguments read_gateway_arguments(const std::vector<std::string>& arguments);

// "gateway start": asks a service manager, and ends. Empty for what serves itself, and for what is not known.
[[nodiscard]] std::string asks_only(const GatewayArguments& arguments);

// The same without the word that makes it ask: "gateway start --port 1" is "gateway --port 1" then.
[[nodiscard]] std::vector<std::string> serving_arguments(std::vector<std::string> arguments);

}  // namespace openclaw
