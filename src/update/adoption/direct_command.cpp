// SPDX-License-Identifier: MIT
#include "update/adoption/direct_command.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "openclaw/shell_words.hpp"

namespace update {
namespace {

using Words = std::vector<std::string>;

bool is_chosen_elsewhere(const openclaw::Launch& launch) {
  return launch.by_login_shell || launch.by_manager || !launch.selected_by.empty();
}

// What systemd handles differently from a shell: parameters, a variable that may be several words, the output
// of another command. HOME is a single word, and the same in both.
bool needs_the_shell(const std::string& word) {
  if (word.find(openclaw::command_output) != std::string::npos) return true;
  for (std::size_t at = 0; (at = word.find("${", at)) != std::string::npos; at += 2) {
    if (word.compare(at, 7, "${HOME}") != 0) return true;
  }
  return false;
}

bool needs_the_shell(const openclaw::Launch& launch) {
  if (!launch.by_shell && launch.shims.empty()) return false;
  const auto any = [](const Words& words) {
    return std::ranges::any_of(words, [](const std::string& word) { return needs_the_shell(word); });
  };
  return any(launch.in_front) || any(launch.node_options) || any(launch.arguments);
}

std::string who_chooses(const openclaw::Launch& launch) {
  if (launch.by_login_shell) return "the profile of its login shell";
  return launch.selected_by.empty() ? launch.shims.front() : launch.selected_by;
}

std::string running_other_package(const Installation& found) {
  const auto& running = found.running;
  if (!running || running->package_root.empty() || running->package_root == found.package_root) return {};
  return running->package_root;
}

std::string running_other_node(const Installation& found) {
  const auto& running = found.running;
  if (!running || running->node.empty() || running->node_is_gone) return {};
  return running->node == found.resolved_node ? std::string() : running->node;
}

}  // namespace

Words direct_command(const Installation& found, const std::string& root) {
  const openclaw::Launch& launch = found.launch;
  Words command = launch.in_front;
  command.push_back(launch.node);
  command.insert(command.end(), launch.node_options.begin(), launch.node_options.end());
  command.push_back(root + openclaw::start_script(found.package_root).substr(found.package_root.size()));
  command.insert(command.end(), launch.arguments.begin(), launch.arguments.end());
  return command;
}

std::string doubt_of_direct_command(const Installation& found) {
  const openclaw::Launch& launch = found.launch;
  if (!found.followed || launch.node.empty()) return "what it runs cannot be determined from the unit";
  if (!launch.found_by.empty()) return base::concat({launch.found_by, " may find or fetch another OpenClaw"});
  if (!launch.left_out.empty() || !launch.besides.empty()) return "it does more than start OpenClaw";
  if (needs_the_shell(launch)) return "the shell generates its arguments";
  if (!is_chosen_elsewhere(launch)) return {};
  if (const std::string other = running_other_package(found); !other.empty()) {
    return base::concat({"its process runs ", other, ", but the unit seems to start ", found.package_root});
  }
  if (const std::string other = running_other_node(found); !other.empty()) {
    return base::concat({"its process runs ", other, ", but the unit seems to start ", launch.node});
  }
  const bool seen = found.running && !found.running->node.empty();
  if (seen || launch.by_manager) return {};
  return base::concat({"what ", who_chooses(launch),
                       " gives it is visible only while it runs: start it, and adopt it ", "then"});
}

std::string note_of_running_other(const Installation& found) {
  const std::string package = running_other_package(found);
  const std::string node = running_other_node(found);
  if (package.empty() && node.empty()) return {};
  return base::concat({"the process of ", found.unit, " was started from ", package.empty() ? node : package,
                       "; its unit names ", package.empty() ? found.launch.node : found.package_root,
                       ", which the next start uses"});
}

std::string note_of_fleeting_node(const Installation& found) {
  const openclaw::Launch& launch = found.launch;
  if (launch.fleeting.empty()) return {};
  return base::concat(
      {launch.fleeting, ", through which ", found.unit, " finds Node, may be gone after a logout or the ",
       "next boot; after the adoption, it is started with ", launch.node, ", to which this points"});
}

}  // namespace update
