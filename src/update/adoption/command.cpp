// SPDX-License-Identifier: MIT
#include "update/adoption/command.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "openclaw/shell_words.hpp"
#include "update/adoption/direct_command.hpp"
#include "update/adoption/lost_environment.hpp"
#include "update/adoption/obstacles.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using openclaw::LaunchCommand;
using Words = std::vector<std::string>;

// --- the command to write, for an operator

bool is_a_secrets_option(std::string_view name) {
  constexpr std::array<std::string_view, 6> words{"token", "pass", "secret", "key", "cred", "cookie"};
  const std::string lower = base::lower(name);
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// A URL with user and password, or the output of another command.
bool is_a_secret(std::string_view value) {
  const std::size_t scheme = value.find("://");
  const bool signed_in =
      scheme != std::string_view::npos && value.find('@', scheme) != std::string_view::npos;
  return signed_in || value.find(openclaw::command_output) != std::string_view::npos;
}

// The name of a variable in the unit's environment is not a secret.
bool is_a_name(std::string_view value) {
  return value.starts_with("${") && value.find('}') == value.size() - 1;
}

// An option of the gateway that contains a secret has a name that shows it; of the programs in front of it,
// "-t VALUE" and "NAME=VALUE" may contain one as well.
enum class Of { gateway, in_front };

class Shown {
 public:
  void add(const Words& words, Of whose) {
    bool hides_next = false;
    for (const std::string& word : words) {
      const std::size_t equals = word.find('=');
      const bool assigns = equals != std::string::npos;
      const bool option = word.starts_with('-');
      const bool short_option = option && !word.starts_with("--");
      const bool named = is_a_secrets_option(std::string_view(word).substr(0, equals));
      const bool is_value = hides_next && !word.starts_with("--") && !is_a_name(word);
      if (!is_value && assigns && !is_a_name(word.substr(equals + 1)) &&
          (option ? named : whose == Of::in_front)) {
        add_hidden(word.substr(0, equals + 1));
      } else if (is_value || is_a_secret(word)) {
        add_hidden("");
      } else {
        add_plain(word);
      }
      hides_next = option && !assigns && (named || (whose == Of::in_front && short_option));
    }
  }
  void add_plain(const std::string& word) { add_text(quoted_for_unit(word)); }

  std::string text;
  bool hides = false;

 private:
  void add_hidden(std::string_view before) {
    add_text(base::concat({before, base::hidden_value}));
    hides = true;
  }
  void add_text(std::string_view word) { text.append(text.empty() ? "" : " ").append(word); }
};

std::string file_to_write(const Installation& found, const AdoptionPlaces& places) {
  // A drop-in that sets the command takes precedence over one with an earlier name.
  for (auto file = found.unit_files.rbegin(); file != found.unit_files.rend(); ++file) {
    if (file->path != found.status.fragment_path && sets_command(*file)) return file->path;
  }
  return base::concat({places.units, "/", found.unit, ".d/40-command.conf"});
}

// What the shell, or a script, did in addition.
std::string left_behind(const openclaw::Launch& launch) {
  std::string text;
  if (!launch.left_out.empty()) {
    text += base::concat({"what the shell does before it (", base::join(launch.left_out, "; "), ") "});
  }
  if (launch.by_login_shell) text += text.empty() ? "the login shell's profile " : "and the profile ";
  if (!launch.besides.empty()) {
    text += base::concat({text.empty() ? "" : "and ", "what ", launch.shims.front(), " does in addition (",
                          base::join(launch.besides, "; "), ") "});
  }
  if (text.empty()) return {};
  return base::concat({"; ", text, "then no longer takes effect: put its variables into an ",
                       "EnvironmentFile= or Environment= of the unit, and a folder into WorkingDirectory="});
}

// `root`: of the package that the command is to start.
std::string command_to_write(const Installation& found, const AdoptionPlaces& places,
                             const std::string& root) {
  const openclaw::Launch& launch = found.launch;
  Shown shown;
  shown.add(launch.in_front, Of::in_front);
  shown.add_plain(launch.node.empty() ? "/PATH/TO/NODE" : launch.node);
  shown.add(launch.node_options, Of::gateway);
  shown.add_plain(openclaw::start_script(root));
  Words arguments = openclaw::serving_arguments(launch.arguments);
  const bool told = !arguments.empty();
  if (!told) arguments.emplace_back("gateway");
  shown.add(arguments, Of::gateway);
  const auto prefix = command_prefix(found);
  std::string text = base::concat({"write the command below into ", file_to_write(found, places),
                                   ", in [Service] after an empty line ExecStart=, then systemctl ",
                                   "daemon-reload, and adopt again"});
  if (launch.node.empty()) text += "; its Node could not be determined: insert the path of Node";
  if (!told) text += "; append the current arguments of the gateway after \"gateway\"";
  if (shown.hides) {
    text += base::concat({"; ", base::hidden_value,
                          " replaces a value that this message does not show: keep the value, or ",
                          "put it into an EnvironmentFile= and name its variable"});
  }
  text += left_behind(launch);
  return base::concat({text, ": ExecStart=", prefix ? *prefix : "", shown.text});
}

// --- commands that are no gateway

std::string program_of(const LaunchCommand& command) {
  return command.program.substr(command.program.rfind('/') + 1);
}

Result<void> require_runs_here(const Installation& found) {
  const std::string program = program_of(found.command);
  switch (found.command.runs) {
    case LaunchCommand::Runs::container:
      return refuse({found.unit, " starts a container (", program, "), whose files openclaw-update does not ",
                     "change: it is not adopted; update it by its image, and see AS AN ENTRYPOINT in ",
                     "openclaw-stage-deps(8) for what the suite does within one"});
    case LaunchCommand::Runs::manager:
      return refuse(
          {found.unit, " runs ", program, ", which starts the gateway elsewhere: its process does ",
           "not belong to this unit; let a unit run Node and the gateway itself, with User= and without ",
           program, ", and adopt that unit: openclaw-update adopt UNIT"});
    case LaunchCommand::Runs::another_user:
      return refuse({found.unit, " runs the gateway as another user (", program, "); set User= of ",
                     "the unit to this user, and remove ", program, " from ExecStart=, then adopt again"});
    default:
      return {};
  }
}

Result<void> require_own_locations(const Installation& found) {
  for (const std::string& word : found.command.in_front) {
    const std::string key = word.substr(0, word.find('='));
    if (key.size() == word.size() ||
        std::ranges::find(bus::location_variables, key) == bus::location_variables.end()) {
      continue;
    }
    return refuse(
        {key, " is set in the command of ", found.unit,
         "; the location of the state must be set in the unit itself, so that the workers can access it: ",
         "remove it from ExecStart=, and set Environment=", key, "=..."});
  }
  return {};
}

Result<void> require_serving(const Installation& found, const AdoptionPlaces& places) {
  const std::string asks = openclaw::asks_only(openclaw::read_gateway_arguments(
      found.launch.arguments.empty() ? found.command.arguments : found.launch.arguments));
  if (!asks.empty()) {
    return refuse(
        {found.unit, " runs \"openclaw ", asks, "\", which only asks another service manager and is not a ",
         "gateway itself; if another unit runs the gateway, adopt that one (openclaw-update adopt UNIT, ",
         "not one of systemctl --user); if this unit should run it, set Type=exec and remove its ",
         "ExecStop= and RemainAfterExit=; ",
         found.package_root.empty() ? "" : command_to_write(found, places, found.package_root)});
  }
  if (found.definition.type != "oneshot") return {};
  return refuse(
      {found.unit,
       " is Type=oneshot, which counts as started when its command has ended, but a gateway does not end; ",
       "set ",
       "Type=exec in [Service], without RemainAfterExit=, then systemctl daemon-reload, and adopt again"});
}

// Each pull and build changes it in place, and the repository does not contain the built files.
Result<void> require_no_checkout(const Installation& found, const AdoptionPlaces& places) {
  if (!found.is_checkout) return {};
  constexpr std::string_view prefix = "/opt/openclaw";
  constexpr std::string_view why =
      " is a git checkout, which its next pull or build changes in place, and which an update by releases "
      "would "
      "replace; "
      "it is not adopted. Install OpenClaw as a package, such as npm install --global --prefix ";
  return refuse({found.package_root, why, prefix, " openclaw@latest, and ",
                 command_to_write(found, places, base::concat({prefix, "/lib/node_modules/openclaw"}))});
}

Result<void> require_package(const Installation& found, const AdoptionPlaces& places) {
  if (!found.package_root.empty()) return require_no_checkout(found, places);
  const std::string reason = found.untold ? found.untold->message : "its command names no OpenClaw";
  const bool may_be_seen =
      !found.running && (found.command.by_login_shell || !found.command.selected_by.empty());
  return base::fail(
      found.untold ? found.untold->kind : ErrorKind::not_found,
      base::concat(
          {"which OpenClaw ", found.unit, " runs cannot be determined: ", reason,
           may_be_seen ? "; start it, and then adopt it: its PATH is visible only while it runs" : "",
           "; name the package's folder with --package-root, and the message then has the command ",
           "to use"}));
}

bool names_its_package(const Installation& found) {
  if (!found.command.untold.empty() || !found.launch.shims.empty()) return false;
  return std::ranges::any_of(found.resolved_command,
                             [&](const std::string& path) { return is_beneath(found.package_root, path); });
}

// The package that the command runs, if it is not the requested one.
std::string other_package(const Installation& found) {
  for (const std::string& path : found.resolved_command) {
    if (!path.starts_with('/')) continue;
    if (std::string root = openclaw::package_around(path); !root.empty()) return root;
  }
  return {};
}

// A Node whose path disappears with the session or at a reboot.
bool is_fleeting_node(const Installation& found, const std::string& word) {
  return found.command.runs == LaunchCommand::Runs::node && !found.launch.fleeting.empty() &&
         word == found.command.program;
}

std::string what_stands_for_it(const Installation& found) {
  if (!found.launch.shims.empty())
    return "a script or link of a version manager, " + found.launch.shims.front();
  if (found.command.by_shell) return "a shell";
  return found.command.program.empty() ? "another program" : found.command.program;
}

}  // namespace

