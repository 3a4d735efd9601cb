// SPDX-License-Identifier: MIT
// How the gateway's unit is defined, kept byte for byte before an update and put back when it was lost
// meanwhile (#90930: an updater removed the unit file; #66248, #76860: EnvironmentFile lines and secrets
// lost).
//
// Only root can write there: an administrator, their configuration management, or an OpenClaw that somebody
// runs as root. Nothing tells these apart, so what they wrote is judged by what it does (stages_switch.cpp).
//
// Copies lie in the transaction's folder (root's, 0700): a unit file may hold a secret. Of environment files
// only the path and the names of their keys are known, never a value.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"

namespace update {

// Copies the unit's files into `folder_fd`/definition/ with an index; does nothing where the index is already
// there.
[[nodiscard]] base::Result<void> keep_definition(int folder_fd, const bus::ServiceStatus& unit);

// Which files of it are put back: those of this unit alone in the administrator's folder. Others belong to
// packages (/usr/lib), to set-property (/etc/systemd/system.control), to what is gone at the next boot
// (/run), or to more units than one (service.d, openclaw-.service.d).
struct UnitFiles {
  std::string unit;  // "openclaw-gateway.service"
  std::string folder = "/etc/systemd/system";
};

struct ChangedFile {
  enum class How { gone, edited, added };
  std::string path;
  How how;
  bool may_be_restored;
};
// What differs now from what was kept. Nothing was kept: no differences.
[[nodiscard]] base::Result<std::vector<ChangedFile>> changed_definition(int folder_fd,
                                                                        const bus::ServiceStatus& unit,
                                                                        const UnitFiles& files);
// The paths, for a person.
[[nodiscard]] std::string paths_of(const std::vector<ChangedFile>& files);

struct RestoredFile {
  std::string path;
  std::string set_aside;  // name of what stood there, in `folder_fd`/set-aside/; empty: nothing did
};
struct Restored {
  std::vector<RestoredFile> files;
  std::vector<std::string> left;  // paths that are not as they were, and are left so; with the reason
};
// Puts the files that may be restored back as they were, with their mode, durably, and takes drop-ins away
// that were added since. Nobody's bytes are lost: what stood there goes to `folder_fd`/set-aside/ first. The
// caller reloads the manager. An error: what was kept cannot be read, or is damaged.
[[nodiscard]] base::Result<Restored> restore_definition(int folder_fd, const bus::ServiceStatus& unit,
                                                        const UnitFiles& files);
// "PATH (what stood there is in FOLDER/set-aside/NAME), PATH", for a person.
[[nodiscard]] std::string describe(const std::vector<RestoredFile>& restored, const std::string& folder);

// Names of all keys that the definition sets: Environment= and, as far as the updater may read them,
// environment files. The shipped one it may not (InaccessiblePaths=), so each file counts as such, too:
// "EnvironmentFile=/etc/openclaw/gateway.env".
[[nodiscard]] std::vector<std::string> environment_keys_of(const bus::ServiceDefinition& definition);

}  // namespace update
