// SPDX-License-Identifier: MIT
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace config {
namespace {

using base::Result;

constexpr std::string_view digits = "0123456789";
constexpr std::string_view blanks = " \t";

tl::unexpected<base::Error> reason(std::string text) {
  return base::fail(base::ErrorKind::bad_input, std::move(text));
}

std::string quoted(std::string_view text) {
  return "'" + base::redacted(text, 128) + "'";
}

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// Between double quotes a backslash stands for itself, except before these two, as in a shell.
bool is_escapable(char c, char quote) {
  return quote == '\0' || c == '"' || c == '\\';
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct Unit {
  std::string_view name;
  std::uint64_t seconds;
};
constexpr std::array<Unit, 16> units{{{"", 1},
                                      {"s", 1},
                                      {"sec", 1},
                                      {"second", 1},
                                      {"seconds", 1},
                                      {"m", 60},
                                      {"min", 60},
                                      {"minute", 60},
                                      {"minutes", 60},
                                      {"h", 3600},
                                      {"hr", 3600},
                                      {"hour", 3600},
                                      {"hours", 3600},
                                      {"d", 86400},
                                      {"day", 86400},
                                      {"days", 86400}}};

}  // namespace

Result<PackageClient> parse_client(std::string_view text) {
  if (text == "auto") return PackageClient::automatic;
  if (text == "npm") return PackageClient::npm;
  if (text == "pnpm") return PackageClient::pnpm;
  if (text == "bun") return PackageClient::bun;
  return reason("must be auto, npm, pnpm or bun, not " + quoted(text));
}

Result<FailurePolicy> parse_policy(std::string_view text) {
  if (text == "degrade") return FailurePolicy::degrade;
  if (text == "fail") return FailurePolicy::fail;
  return reason("must be degrade or fail, not " + quoted(text));
}

Result<RequestPolicy> parse_request_policy(std::string_view text) {
  if (text == "refuse") return RequestPolicy::refuse;
  if (text == "channel") return RequestPolicy::channel;
  if (text == "version") return RequestPolicy::version;
  return reason("must be refuse, channel or version, not " + quoted(text));
}

Result<StateRule> parse_state_rule(std::string_view text) {
  if (text == "auto") return StateRule::automatic;
  if (text == "keep") return StateRule::keep;
  if (text == "restore") return StateRule::restore;
  if (text == "refuse") return StateRule::refuse;
  return reason("must be auto, keep, restore or refuse, not " + quoted(text));
}

Result<NodeSource> parse_node_source(std::string_view text) {
  if (text == "auto") return NodeSource::automatic;
  if (text == "system") return NodeSource::system;
  if (text == "bundled") return NodeSource::bundled;
  return reason("must be auto, system or bundled, not " + quoted(text));
}

Result<bool> parse_boolean(std::string_view text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return reason("must be yes or no, not " + quoted(text));
}

Result<std::string> parse_service_name(std::string_view text) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  const bool fits = text.size() > 8 && text.size() < 256 && text.ends_with(".service") &&
                    text.find_first_not_of(allowed) == std::string_view::npos &&
                    text.find("@.") == std::string_view::npos;
  if (!fits)
    return reason("must be the name of a service, such as openclaw-gateway.service, not " + quoted(text));
  return std::string(text);
}

Result<std::string> parse_tag(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const bool fits = !text.empty() && text.size() <= 64 &&
                    text.find_first_not_of(allowed) == std::string_view::npos && text.front() != '-' &&
                    text.front() != '.';
  if (!fits) return reason("must be a tag of the registry, such as latest or beta, not " + quoted(text));
  return std::string(text);
}

Result<unsigned> parse_count(std::string_view text, unsigned least, unsigned most) {
  const auto number = parse_number(text);
  if (!number || *number < least || *number > most) {
    return reason("must be a number from " + std::to_string(least) + " to " + std::to_string(most) +
                  ", not " + quoted(text));
  }
  return static_cast<unsigned>(*number);
}

Result<std::chrono::seconds> parse_span(std::string_view text) {
  constexpr std::uint64_t most = 86'400;
  const std::string expected = "must be a time such as 300, 90s, 5min or 1h 30min, not " + quoted(text);
  std::uint64_t total = 0;
  std::string_view rest = base::trim(text);
  if (rest.empty()) return reason(expected);
  while (!rest.empty()) {
    const std::size_t number_end = std::min(rest.find_first_not_of(digits), rest.size());
    const auto number = parse_number(rest.substr(0, number_end));
    rest = base::trim(rest.substr(number_end));
    const std::size_t unit_end = std::min(rest.find_first_of("0123456789 \t"), rest.size());
    const std::string_view name = rest.substr(0, unit_end);
    rest = base::trim(rest.substr(unit_end));
    const auto* const unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& row) { return row.name == name; });
    if (!number || unit == units.end()) return reason(expected);
    // "5 30s": which of the two is meant cannot be told.
    if (name.empty() && !rest.empty()) return reason(expected);
    if (*number > most) return reason("must be at most 24h, not " + quoted(text));
    total += *number * unit->seconds;
    if (total > most) return reason("must be at most 24h, not " + quoted(text));
  }
  if (total == 0) return reason("must be at least 1s");
  return std::chrono::seconds(static_cast<std::int64_t>(total));
}