bool is_beneath(std::string_view folder, std::string_view path) {
  return path == folder || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

Result<void> require_gateway_command(const Installation& found, const AdoptionPlaces& places) {
  if (auto here = require_runs_here(found); !here) return here;
  if (auto serves = require_serving(found, places); !serves) return serves;
  if (auto own = require_own_locations(found); !own) return own;
  return require_package(found, places);
}

Result<Words> command_from_current(const Installation& found, const AdoptionPlaces& places) {
  if (!names_its_package(found)) {
    if (const std::string other = other_package(found); !other.empty() && found.launch.shims.empty()) {
      return refuse({found.unit, " runs ", other, ", not ", found.package_root, "; omit --package-root, or ",
                     command_to_write(found, places, found.package_root)});
    }
    if (const std::string doubt = doubt_of_direct_command(found); !doubt.empty()) {
      return refuse({found.unit, " starts OpenClaw through ", what_stands_for_it(found),
                     ", and would still do so after a promotion; adopt does not change this, since ", doubt,
                     "; ", command_to_write(found, places, found.package_root)});
    }
    if (auto kept = require_nothing_needed_lost(found, places); !kept) return base::pass(kept.error());
    return direct_command(found, places.current);
  }
  Words command;
  const Words& words = found.definition.exec_start;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& path = i < found.resolved_command.size() ? found.resolved_command[i] : words[i];
    if (!is_beneath(found.package_root, path)) {
      command.push_back(is_fleeting_node(found, words[i]) ? found.launch.node : words[i]);
      continue;
    }
    // The first line of the program names a Node (written by Homebrew), but that of the next release will
    // not.
    if (found.command.runs == LaunchCommand::Runs::program && !found.launch.by_path &&
        !found.launch.node.empty() && (words[i] == found.command.program || path == found.command.program)) {
      command.push_back(found.launch.node);
      command.insert(command.end(), found.launch.node_options.begin(), found.launch.node_options.end());
    }
    command.push_back(places.current + path.substr(found.package_root.size()));
  }
  return command;
}

std::string command_to_write_with(const Installation& found, const AdoptionPlaces& places,
                                  const std::string& node) {
  Installation with_node = found;
  with_node.launch.node = node;
  return command_to_write(with_node, places, found.package_root);
}

std::string environment_in_front(const Installation& found) {
  Words sources;
  for (const std::string& program : found.launch.giving_environment) sources.push_back(program);
  for (const std::string& word : found.command.in_front) {
    if (word.starts_with('-') || word.starts_with('/') || word.find('=') == std::string::npos) continue;
    if (!word.starts_with("PATH=")) sources.push_back(word.substr(0, word.find('=')));
  }
  if (sources.empty()) return {};
  return base::concat({"the workers of an update do not see what the command of ", found.unit,
                       " gives the gateway through ", base::join(sources, ", "),
                       "; put what OpenClaw needs to ", "read its config into an EnvironmentFile= of ",
                       found.unit, ", too (adopt --undo, ", "then adopt again)"});
}

}  // namespace update
