// SPDX-License-Identifier: MIT
// What an adoption writes, and takes away again: its record first, then what the record lists, so that a kill
// at any moment leaves nothing that adopt --undo would not find.
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
  bool complete = false;  // false: it was interrupted, or its undoing was
  std::vector<File> files;
  std::vector<std::string> folders;  // that were not there before, outer ones first
  std::optional<MovedHome> moved_home = {};
  std::optional<MovedUnit> moved_unit = {};
};
inline constexpr const char* adoption_record_file = "adoption.json";
[[nodiscard]] std::string to_json(const AdoptionRecord& record);
// `integrity` when it cannot be used: nothing is guessed, since files would be removed by it.
[[nodiscard]] base::Result<AdoptionRecord> adoption_from_json(std::string_view text);
// Nothing when there is no adoption.
[[nodiscard]] base::Result<std::optional<AdoptionRecord>> read_adoption(int state_fd);

struct AdoptionSite {
  int state_fd = -1;  // the updater's state directory; the caller holds its lock
  const release::Store& releases;
  bus::ServiceManager& manager;
  AdoptionPlaces places;
  std::function<void(const std::string& step)> says;  // optional: called when a step is on the disk
  Accounts& accounts = system_accounts();
  Workers* workers = nullptr;  // for a user's own unit, and what is asked of the gateway that it became
};

// `refused`, naming it, when something is in the way: an adoption, a current release, an update that is not
// finished, or a file at one of the planned places with another content.
[[nodiscard]] base::Result<void> require_adoptable(const AdoptionSite& site,
                                                   const std::vector<TextFile>& files);

// `begun` says unit, package_root and release, which is sealed, and moved_home where the gateway ran as root.
// Writes the record, leads `current` to the release, copies the home, writes the files, reloads the manager.
// What fails half-way is undone. `busy` when a unit whose home is copied was started meanwhile. A user's own
// unit is changed over then, and `serves` (optional) says whether the gateway does as a system unit.
[[nodiscard]] base::Result<AdoptionRecord> apply_adoption(
    const AdoptionSite& site, const AdoptionRecord& begun, const std::vector<TextFile>& files,
    const std::function<base::Result<void>()>& serves = {});

struct UndoneAdoption {
  std::vector<std::string> removed;
  std::vector<std::string> kept;  // changed since they were written: somebody else's now
  // The unit starts `current` all the same, by a kept file or by one of somebody's own: the record and the
  // links stay, so that it can be undone when that is gone.
  bool still_starts_current = false;
  HomeGivenBack home = {};  // of a gateway that ran as root
};

// "not adopted, and nothing of it is left": how an adoption that has been taken back begins to say why.
[[nodiscard]] std::string not_adopted(const UndoneAdoption& undone);

// Removes the files, as far as they are what was written, the folders made for them that are empty, and the
// links: what `current` led to is started by nobody then, and whoever finds it would take it for what runs.
// Releases stay. The record goes last: killed at any moment, it can be called again. A gateway that ran as
// root must be stopped (require_stopped_for_home): its home is root's again.
[[nodiscard]] base::Result<UndoneAdoption> undo_adoption(const AdoptionSite& site, AdoptionRecord record);

// `refused` for a unit that is not stopped, where the adoption has moved its home, or is about to.
[[nodiscard]] base::Result<void> require_stopped_for_home(const AdoptionSite& site, const std::string& unit,
                                                          const std::optional<MovedHome>& moved);

}  // namespace update
