// SPDX-License-Identifier: MIT
#include "openclaw/named_paths.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "openclaw/config_includes.hpp"

namespace openclaw {
namespace {

using base::Result;
using nlohmann::json;

// "*" is whatever a person has called it: agents are a list up to 2026.8, and have names since.
constexpr std::array<std::string_view, 8> path_settings{
    "agents.defaults.workspace",  "agents.list.workspace",     "agents.list.agentDir",
    "agents.entries.*.workspace", "agents.entries.*.agentDir", "agent.workspace",
    "skills.load.extraDirs",      "plugins.load.paths"};
constexpr std::array<std::string_view, 3> sandbox_modes{
    "agents.defaults.sandbox.mode", "agents.list.sandbox.mode", "agents.entries.*.sandbox.mode"};

// "~" and "${HOME}" are of OpenClaw's home. Empty: relative to whatever, or named by another variable.
std::string whole_path(std::string path, const std::string& home) {
  for (const std::string_view prefix : {"~", "${HOME}"}) {
    const bool is_prefix = path == prefix || path.starts_with(base::concat({prefix, "/"}));
    if (is_prefix) path.replace(0, prefix.size(), home);
  }
  return path.starts_with('/') && path.find("${") == std::string::npos ? without_dots(path) : std::string();
}

void add_texts(const json& value, std::vector<std::string>& texts) {
  if (value.is_string()) texts.push_back(value.get<std::string>());
  if (!value.is_array()) return;
  for (const json& element : value) add_texts(element, texts);
}

// At a path of keys; a list on the way stands for each of its elements, and "*" for each member.
void find_texts(const json& value, const std::vector<std::string>& keys, std::size_t depth,
                std::vector<std::string>& texts) {
  if (value.is_array() && depth < keys.size()) {
    for (const json& element : value) find_texts(element, keys, depth, texts);
  } else if (depth == keys.size()) {
    add_texts(value, texts);
  } else if (value.is_object() && keys[depth] == "*") {
    for (const json& member : value) find_texts(member, keys, depth + 1, texts);
  } else if (value.is_object() && value.contains(keys[depth])) {
    find_texts(value.at(keys[depth]), keys, depth + 1, texts);
  }
}

std::vector<std::string> texts_at(const json& config, std::string_view setting) {
  std::vector<std::string> texts;
  find_texts(config, base::split(setting, '.'), 0, texts);
  return texts;
}

}  // namespace

std::string without_dots(const std::string& path) {
  std::vector<std::string> names;
  for (const std::string& name : base::split(path, '/')) {
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      names.push_back(name);
    } else if (!names.empty()) {
      names.pop_back();
    }
  }
  return "/" + base::join(names, "/");
}

Result<NamedPaths> read_named_paths(const Locations& locations) {
  auto config = read_config_with_includes(locations.config, locations.include_roots);
  if (!config) return base::pass(config.error());
  NamedPaths paths;
  for (const std::string_view setting : path_settings) {
    for (const std::string& text : texts_at(config->value, setting)) {
      std::string path = whole_path(text, locations.home);
      if (path.empty()) {
        paths.unknown.push_back(text);
      } else {
        paths.known.push_back(std::move(path));
      }
    }
  }
  for (const std::string_view setting : sandbox_modes) {
    const auto modes = texts_at(config->value, setting);
    paths.of_sandbox |= std::ranges::any_of(modes, [](const std::string& mode) { return mode != "off"; });
  }
  paths.known.insert(paths.known.end(), config->fixed.begin(), config->fixed.end());
  return paths;
}

}  // namespace openclaw
