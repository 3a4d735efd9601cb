// SPDX-License-Identifier: MIT
#include "update/adoption/inline_secrets.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "update/adoption/command.hpp"
#include "update/adoption/lost_environment.hpp"

namespace update {
namespace {

using Words = std::vector<std::string>;

// "Environment=NAME=value", or with quotes around both: forms that sed and the environment file can handle
// unchanged.
bool is_simple_assignment(std::string_view line, std::string_view name) {
  constexpr std::string_view key = "Environment=";
  line = base::trim(line);
  if (!line.starts_with(key)) return false;
  std::string_view text = line.substr(key.size());
  const bool quoted = text.size() > 1 && text.front() == '"' && text.back() == '"';
  if (quoted) text = text.substr(1, text.size() - 2);
  return text.starts_with(name) && text.substr(name.size()).starts_with('=') &&
         text.find_first_of(quoted ? "\"'\\%" : "\"'\\% \t") == std::string_view::npos;
}

bool sets(const TextFile& file, std::string_view name, bool simply) {
  return std::ranges::any_of(base::split(file.text, '\n'), [&](const std::string& line) {
    if (simply) return is_simple_assignment(line, name);
    return line.find("Environment") != std::string::npos &&
           line.find(base::concat({name, "="})) != std::string::npos;
  });
}

// Only the administrator's files: a package would restore its own.
bool is_administrators(const TextFile& file, const AdoptionPlaces& places) {
  return is_beneath(places.units, file.path) && file.path.find('\'') == std::string::npos;
}

std::string command_to_move(const std::string& name, const std::string& from, const std::string& to) {
  const std::string line =
      base::concat({R"re(^ *Environment="\{0,1\}\()re", name, R"re(=[^"]*\)"\{0,1\} *$)re"});
  return base::concat(
      {"sed -n 's/", line, "/\\1/p' '", from, "' >>'", to, "' && sed -i '/", line, "/d' '", from, "'"});
}

}  // namespace

Words inline_secrets(const Installation& found) {
  Words names;
  for (const std::string& name : found.definition.environment_keys) {
    if (speaks_of_a_secret(name) && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::string note_of_inline_secrets(const Installation& found, const AdoptionPlaces& places) {
  const Words names = inline_secrets(found);
  if (names.empty()) return {};
  const auto& files = found.definition.environment_files;
  const std::string to = files.empty() ? environment_file_for(found) : files.back().path;
  Words commands{base::concat({"install -m 0600 /dev/null '", to, "'"})};
  if (!files.empty()) commands.front() = base::concat({"chmod 0600 '", to, "'"});
  Words by_hand;
  for (const std::string& name : names) {
    bool moved = false;
    for (const TextFile& file : found.unit_files) {
      if (!sets(file, name, false)) continue;
      moved = is_administrators(file, places) && sets(file, name, true);
      if (!moved) break;
      commands.push_back(command_to_move(name, file.path, to));
    }
    if (!moved) by_hand.push_back(name);
  }
  if (files.empty()) {
    const std::string folder = base::concat({places.units, "/", found.unit, ".d"});
    commands.push_back(base::concat({"mkdir -p '", folder, "' && printf '[Service]\\nEnvironmentFile=", to,
                                     "\\n' >'", folder, "/40-environment.conf'"}));
  }
  commands.emplace_back("systemctl daemon-reload");
  constexpr std::string_view why =
      " itself with Environment=, where every user can read it (systemctl show) and the workers of an update "
      "do "
      "not";
  std::string text = base::concat(
      {base::join(names, ", "), names.size() == 1 ? " is set" : " are set", " in ", found.unit, why});
  if (!by_hand.empty()) {
    text += base::concat(
        {"; put ", base::join(by_hand, "=..., "), "=... into ", to, " by hand, and remove it from the unit"});
  }
  if (by_hand.size() == names.size() && !files.empty()) return text;
  return base::concat({text, "; this moves ", by_hand.empty() ? "it" : "the others", ": ",
                       base::join(commands, " && "), " (adopt --undo, then adopt again)"});
}

}  // namespace update
