// SPDX-License-Identifier: MIT
// Checks the file systems that an adoption and later updates use, before anything begins.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "release/gathering.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// There must be space for a copy of the package in `state_directory`, the updater's: otherwise `refused` with
// both numbers. An update needs space for two more releases, which is only a note, because the update itself
// is refused if there is less. Sizes in bytes.
[[nodiscard]] base::Result<std::string> note_of_room(const std::string& state_directory,
                                                     const std::string& package_root,
                                                     std::uint64_t package_size, std::uint64_t free);

// The size of the files that would be copied: `parts`, or the package's folder.
[[nodiscard]] std::uint64_t size_of_package(int package_fd, const std::vector<release::Part>& parts);

// From the magic number in statfs(2) of the state's folder; empty: it is on a local file system.
[[nodiscard]] std::string note_of_file_system(std::uint64_t magic, const std::string& folder);

// The gateway's state must be accessible at all times. `refused` if it is in a home that is mounted only
// while its user is logged in (eCryptfs, systemd-homed, fscrypt), and is not mounted now; if it is mounted, a
// note is returned.
[[nodiscard]] base::Result<std::string> note_of_login_home(const Installation& found,
                                                           const std::string& state);

// All of these checks.
[[nodiscard]] base::Result<std::vector<std::string>> notes_of_surroundings(const Installation& found,
                                                                           const std::string& gateway_state,
                                                                           const std::string& state_directory,
                                                                           std::uint64_t package_size,
                                                                           std::uint64_t free);

}  // namespace update
