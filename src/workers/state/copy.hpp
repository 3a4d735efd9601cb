// SPDX-License-Identifier: MIT
// A state of its own for a release that is tried: "home" and "state" in a work folder, with copies of what
// the gateway has. The release is told the path of no live file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/environment.hpp"
#include "base/redaction.hpp"
#include "base/result.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/gateway_environment.hpp"
#include "workers/state/answers.hpp"
#include "workers/state/what_belongs.hpp"

namespace workers::state {

// The two folders, empty.
[[nodiscard]] base::Result<void> make_copy(int work_fd);

// The config with what it includes, all at the same places relative to each other. Links are followed: what
// the administrator's link leads to is what the gateway reads. What it includes by an absolute path is the
// one thing that the release reads where it is. Answers the OPENCLAW_INCLUDE_ROOTS with which it may.
//
// nullptr: a config that cannot be read, copied by itself for the release to judge.
[[nodiscard]] base::Result<std::vector<std::string>> copy_config(const Place& place,
                                                                 const openclaw::IncludedConfig* config,
                                                                 int work_fd, const std::string& work);
// Where the copy in `work` is.
[[nodiscard]] Place copy_of(const Place& place, const std::string& work,
                            std::vector<std::string> include_roots);
// .env and the like; their values are added to `redaction`.
[[nodiscard]] base::Result<void> copy_environment_files(const Roots& roots, int work_fd,
                                                        base::Redaction& redaction);

enum class PluginParts : std::uint8_t {
  manifests,  // without their dependencies: enough for the config to be judged
  whole,      // with them, and with the link to the core that is `package`
};
// Of a plugin that is removed meanwhile, or that cannot be read, nothing: the release says what it misses.
[[nodiscard]] base::Result<void> copy_plugins(const Place& place, const Roots& roots,
                                              const std::string& package, int work_fd, PluginParts parts);

// All else that a snapshot would have: databases, and the files that a release moves into them. Answers what
// could not be copied, for an operator; a full disk is an error.
[[nodiscard]] base::Result<std::vector<std::string>> copy_belongings(const Place& place, const Roots& roots,
                                                                     int work_fd, Transcripts transcripts);

// Without what only the gateway's own unit and its systemd mean, and without the folders of staged plugins.
// What a file of OpenClaw's would set again stays, empty.
void hide_service_variables(const openclaw::GatewayEnvironment& environment, base::Environment& variables);

// What the gateway's environment becomes for a release that works on a copy. It has the variables of all
// environment files, since not all of them are in the copy, and no copied one can lead it to the live state.
[[nodiscard]] base::Environment environment_of_copy(const openclaw::GatewayEnvironment& environment,
                                                    const Place& copy);

}  // namespace workers::state
