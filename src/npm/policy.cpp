// SPDX-License-Identifier: MIT
#include "npm/policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include "base/text.hpp"
#include "npm/npmrc.hpp"

namespace npm {
namespace {

struct Row {
  std::string_view key;
  PolicyKind kind;
  std::array<std::string_view, 2> forbidding;  // its values that forbid something; empty: all but 0
  bool pnpm_is_told, bun_is_told;
  std::string_view clause;  // "$value" and "$where" stand for the setting
};

// In the order in which one wins over the next of its kind, as in npm: `before` over `min-release-age`.
constexpr std::array known_policies = {
    Row{"before",
        PolicyKind::release_age,
        {},
        true,
        true,
        "npm is configured to refuse versions published after $value ($where); exempt the package with "
        "min-release-age-exclude[]=NAME there, or change that key"},
    Row{"min-release-age",
        PolicyKind::release_age,
        {},
        true,
        true,
        "npm is configured to refuse versions younger than $value days ($where); wait, exempt the package "
        "with "
        "min-release-age-exclude[]=NAME there, or change that key"},
    // pnpm's own, in minutes.
    Row{"minimum-release-age",
        PolicyKind::release_age,
        {},
        true,
        true,
        "pnpm is configured to refuse versions younger than $value minutes ($where); wait, exempt the "
        "package with "
        "minimum-release-age-exclude[]=NAME there, or change that key"},
    // pnpm reads these two under the same names.
    Row{"engine-strict",
        PolicyKind::engines,
        {"true"},
        true,
        false,
        "npm is configured to refuse packages that require another Node ($where); use a suitable Node, or "
        "change that key"},
    Row{"offline",
        PolicyKind::network,
        {"true"},
        true,
        false,
        "npm is configured to use no network ($where); change that key"},
    Row{"allow-git",
        PolicyKind::sources,
        {"none", "root"},
        false,
        false,
        "npm is configured to refuse dependencies from git ($where); change that key, or do without them"},
    Row{"allow-remote",
        PolicyKind::sources,
        {"none", "root"},
        false,
        false,
        "npm is configured to refuse dependencies from URLs ($where); change that key, or do without them"},
    Row{"allow-file",
        PolicyKind::sources,
        {"none", "root"},
        false,
        false,
        "npm is configured to refuse dependencies from files ($where); change that key, or do without them"},
    Row{"allow-directory",
        PolicyKind::sources,
        {"none", "root"},
        false,
        false,
        "npm is configured to refuse dependencies from folders ($where); change that key, or do without "
        "them"},
};

constexpr std::string_view exempt_keys[] = {"min-release-age-exclude", "minimum-release-age-exclude"};

const Row* row_of_key(std::string_view key) {
  const auto* row = std::find_if(known_policies.begin(), known_policies.end(),
                                 [&](const Row& each) { return each.key == key; });
  return row == known_policies.end() ? nullptr : row;
}

std::optional<double> number_from(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = problem == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

// 2026-01-31, alone or with a time of UTC. npm takes more; what it takes beyond that is not told on.
std::optional<std::int64_t> time_in(const std::string& text) {
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), format, &parts);
    if (end != nullptr && *end == '\0') return ::timegm(&parts);
  }
  return std::nullopt;
}

std::optional<std::int64_t> age_in_seconds(const PolicySetting& setting, std::int64_t now) {
  if (setting.key == "before") {
    const auto time = time_in(setting.value);
    return time ? std::optional(std::max<std::int64_t>(now - *time, 0)) : std::nullopt;
  }
  constexpr double longest = 1e10;  // 300 years
  const double unit = setting.key == "min-release-age" ? 86400 : 60;
  const auto number = number_from(setting.value);
  if (!number || *number < 0 || *number * unit > longest) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(*number * unit));
}

bool forbids(const Row& row, const std::string& value) {
  if (row.forbidding[0].empty()) return number_from(value) != 0.0;
  return std::find(row.forbidding.begin(), row.forbidding.end(), value) != row.forbidding.end();
}

struct Source {
  Npmrc settings;
  std::string name;
};

// Arguments in the form of an npmrc: --KEY=VALUE, --KEY VALUE, --KEY, --no-KEY.
Npmrc settings_in(const std::vector<std::string>& arguments) {
  Npmrc settings;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view word = arguments[i];
    if (!word.starts_with("--")) continue;
    word.remove_prefix(2);
    const std::size_t equals = word.find('=');
    const bool apart =
        equals == std::string_view::npos && i + 1 < arguments.size() && !arguments[i + 1].starts_with('-');
    const std::string key(word.substr(0, equals));
    const std::string value = equals != std::string_view::npos ? std::string(word.substr(equals + 1))
                              : apart                          ? arguments[i + 1]
                                                               : "true";
    settings.values[key] = value;
    if (key.ends_with("-exclude")) settings.lists[key].push_back(value);
  }
  return settings;
}

std::vector<Source> sources_of(const Toolchain& toolchain, const std::vector<std::string>& extra_arguments) {
  std::vector<Source> sources = {
      {settings_in(extra_arguments), "[packages] extra-arguments of helpers.ini"},
      {read_npmrc(toolchain.global_config), toolchain.original_of_global_config.empty()
                                                ? toolchain.global_config
                                                : toolchain.original_of_global_config}};
  constexpr std::string_view script = "/bin/npm-cli.js";
  if (toolchain.npm_cli && toolchain.npm_cli->ends_with(script)) {
    const std::string own =
        toolchain.npm_cli->substr(0, toolchain.npm_cli->size() - script.size()) + "/npmrc";
    sources.push_back({read_npmrc(own), own});
  }
  return sources;
}

