// SPDX-License-Identifier: MIT
#include "openclaw/own_update.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/launch_command.hpp"
#include "openclaw/launch_wrappers.hpp"
#include "openclaw/npm_process.hpp"
#include "openclaw/running_package.hpp"
#include "openclaw/shell_words.hpp"

namespace openclaw {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t longest_status = std::size_t{64} * 1024;
constexpr std::string_view title_of_update = "openclaw-update";

bool is_openclaw(std::string_view word) {
  return word == "openclaw" || word.starts_with("openclaw@");
}

// `words` after "npm".
bool installs_openclaw(const Words& words) {
  constexpr std::string_view verbs = "install i add update up upgrade";
  constexpr std::string_view everywhere = "-g --global --location=global";
  const auto any = [&](const auto& is) { return std::ranges::any_of(words, is); };
  return any([&](const std::string& word) { return is_listed(verbs, word); }) &&
         any([&](const std::string& word) { return is_listed(everywhere, word); }) && any(is_openclaw);
}

std::string of_npm(const Words& words) {
  return installs_openclaw(words) ? "npm install --global openclaw" : "";
}

// Where the command of npm is still to be read, or its title.
bool is_npm(const Words& words) {
  if (words.size() == 1) return base::split(words.front(), ' ').front() == "npm";
  const LaunchCommand command = read_launch_command(words);
  const std::string_view script = base_name(command.script);
  return script == "npm-cli.js" || script == "npm";
}

// Of a title the positional ones, as a rule.
Words told_to_npm(const Words& words) {
  if (words.size() > 1) return read_launch_command(words).arguments;
  Words title = base::split(words.front(), ' ');
  title.erase(title.begin());
  return title;
}

std::string with_links_resolved(const std::string& path) {
  std::array<char, PATH_MAX> real{};
  return ::realpath(path.c_str(), real.data()) == nullptr ? path : std::string(real.data());
}

void look_at(int process_fd, const NpmProcess& npm, OwnUpdate& update) {
  update.what = of_npm(npm.arguments);
  if (update.what.empty() || npm.prefix.empty()) return;
  const std::string modules = with_links_resolved(npm.prefix + "/lib/node_modules");
  // It may make all of it anew.
  if (is_seen_by_process(process_fd, modules)) update.package = with_links_resolved(modules + "/openclaw");
}

void look_at(int process_fd, const Words& words, OwnUpdate& update) {
  update.what = own_update_of(words);
  if (update.what.empty()) return;
  update.package = package_of_process(process_fd);
  if (update.package.empty()) update.package = package_by_name(process_fd);
  if (!is_seen_by_process(process_fd, update.package)) update.package.clear();
}

unsigned effective_user(int process_fd) {
  constexpr std::string_view key = "Uid:\t";
  for (const std::string& line :
       base::split(fs::read_file(process_fd, "status", longest_status).value_or(""), '\n')) {
    if (!line.starts_with(key)) continue;
    const auto users = base::split(line.substr(key.size()), '\t');
    return users.size() < 2 ? 0 : static_cast<unsigned>(std::strtoul(users[1].c_str(), nullptr, 10));
  }
  return 0;
}

}  // namespace

std::string own_update_of(const Words& arguments) {
  Words words = arguments;
  while (!words.empty() && words.back().empty()) words.pop_back();
  if (words.empty()) return {};
  if (words.size() == 1) {
    if (words.front() == title_of_update) return "openclaw update";
    const Words title = base::split(words.front(), ' ');
    return title.front() == "npm" ? of_npm(Words(title.begin() + 1, title.end())) : "";
  }
  const LaunchCommand command = read_launch_command(words);
  if (command.runs != LaunchCommand::Runs::node || command.arguments.empty()) return {};
  const std::string_view script = base_name(command.script);
  if (script == "npm-cli.js" || script == "npm") return of_npm(command.arguments);
  const bool is_core =
      script == "openclaw.mjs" || script == "openclaw" || script == "entry.js" || script == "index.js";
  const bool updates = is_core && command.arguments.front() == "update" &&
                       (command.arguments.size() == 1 || command.arguments[1].starts_with('-')) &&
                       std::ranges::find(command.arguments, "--dry-run") == command.arguments.end();
  return updates ? "openclaw update" : "";
}

std::vector<OwnUpdate> find_own_updates(const std::vector<std::int64_t>& processes, const std::string& proc) {
  std::vector<OwnUpdate> found;
  for (const std::int64_t pid : processes) {
    const auto process = fs::open_directory(base::concat({proc, "/", std::to_string(pid)}));
    if (!process || !is_node_name(link_of_process(process->get(), "exe"))) continue;
    const Words words = arguments_of_process(process->get());
    OwnUpdate update{pid, 0, "", "", !is_seen_by_process(process->get(), "/")};
    if (!words.empty() && is_npm(words)) {
      look_at(process->get(), look_at_npm(process->get(), told_to_npm(words)), update);
    } else {
      look_at(process->get(), words, update);
    }
    if (update.what.empty()) continue;
    update.user = effective_user(process->get());
    found.push_back(std::move(update));
  }
  return found;
}

std::string find_own_update(const std::vector<std::int64_t>& processes, const std::string& proc) {
  const auto found = find_own_updates(processes, proc);
  if (found.empty()) return {};
  return base::concat({"process ", std::to_string(found.front().pid), " (", found.front().what, ")"});
}

bool replaces(const OwnUpdate& update, const std::string& root) {
  if (update.package == root) return true;
  // ".openclaw-update-stage-XXXXXX" to 2026.9.5, ".openclaw.update-stage-*" in 2026.9.6.
  const std::string beside = root.substr(0, root.rfind('/')) + "/.openclaw";
  return update.package.starts_with(beside + "-update-stage") ||
         update.package.starts_with(beside + ".update-stage");
}

}  // namespace openclaw
