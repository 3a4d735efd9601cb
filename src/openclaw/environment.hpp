// Where the environment makes OpenClaw look: one place that knows the order of precedence of every variable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"

namespace openclaw {

using base::Environment;

// Trimmed value, or empty.
[[nodiscard]] std::string variable(const Environment& environment, std::string_view name);

// What a shell takes for the name of a variable.
[[nodiscard]] bool is_variable_name(std::string_view name);

// Absolute, without ".", ".." and doubled slashes; links are not looked at. Relative to the working
// directory.
[[nodiscard]] std::string resolve_path(std::string_view path);

// $OPENCLAW_HOME ("~" in it is of $HOME), else $HOME, else the password database.
[[nodiscard]] std::string home_directory(const Environment& environment);
// $OPENCLAW_STATE_DIR, else <home>/.openclaw (else an existing .clawdbot).
[[nodiscard]] std::string state_directory(const Environment& environment);
// $OPENCLAW_CONFIG_PATH, else <state>/openclaw.json (else an existing clawdbot.json).
[[nodiscard]] std::string config_path(const Environment& environment);
// What --profile NAME does to the environment before anything reads it ("dev" for --dev): state, config and
// port of its own, as far as they are not set. An empty name does nothing.
void apply_profile(const std::string& profile, Environment& environment);

// $OPENCLAW_INCLUDE_ROOTS: folders, beside the config's, that its $include may name files of (from
// 2026.4.29). A ':' list; "~" is expanded as OpenClaw does.
[[nodiscard]] std::vector<std::string> include_roots(const Environment& environment);
// First non-empty entry of systemd's $STATE_DIRECTORY list, or empty.
[[nodiscard]] std::string service_state_directory(const Environment& environment);

// Base folders of the external roots of 2026.4.22-4.30 in search order, the last one writable:
// $OPENCLAW_PLUGIN_STAGE_DIR (a ':' list where `layered`, from 2026.4.26) before $STATE_DIRECTORY before the
// state directory, each with /plugin-runtime-deps but the first. "~" is expanded as OpenClaw does.
[[nodiscard]] std::vector<std::string> stage_bases(const Environment& environment, bool layered);

// Name of the root in a base: openclaw-<sanitized version>-<first 12 hex of sha256 of the package root's
// path>. Node resolves links before OpenClaw sees its own path: give the package root with links resolved.
[[nodiscard]] std::string stage_root_name(std::string_view version, const std::string& package_root);

}  // namespace openclaw
