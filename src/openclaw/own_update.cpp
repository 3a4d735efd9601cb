#include "openclaw/own_update.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/launch_command.hpp"
#include "openclaw/launch_wrappers.hpp"
#include "openclaw/shell_words.hpp"

namespace openclaw {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t longest_arguments = std::size_t{2} * 1024 * 1024;  // execve(2)
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

std::string program_of(int process_fd) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(process_fd, "exe", target.data(), target.size());
  return length <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
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

std::string find_own_update(const std::vector<std::int64_t>& processes, const std::string& proc) {
  for (const std::int64_t process : processes) {
    const std::string number = std::to_string(process);
    const auto folder = fs::open_directory(base::concat({proc, "/", number}));
    if (!folder || !is_node_name(program_of(folder->get()))) continue;
    const auto arguments = fs::read_file(folder->get(), "cmdline", longest_arguments);
    if (!arguments) continue;
    if (const std::string what = own_update_of(base::split(*arguments, '\0')); !what.empty()) {
      return base::concat({"process ", number, " (", what, ")"});
    }
  }
  return {};
}

}  // namespace openclaw
