#include "openclaw/manifest_fields.hpp"

#include "base/text.hpp"

namespace openclaw {

const nlohmann::json& member(const nlohmann::json& object, std::string_view path) {
  static const nlohmann::json nothing;
  const nlohmann::json* found = &object;
  while (!path.empty()) {
    const std::string_view key = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), key.size() + 1));
    if (!found->is_object()) return nothing;
    const auto next = found->find(key);
    if (next == found->end()) return nothing;
    found = &*next;
  }
  return *found;
}

std::string string_member(const nlohmann::json& object, std::string_view path) {
  const nlohmann::json& found = member(object, path);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::vector<std::string> string_list(const nlohmann::json& object, std::string_view path) {
  std::vector<std::string> result;
  const nlohmann::json& found = member(object, path);
  if (!found.is_array()) return result;
  for (const nlohmann::json& entry : found) {
    if (entry.is_string() && !entry.get_ref<const std::string&>().empty()) result.push_back(entry);
  }
  return result;
}

bool is_true(const nlohmann::json& object, std::string_view path) {
  const nlohmann::json& found = member(object, path);
  return found.is_boolean() && found.get<bool>();
}

Dependencies all_dependencies(const nlohmann::json& package_json) {
  Dependencies result;
  for (const std::string_view section : {"dependencies", "optionalDependencies"}) {
    const nlohmann::json& entries = member(package_json, section);
    if (!entries.is_object()) continue;
    for (const auto& [name, range] : entries.items()) {
      if (range.is_string()) result.insert_or_assign(name, range.get<std::string>());
    }
  }
  return result;
}

}  // namespace openclaw
