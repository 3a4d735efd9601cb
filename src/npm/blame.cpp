#include "npm/blame.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "base/text.hpp"

namespace npm {
namespace {

// What a row is about decides whether its captured name is to blame.
enum class Fault { package, surroundings };

struct Row {
  Fault fault;
  const char* pattern;      // ECMAScript, searched in each line; group 1 is a package name, where it has one
  const char* explanation;  // "$1" stands for that name
};

// Most telling first: a client that cannot write also fails to resolve, one that cannot reach the registry
// fails for every package. The wording is that of npm 10 and 11, pnpm 10 and bun 1.4; tests/unit/npm has real
// output of each.
constexpr std::array patterns = {
    Row{Fault::surroundings, R"~(ENOSPC)~", "no space is left on the device"},
    Row{Fault::surroundings, R"~(EDQUOT)~", "the disk quota is used up"},
    Row{Fault::surroundings, R"~(EROFS)~", "the file system is read-only where the client must write"},
    // npm and pnpm turn EROFS of a recursive mkdir into this (#69923).
    Row{Fault::surroundings, R"~(ENOENT: no such file or directory, mkdir )~",
        "a folder cannot be made (npm says ENOENT also for a read-only file system)"},
    Row{Fault::surroundings, R"~(EACCES: permission denied|code EACCES|EPERM: operation not permitted)~",
        "the client may not write where it must"},
    Row{Fault::surroundings, R"~(JavaScript heap out of memory|code ENOMEM)~",
        "the client ran out of memory"},

    Row{Fault::package, R"~((?:spawn git ENOENT|syscall spawn git|git: (?:command )?not found))~",
        "git is needed for a dependency and is not installed"},
    Row{Fault::package, R"~(git\b.* ls-remote \S+[/:]([\w.-]+/[\w.-]+?)(?:\.git)?(?:\s|$))~",
        "git could not reach $1"},
    Row{Fault::package, R"~(downloading tarball (@?[\w./-]+)@(?:github|gitlab|bitbucket|git)\b)~",
        "the git repository of $1 could not be reached"},

    Row{Fault::surroundings,
        R"~((SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID))~",
        "the registry's certificate is not trusted ($1); name its CA with cafile= in npm's global npmrc"},
    Row{Fault::surroundings, R"~(ECONNREFUSED|ConnectionRefused)~",
        "nothing answers at the registry's address"},
    Row{Fault::surroundings, R"~(ENOTFOUND|EAI_AGAIN|DNSResolveFailed)~",
        "the registry's name cannot be resolved"},
    Row{Fault::surroundings,
        R"~(ECONNRESET|ETIMEDOUT|ESOCKETTIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ConnectionClosed|Timeout downloading|ConnectionTimeout)~",
        "the connection to the registry fails"},
    Row{Fault::surroundings, R"~(407 Proxy Authentication|- 407\b)~", "the proxy wants a login"},
    Row{Fault::surroundings, R"~(ENOTCACHED|ERR_PNPM_NO_OFFLINE|--offline: no cached)~",
        "not everything is in the cache, and the request is for no network"},
    Row{Fault::surroundings, R"~(code E40[13]|ERR_PNPM_FETCH_40[13]| - 40[13]$)~",
        "the registry does not let us in"},

    Row{Fault::package, R"~(requested resource '(@?[^@'\s]+)@)~", "the registry does not have $1"},
    Row{Fault::package, R"~('(@?[^@'\s]+)(?:@[^']*)?' is not in (?:this|the npm) registry)~",
        "the registry does not have $1"},
    Row{Fault::package, R"~((?:^|[\s|])(@?[\w./-]+) is not in the npm registry)~",
        "the registry does not have $1"},
    Row{Fault::package, R"~(GET https?://\S*?/(@[\w.-]+(?:/|%2[fF])[\w.-]+|[\w.-]+)(?:/-/\S+)? - 404)~",
        "the registry does not have $1"},
    Row{Fault::package, R"~(No matching version found for (@?[^@\s]+)@)~",
        "the registry has no version of $1 in the range that is asked for"},
    Row{Fault::package, R"~(No version matching ".*" found for specifier "([^"]+)")~",
        "the registry has no version of $1 in the range that is asked for"},
    Row{Fault::package, R"~(Override for (@?[^@\s]+)@\S* conflicts with direct dependency)~",
        "an override of $1 contradicts the range that is asked for directly"},
    Row{Fault::package,
        R"~(EINTEGRITY|ERR_PNPM_TARBALL_INTEGRITY|Integrity check failed for tarball: (@?[\w./-]+))~",
        "what the registry sent differs from its own checksum"},
    Row{Fault::package, R"~((?:error: |fetch manifest )(@?[^@\s]+)@(?:git|github)[+:]\S+)~",
        "the git repository of $1 could not be reached"},
    Row{Fault::package, R"~(error: (@?[^@\s]+)@\S* failed to resolve)~", "$1 cannot be resolved"},
    Row{Fault::package, R"~(installing the dependencies of (@?[^@\s]+)@)~",
        "a dependency of $1 cannot be installed"},
};

const std::regex& compiled(std::size_t row) {
  static const auto all = [] {
    std::array<std::regex, patterns.size()> result;
    for (std::size_t i = 0; i < patterns.size(); ++i) result[i].assign(patterns[i].pattern);
    return result;
  }();
  return all[row];
}

// Bounded, since the regular expressions of libstdc++ recurse along the text.
constexpr std::size_t longest_shown_line = 1024;

std::vector<std::string> lines_of(std::string_view output) {
  std::vector<std::string> lines;
  for (const std::string& raw : base::split(output, '\n')) {
    std::string_view rest = raw;
    while (!rest.empty()) {
      const std::size_t bar = rest.find(" | ");  // as last_words() writes
      const std::string line = base::printable(rest.substr(0, bar), longest_shown_line);
      if (const auto text = base::trim(line); !text.empty()) lines.emplace_back(text);
      if (bar == std::string_view::npos) break;
      rest.remove_prefix(bar + 3);
    }
  }
  return lines;
}

// A request that failed and then worked says nothing about the end, unless there is nothing else to go by.
std::vector<std::string> final_lines(std::string_view output, bool retries) {
  std::vector<std::string> lines = lines_of(output);
  std::erase_if(lines, [&](const std::string& line) { return retry_reason(line).empty() == retries; });
  return lines;
}

std::string decoded(std::string name) {
  if (const std::size_t at = name.find('%'); at != std::string::npos)
    name.replace(at, 3, "/");  // @scope%2fname
  return name;
}

struct Finding {
  Fault fault;
  std::string name;
  std::string explanation;
};

// In the order of the patterns, then of the lines.
std::vector<Finding> findings_in(const std::vector<std::string>& lines) {
  std::vector<Finding> findings;
  for (std::size_t row = 0; row < patterns.size(); ++row) {
    for (const std::string& line : lines) {
      std::smatch match;
      if (!std::regex_search(line, match, compiled(row))) continue;
      const std::string name = match.size() > 1 && match[1].matched ? decoded(match[1].str()) : "";
      std::string text = patterns[row].explanation;
      if (const std::size_t at = text.find("$1"); at != std::string::npos) text.replace(at, 2, name);
      findings.push_back({patterns[row].fault, name, std::move(text)});
    }
  }
  return findings;
}

std::vector<Finding> findings_of(std::string_view output) {
  auto findings = findings_in(final_lines(output, false));
  return findings.empty() ? findings_in(final_lines(output, true)) : findings;
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
  std::vector<std::string> names;
  const auto findings = findings_of(output);
  if (!findings.empty() && findings.front().fault == Fault::surroundings) return names;
  for (const Finding& finding : findings) {
    const bool known = std::find(names.begin(), names.end(), finding.name) != names.end();
    if (finding.fault == Fault::package && !finding.name.empty() && !known) names.push_back(finding.name);
  }
  return names;
}

std::string explain_failure(std::string_view output) {
  const auto findings = findings_of(output);
  return findings.empty() ? "" : findings.front().explanation;
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
