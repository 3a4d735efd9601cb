// SPDX-License-Identifier: MIT
#include "npm/blame.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "npm/failure_table.hpp"

namespace npm {
namespace {

// Bounded, since the regular expressions of libstdc++ recurse along the text.
constexpr std::size_t longest_shown_line = 1024;

// pnpm sets its codes off with thin spaces.
std::string with_plain_spaces(std::string_view text) {
  constexpr std::string_view thin = "\u2009";
  std::string plain(text);
  for (std::size_t at = plain.find(thin); at != std::string::npos; at = plain.find(thin, at))
    plain.replace(at, thin.size(), " ");
  return plain;
}

// Where a client is quoted: by us, "npm 11.21.2 failed (exit status 1): .... It said: npm error code ...",
// and by OpenClaw's installer.
std::string_view words_of(std::string_view line) {
  constexpr std::array<std::string_view, 3> quotes = {
      ". It said: ", "npm install failed: ", "Original npm error: "};
  for (const std::string_view quote : quotes) {
    if (const std::size_t at = line.find(quote); at != std::string_view::npos)
      line.remove_prefix(at + quote.size());
  }
  return base::trim(line);
}

std::vector<std::string> lines_of(std::string_view output) {
  std::vector<std::string> lines;
  for (const std::string& raw : base::split(output, '\n')) {
    std::string_view rest = raw;
    while (!rest.empty()) {
      const std::size_t bar = rest.find(" | ");  // as last_words() writes
      const std::string line = with_plain_spaces(base::printable(rest.substr(0, bar), longest_shown_line));
      if (const auto text = words_of(line); !text.empty()) lines.emplace_back(text);
      if (bar == std::string_view::npos) break;
      rest.remove_prefix(bar + 3);
    }
  }
  return lines;
}

// A request that failed and then worked says nothing about the end, unless there is nothing else to go by.
std::vector<ClientLine> final_lines(std::string_view output, bool retries) {
  std::vector<ClientLine> lines;
  for (std::string& line : lines_of(output)) {
    if (retry_reason(line).empty() != retries && is_clients_own(line)) {
      lines.push_back(read_line(std::move(line)));
    }
  }
  return lines;
}

struct NamedFailure {
  const FailureRow* row;
  std::string name;
  std::string explanation;
};

// The last of each kind: a client's output ends with ours.
std::optional<PolicySetting> policy_in(const std::vector<ClientLine>& lines, PolicyKind kind) {
  std::optional<PolicySetting> found;
  for (const ClientLine& line : lines) {
    auto setting = parse_policy_line(line.text);
    if (setting && kind_of(setting->key) == kind) found = std::move(setting);
  }
  return found;
}

std::string explanation_of(const FailureRow& row, const FailureMatch& match,
                           const std::optional<PolicySetting>& policy) {
  std::string text = row.explanation;
  const auto put = [&](std::string_view mark, const std::string& value) {
    if (const std::size_t at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), value);
  };
  put("$policy", policy ? policy_clause(*policy) : policy_clause(row.policy));
  put("$1", match.first.empty() ? match.second : match.first);
  put("$2", match.second);
  return text;
}

// In the order of the rows, then of the lines.
std::vector<NamedFailure> failures_in(const std::vector<ClientLine>& lines) {
  std::vector<NamedFailure> failures;
  const auto& rows = failure_rows();
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const FailureRow& row = rows[index];
    for (const ClientLine& line : lines) {
      FailureMatch match;
      if (!matches(index, line, match)) continue;
      const auto policy = row.policy == PolicyKind::none ? std::nullopt : policy_in(lines, row.policy);
      if (row.only_with_policy && !policy) continue;
      failures.push_back({&row, match.first, explanation_of(row, match, policy)});
    }
  }
  return failures;
}

std::vector<NamedFailure> failures_of(std::string_view output) {
  auto failures = failures_in(final_lines(output, false));
  return failures.empty() ? failures_in(final_lines(output, true)) : failures;
}

