// SPDX-License-Identifier: MIT
#include "npm/npmrc.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "fs/file.hpp"

namespace npm {
namespace {

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

bool is_variable_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

void note_variables(std::string_view value, std::vector<std::string>& variables) {
  for (std::size_t at = value.find("${"); at != std::string_view::npos; at = value.find("${", at + 2)) {
    std::string_view name = value.substr(at + 2, value.find('}', at) - at - 2);
    if (name.ends_with('?')) name.remove_suffix(1);  // ${NAME?}: empty when unset
    if (is_variable_name(name)) variables.emplace_back(name);
  }
}

}  // namespace

const std::string* Npmrc::find(const std::string& key) const {
  const auto it = values.find(key);
  return it == values.end() || it->second.empty() || it->second == "null" ? nullptr : &it->second;
}

void Npmrc::add_secrets_to(base::Redaction& redaction) const {
  for (const auto& [key, value] : values) redaction.add_setting(key, value);
}

Npmrc parse_npmrc(std::string_view text) {
  Npmrc npmrc;
  for (const std::string& raw : base::split(text, '\n')) {
    const std::string_view line = base::trim(raw);
    const std::size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (equals == std::string_view::npos) {
      npmrc.values[std::string(line)] = "true";
      continue;
    }
    std::string_view key = base::trim(line.substr(0, equals));
    const std::string_view value = unquoted(base::trim(line.substr(equals + 1)));
    note_variables(key, npmrc.variables);
    note_variables(value, npmrc.variables);
    if (key.ends_with("[]")) {
      key.remove_suffix(2);
      npmrc.lists[std::string(key)].emplace_back(value);
    } else {
      npmrc.values[std::string(key)] = value;
    }
  }
  return npmrc;
}

Npmrc read_npmrc(const std::string& path) {
  const auto text = fs::read_trusted_file(path);
  return text ? parse_npmrc(*text) : Npmrc{};
}

}  // namespace npm
