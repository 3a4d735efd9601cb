// SPDX-License-Identifier: MIT
#include "openclaw/installed_plugins.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/version.hpp"

namespace openclaw {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::string_view generation_mark = "__openclaw-generation__g-";
constexpr std::string_view staging_prefix = ".openclaw-install-stage-";

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : "";
}

bool is_generation(std::string_view tail) {
  if (!tail.starts_with(generation_mark)) return false;
  tail.remove_prefix(generation_mark.size());
  constexpr std::size_t hash_length = 16;
  return tail.size() == hash_length && tail.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// ">=2026.5.12-beta.1" -> the version; other forms are passed over, as none has been seen.
std::optional<Version> minimum(std::string_view range) {
  range = base::trim(range);
  if (!range.starts_with(">=")) return std::nullopt;
  return Version::parse(base::trim(range.substr(2)));
}

class Scan {
 public:
  Scan(const std::string& state, int state_fd, Delivery delivery, const std::string& core_root)
      : state_(state),
        state_fd_(state_fd),
        projects_(delivery == Delivery::plugin_projects),
        core_root_(core_root) {}

  Result<std::vector<InstalledPlugin>> run() {
    scan_root("npm", "");
    if (projects_) scan_projects();
    scan_extensions();
    choose_active();
    if (unknown_) return base::pass(std::move(*unknown_));
    return std::move(plugins_);
  }

 private:
  struct Age {
    time_t seconds = 0;
    long nanoseconds = 0;
    auto operator<=>(const Age&) const = default;
  };

  // A plugin that is taken for missing is installed again, over the one that is there: what the disk did not
  // say is not taken for anything.
  void note(const base::Error& error) {
    if (!fs::is_answer(error) && !unknown_) unknown_ = error;
  }

  // A file that is not there, not this user's or no JSON says nothing: OpenClaw passes over such a plugin as
  // well.
  json read_json(const std::string& path) {
    const auto text = fs::read_file(state_fd_, path);
    if (!text) {
      note(text.error());
      return {};
    }
    auto parsed = base::parse_json(*text, path);
    return parsed ? std::move(*parsed) : json();
  }

  std::vector<fs::DirectoryEntry> list(const std::string& path) {
    auto entries = fs::list_directory(state_fd_, path);
    if (entries) return std::move(*entries);
    note(entries.error());
    return {};
  }

  void scan_projects() {
    for (const auto& entry : list("npm/projects")) {
      if (entry.type != fs::DirectoryEntry::Type::directory || entry.name.starts_with(staging_prefix))
        continue;
      scan_root("npm/projects/" + entry.name, entry.name);
    }
  }

  // `project` is empty for the flat root, which may list any number of plugins.
  void scan_root(const std::string& root, std::string_view project) {
    const std::string manifest = root + "/package.json";
    const json listed = read_json(manifest);
    ages_[manifest] = age_of(manifest);
    const json& dependencies = base::member_at(listed, "dependencies");
    if (!dependencies.is_object()) return;
    for (const auto& [name, range] : dependencies.items()) {
      if (!is_package_name(name) || !belongs(name, project) || is_retained(root, name)) continue;
      InstalledPlugin plugin;
      plugin.path = root + "/node_modules/" + name;
      plugin.package = name;
      plugin.manifest = manifest;
      add(std::move(plugin));
    }
  }

  [[nodiscard]] static bool belongs(const std::string& package, std::string_view project) {
    if (project.empty()) return true;
    const std::string own = project_name(package);
    return project == own || (project.starts_with(own) && is_generation(project.substr(own.size())));
  }

  // 9.6 leaves a replaced copy where it is, with a marker, until it collects it. Versions before 5.28 know no
  // markers and load it.
  bool is_retained(const std::string& root, const std::string& package) {
    if (!projects_) return false;
    const auto marker = fs::is_there_beneath(
        state_fd_, root + "/.openclaw-retained-npm-installs/" + project_name(package) + ".json");
    if (!marker) note(marker.error());
    return marker.value_or(false);
  }

  void scan_extensions() {
    for (const auto& entry : list("extensions")) {
      // A link is a plugin under development: its node_modules is its author's.
      if (entry.type != fs::DirectoryEntry::Type::directory) continue;
      InstalledPlugin plugin;
      plugin.path = "extensions/" + entry.name;
      add(std::move(plugin));
    }
  }

  void add(InstalledPlugin plugin) {
    const json package = read_json(plugin.path + "/package.json");
    if (base::texts_at(package, "openclaw.extensions").empty()) return;
    const json described = read_json(plugin.path + "/openclaw.plugin.json");
    plugin.id = base::trim(base::text_at(described, "id"));
    if (plugin.id.empty()) return;
    plugin.channels = base::texts_at(described, "channels");
    plugin.version = base::text_at(package, "version");
    if (plugin.package.empty()) plugin.package = base::text_at(package, "name");
    plugin.required_core = required_core(package);
    if (declares_core(package)) judge_link(plugin);
    plugins_.push_back(std::move(plugin));
  }

  [[nodiscard]] std::string required_core(const json& package) const {
    std::optional<Version> newest = minimum(base::text_at(package, "openclaw.install.minHostVersion"));
    if (projects_) {
      const auto api = minimum(base::text_at(package, "openclaw.compat.pluginApi"));
      if (api && (!newest || *newest < *api)) newest = api;
    }
    return newest ? newest->text() : "";
  }

  [[nodiscard]] bool declares_core(const json& package) const {
    constexpr std::array<const char*, 3> sections = {"peerDependencies", "optionalDependencies",
                                                     "dependencies"};
    // Before 5.28 OpenClaw links for peerDependencies alone.
    const std::size_t count = projects_ ? sections.size() : 1;
    return std::any_of(sections.begin(), sections.begin() + count, [&](const char* section) {
      return !base::text_at(package, std::string(section) + ".openclaw").empty();
    });
  }

  void judge_link(InstalledPlugin& plugin) const {
    const auto status = fs::stat_beneath(state_fd_, plugin.peer_path());
    if (!status) {
      plugin.peer_link = status.error().number == ENOENT ? PeerLink::absent
                         : fs::is_absent(status.error()) ? PeerLink::obstructed
                                                         : PeerLink::unreadable;
      return;
    }
    const std::string link = state_ + "/" + plugin.peer_path();
    std::array<char, PATH_MAX> target{};
    const ssize_t size =
        S_ISLNK(status->st_mode) ? ::readlink(link.c_str(), target.data(), target.size()) : -1;
    if (size < 0) {
      plugin.peer_link = S_ISLNK(status->st_mode) ? PeerLink::unreadable : PeerLink::obstructed;
      return;
    }
    plugin.peer_target.assign(target.data(), static_cast<std::size_t>(size));
    const std::string real = resolved(link);
    plugin.peer_link = real.empty()         ? PeerLink::dangling
                       : real == core_root_ ? PeerLink::right
                                            : PeerLink::other_core;
  }

  Age age_of(const std::string& manifest) {
    const auto status = fs::stat_beneath(state_fd_, manifest);
    if (status) return {status->st_mtim.tv_sec, status->st_mtim.tv_nsec};
    note(status.error());
    return {};
  }

  // Without a record, 9.6 takes the copy whose project was written last.
  void choose_active() {
    std::stable_sort(plugins_.begin(), plugins_.end(),
                     [&](const InstalledPlugin& left, const InstalledPlugin& right) {
                       return std::forward_as_tuple(left.id, ages_[right.manifest]) <
                              std::forward_as_tuple(right.id, ages_[left.manifest]);
                     });
    for (std::size_t i = 1; i < plugins_.size(); ++i)
      plugins_[i].active = plugins_[i].id != plugins_[i - 1].id;
  }

  const std::string& state_;
  int state_fd_;
  bool projects_;
  const std::string& core_root_;
  std::vector<InstalledPlugin> plugins_;
  std::map<std::string, Age> ages_;  // of manifests
  std::optional<base::Error> unknown_;
};

}  // namespace

