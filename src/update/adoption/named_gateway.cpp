// SPDX-License-Identifier: MIT
#include "update/adoption/named_gateway.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/sync.hpp"
#include "update/adoption/obstacles.hpp"
#include "update/adoption/refusal.hpp"
#include "update/gateway_places.hpp"

namespace update {
namespace {

using base::Result;

constexpr std::string_view written_by =
    "# Written by openclaw-update adopt; openclaw-update adopt --undo removes it.\n";
constexpr mode_t for_the_group = 0750;

std::optional<gid_t> number_of(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return static_cast<gid_t>(std::strtoul(std::string(text).c_str(), nullptr, 10));
}

std::optional<gid_t> group_of_user(const std::string& user) {
  std::array<char, 16384> buffer{};
  struct passwd entry = {};
  struct passwd* account = nullptr;
  if (const auto uid = number_of(user)) {
    static_cast<void>(::getpwuid_r(*uid, &entry, buffer.data(), buffer.size(), &account));
  } else {
    static_cast<void>(::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &account));
  }
  return account == nullptr ? std::nullopt : std::optional<gid_t>(account->pw_gid);
}

// Group= of the unit, otherwise the group of its user.
std::optional<gid_t> group_of(const Installation& found) {
  const std::string& group = found.definition.group;
  if (group.empty()) return group_of_user(found.definition.user);
  if (const auto number = number_of(group)) return number;
  std::array<char, 65536> buffer{};
  struct group entry = {};
  struct group* known = nullptr;
  static_cast<void>(::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &known));
  return known == nullptr ? std::nullopt : std::optional<gid_t>(known->gr_gid);
}

// By its path, because only root can replace the folder.
Result<void> make_for_group(const std::string& path, gid_t group) {
  if (::mkdir(path.c_str(), for_the_group) != 0 && errno != EEXIST) {
    return base::fail_errno(errno, "cannot make " + path);
  }
  const auto folder = fs::open_directory(path);
  if (!folder) return base::pass(folder.error());
  if (::fchown(folder->get(), 0, group) != 0 || ::fchmod(folder->get(), for_the_group) != 0) {
    return base::fail_errno(errno, "cannot give " + path + " to the gateway's group");
  }
  if (auto synced = fs::sync_directory(folder->get()); !synced) return synced;
  return fs::sync_parent(path);
}

TextFile link(const std::string& path, const std::string& target) {
  return {path, "", target};
}

}  // namespace

std::string worker_template(std::string_view program, const AdoptionPlaces& places) {
  return base::concat({program, places.gateway.empty() ? "" : "-", places.gateway, "@.service"});
}

std::string unit_of_gateway(std::string_view unit, std::string_view type, const AdoptionPlaces& places) {
  return base::concat({unit, places.gateway.empty() ? "" : "@", places.gateway, type});
}

std::string worker_lines(const AdoptionPlaces& places) {
  const std::string& name = places.gateway;
  // Gateways of the same user need not be protected from each other.
  if (name.empty() || !places.own_user.empty()) return {};
  return base::concat({"RuntimeDirectory=\nRuntimeDirectory=openclaw-workers-", name,
                       "/%p@%i\nCacheDirectory=\nCacheDirectory=openclaw-", name,
                       "\nEnvironment=NODE_COMPILE_CACHE=%C/openclaw-", name,
                       "/compile-cache\nEnvironment=XDG_CACHE_HOME=%C/openclaw-", name, "\n"});
}

std::string gateway_lines(const AdoptionPlaces& places) {
  if (places.gateway.empty()) return {};
  return base::concat({"# For the programs of this suite that the unit runs.\nEnvironment=", gateway_variable,
                       "=", places.gateway, "\n"});
}

std::vector<TextFile> files_of_named_gateway(const Installation& found, const AdoptionPlaces& places,
                                             const std::vector<std::string>& programs) {
  std::vector<TextFile> files;
  const std::string& name = places.gateway;
  if (name.empty()) return files;
  for (const std::string& program : programs) {
    files.push_back(link(base::concat({places.units, "/", worker_template(program, places)}),
                         base::concat({places.templates, "/", program, "@.service"})));
  }
  const bool is_own = !places.own_user.empty();
  const std::string_view wanted_by = is_own ? "default.target" : "multi-user.target";
  for (const std::string_view unit : {"openclaw-update-recover", "openclaw-update-resume"}) {
    files.push_back(link(
        base::concat({places.units, "/", wanted_by, ".wants/", unit_of_gateway(unit, ".service", places)}),
        base::concat({places.shipped, "/", unit, "@.service"})));
  }
  if (is_own) return files;
  const auto group = group_of(found);
  files.push_back({base::concat({places.tmpfiles, "/openclaw-update-", name, ".conf"}),
                   base::concat({written_by, "d ", places.results, " 0750 root ",
                                 std::to_string(group.value_or(0)), " -\n"}),
                   ""});
  // The watchdog writes requests for the workers of this gateway.
  files.push_back(
      {base::concat({places.units, "/openclaw-watchdog.service.d/50-openclaw-update-", name, ".conf"}),
       base::concat({written_by, "\n[Unit]\nAfter=", found.unit, "\n\n[Service]\nReadWritePaths=-",
                     places.state, "/requests\n"}),
       ""});
  return files;
}

Result<void> make_gateway_folders(const Installation& found, const AdoptionPlaces& places) {
  if (places.gateway.empty() || !places.own_user.empty()) return {};
  const auto group = group_of(found);
  if (!group) {
    return refuse({"the group of ", found.unit,
                   " does not exist on this host; set Group= to an existing group, and ",
                   "systemctl daemon-reload"});
  }
  if (auto made = make_for_group(places.state, *group); !made) return made;
  return make_for_group(places.results, *group);
}

void remove_gateway_folders(const AdoptionPlaces& places) {
  if (places.gateway.empty() || !places.own_user.empty()) return;
  static_cast<void>(::rmdir(places.results.c_str()));
}

std::vector<std::string> gateways_of_the_same_group(const Installation& found, const AdoptionPlaces& places) {
  std::vector<std::string> names;
  const auto group = group_of(found);
  if (places.gateway.empty() || !places.own_user.empty() || !group) return names;
  const auto all = all_places(places.updater);
  if (!all) return names;
  for (const GatewayPlaces& other : *all) {
    struct stat status {};
    if (other.name.empty() || other.name == places.gateway) continue;
    if (::stat(other.state.c_str(), &status) == 0 && status.st_gid == *group) names.push_back(other.name);
  }
  return names;
}

}  // namespace update
