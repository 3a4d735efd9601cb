// SPDX-License-Identifier: MIT
// The environment as the gateway will see it: that of its unit with what OpenClaw adds by itself when it
// starts, from .env files and from the config's "env" section.
//
// A variable that is set already wins, an earlier place wins over a later one (2026.4.15 to 2026.9.6):
//   the unit's environment
//   <working directory>/.env        without names that steer OpenClaw or a program
//   <state>/.env
//   <the config's folder>/.env      where OPENCLAW_CONFIG_PATH is set and OPENCLAW_STATE_DIR is not
//   <home>/.config/openclaw/gateway.env   unless OPENCLAW_STATE_DIR names another state than the home's
//   the config's env and env.vars
// What the login shell would add (env.shellEnv, OPENCLAW_LOAD_SHELL_ENV) is not seen here: it takes the
// user's shell to run.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/locations.hpp"

namespace openclaw {

// Values are the gateway's secrets: only names may leave the process.
struct GatewayEnvironment {
  base::Environment variables;               // all of them
  std::set<std::string, std::less<>> added;  // names that OpenClaw added
  Locations locations;                       // that the variables lead to
  // A file of them that the disk did not answer for (EIO, ESTALE on a home in a network): the state may be
  // elsewhere.
  std::optional<base::Error> unknown = {};

  // Puts a variable over what there is, and looks again where it leads to.
  void set(const std::string& name, const std::string& value);
};

// These variables and no others.
[[nodiscard]] GatewayEnvironment as_given(base::Environment variables);

// Reads as whoever calls: to be called as the gateway's user, links are followed. A file that is not there,
// that cannot be read or is larger than 1 MiB adds nothing, as for OpenClaw; so does a config that cannot be
// read. A place that moves the state (OPENCLAW_STATE_DIR in .env) makes it look again in the new one, and
// then counts for that alone (2026.7.35 and later). An empty `working_directory` is one that is not known.
[[nodiscard]] GatewayEnvironment gateway_environment(const base::Environment& given,
                                                     const std::string& working_directory);

// The same of this process, which has the environment and the working directory of the gateway's unit.
[[nodiscard]] GatewayEnvironment gateway_environment();

}  // namespace openclaw
