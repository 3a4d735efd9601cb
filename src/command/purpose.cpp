// SPDX-License-Identifier: MIT
#include "command/purpose.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"

namespace command {
namespace {

using namespace std::chrono_literals;

using Names = std::span<const std::string_view>;

bool is_one_of(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// --- what passes

// OpenClaw's own switches and paths are needed to find the state. What is called like a secret stays; the
// config may name such a key as ${NAME}, and 5.12 and 9.6 only warn when it is not set, and keep the name.
bool steers_openclaw(std::string_view name) {
  constexpr std::array<std::string_view, 6> secret_endings = {"TOKEN",    "KEY",    "KEYS",
                                                              "PASSWORD", "SECRET", "CREDENTIALS"};
  return name.starts_with("OPENCLAW_") &&
         std::none_of(secret_endings.begin(), secret_endings.end(),
                      [&](std::string_view ending) { return name.ends_with(ending); });
}

// The npm that OpenClaw starts must find the registry, and the certificates to trust.
bool steers_npm(std::string_view name) {
  constexpr std::array<std::string_view, 10> options = {
      "cafile",  "ca",         "registry",   "proxy",        "https_proxy",
      "noproxy", "strict_ssl", "userconfig", "globalconfig", "prefer_offline"};
  const std::string lower = base::lower(name);
  constexpr std::string_view prefix = "npm_config_";
  return lower.starts_with(prefix) &&
         is_one_of(std::string_view(lower).substr(prefix.size()), Names(options));
}

bool passes_to_installer(std::string_view name) {
  return steers_openclaw(name) || steers_npm(name);
}

constexpr std::array<std::string_view, 22> withheld_from_client = {
    // What systemd tells the worker of itself: the client would speak for it.
    "NOTIFY_SOCKET", "INVOCATION_ID", "JOURNAL_STREAM", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
    "WATCHDOG_USEC", "WATCHDOG_PID", "SYSTEMD_EXEC_PID", "RUNTIME_DIRECTORY", "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    // The gateway is on loopback, and a proxy is another host.
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
    // Another gateway than this one.
    "OPENCLAW_GATEWAY_URL",
    // Variables that change the output, or load other code into the client.
    "NODE_OPTIONS", "FORCE_COLOR", "OPENCLAW_DEBUG"};

bool passes_to_client(std::string_view name) {
  return !is_one_of(name, Names(withheld_from_client));
}

// The caller has prepared the whole environment.
bool passes_everything(std::string_view /*name*/) {
  return true;
}

// --- what is fixed

// Of every purpose: we are the supervisor, so a command touches no unit and updates nothing.
constexpr std::array<Variable, 2> always = {{
    {"OPENCLAW_SERVICE_REPAIR_POLICY", "external"},
    {"OPENCLAW_NO_AUTO_UPDATE", "1"},
}};

// OpenClaw's defaults (5 retries, up to 120 s apart) are 75 s of silence without a network (9.6).
constexpr std::array<Variable, 5> of_installer = {{
    {"npm_config_fetch_retries", "2"},
    {"npm_config_fetch_retry_mintimeout", "1000"},
    {"npm_config_fetch_retry_maxtimeout", "10000"},
    {"npm_config_fetch_timeout", "60000"},
    {nullptr, nullptr},
}};

constexpr std::array<Variable, 4> of_client = {{
    {"NO_COLOR", "1"},
    {"CI", "1"},                   // no user can answer a question
    {"OPENCLAW_NO_RESPAWN", "1"},  // one process, which ends when it is told to
    {nullptr, nullptr},
}};

constexpr std::array<Variable, 5> of_doctor = {{
    {"OPENCLAW_SUPERVISOR_MODE", "external"},
    {"OPENCLAW_NO_RESPAWN", "1"},
    {"npm_config_fetch_retries", "0"},  // there is no network to wait for
    {"NO_COLOR", "1"},
    {nullptr, nullptr},
}};

constexpr Variable of_none[] = {{nullptr, nullptr}};

// --- where it begins

// The launcher, which first checks whether the Node is suitable.
constexpr const char* launcher = "openclaw.mjs";
// What a unit starts: the program itself.
constexpr const char* program = "dist/index.js";

}  // namespace

// How long it may be silent is a setting (stall_timeout).
const Purpose installing = {program, false, passes_to_installer, of_installer.data(), 300s, 0s};
// It is time that counts here, not activity: 2026.9.6 keeps trying an absent gateway for over a minute. An
// answer takes 1-3 s of CPU time, on 2026.4.20 2-10 s.
const Purpose asking = {launcher, true, passes_to_client, of_client.data(), 60s, 60s};
// A cold start of the command line takes 4 s, on a busy small machine 20.
const Purpose validating = {launcher, true, passes_everything, of_none, 120s, 0s};
// It imports every session, and may have gigabytes of them.
const Purpose migrating = {program, false, passes_everything, of_doctor.data(), 5min, 30min};

base::Environment environment_for(const Purpose& purpose, const base::Environment& inherited,
                                  const base::Environment& added) {
  base::Environment result;
  for (const auto& [name, value] : inherited) {
    if (purpose.passes(name)) result.emplace(name, value);
  }
  for (const auto& [name, value] : added) result[name] = value;
  for (const Variable& variable : always) result[variable.name] = variable.value;
  for (const Variable* variable = purpose.fixed; variable->name != nullptr; ++variable) {
    result[variable->name] = variable->value;
  }
  return result;
}

}  // namespace command
