// SPDX-License-Identifier: MIT
#include "openclaw/locate.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "openclaw/launch.hpp"
#include "openclaw/package.hpp"

namespace openclaw {
namespace {

constexpr const char* managed = "/var/lib/openclaw-update/current";
constexpr std::array<std::string_view, 4> of_the_machine{
    "/usr/lib/node_modules/openclaw", "/usr/local/lib/node_modules/openclaw", "/opt/openclaw", "/app"};
constexpr std::array<std::string_view, 4> of_the_home{
    ".local/lib/node_modules/openclaw", ".npm-global/lib/node_modules/openclaw",
    ".openclaw/lib/node_modules/openclaw", ".local/share/pnpm/global/5/node_modules/openclaw"};

bool is_there(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0;
}

class Search {
 public:
  Search(const Locations& locations, const std::string& prefix)
      : locations_(locations), prefix_(prefix), home_(locations.home) {
    if (home_ == "/") home_.clear();
  }

  base::Result<Located> run() {
    const bool found =
        holds(managed) ||
        (!locations_.npm_prefix.empty() && holds(locations_.npm_prefix + "/lib/node_modules/openclaw")) ||
        leads_on_path() || any_of(of_the_machine, "") || any_of(of_the_home, home_ + "/") || leads_in_home();
    // The next package on the machine may be another version.
    if (unknown_) return base::pass(std::move(*unknown_));
    if (found) return std::move(located_);
    return base::fail(
        base::ErrorKind::not_found,
        base::concat({"no OpenClaw package found; looked for ", base::join(tried_, ", "),
                      "; name its folder with --package-root, or package-root= in [gateway] of ",
                      "/etc/openclaw/helpers.ini"}));
  }

 private:
  bool holds(const std::string& place) {
    const std::string root = prefix_ + place;
    const base::Result<Package> package = read_package(root);
    located_.looked_at.push_back(root);
    located_.root = root;
    if (!package && !unknown_ && !fs::is_answer(package.error())) unknown_ = package.error();
    // A folder that is there and cannot be used deserves its reason; the others only their name.
    if (!package) tried_.push_back(is_there(root) ? root + " (" + package.error().message + ")" : root);
    return package.has_value();
  }

  bool any_of(std::span<const std::string_view> places, const std::string& folder) {
    return std::ranges::any_of(places, [&](std::string_view place) {
      return holds(base::concat({folder, place}));
    });
  }

  bool leads_on_path() {
    std::vector<std::string> folders;
    for (const std::string& folder : base::split(locations_.search_path, ':')) {
      if (folder.starts_with('/')) folders.push_back(prefix_ + folder);
    }
    for (const std::string& folder : folders) {
      located_.looked_at.push_back(folder + "/openclaw");
      if (::access(located_.looked_at.back().c_str(), X_OK) == 0) break;
    }
    return !folders.empty() && leads("openclaw on PATH", {base::join(folders, ":"), "", ""});
  }

  // Where a login shell's PATH would have it: version managers put that into its profile.
  bool leads_in_home() {
    return !home_.empty() && leads("openclaw in " + home_, {"/nowhere", prefix_ + home_, ""});
  }

  bool leads(const std::string& what, const LaunchSite& site) {
    auto launch = find_launch(read_launch_command({"openclaw", "gateway"}), site);
    if (!launch) {
      tried_.push_back(base::concat({what, " (", launch.error().message, ")"}));
      return false;
    }
    located_.root = std::move(launch->package_root);
    located_.looked_at.push_back(located_.root);
    return true;
  }

  const Locations& locations_;
  const std::string& prefix_;
  std::string home_;
  Located located_;
  std::optional<base::Error> unknown_;
  std::vector<std::string> tried_;
};

}  // namespace

base::Result<Located> locate_package(const Locations& locations, const std::string& prefix) {
  return Search(locations, prefix).run();
}

}  // namespace openclaw
