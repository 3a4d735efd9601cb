// SPDX-License-Identifier: MIT
// Where OpenClaw looks: the places that an environment names, seen once. The one file that knows the order of
// precedence of every variable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "openclaw/environment.hpp"

namespace openclaw {

// All paths are absolute, but where it says otherwise.
struct Locations {
  std::string account_home;  // $HOME, else the password database
  std::string home;          // $OPENCLAW_HOME ("~" in it is of the account's home), else that one
  std::string state;         // $OPENCLAW_STATE_DIR, else <home>/.openclaw (else an existing .clawdbot)
  std::string config;  // $OPENCLAW_CONFIG_PATH, else <state>/openclaw.json (else an existing clawdbot.json)
  // $OPENCLAW_INCLUDE_ROOTS: folders, beside the config's, that its $include may name files of (from
  // 2026.4.29). A ':' list; "~" is expanded as OpenClaw does.
  std::vector<std::string> include_roots;
  std::string service_state;    // first non-empty entry of systemd's $STATE_DIRECTORY list, or empty
  std::string stage_directory;  // $OPENCLAW_PLUGIN_STAGE_DIR as it is written, or empty
  std::string npm_prefix;       // $npm_config_prefix, or empty
  std::string search_path;      // $PATH as it is written

  // Where this suite keeps what it stages: the service's state, else OpenClaw's own.
  [[nodiscard]] const std::string& staging_state() const {
    return service_state.empty() ? state : service_state;
  }

  // Base folders of the external roots of 2026.4.22-4.30 in search order, the last one writable:
  // stage_directory (a ':' list where `layered`, from 2026.4.26) before the service's state before
  // OpenClaw's, each with /plugin-runtime-deps but the first. "~" is expanded as OpenClaw does.
  [[nodiscard]] std::vector<std::string> stage_bases(bool layered) const;
};

// Looks which of the former names of state and config are there.
[[nodiscard]] Locations locations_of(const base::Environment& environment);

// Whether locations_of() reads the variable.
[[nodiscard]] bool decides_locations(std::string_view name);

// What --profile NAME does to the environment before anything reads it ("dev" for --dev): state, config and
// port of its own, as far as they are not set. An empty name does nothing.
void apply_profile(const std::string& profile, base::Environment& environment);

}  // namespace openclaw
