#include "workers/state/answers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace workers::state {
namespace {

using nlohmann::json;

constexpr std::size_t most_issues = 50, most_lines = 200, longest_line = 500;

// The end of the object that begins at `begin`, or npos.
std::size_t end_of_object(std::string_view text, std::size_t begin) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

json issues_of(const json& answer, const base::Redaction& redaction) {
  json issues = json::array();
  for (const json& issue : base::as_list(base::member(answer, "issues"))) {
    if (!issue.is_object() || issues.size() == most_issues) continue;
    issues.push_back({{"path", base::as_shown(base::member(issue, "path"), 300)},
                      {"message", redaction.applied(base::text_at(issue, "message"))}});
  }
  return issues;
}

std::string last_words(const process::Outcome& outcome, const base::Redaction& redaction) {
  const auto lines = base::split(base::trim(outcome.output), '\n');
  return redaction.applied(lines.empty() ? "" : lines.back(), 300);
}

std::string why_no_answer(const base::Result<process::Outcome>& ran, const base::Redaction& redaction) {
  if (!ran) return redaction.applied(ran.error().message);
  if (ran->stalled) return "the check did not end and was stopped";
  return base::concat({"the check ended with status ", std::to_string(ran->exit_status),
                       " and no answer: ", last_words(*ran, redaction)});
}

struct StatusWord {
  std::string_view theirs, ours;
};
constexpr std::array<StatusWord, 3> status_words = {{
    {"exact", "exact"},
    {"migration-required", "migrate"},
    {"incompatible", "incompatible"},
}};

}  // namespace

json last_lines(const std::string& output, const base::Redaction& redaction) {
  const auto lines = base::split(base::trim(output), '\n');
  json kept = json::array();
  const std::size_t first = lines.size() > most_lines ? lines.size() - most_lines : 0;
  for (std::size_t i = first; i < lines.size(); ++i)
    kept.push_back(redaction.applied(lines[i], longest_line));
  return kept;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the JSON, which has a limit
void add_texts_of(const json& config, base::Redaction& redaction) {
  if (config.is_string()) redaction.add(config.get_ref<const std::string&>());
  if (!config.is_structured()) return;
  for (const json& child : config) add_texts_of(child, redaction);
}

std::optional<json> answer_in(std::string_view output, const char* key) {
  std::optional<json> answer;
  for (std::size_t at = output.find('{'); at != std::string_view::npos; at = output.find('{', at + 1)) {
    if (at > 0 && output[at - 1] != '\n') continue;
    const std::size_t end = end_of_object(output, at);
    if (end == std::string_view::npos) continue;
    json object = base::json_or_null(output.substr(at, end - at));
    if (!object.is_object() || !object.contains(key)) continue;
    answer = std::move(object);
    at = end - 1;
  }
  return answer;
}

std::optional<std::string> refusal_of_node(const base::Result<process::Outcome>& ran) {
  if (!ran || ran->stalled || ran->exit_status == 0 || answer_in(ran->output, "valid")) return std::nullopt;
  // PKG 2026.4.20-9.6, the launcher openclaw.mjs.
  constexpr std::string_view launcher = "openclaw: ";
  constexpr std::array<std::string_view, 2> beginnings = {"openclaw: Node ", "openclaw: Node.js v"};
  for (const std::string& line : base::split(ran->output, '\n')) {
    const bool is_one = std::any_of(beginnings.begin(), beginnings.end(),
                                    [&](std::string_view beginning) { return line.starts_with(beginning); });
    if (is_one) return line.substr(launcher.size());
  }
  return std::nullopt;
}

json config_verdict(const base::Result<process::Outcome>& ran, const base::Redaction& redaction) {
  const auto answer = ran ? answer_in(ran->output, "valid") : std::nullopt;
  if (!answer || !answer->at("valid").is_boolean()) {
    const json issue = {{"path", ""}, {"message", why_no_answer(ran, redaction)}};
    return {{"valid", false}, {"answered", false}, {"issues", json::array({issue})}};
  }
  json issues = issues_of(*answer, redaction);
  if (const auto error = answer->find("error"); issues.empty() && error != answer->end()) {
    // 5.12 has a text there, 9.6 an object.
    const json& text = error->is_object() && error->contains("message") ? error->at("message") : *error;
    if (text.is_string()) {
      issues.push_back({{"path", ""}, {"message", redaction.applied(text.get<std::string>())}});
    }
  }
  return {{"valid", answer->at("valid").get<bool>() && ran->exit_status == 0},
          {"answered", true},
          {"issues", std::move(issues)}};
}

json database_verdict(const base::Result<process::Outcome>& ran, const base::Redaction& redaction) {
  json verdict = {{"supported", false}, {"status", "unknown"}};
  const auto answer = ran ? answer_in(ran->output, "schema") : std::nullopt;
  if (!answer) {
    verdict["detail"] = why_no_answer(ran, redaction);
    return verdict;
  }
  verdict["supported"] = true;
  for (const auto& [member, name] :
       {std::pair{"foundVersion", "found"}, std::pair{"targetVersion", "target"}}) {
    if (const auto number = base::as_integer(base::member(*answer, member))) verdict[name] = *number;
  }
  const std::string status = base::text_at(*answer, "status");
  for (const StatusWord& word : status_words) {
    if (word.theirs == status) verdict["status"] = word.ours;
  }
  if (const json& reason = base::member(*answer, "reason"); reason.is_string()) {
    verdict["detail"] = redaction.applied(base::as_text(reason));
  }
  return verdict;
}

}  // namespace workers::state
