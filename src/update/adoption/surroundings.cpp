// SPDX-License-Identifier: MIT
#include "update/adoption/surroundings.hpp"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/walk.hpp"
#include "openclaw/locations.hpp"
#include "update/adoption/command.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::Result;

// The same as in the plan of an update: the fetched tree and its sealed copy.
constexpr std::uint64_t update_needs = std::uint64_t{2} * 900 * 1000 * 1000;

// linux/magic.h lacks some of them.
constexpr std::uint64_t cifs_magic = 0xFF534D42, smb2_magic = 0xFE534D42, fuse_magic = 0x65735546,
                        ceph_magic = 0x00C36400, lustre_magic = 0x0BD00BD0;
struct FileSystem {
  std::uint64_t magic;
  std::string_view name;
};
constexpr std::array of_network{FileSystem{NFS_SUPER_MAGIC, "NFS"},  FileSystem{cifs_magic, "SMB"},
                                FileSystem{smb2_magic, "SMB"},       FileSystem{SMB_SUPER_MAGIC, "SMB"},
                                FileSystem{AFS_SUPER_MAGIC, "AFS"},  FileSystem{V9FS_MAGIC, "9P"},
                                FileSystem{ceph_magic, "CephFS"},    FileSystem{lustre_magic, "Lustre"},
                                FileSystem{CODA_SUPER_MAGIC, "Coda"}};

bool exists(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

struct LoginHome {
  std::string_view kind;
  std::string sign;  // the file that shows it
};

// Programs that mount a home at login keep its encrypted part beside it.
std::optional<LoginHome> login_home(const std::string& home, const std::string& user) {
  const std::string beside = home.substr(0, home.rfind('/'));
  const LoginHome kinds[] = {{"eCryptfs", base::concat({beside, "/.ecryptfs/", user})},
                             {"systemd-homed", base::concat({home, ".homedir"})},
                             {"systemd-homed", base::concat({home, ".home"})}};
  for (const LoginHome& kind : kinds) {
    if (exists(kind.sign)) return kind;
  }
  return std::nullopt;
}

class Size final : public fs::Visitor {
 public:
  explicit Size(bool without_modules) : without_modules_(without_modules) {}
  Result<bool> enter(const fs::WalkEntry& entry) override {
    return !without_modules_ || entry.path != "node_modules";
  }
  Result<void> visit(const fs::WalkEntry& entry) override {
    struct stat status = {};
    if (entry.type == DT_REG && ::fstatat(entry.dir_fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      bytes += static_cast<std::uint64_t>(status.st_size);
    }
    return {};
  }
  std::uint64_t bytes = 0;

 private:
  bool without_modules_;
};

std::uint64_t magic_of(const std::string& folder) {
  struct statfs status = {};
  return ::statfs(folder.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.f_type) & 0xFFFFFFFFU : 0;
}

}  // namespace

Result<std::string> note_of_room(const std::string& state_directory, const std::string& package_root,
                                 std::uint64_t package_size, std::uint64_t free) {
  const std::string has = base::concat({state_directory, " has ", base::human_bytes(free), " free"});
  const std::string more = base::concat({"mount a larger file system at ", state_directory});
  if (free < package_size) {
    return refuse({has, ", and the copy of ", package_root, " takes ", base::human_bytes(package_size),
                   "; make room, or ", more, ", then adopt again"});
  }
  if (free - package_size >= update_needs) return std::string();
  return base::concat({has, "; the adopted release takes ", base::human_bytes(package_size),
                       " of this, and an update needs ", base::human_bytes(update_needs),
                       " in addition: make room before the first update, or ", more});
}

std::uint64_t size_of_package(int package_fd, const std::vector<release::Part>& parts) {
  if (parts.empty()) {
    Size size(false);
    static_cast<void>(fs::walk(package_fd, size));
    return size.bytes;
  }
  Size size(true);
  for (const release::Part& part : parts) {
    if (const auto folder = release::open_part(part)) static_cast<void>(fs::walk(folder->get(), size));
  }
  return size.bytes;
}

std::string note_of_file_system(std::uint64_t magic, const std::string& folder) {
  const auto network = std::ranges::find(of_network, magic, &FileSystem::magic);
  constexpr std::string_view unsafe =
      ": SQLite's locks are not safe there, and an update fails while the server is not available; a local "
      "disk is "
      "better, and RequiresMountsFor=";
  if (network != of_network.end()) {
    return base::concat({"the gateway's state, ", folder, ", is on ", network->name, unsafe, folder,
                         " in [Unit] is needed otherwise"});
  }
  if (magic != fuse_magic && magic != ECRYPTFS_SUPER_MAGIC) return {};
  constexpr std::string_view absent =
      ", which may not be mounted, or not be readable for other users, when an update or the next boot needs "
      "it; "
      "ensure "
      "that it is mounted at boot, and set RequiresMountsFor= in [Unit]";
  return base::concat(
      {"the gateway's state, ", folder, ", is on ", magic == fuse_magic ? "FUSE" : "eCryptfs", absent});
}

Result<std::string> note_of_login_home(const Installation& found, const std::string& state) {
  const auto set = found.definition.locations.find("HOME");
  const std::string home = set == found.definition.locations.end() ? found.account_home : set->second;
  if (home.empty() || !is_beneath(home, state)) return std::string();
  const auto mounted = login_home(home, found.definition.user);
  if (!mounted) return std::string();
  const std::string why = base::concat({home, " is mounted by ", mounted->kind, " only while ",
                                        found.definition.user, " is logged in (", mounted->sign, ")"});
  constexpr std::string_view instead =
      "a folder that is always available is StateDirectory= of the unit, with Environment=HOME= set to it";
  if (!exists(state))
    return refuse({why, ", and ", state, " is not available now; log in and adopt again, or, preferably, ",
                   "move the state: ", instead});
  return base::concat({why, ": neither the gateway nor an update works without it; ", instead});
}

Result<std::vector<std::string>> notes_of_surroundings(const Installation& found,
                                                       const std::string& gateway_state,
                                                       const std::string& state_directory,
                                                       std::uint64_t package_size, std::uint64_t free) {
  std::vector<std::string> notes;
  auto room = note_of_room(state_directory, found.package_root, package_size, free);
  if (!room) return base::pass(room.error());
  auto home = note_of_login_home(found, gateway_state);
  if (!home) return base::pass(home.error());
  for (std::string note :
       {std::move(*room), std::move(*home), note_of_file_system(magic_of(gateway_state), gateway_state)}) {
    if (!note.empty()) notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace update
