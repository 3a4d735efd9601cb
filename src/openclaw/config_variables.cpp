// SPDX-License-Identifier: MIT
#include "openclaw/config_variables.hpp"

#include <algorithm>
#include <span>

#include "base/json.hpp"
#include "base/text.hpp"
#include "openclaw/environment.hpp"

namespace openclaw {
namespace {

using nlohmann::json;

// Names in whatever case: as they are, or by how they begin or end.
struct NameRules {
  std::span<const std::string_view> names, prefixes, endings;

  [[nodiscard]] bool match(std::string_view name) const {
    std::string upper(name);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto any = [](const auto& list, const auto& predicate) {
      return std::any_of(list.begin(), list.end(), predicate);
    };
    return any(names, [&](std::string_view rule) { return upper == rule; }) ||
           any(prefixes, [&](std::string_view rule) { return upper.starts_with(rule); }) ||
           any(endings, [&](std::string_view rule) { return upper.ends_with(rule); });
  }
};

// Of OpenClaw's lists (2026.9.6) what this suite or its package clients would act on; it has many more names,
// of compilers, shells and clouds.
constexpr std::string_view program_names[] = {
    "HOME",          "SHELL",        "NODE_OPTIONS",        "NODE_PATH",
    "HTTP_PROXY",    "HTTPS_PROXY",  "ALL_PROXY",           "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED",
    "NPM_TOKEN",     "OPENSSL_CONF", "NODE_AUTH_TOKEN",     "GIT_SSH_COMMAND"};
constexpr std::string_view program_prefixes[] = {"NPM_CONFIG_", "GIT_CONFIG_", "LD_"};
constexpr NameRules of_programs{program_names, program_prefixes, {}};

constexpr std::string_view config_names[] = {"OPENCLAW_INCLUDE_ROOTS",
                                             "OPENCLAW_ALLOW_OLDER_BINARY_DESTRUCTIVE_ACTIONS"};
constexpr NameRules not_of_config{config_names, {}, {}};

// IRC_HOST and _HOMESERVER since 2026.4.26.
constexpr std::string_view folder_names[] = {"PATH", "STATE_DIRECTORY", "IRC_HOST"};
constexpr std::string_view folder_prefixes[] = {"OPENCLAW_", "CLAWHUB_"};
constexpr std::string_view folder_endings[] = {"_API_HOST", "_BASE_URL", "_ENDPOINT", "_HOMESERVER"};
constexpr NameRules not_of_working_directory{folder_names, folder_prefixes, folder_endings};

// "${NAME}", but not "$${NAME}", which is a text.
bool names_a_variable(std::string_view value) {
  for (std::size_t at = value.find("${"); at != std::string_view::npos; at = value.find("${", at + 2)) {
    if (at == 0 || value[at - 1] != '$') return value.find('}', at) != std::string_view::npos;
  }
  return false;
}

}  // namespace

base::Environment config_variables(const json& config) {
  base::Environment variables;
  for (const std::string_view section : {"env.vars", "env"}) {
    const json& entries = base::member_at(config, section);
    if (!entries.is_object()) continue;
    for (const auto& [name, value] : entries.items()) {
      if (!value.is_string() || !is_variable_name(name)) continue;
      const auto& text = value.get_ref<const std::string&>();
      if (may_be_set_by_config(name, text)) variables.insert_or_assign(name, text);
    }
  }
  return variables;
}

bool may_be_set_by_config(std::string_view name, std::string_view value) {
  return !base::trim(value).empty() && !names_a_variable(value) && !of_programs.match(name) &&
         !not_of_config.match(name);
}

bool may_be_set_by_working_directory(std::string_view name) {
  return !of_programs.match(name) && !not_of_working_directory.match(name);
}

}  // namespace openclaw
