// SPDX-License-Identifier: MIT
#include "tools/entrypoint_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/scope.hpp"
#include "config/values.hpp"
#include "openclaw/locations.hpp"
#include "tools/arguments.hpp"

namespace tools {
namespace {

using base::Result;

constexpr std::array<std::string_view, 2> guard_flags = {"--guard-state", "--migrate"};
constexpr std::array<std::string_view, 2> guard_options = {"--state-policy", "--guard-wait"};

// A time, or 0: not at all.
Result<std::chrono::seconds> parse_guard_wait(std::string_view text) {
  if (text == "0" || text == "0s") return std::chrono::seconds{0};
  return config::parse_wait(text);
}

bool is_guard_flag(std::string_view word) {
  return std::find(guard_flags.begin(), guard_flags.end(), word) != guard_flags.end();
}

bool is_guard_option(std::string_view word) {
  return std::find(guard_options.begin(), guard_options.end(), word) != guard_options.end();
}

// "--guard-wait=30s"
bool is_guard_option_with_value(std::string_view word) {
  return is_guard_option(word.substr(0, word.find('='))) && word.find('=') != std::string_view::npos;
}

}  // namespace

void define_entrypoint(CLI::App& app, EntrypointOptions& options) {
  app.add_option(
         "--policy", options.policy,
         "If some dependencies cannot be staged: start without them (degrade), or do not start (fail)")
      ->check(CLI::IsMember({"degrade", "fail"}));
  app.add_flag("--verbose,-v", options.verbose, "Print a message even if there is nothing to do");
  app.add_flag("--guard-state", options.guard_state,
               "In a container: take a snapshot of config and databases before another version of OpenClaw "
               "starts on them, and restore it for an older one");
  app.add_flag(
      "--migrate", options.migrate,
      "With --guard-state: run 'openclaw doctor --fix' after that snapshot, unless an older version of "
      "OpenClaw starts");
  app.add_option("--state-policy", options.state_policy,
                 "What to do if an older version cannot read the databases: auto, keep, restore or refuse")
      ->type_name("POLICY")
      ->check(value_of(config::parse_state_rule));
  app.add_option_function<std::string>(
         "--guard-wait",
         [&options](const std::string& text) {
           options.guard_wait = parse_guard_wait(text).value_or(options.guard_wait);
         },
         "How long to wait for another container to release the volume (default: 30s)")
      ->type_name("TIME")
      ->check(value_of(parse_guard_wait));
  add_location_options(app, options.line);
  app.add_option("command", options.command, "After \"--\": the command to execute after staging")
      ->type_name("CMD...");
  app.positionals_at_end();
}

Result<void> require_consistent(const EntrypointOptions& options) {
  if (options.guard_state && options.command.empty()) {
    return base::fail(
        base::ErrorKind::usage,
        "--guard-state needs a command after \"--\": the volume is guarded while the command runs");
  }
  if (options.migrate && !options.guard_state) {
    return base::fail(base::ErrorKind::usage,
                      "--migrate needs --guard-state, which takes the snapshot before it");
  }
  return {};
}

openclaw::GatewayEnvironment gateway_environment_of(const EntrypointOptions& options) {
  // Of the command it knows what it is to become.
  base::Environment environment = environment_of(options.line, base::current_environment());
  openclaw::apply_profile(profile_of(options.line, options.command), environment);
  return openclaw::gateway_environment(environment, openclaw::resolve_path("."));
}

Result<config::Settings> settings_of(const EntrypointOptions& options, const base::Environment& environment) {
  auto settings = config::load_settings(scope_of(options.line, environment), options.line.gateway);
  if (!settings) return base::pass(settings.error());
  if (!options.policy.empty()) {
    settings->stage.policy =
        options.policy == "fail" ? config::FailurePolicy::fail : config::FailurePolicy::degrade;
  }
  if (!options.state_policy.empty()) {
    settings->rollback.state =
        config::parse_state_rule(options.state_policy).value_or(settings->rollback.state);
  }
  return settings;
}

std::vector<std::string> without_guard(const std::vector<std::string>& words, std::size_t words_of_command) {
  // What is the command's is not looked at: it may have such an option of its own.
  const std::size_t own = words.size() - std::min(words_of_command, words.size());
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (i < own && (is_guard_flag(word) || is_guard_option_with_value(word))) continue;
    if (i < own && is_guard_option(word)) {
      ++i;
      continue;
    }
    kept.push_back(word);
  }
  return kept;
}

}  // namespace tools
