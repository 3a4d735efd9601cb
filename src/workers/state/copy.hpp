// SPDX-License-Identifier: MIT
// A separate state for a release that is tried: "home" and "state" in a work folder, with copies of the
// gateway's files. The release gets no path of a live file.
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

// Copies the config and the files that it includes, in the same places relative to each other. Links are
// followed, because the gateway reads the file that an administrator's link points to. Only files that are
// included by an absolute path are read in their original place. Returns the OPENCLAW_INCLUDE_ROOTS that
// permits this.
//
// nullptr: a config that cannot be parsed; it is copied alone, for the release to judge.
[[nodiscard]] base::Result<std::vector<std::string>> copy_config(const Place& place,
                                                                 const openclaw::IncludedConfig* config,
                                                                 int work_fd, const std::string& work);
// The locations of the copy in `work`.
[[nodiscard]] Place copy_of(const Place& place, const std::string& work,
                            std::vector<std::string> include_roots);
// .env and similar files; their values are added to `redaction`.
[[nodiscard]] base::Result<void> copy_environment_files(const Roots& roots, int work_fd,
                                                        base::Redaction& redaction);

enum class PluginParts : std::uint8_t {
  manifests,  // without their dependencies: sufficient to validate the config
  whole,      // with dependencies, and with the link to the core, which is `package`
};
// A plugin that is removed in the meantime, or that cannot be read, is omitted: the release reports what it
// misses.
[[nodiscard]] base::Result<void> copy_plugins(const Place& place, const Roots& roots,
                                              const std::string& package, int work_fd, PluginParts parts);

// All else that a snapshot would contain: databases, and the files that a release moves into them. Returns
// what could not be copied, for an operator; a full disk is an error.
[[nodiscard]] base::Result<std::vector<std::string>> copy_belongings(const Place& place, const Roots& roots,
                                                                     int work_fd, Transcripts transcripts);

// Without variables that only the gateway's unit and its systemd use, and without the folders of staged
// plugins. Variables that a file of OpenClaw would set again are set to an empty value.
void hide_service_variables(const openclaw::GatewayEnvironment& environment, base::Environment& variables);

// The gateway's environment, modified for a release that works on a copy. It has the variables of all
// environment files, because not all of them are copied, and no variable that names the live state.
[[nodiscard]] base::Environment environment_of_copy(const openclaw::GatewayEnvironment& environment,
                                                    const Place& copy);

}  // namespace workers::state
