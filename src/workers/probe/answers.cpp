// SPDX-License-Identifier: MIT
#include "workers/probe/answers.hpp"

#include <cstddef>

#include "base/json.hpp"
#include "base/text.hpp"
#include "openclaw/answer.hpp"

namespace workers {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = contract::longest_report_text;
constexpr std::size_t most_entries = contract::most_report_entries;

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
  if (const auto value = openclaw::find_answer(answer, {.members = {"error"}})) {
    const json& error = base::member(*value, "error");
    std::string said = error.is_string() ? base::as_shown(error, longest_text) : text_in(error, "message");
    if (!said.empty()) return said;
  }
  std::string said = reason_line(messages);
  return said.empty() ? reason_line(answer) : said;
}

}  // namespace workers