Result<std::vector<InstalledPlugin>> read_installed_plugins(const std::string& state, Delivery delivery,
                                                            const std::string& core_root) {
  const auto directory = fs::open_directory(state);
  if (!directory && directory.error().kind == base::ErrorKind::not_found)
    return std::vector<InstalledPlugin>{};
  if (!directory)
    return base::pass(directory.error(), "looking for plugins in OpenClaw's state directory " + state);
  auto plugins = Scan(state, directory->get(), delivery, core_root).run();
  if (!plugins)
    return base::pass(plugins.error(), "looking for plugins in OpenClaw's state directory " + state);
  return plugins;
}

// safePathSegmentHashed of OpenClaw's fs-safe.
std::string project_name(std::string_view package) {
  constexpr std::size_t longest = 60, kept = 50, hash_length = 10;
  std::string name;
  for (const char c : base::trim(package)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '.' || c == '_');
    if (plain) name += c;
    if (!plain && !name.ends_with('-')) name += '-';  // a run of others is one '-', and '-' is an other
  }
  if (name.starts_with('-')) name.erase(0, 1);
  if (name.ends_with('-')) name.pop_back();
  if (name == package && name.size() <= longest) return name;
  return name.substr(0, kept) + "-" + base::sha256_hex(package).substr(0, hash_length);
}

}  // namespace openclaw
