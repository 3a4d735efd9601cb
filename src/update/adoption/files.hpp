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
#include "update/adoption/adoption.hpp"

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
};

// `refused`, naming it, when something is in the way: an adoption, a current release, an update that is not
// finished, or a file at one of the planned places with another content.
[[nodiscard]] base::Result<void> require_adoptable(const AdoptionSite& site,
                                                   const std::vector<TextFile>& files);

// `begun` says unit, package_root and release, which is sealed. Writes the record, leads `current` to the
// release, writes the files, reloads the manager. What fails half-way is undone.
[[nodiscard]] base::Result<AdoptionRecord> apply_adoption(const AdoptionSite& site,
                                                          const AdoptionRecord& begun,
                                                          const std::vector<TextFile>& files);

struct UndoneAdoption {
  std::vector<std::string> removed;
  std::vector<std::string> kept;  // changed since they were written: somebody else's now
  // The unit starts `current` all the same, by a kept file or by one of somebody's own: the record and the
  // links stay, so that it can be undone when that is gone.
  bool still_starts_current = false;
};

// Removes the files, as far as they are what was written, the folders made for them that are empty, and the
// links: what `current` led to is started by nobody then, and whoever finds it would take it for what runs.
// Releases stay. The record goes last: killed at any moment, it can be called again.
[[nodiscard]] base::Result<UndoneAdoption> undo_adoption(const AdoptionSite& site, AdoptionRecord record);

}  // namespace update