// The first source that has a row of this kind or key decides, also when it says that nothing is forbidden.
template <class Predicate>
std::optional<PolicySetting> first_setting(const std::vector<Source>& sources, Predicate&& wanted) {
  for (const Source& source : sources) {
    for (const Row& row : known_policies) {
      if (!wanted(row)) continue;
      const auto* value = source.settings.find(std::string(row.key));
      if (value == nullptr) continue;
      if (!forbids(row, *value)) return std::nullopt;
      return PolicySetting{std::string(row.key), *value, source.name};
    }
  }
  return std::nullopt;
}

std::vector<std::string> exempt_in(const std::vector<Source>& sources) {
  std::vector<std::string> names;
  for (const Source& source : sources) {
    for (const std::string_view key : exempt_keys) {
      auto values = source.settings.lists.find(std::string(key));
      if (values != source.settings.lists.end())
        names.insert(names.end(), values->second.begin(), values->second.end());
      if (const auto* value = source.settings.find(std::string(key));
          value != nullptr && values == source.settings.lists.end()) {
        names.push_back(*value);
      }
    }
    if (!names.empty()) break;
  }
  std::vector<std::string> single;
  for (const std::string& each : names) {
    for (const std::string& name : base::split(each, ',')) {
      if (const auto text = base::trim(name); !text.empty()) single.emplace_back(text);
    }
  }
  return single;
}

}  // namespace

const PolicySetting* Policies::find(PolicyKind kind) const {
  if (kind == PolicyKind::release_age && release_age) return &release_age->setting;
  const auto it = std::find_if(others.begin(), others.end(),
                               [&](const PolicySetting& setting) { return kind_of(setting.key) == kind; });
  return it == others.end() ? nullptr : &*it;
}

Policies read_policies(const Toolchain& toolchain, const std::vector<std::string>& extra_arguments,
                       std::int64_t now) {
  const auto sources = sources_of(toolchain, extra_arguments);
  Policies policies;
  const auto of_age = [](const Row& row) { return row.kind == PolicyKind::release_age; };
  if (auto setting = first_setting(sources, of_age)) {
    const auto seconds = age_in_seconds(*setting, now);
    policies.release_age = ReleaseAge{std::move(*setting), seconds, exempt_in(sources)};
  }
  for (const Row& row : known_policies) {
    if (of_age(row)) continue;
    const auto same = [&](const Row& each) { return each.key == row.key; };
    if (auto setting = first_setting(sources, same)) policies.others.push_back(std::move(*setting));
  }
  return policies;
}

Policies read_policies(const Toolchain& toolchain, const std::vector<std::string>& extra_arguments) {
  return read_policies(toolchain, extra_arguments, ::time(nullptr));
}

const PolicySetting* untold(const Policies& policies, ClientKind kind) {
  if (kind == ClientKind::npm) return nullptr;
  if (policies.release_age && !policies.release_age->seconds) return &policies.release_age->setting;
  for (const PolicySetting& setting : policies.others) {
    const Row* row = row_of_key(setting.key);
    if (row != nullptr && !(kind == ClientKind::pnpm ? row->pnpm_is_told : row->bun_is_told)) return &setting;
  }
  return nullptr;
}

std::string policy_line(const PolicySetting& setting) {
  return base::printable(base::concat({"policy: ", setting.key, "=", setting.value, " in ", setting.file}),
                         300);
}

std::optional<PolicySetting> parse_policy_line(std::string_view line) {
  constexpr std::string_view mark = "policy: ", in = " in ";
  if (!line.starts_with(mark)) return std::nullopt;
  line.remove_prefix(mark.size());
  const std::size_t equals = line.find('='), place = line.find(in);
  if (equals == std::string_view::npos || place == std::string_view::npos || place < equals)
    return std::nullopt;
  PolicySetting setting{std::string(line.substr(0, equals)),
                        std::string(line.substr(equals + 1, place - equals - 1)),
                        std::string(line.substr(place + in.size()))};
  return row_of_key(setting.key) == nullptr ? std::nullopt : std::optional(std::move(setting));
}

PolicyKind kind_of(std::string_view key) {
  const Row* row = row_of_key(key);
  return row == nullptr ? PolicyKind::none : row->kind;
}

std::string policy_clause(const PolicySetting& setting) {
  const Row* row = row_of_key(setting.key);
  if (row == nullptr) return "";
  std::string text(row->clause);
  const auto put = [&](std::string_view mark, const std::string& value) {
    if (const std::size_t at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), value);
  };
  put("$value", setting.value);
  put("$where", setting.key + " in " + setting.file);
  return text;
}

std::string policy_clause(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::release_age:
      return "the client is configured to refuse recent versions (min-release-age or before in its "
             "configuration)";
    case PolicyKind::engines:
      return "the client refuses packages that require another Node; use a suitable Node";
    case PolicyKind::network:
      return "the request forbids the network";
    case PolicyKind::sources:
      return "the client refuses packages that do not come from the registry (allow-git and similar keys in "
             "its "
             "configuration)";
    case PolicyKind::none:
      break;
  }
  return "";
}

}  // namespace npm