Result<std::chrono::seconds> parse_wait(std::string_view text) {
  auto span = parse_span(text);
  if (span && *span > std::chrono::hours(6)) return reason("must be at most 6h, not " + quoted(text));
  return span;
}

Result<std::string> parse_command(std::string_view text) {
  if (has_control_character(text)) return reason("must not contain control characters");
  return std::string(text);
}

Result<std::string> parse_registry(std::string_view text) {
  std::string_view rest = text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (base::lower(text.substr(0, scheme.size())) == scheme) rest = text.substr(scheme.size());
  }
  if (rest.size() == text.size()) return reason("must begin with https:// or http://");
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  // Checked first, and not quoted: a password must not reach the journal by way of this message.
  if (authority.find('@') != std::string_view::npos) {
    return reason(
        "must not contain a user or password: they would be visible in process lists and logs; put the token "
        "for "
        "this registry into npm's global configuration (npm config get globalconfig)");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return reason("must not contain '?' or '#': npm appends package names to it");
  }
  if (authority.empty() || authority.front() == ':') return reason("must name a host");
  if (has_control_character(text) || text.find_first_of(" \t\\\"'<>`{}|^") != std::string_view::npos) {
    return reason("must be a plain URL, without blanks, quotes or backslashes");
  }
  return std::string(text);
}

Result<std::string> parse_absolute_path(std::string_view text) {
  if (text.empty() || text.front() != '/') return reason("must be an absolute path, not " + quoted(text));
  if (has_control_character(text)) return reason("must not contain control characters");
  return std::string(text);
}

Result<std::string> parse_folder(std::string_view text) {
  auto path = parse_absolute_path(text);
  if (!path) return path;
  while (path->size() > 1 && path->back() == '/') path->pop_back();
  for (const std::string& component : base::split(*path, '/')) {
    if (component == "." || component == "..") return reason("must not contain . or .., as " + quoted(text));
  }
  if (*path == "/") return reason("must be a folder that only the gateway uses, not " + quoted(text));
  return path;
}

Result<std::vector<std::string>> parse_words(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;  // so that '' is a word, an empty one
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '\0' && blanks.find(c) != std::string_view::npos) {
      if (word) words.push_back(std::move(*word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\' && quote != '\'') {
      if (++i == text.size()) return reason("must not end with a backslash");
      if (!is_escapable(text[i], quote)) *word += c;
      *word += text[i];
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      *word += c;
    }
  }
  if (quote != '\0') return reason(std::string("has no closing ") + quote);
  if (word) words.push_back(std::move(*word));
  return words;
}

Result<std::string> parse_package(std::string_view text) {
  constexpr std::size_t longest = 214;  // npm's
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  const std::string expected = quoted(text) + " is not a package name: name or @scope/name, in a-z 0-9 . _ -";
  std::string_view name = text;
  if (!name.empty() && name.front() == '@') {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) return reason(expected);
    const std::string_view scope = name.substr(1, slash - 1);
    if (scope.empty() || scope.front() == '.' || !consists_of(scope, characters)) return reason(expected);
    name.remove_prefix(slash + 1);
  }
  // A hyphen in front would be an option of npm's; a dot, a file.
  const bool starts_well =
      !name.empty() && std::string_view("._-").find(name.front()) == std::string_view::npos;
  if (!starts_well || !consists_of(name, characters) || text.size() > longest || name == "node_modules" ||
      name == "favicon.ico") {
    return reason(expected);
  }
  return std::string(text);
}

Result<std::vector<std::string>> parse_packages(std::string_view text) {
  std::vector<std::string> packages;
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::replace(spaced.begin(), spaced.end(), '\t', ' ');
  for (const std::string& name : base::split(spaced, ' ')) {
    if (name.empty()) continue;
    auto package = parse_package(name);
    if (!package) return base::pass(package.error());
    if (std::find(packages.begin(), packages.end(), *package) == packages.end()) {
      packages.push_back(std::move(*package));
    }
  }
  return packages;
}

Result<std::string> parse_exact_version(std::string_view text) {
  const std::string expected = "must be one exact version such as 1.2.3 or 1.2.3-beta.1, not " + quoted(text);
  const std::size_t core_end = std::min(text.find_first_of("-+"), text.size());
  const std::vector<std::string> core = base::split(text.substr(0, core_end), '.');
  const bool three_numbers =
      core.size() == 3 && std::all_of(core.begin(), core.end(), [](const std::string& number) {
        const bool leading_zero = number.size() > 1 && number.front() == '0';
        return !number.empty() && number.size() <= 15 && !leading_zero && consists_of(number, digits);
      });
  if (!three_numbers) return reason(expected);
  std::string_view rest = text.substr(core_end);
  const auto identifiers = [](std::string_view list) {
    const std::vector<std::string> parts = base::split(list, '.');
    return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
      return !part.empty() &&
             consists_of(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    });
  };
  const std::size_t plus = rest.find('+');
  if (plus != std::string_view::npos && !identifiers(rest.substr(plus + 1))) return reason(expected);
  rest = rest.substr(0, plus);
  if (!rest.empty() && !identifiers(rest.substr(1))) return reason(expected);
  return std::string(text);
}

}  // namespace config
