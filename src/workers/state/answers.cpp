// SPDX-License-Identifier: MIT
#include "workers/state/answers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "openclaw/answer.hpp"

namespace workers::state {
namespace {

using nlohmann::json;

constexpr std::size_t most_issues = 50, most_lines = 200, longest_line = 500;

// "issues", or the additional "warnings" of newer releases.
std::vector<contract::ConfigIssue> remarks_of(const json& answer, const char* name,
                                              const base::Redaction& redaction) {
  std::vector<contract::ConfigIssue> issues;
  for (const json& issue : base::as_list(base::member(answer, name))) {
    if (!issue.is_object() || issues.size() == most_issues) continue;
    issues.push_back({base::as_shown(base::member(issue, "path"), 300),
                      redaction.applied(base::text_at(issue, "message"))});
  }
  return issues;
}

std::optional<json> answer_with(const base::Result<command::Outcome>& ran, std::string_view member) {
  return ran ? openclaw::find_answer(ran->answer, {.members = {member}}) : std::nullopt;
}

std::string last_words(const command::Outcome& outcome, const base::Redaction& redaction) {
  const std::string_view messages = base::trim(outcome.messages);
  const auto lines = base::split(messages.empty() ? base::trim(outcome.answer) : messages, '\n');
  return redaction.applied(lines.empty() ? "" : lines.back(), 300);
}

std::string why_no_answer(const base::Result<command::Outcome>& ran, const base::Redaction& redaction) {
  if (!ran) return redaction.applied(ran.error().message);
  if (!ran->ended) return "the check did not end and was stopped";
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

std::vector<std::string> last_lines(const std::string& output, const base::Redaction& redaction) {
  const auto lines = base::split(base::trim(output), '\n');
  std::vector<std::string> kept;
  const std::size_t first = lines.size() > most_lines ? lines.size() - most_lines : 0;
  kept.reserve(lines.size() - first);
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

std::optional<std::string> refusal_of_node(const base::Result<command::Outcome>& ran) {
  if (!ran || !ran->ended || ran->exit_status == 0 || answer_with(ran, "valid")) return std::nullopt;
  // PKG 2026.4.20-9.6, the launcher openclaw.mjs.
  constexpr std::string_view launcher = "openclaw: ";
  constexpr std::array<std::string_view, 2> beginnings = {"openclaw: Node ", "openclaw: Node.js v"};
  for (const std::string& line : base::split(ran->messages, '\n')) {
    const bool is_one = std::any_of(beginnings.begin(), beginnings.end(),
                                    [&](std::string_view beginning) { return line.starts_with(beginning); });
    if (is_one) return line.substr(launcher.size());
  }
  return std::nullopt;
}

contract::ConfigVerdict config_verdict(const base::Result<command::Outcome>& ran,
                                       const base::Redaction& redaction) {
  const auto answer = answer_with(ran, "valid");
  const auto valid = answer ? base::as_flag(base::member(*answer, "valid")) : std::nullopt;
  if (!valid) {
    return {
        .valid = false, .answered = false, .issues = {{"", why_no_answer(ran, redaction)}}, .warnings = {}};
  }
  contract::ConfigVerdict verdict{.valid = *valid && ran->exit_status == 0,
                                  .issues = remarks_of(*answer, "issues", redaction),
                                  .warnings = remarks_of(*answer, "warnings", redaction)};
  if (const json& error = base::member(*answer, "error"); verdict.issues.empty()) {
    // A string in 5.12, an object in 9.6.
    const json& text = error.is_object() ? base::member(error, "message") : error;
    if (text.is_string()) verdict.issues.push_back({"", redaction.applied(base::as_text(text))});
  }
  return verdict;
}

contract::DatabaseVerdict database_verdict(const base::Result<command::Outcome>& ran,
                                           const base::Redaction& redaction) {
  contract::DatabaseVerdict verdict;
  verdict.status = "unknown";
  const auto answer = answer_with(ran, "schema");
  if (!answer) {
    verdict.detail = why_no_answer(ran, redaction);
    return verdict;
  }
  verdict.supported = true;
  verdict.found = base::as_integer(base::member(*answer, "foundVersion")).value_or(0);
  verdict.target = base::as_integer(base::member(*answer, "targetVersion")).value_or(0);
  const std::string status = base::text_at(*answer, "status");
  for (const StatusWord& word : status_words) {
    if (word.theirs == status) verdict.status = word.ours;
  }
  verdict.detail = redaction.applied(base::as_text(base::member(*answer, "reason")));
  return verdict;
}

}  // namespace workers::state
