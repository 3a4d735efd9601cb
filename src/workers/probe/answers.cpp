#include "workers/probe/answers.hpp"

#include <algorithm>
#include <cstddef>

#include "base/json.hpp"
#include "base/text.hpp"

namespace workers {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = contract::longest_report_text, most_candidates = 64;
constexpr std::size_t most_entries = contract::most_report_entries;

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
        auto value = base::json_in(rest.substr(0, end));
        if (value && accept(*value)) return value;
      }
    }
    const std::size_t line_end = output.find('\n', start);
    if (line_end == std::string_view::npos) break;
    start = line_end + 1;
  }
  return std::nullopt;
}

std::string text_in(const json& object, const char* name) {
  return base::as_shown(base::member(object, name), longest_text);
}

void add(std::vector<std::string>& list, std::string entry) {
  if (!entry.empty() && list.size() < most_entries) list.push_back(std::move(entry));
}

void read_plugins(const json& plugins, contract::PluginReport& report) {
  const json& loaded = base::member(plugins, "loaded");
  if (!loaded.is_array()) return;
  report.known = true;
  for (const json& id : loaded) add(report.loaded, base::as_shown(id, longest_text));
  for (const json& row : base::as_list(base::member(plugins, "errors"))) {
    contract::PluginFailure error{text_in(row, "id"), text_in(row, "error")};
    if (!error.id.empty() && report.errors.size() < most_entries) report.errors.push_back(std::move(error));
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
  read_plugins(base::member(answer, "plugins"), facts.plugins);
  for (const auto& [name, state] : base::as_object(base::member(answer, "channels")).items()) {
    if (!base::as_flag(base::member(state, "configured")).value_or(true)) continue;
    add(facts.channels, base::printable(name, longest_text));
  }
  return facts;
}

std::vector<std::string> read_config_issues(const json& answer) {
  std::vector<std::string> paths;
  for (const json& issue : base::as_list(base::member(answer, "issues"))) add(paths, text_in(issue, "path"));
  return paths;
}

std::string read_own_version(const json& presence) {
  for (const json& entry : base::as_list(presence)) {
    if (text_in(entry, "reason") == "self") return text_in(entry, "version");
  }
  return "";
}

std::string failure_of(std::string_view answer, std::string_view messages) {
  if (const auto value = find_answer(answer, {"error"})) {
    const json& error = base::member(*value, "error");
    std::string said = error.is_string() ? base::as_shown(error, longest_text) : text_in(error, "message");
    if (!said.empty()) return said;
  }
  std::string said = reason_line(messages);
  return said.empty() ? reason_line(answer) : said;
}

}  // namespace workers
