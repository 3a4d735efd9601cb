// SPDX-License-Identifier: MIT
// Keeps a byte-for-byte copy of the definition of the gateway's unit before an update, and restores it if it
// was lost during the update (#90930: an updater removed the unit file; #66248, #76860: EnvironmentFile lines
// and secrets lost).
//
// Only root can write these files: an administrator, their configuration management, or an OpenClaw that was
// started as root. These cannot be distinguished, so changes are judged by their effects (stages_switch.cpp).
//
// Copies are in the transaction's folder (of root, 0700), because a unit file may contain a secret. Of
// environment files, only the path and the names of their keys are recorded, never a value.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"

namespace update {

// Copies the unit's files into `folder_fd`/definition/ with an index; does nothing if the index exists.
[[nodiscard]] base::Result<void> keep_definition(int folder_fd, const bus::ServiceStatus& unit);

// Which of the files are restored: those of only this unit in the administrator's folder. Others belong to
// packages (/usr/lib), to set-property (/etc/systemd/system.control), to the current boot (/run), or to
// several units (service.d, openclaw-.service.d).
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
// The differences between now and what was kept; none if nothing was kept. An error if a file could not be
// compared.
[[nodiscard]] base::Result<std::vector<ChangedFile>> changed_definition(int folder_fd,
                                                                        const bus::ServiceStatus& unit,
                                                                        const UnitFiles& files);
// The paths, for an operator.
[[nodiscard]] std::string paths_of(const std::vector<ChangedFile>& files);

struct RestoredFile {
  std::string path;
  std::string set_aside;  // name of the replaced file in `folder_fd`/set-aside/; empty: none
};
struct Restored {
  std::vector<RestoredFile> files;
  std::vector<std::string> left;  // paths that differ and are left so, with the reason
};
// Restores the files for which this is permitted, with their mode, durably, and removes drop-ins that were
// added since. Nothing is lost: replaced files are moved to `folder_fd`/set-aside/ first. The caller reloads
// the manager. An error: the copies cannot be read, or are damaged.
[[nodiscard]] base::Result<Restored> restore_definition(int folder_fd, const bus::ServiceStatus& unit,
                                                        const UnitFiles& files);
// "PATH (the replaced file is in FOLDER/set-aside/NAME), PATH", for an operator.
[[nodiscard]] std::string describe(const std::vector<RestoredFile>& restored, const std::string& folder);

// Names of all keys that the definition sets: Environment= and, as far as the updater may read them,
// environment files. It may not read the shipped one (InaccessiblePaths=), so each file is an entry as well:
// "EnvironmentFile=/etc/openclaw/gateway.env". An error if it is not known what a file contains (EIO,
// EMFILE).
[[nodiscard]] base::Result<std::vector<std::string>> environment_keys_of(
    const bus::ServiceDefinition& definition);

}  // namespace update
