#include "workers/probe/answers.hpp"

#include <algorithm>
#include <cstddef>

#include "base/text.hpp"

namespace workers {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = 300, most_entries = 500, most_candidates = 64;

// The end of the value that starts at the front of `text`, or npos.
std::size_t end_of_value(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false, escaped = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      in_string = escaped || c != '"';
      escaped = !escaped && c == '\\';
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

// Values that begin a line with `opening`, in order, until `accept` takes one.
template <class Accept>
std::optional<json> find_value(std::string_view output, char opening, const Accept& accept) {
  std::size_t candidates = 0;
  for (std::size_t start = 0; start < output.size() && candidates < most_candidates;) {
    const std::string_view rest = output.substr(start);
    if (rest.front() == opening) {
      ++candidates;
      if (const std::size_t end = end_of_value(rest); end != std::string_view::npos) {
        json value = json::parse(rest.substr(0, end), nullptr, /*allow_exceptions=*/false);
        if (!value.is_discarded() && accept(value)) return value;
      }
    }
    const std::size_t line_end = output.find('\n', start);
    if (line_end == std::string_view::npos) break;
    start = line_end + 1;
  }
  return std::nullopt;
}

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

std::string text(const json& value) {
  return value.is_string() ? base::printable(value.get_ref<const std::string&>(), longest_text) : "";
}

std::string member_text(const json& object, const char* name) {
  const json* value = member(object, name);
  return value == nullptr ? "" : text(*value);
}

void add(std::vector<std::string>& list, std::string entry) {
  if (!entry.empty() && list.size() < most_entries) list.push_back(std::move(entry));
}

void read_plugins(const json& plugins, HealthFacts& facts) {
  const json* loaded = member(plugins, "loaded");
  if (loaded == nullptr || !loaded->is_array()) return;
  facts.plugins_known = true;
  for (const json& id : *loaded) add(facts.loaded, text(id));
  const json* errors = member(plugins, "errors");
  if (errors == nullptr || !errors->is_array()) return;
  for (const json& row : *errors) {
    PluginError error{member_text(row, "id"), member_text(row, "error")};
    if (!error.id.empty() && facts.errors.size() < most_entries) facts.errors.push_back(std::move(error));
  }
}

std::string reason_line(std::string_view messages) {
  std::string_view last;
  for (const std::string& line : base::split(messages, '\n')) {
    constexpr std::string_view prefix = "[openclaw] Reason: ";
    if (line.starts_with(prefix)) return base::printable(line.substr(prefix.size()), longest_text);
  }
  while (!messages.empty()) {
    const std::size_t line_end = messages.rfind('\n');
    last = base::trim(line_end == std::string_view::npos ? messages : messages.substr(line_end + 1));
    if (!last.empty()) return base::printable(last, longest_text);
    if (line_end == std::string_view::npos) break;
    messages = messages.substr(0, line_end);
  }
  return "";
}

}  // namespace

std::optional<json> find_answer(std::string_view output, const std::vector<std::string_view>& members) {
  return find_value(output, '{', [&](const json& value) {
    return value.is_object() && std::any_of(members.begin(), members.end(), [&](std::string_view name) {
             return value.contains(std::string(name));
           });
  });
}

std::optional<json> find_list(std::string_view output) {
  return find_value(output, '[', [](const json& value) {
    return value.is_array() && !value.empty() &&
           std::all_of(value.begin(), value.end(), [](const json& row) { return row.is_object(); });
  });
}

HealthFacts read_health_answer(const json& answer) {
  HealthFacts facts;
  if (const json* plugins = member(answer, "plugins")) read_plugins(*plugins, facts);
  const json* channels = member(answer, "channels");
  if (channels == nullptr || !channels->is_object()) return facts;
  for (const auto& [name, state] : channels->items()) {
    const json* configured = member(state, "configured");
    if (configured != nullptr && configured->is_boolean() && !configured->get<bool>()) continue;
    add(facts.channels, base::printable(name, longest_text));
  }
  return facts;
}

std::vector<std::string> read_config_issues(const json& answer) {
  std::vector<std::string> paths;
  const json* issues = member(answer, "issues");
  if (issues == nullptr || !issues->is_array()) return paths;
  for (const json& issue : *issues) add(paths, member_text(issue, "path"));
  return paths;
}

std::string read_own_version(const json& presence) {
  if (!presence.is_array()) return "";
  for (const json& entry : presence) {
    if (member_text(entry, "reason") == "self") return member_text(entry, "version");
  }
  return "";
}

std::string failure_of(std::string_view answer, std::string_view messages) {
  if (const auto value = find_answer(answer, {"error"})) {
    const json* error = member(*value, "error");
    std::string said = error->is_string() ? text(*error) : member_text(*error, "message");
    if (!said.empty()) return said;
  }
  std::string said = reason_line(messages);
  return said.empty() ? reason_line(answer) : said;
}

}  // namespace workers
