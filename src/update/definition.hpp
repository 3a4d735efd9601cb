// How the gateway's unit is defined, kept byte for byte before an update and put back when the update lost it
// (#90930: an updater removed the unit file; #66248, #76860: EnvironmentFile lines and secrets lost).
//
// Copies lie in the transaction's folder (root's, 0700): a unit file may hold a secret. Of environment files
// only the path and the names of their keys are known, never a value.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "systemd/bus.hpp"

namespace update {

// Copies the unit's files into `folder_fd`/definition/ with an index; does nothing where the index is already
// there.
[[nodiscard]] base::Result<void> keep_definition(int folder_fd, const systemd::ServiceStatus& unit);

// What differs now from what was kept: paths that changed, are gone, or were added as drop-ins. Nothing was
// kept: no differences.
[[nodiscard]] base::Result<std::vector<std::string>> changed_definition(int folder_fd,
                                                                        const systemd::ServiceStatus& unit);

// Puts every kept file back as it was, with its mode, durably; a drop-in that was added since goes to
// `folder_fd`/set-aside/. Answers the paths. The caller reloads the manager.
[[nodiscard]] base::Result<std::vector<std::string>> restore_definition(int folder_fd,
                                                                        const systemd::ServiceStatus& unit);

// Names of all keys that the definition sets: Environment= and, as far as root may read them, environment
// files.
[[nodiscard]] std::vector<std::string> environment_keys_of(const systemd::ServiceDefinition& definition);
// Names of the keys of an environment file's text (systemd.exec(5)).
[[nodiscard]] std::vector<std::string> environment_file_keys(std::string_view text);

}  // namespace update
