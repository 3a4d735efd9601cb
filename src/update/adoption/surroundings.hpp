// SPDX-License-Identifier: MIT
// The disks that an adoption and later updates write to and read from: what is wrong with them is said before
// anything begins.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "release/gathering.hpp"
#include "update/adoption/adoption.hpp"

namespace update {

// A copy of the package must find room in `state_directory`, the updater's: `refused` with both numbers. An
// update wants room for two releases more, which is a note: it is refused itself where there is less. Sizes
// in bytes.
[[nodiscard]] base::Result<std::string> note_of_room(const std::string& state_directory,
                                                     const std::string& package_root,
                                                     std::uint64_t package_size, std::uint64_t free);

// Of the files that would be copied: `parts`, or else of the package's folder.
[[nodiscard]] std::uint64_t size_of_package(int package_fd, const std::vector<release::Part>& parts);

// By the magic number that statfs(2) answers for the state's folder; empty: it is on a local disk.
[[nodiscard]] std::string note_of_file_system(std::uint64_t magic, const std::string& folder);

// The gateway's state is in a folder that is there at all times. `refused` for one of a home that is mounted
// only while its user is logged in (eCryptfs, systemd-homed, fscrypt) and is not now; one that is answers a
// note.
[[nodiscard]] base::Result<std::string> note_of_login_home(const Installation& found,
                                                           const std::string& state);

// All of that for what is there now.
[[nodiscard]] base::Result<std::vector<std::string>> notes_of_surroundings(const Installation& found,
                                                                           const std::string& gateway_state,
                                                                           const std::string& state_directory,
                                                                           std::uint64_t package_size,
                                                                           std::uint64_t free);

}  // namespace update
