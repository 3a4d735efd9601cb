// SPDX-License-Identifier: MIT
#include "update/adoption/obstacles.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "config/values.hpp"
#include "update/adoption/command.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

// The lines of a unit file according to systemd.syntax(7): comments are removed, also within a continued
// line, where a backslash at their own end has no meaning.
std::vector<std::string> lines_of(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<std::string> lines;
  std::string whole;
  for (const std::string& raw : base::split(text, '\n')) {
    std::string_view line = raw;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view trimmed = base::trim(line);
    if (trimmed.starts_with('#') || trimmed.starts_with(';')) continue;
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.remove_suffix(1);
    whole.append(line).append(goes_on ? " " : "");
    if (goes_on) continue;
    lines.push_back(std::move(whole));
    whole.clear();
  }
  if (!whole.empty()) lines.push_back(std::move(whole));
  return lines;
}

// The values that the files assign to a key of [Service], in the order in which systemd reads them.
std::vector<std::string> values_of(std::string_view key, const std::vector<TextFile>& files) {
  std::vector<std::string> values;
  for (const TextFile& file : files) {
    bool in_service = false;
    for (const std::string& line : lines_of(file.text)) {
      const std::string_view assignment = base::trim(line);
      if (assignment.starts_with('[')) in_service = assignment == "[Service]";
      const std::size_t equals = assignment.find('=');
      if (!in_service || equals == std::string_view::npos) continue;
      if (base::trim(assignment.substr(0, equals)) != key) continue;
      values.emplace_back(base::trim(assignment.substr(equals + 1)));
    }
  }
  return values;
}

Result<void> require_user(const Installation& found) {
  const std::string& user = found.definition.user;
  const auto dynamic = values_of("DynamicUser", found.unit_files);
  if (!dynamic.empty() && config::parse_boolean(dynamic.back()).value_or(false)) {
    return refuse(
        {found.unit, " has DynamicUser=, whose user exists only while it runs, and the workers of an update ",
         "need it before and after; set DynamicUser=no and User= with a separate user, and systemctl ",
         "daemon-reload"});
  }
  if (user.empty() || user == "root" || user == "0") {
    return refuse(
        {found.unit,
         " runs as root, and workers that run OpenClaw as the gateway's user would run as root, too; ",
         "openclaw-update adopt --to-user openclaw ", found.unit,
         " changes it to run as that user, with a copy of its state, and adopt --undo ",
         "reverses this (--dry-run shows the changes)"});
  }
  return {};
}

Result<void> require_last_word(const Installation& found) {
  for (const TextFile& file : found.unit_files) {
    const std::string_view name = std::string_view(file.path).substr(file.path.rfind('/') + 1);
    if (file.path == found.status.fragment_path || name <= adoption_drop_in) continue;
    if (!sets_command(file)) continue;
    return refuse({file.path, " sets ExecStart= and is read after ", adoption_drop_in,
                   "; rename it so that it sorts before, such as 40-", name,
                   ", and systemctl daemon-reload"});
  }
  return {};
}

}  // namespace

bool is_hidden_by_protect_home(std::string_view path) {
  return is_beneath("/home", path) || is_beneath("/root", path) || is_beneath("/run/user", path);
}

bool sets_other_commands(const Installation& found) {
  constexpr std::array<std::string_view, 5> keys{"ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop",
                                                 "ExecStopPost"};
  return std::ranges::any_of(keys, [&](std::string_view key) {
    const auto commands = values_of(key, found.unit_files);
    return std::ranges::any_of(
        commands, [](const std::string& command) { return !command.empty() && !command.starts_with('+'); });
  });
}

bool sets_command(const TextFile& file) {
  return !values_of("ExecStart", {file}).empty();
}

Result<void> require_adoptable_unit(const Installation& found) {
  const auto& status = found.status;
  if (status.load_state == "not-found") {
    return base::fail(ErrorKind::not_found,
                      base::concat({"there is no unit ", found.unit,
                                    "; name the gateway's unit: openclaw-update adopt UNIT"}));
  }
  if (status.load_state != "loaded") {
    return refuse({found.unit, " is ", status.load_state, "; ",
                   bus::remedy_of_load_state(found.unit, status.load_state)});
  }
  if (status.need_daemon_reload) {
    return refuse({found.unit, " has changed on disk since systemd read it; systemctl daemon-reload first"});
  }
  if (auto user = require_user(found); !user) return user;
  if (!found.own_update.empty()) {
    return refuse({found.unit, " is updating OpenClaw by itself: ", found.own_update,
                   "; wait until it has ended, and adopt again: after the adoption, it no longer does so"});
  }
  if (auto last = require_last_word(found); !last) return last;
  for (const std::string& key : found.environment_file_keys) {
    if (std::ranges::find(bus::location_variables, key) == bus::location_variables.end()) continue;
    constexpr std::string_view why =
        "; the location of the state must be set in the unit itself, so that the workers can access it: "
        "remove "
        "it "
        "from the file, and set Environment=";
    return refuse({key, " is set in an environment file of ", found.unit, why, key, "=... in the unit"});
  }
  return {};
}

Result<std::string> command_prefix(const Installation& found) {
  const auto commands = values_of("ExecStart", found.unit_files);
  if (commands.empty()) return std::string();
  const std::string& last = commands.back();
  std::string prefix = last.substr(0, std::min(last.size(), last.find_first_not_of("@-:+!|")));
  if (prefix.find_first_of("@+!|") == std::string::npos) return prefix;
  return refuse(
      {"ExecStart= of ", found.unit, " begins with \"", prefix,
       "\", which changes the command or its privileges; remove this prefix, and systemctl daemon-reload"});
}

}  // namespace update
