// SPDX-License-Identifier: MIT
// Writes and removes the files of an adoption. The record comes first, then the files that it lists, so adopt
// --undo finds everything after a kill at any time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "release/store.hpp"
#include "update/adoption/accounts.hpp"
#include "update/adoption/adoption.hpp"
#include "update/adoption/home_copy.hpp"
#include "update/workers.hpp"

namespace update {

// <state>/adoption.json.
struct AdoptionRecord {
  struct File {
    std::string path, sha256;
  };
  std::string unit, package_root, release;
  bool complete = false;  // false: the adoption, or its reversal, was interrupted
  std::vector<File> files;
  std::vector<std::string> folders;  // that were created, outer ones first
  std::optional<MovedHome> moved_home = {};
  std::optional<MovedUnit> moved_unit = {};
};
inline constexpr const char* adoption_record_file = "adoption.json";
[[nodiscard]] std::string to_json(const AdoptionRecord& record);
// `integrity` if the record is invalid: nothing is guessed, because the record determines which files are
// removed.
[[nodiscard]] base::Result<AdoptionRecord> adoption_from_json(std::string_view text);
// Nothing if there is no adoption.
[[nodiscard]] base::Result<std::optional<AdoptionRecord>> read_adoption(int state_fd);

struct AdoptionSite {
  int state_fd = -1;  // the updater's state directory; the caller holds its lock
  const release::Store& releases;
  bus::ServiceManager& manager;
  AdoptionPlaces places;
  std::function<void(const std::string& step)> says;  // optional: called when a step is on disk
  Accounts& accounts = system_accounts();
  Workers* workers = nullptr;  // for a user unit, and for questions to the gateway after its move
};

// `refused`, with the name of the obstacle: an adoption, a current release, an unfinished update, or a file
// at one of the planned paths with another content.
[[nodiscard]] base::Result<void> require_adoptable(const AdoptionSite& site,
                                                   const std::vector<TextFile>& files);

// `begun` contains unit, package_root, the sealed release, and moved_home if the gateway ran as root. Writes
// the record, points `current` to the release, copies the home, writes the files, reloads the manager. A
// failure is reverted. `busy` if a unit whose home is copied was started meanwhile. A user unit is then
// switched to the system unit, and `serves` (optional) verifies the gateway as a system unit.
[[nodiscard]] base::Result<AdoptionRecord> apply_adoption(
    const AdoptionSite& site, const AdoptionRecord& begun, const std::vector<TextFile>& files,
    const std::function<base::Result<void>()>& serves = {});

struct UndoneAdoption {
  std::vector<std::string> removed;
  std::vector<std::string> kept;  // changed since they were written: not the adoption's any more
  // The unit still starts `current`, because of a kept file or another one: the record and the links are
  // kept, so the reversal can be repeated when that file is gone.
  bool still_starts_current = false;
  HomeGivenBack home = {};  // for a gateway that ran as root
};

// "not adopted, and no file of it is left": the beginning of the message after a reverted adoption.
[[nodiscard]] std::string not_adopted(const UndoneAdoption& undone);

// Removes the files if they are unchanged, the empty folders that were created for them, and the links,
// because no unit starts the target of `current` any more. Releases are kept. The record is removed last, so
// the function can be called again after a kill. A gateway that ran as root must be stopped
// (require_stopped_for_home), because it gets root's home again.
[[nodiscard]] base::Result<UndoneAdoption> undo_adoption(const AdoptionSite& site, AdoptionRecord record);

// `refused` if the unit is not stopped, and the adoption has moved its home or is about to.
[[nodiscard]] base::Result<void> require_stopped_for_home(const AdoptionSite& site, const std::string& unit,
                                                          const std::optional<MovedHome>& moved);

}  // namespace update