bool is_noise(std::string_view line) {
  static constexpr std::array<std::string_view, 15> starts = {"npm http fetch GET 200",
                                                              "npm http cache",
                                                              "npm warn deprecated",
                                                              "Progress: ",
                                                              "Packages: ",
                                                              "Resolving dependencies",
                                                              "Resolved, downloaded",
                                                              "bun install v",
                                                              "devDependencies: ",
                                                              "No authorization",
                                                              "The latest release",
                                                              "If you need the full",
                                                              "npm error A complete",
                                                              "npm error 404 Note",
                                                              "npm error 404 tarball,"};
  constexpr std::string_view npm_prefix = "npm error";
  const bool of_npm = line.starts_with(npm_prefix);
  const std::string_view said = of_npm ? base::trim(line.substr(npm_prefix.size())) : line;
  if (said.empty() || said == "404" || said.starts_with("at ")) return true;  // stack frames
  if (line.find_first_not_of("+-") == std::string_view::npos) return true;    // pnpm's bar
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return line.starts_with(start); });
}

}  // namespace

std::vector<std::string> blamed_packages(std::string_view output) {
  const auto blames = [](const NamedFailure& failure) {
    return failure.row->fault != Fault::surroundings && failure.row->fault != Fault::full_disk;
  };
  std::vector<std::string> names;
  const auto failures = failures_of(output);
  if (!failures.empty() && !blames(failures.front())) return names;
  for (const NamedFailure& failure : failures) {
    const bool known = std::find(names.begin(), names.end(), failure.name) != names.end();
    if (blames(failure) && !failure.name.empty() && !known) names.push_back(failure.name);
  }
  return names;
}

std::string explain_failure(std::string_view output) {
  const auto failures = failures_of(output);
  return failures.empty() ? "" : failures.front().explanation;
}

std::string forbidding_policy(std::string_view output, const Policies& policies) {
  std::string all(output);
  for (const PolicyKind kind :
       {PolicyKind::release_age, PolicyKind::engines, PolicyKind::network, PolicyKind::sources}) {
    if (const auto* setting = policies.find(kind)) all += "\n" + policy_line(*setting);
  }
  const auto failures = failures_of(all);
  if (failures.empty()) return "";
  const auto* setting = policies.find(failures.front().row->policy);
  return setting == nullptr ? "" : policy_line(*setting);
}

bool is_lost(std::string_view output) {
  const auto failures = failures_of(output);
  return !failures.empty() && failures.front().row->fault == Fault::lost;
}

bool is_of_policy(std::string_view output) {
  const auto failures = failures_of(output);
  return !failures.empty() && failures.front().row->fault == Fault::forbidden;
}

bool is_full_disk(std::string_view output) {
  const auto failures = failures_of(output);
  return !failures.empty() && failures.front().row->fault == Fault::full_disk;
}

std::string last_words(std::string_view output, std::size_t limit) {
  constexpr std::size_t most_lines = 25;
  std::vector<std::string> lines;
  for (std::string& line : lines_of(output)) {
    const std::string text = std::string(base::trim(line));
    // The same warning a thousand times is one.
    if (!is_noise(text) && (lines.empty() || lines.back() != text)) lines.push_back(text);
  }
  if (lines.size() > most_lines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most_lines));
  }
  return base::printable(base::join(lines, " | "), limit);
}

std::string retry_reason(std::string_view line) {
  const auto after = [&](std::string_view marker, std::string_view end) -> std::string {
    const std::size_t at = line.find(marker);
    if (at == std::string_view::npos) return "";
    const std::string_view rest = line.substr(at + marker.size());
    return std::string(rest.substr(0, rest.find_first_of(end)));
  };
  if (line.find(" attempt ") != std::string_view::npos) return after(" failed with ", " ");  // npm
  if (line.find("Will retry in") != std::string_view::npos) return after(" error (", ")");   // pnpm
  return "";
}

bool tells_of_damage(std::string_view line) {
  return line.find("TAR_ENTRY_ERROR") != std::string_view::npos;
}

}  // namespace npm
