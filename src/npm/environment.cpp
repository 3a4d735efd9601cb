// SPDX-License-Identifier: MIT
#include "npm/environment.hpp"

#include <array>
#include <string_view>

#include "base/text.hpp"

namespace npm {
namespace {

// Where the network is and whom it trusts.
constexpr std::array<std::string_view, 12> passed_on = {
    "HTTP_PROXY",          "HTTPS_PROXY",   "ALL_PROXY",    "NO_PROXY",
    "http_proxy",          "https_proxy",   "all_proxy",    "no_proxy",
    "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_USE_SYSTEM_CA"};

struct Fixed {
  const char* name;
  const char* value;
};
constexpr std::array<Fixed, 10> fixed = {{
    {"LANG", "C.UTF-8"},  // git translates its messages, and blame.cpp reads them
    {"LC_ALL", "C.UTF-8"},
    {"CI", "1"},        // no user can answer a question
    {"NO_COLOR", "1"},  // the output is read, and may end in the journal
    {"NO_UPDATE_NOTIFIER", "1"},
    {"DO_NOT_TRACK", "1"},
    // A git dependency of a repository that wants a password fails at once instead of waiting for one.
    {"GIT_TERMINAL_PROMPT", "0"},
    {"GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20"},
    {"COREPACK_ENABLE_NETWORK", "0"},
    {"COREPACK_ENABLE_STRICT", "0"},
}};

// npm's key, and the variables that say the same to others.
struct Translation {
  const char* key;
  std::array<const char*, 2> variables;
};
constexpr std::array<Translation, 4> translations = {{
    {"proxy", {"HTTP_PROXY", "HTTPS_PROXY"}},
    {"https-proxy", {"HTTPS_PROXY", nullptr}},
    {"noproxy", {"NO_PROXY", nullptr}},
    {"no-proxy", {"NO_PROXY", nullptr}},
}};

}  // namespace

base::Environment client_environment(const base::Environment& caller, const Toolchain& toolchain,
                                     const Npmrc& settings, const ClientFolders& folders) {
  base::Environment result;
  const auto pass = [&](const std::string& name) {
    if (const auto it = caller.find(name); it != caller.end() && !it->second.empty()) result.insert(*it);
  };
  for (const std::string_view name : passed_on) pass(std::string(name));
  for (const std::string& name : settings.variables) pass(name);
  // Ours come last: an npmrc that names ${HOME} gets the private one.
  for (const Fixed& variable : fixed) result[variable.name] = variable.value;
  result["PATH"] = client_path(toolchain);
  result["HOME"] = folders.home;
  result["TMPDIR"] = folders.temporary;
  return result;
}

void translate_proxies(const Npmrc& settings, base::Environment& environment) {
  for (const Translation& translation : translations) {
    const std::string* value = settings.find(translation.key);
    // What npm would expand itself is not a value yet; "false" is how npm is told to use no proxy.
    if (value == nullptr || *value == "false" || value->find("${") != std::string::npos) continue;
    for (const char* variable : translation.variables) {
      if (variable == nullptr) continue;
      environment.erase(base::lower(variable));  // programs disagree on which spelling wins
      environment[variable] = *value;
    }
  }
}

}  // namespace npm
