// SPDX-License-Identifier: MIT
#include "stage/closure_record.hpp"

#include <charconv>

#include "base/json.hpp"

namespace stage {
namespace {

using nlohmann::json;

constexpr int schema = 1;

template <class Map>
Map read_map(const json& object, const char* key) {
  Map map;
  for (const auto& [name, value] : base::as_object(base::member(object, key)).items()) {
    if (value.is_string()) map[name] = value.template get<std::string>();
  }
  return map;
}

// "sha256 size x path": the first three fields contain no blanks, the path may.
bool parse_line(std::string_view line, fs::InventoryEntry& entry) {
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos || line.size() < second + 4)
    return false;
  entry.content = line.substr(0, first);
  const auto size = line.substr(first + 1, second - first - 1);
  if (std::from_chars(size.data(), size.data() + size.size(), entry.size).ec != std::errc()) return false;
  entry.executable = line[second + 1] == 'x';
  entry.path = line.substr(second + 3);
  return true;
}

}  // namespace

std::string to_text(const ClosureDescription& description) {
  const json object = {{"schema", schema},
                       {"dependencies", description.dependencies},
                       {"overrides", description.overrides},
                       {"scripts", description.scripts},
                       {"client", description.client},
                       {"platform", description.platform}};
  return object.dump(2) + "\n";
}

base::Result<ClosureDescription> parse_description(std::string_view text, const std::string& name) {
  const auto object = base::parse_json(text, name);
  if (!object) return base::pass(object.error());
  if (base::as_integer(base::member(*object, "schema")) != schema) {
    return base::fail(base::ErrorKind::bad_input, name + " is not a closure description of schema 1");
  }
  ClosureDescription description;
  description.dependencies = read_map<openclaw::Dependencies>(*object, "dependencies");
  description.overrides = read_map<std::map<std::string, std::string>>(*object, "overrides");
  description.scripts = base::as_texts(base::member(*object, "scripts"));
  description.client = base::as_text(base::member(*object, "client"));
  description.platform = base::as_text(base::member(*object, "platform"));
  return description;
}

std::string to_text(const std::vector<fs::InventoryEntry>& inventory) {
  std::string text;
  for (const auto& entry : inventory) {
    text += entry.content + " " + std::to_string(entry.size) + " " + (entry.executable ? "x " : "- ") +
            entry.path + "\n";
  }
  return text;
}

std::vector<fs::InventoryEntry> parse_inventory(std::string_view text) {
  std::vector<fs::InventoryEntry> inventory;
  while (!text.empty()) {
    const auto end = text.find('\n');
    fs::InventoryEntry entry;
    if (parse_line(text.substr(0, end), entry)) inventory.push_back(std::move(entry));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return inventory;
}

}  // namespace stage
