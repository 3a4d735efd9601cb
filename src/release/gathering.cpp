// SPDX-License-Identifier: MIT
#include "release/gathering.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"

namespace release {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

// 2026.9.6 has some 700 packages in six levels.
constexpr std::size_t most_parts = 20'000;
constexpr std::size_t deepest = 32;
constexpr std::string_view modules = "node_modules";

// What becomes a folder, also of the old names with capitals that npm has no more.
bool is_segment(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-~";
  return !text.empty() && text.front() != '.' && text != modules &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}
bool is_name(std::string_view name) {
  if (!name.starts_with('@')) return is_segment(name);
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos && is_segment(name.substr(1, slash - 1)) &&
         is_segment(name.substr(slash + 1));
}

struct Package {
  std::string folder;
  struct stat status = {};
  struct Dependency {
    std::string name;
    bool required = false;
  };
  std::vector<Dependency> dependencies;
};

void add_names(const json& manifest, const char* key, bool required, std::map<std::string, bool>& names) {
  for (const auto& [name, range] : base::as_object(base::member(manifest, key)).items()) {
    if (is_name(name)) names[name] = required;
  }
}

// By O_PATH: whatever a link leads to is not opened for that.
Result<base::UniqueFd> find(const std::string& folder, struct stat& status) {
  base::UniqueFd found(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!found) return fs::fail_at(errno, "open directory", folder);
  if (::fstat(found.get(), &status) != 0) return fs::fail_at(errno, "stat", folder);
  return found;
}

tl::unexpected<base::Error> refuse_changed(const std::string& folder) {
  return base::fail(ErrorKind::refused,
                    "cannot seal " + fs::shown(folder) +
                        ": it changed while it was copied; stop the process that writes to it "
                        "first");
}

bool is_same(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// What belongs to somebody else is not read: its user may have led us to any file of that name, and what is
// found wrong with it would be told.
Result<Package> read(const std::string& folder, const struct stat& root) {
  Package package{folder, {}, {}};
  const auto directory = find(folder, package.status);
  if (!directory) return base::pass(directory.error());
  if (package.status.st_uid != root.st_uid) {
    return base::fail(ErrorKind::refused, fs::shown(folder) + " belongs to another user than the package");
  }
  struct stat file = {};
  if (::fstatat(directory->get(), "package.json", &file, AT_SYMLINK_NOFOLLOW) == 0 &&
      file.st_uid != package.status.st_uid && (file.st_mode & S_IROTH) == 0) {
    return base::fail(ErrorKind::refused,
                      fs::shown(folder + "/package.json") +
                          " belongs to another user than the package and is not readable by "
                          "all users");
  }
  const auto text = fs::read_file(directory->get(), "package.json");
  if (!text) return base::pass(text.error(), folder);
  const auto manifest = base::parse_json(*text, folder + "/package.json");
  if (!manifest) return base::pass(manifest.error());
  // npm lists an optional one under both keys and may leave it out; a peer may be the one who asks.
  std::map<std::string, bool> names;
  add_names(*manifest, "peerDependencies", false, names);
  add_names(*manifest, "dependencies", true, names);
  add_names(*manifest, "optionalDependencies", false, names);
  for (const auto& [name, required] : names) package.dependencies.push_back({name, required});
  return package;
}

// Nothing where it leads to nothing.
Result<std::optional<std::string>> real_path_of(const std::string& path) {
  std::array<char, PATH_MAX> real{};
  if (::realpath(path.c_str(), real.data()) != nullptr) return std::string(real.data());
  auto failure = fs::fail_at(errno, "resolve", path);
  if (fs::is_answer(failure.value())) return std::nullopt;
  return failure;
}

// As Node looks: in each folder above that is not itself one of modules, to the top. An error of the disk is
// not passed over: another copy, or none, would be taken for the one that Node finds.
Result<std::optional<std::string>> resolve(const std::string& from, const std::string& name) {
  for (std::string folder = from; !folder.empty(); folder.resize(folder.rfind('/'))) {
    if (folder.ends_with("/node_modules")) continue;
    const std::string candidate = base::concat({folder, "/node_modules/", name});
    const auto manifest = real_path_of(candidate + "/package.json");
    if (!manifest) return manifest;
    if (!*manifest) continue;
    auto real = real_path_of(candidate);
    if (!real || *real) return real;
  }
  return std::nullopt;
}

// One place in the tree that is made.
struct Nested {
  std::string path;
  const Package* package = nullptr;
  Nested* above = nullptr;
  std::size_t depth = 0;
  std::map<std::string, std::unique_ptr<Nested>, std::less<>> below;
};

class Gathering {
 public:
  explicit Gathering(const struct stat& root) : root_(root) {}

  Result<std::vector<Part>> gather(const std::string& root) {
    struct stat now = {};
    if (const auto found = find(root, now); !found) return base::pass(found.error());
    if (!is_same(now, root_)) return refuse_changed(root);
    auto package = know(root);
    if (!package) return base::pass(package.error());
    top_.package = *package;
    add_part(top_);
    // All that one package wants is in its place before anything below it is looked at: what comes into a
    // folder then conflicts with nothing.
    for (std::deque<Nested*> waiting{&top_}; !waiting.empty(); waiting.pop_front()) {
      if (auto placed = place_dependencies(*waiting.front(), waiting); !placed)
        return base::pass(placed.error());
    }
    return std::move(parts_);
  }

 private:
  Result<const Package*> know(const std::string& folder) {
    if (const auto known = packages_.find(folder); known != packages_.end()) return known->second.get();
    auto package = read(folder, root_);
    if (!package) return base::pass(package.error());
    return packages_.emplace(folder, std::make_unique<Package>(std::move(*package))).first->second.get();
  }

  Result<void> place_dependencies(Nested& place, std::deque<Nested*>& waiting) {
    for (const auto& dependency : place.package->dependencies) {
      const auto resolved = resolve(place.package->folder, dependency.name);
      if (!resolved) return base::pass(resolved.error());
      const std::optional<std::string>& folder = *resolved;
      if (!folder && !dependency.required) continue;
      if (!folder) {
        return base::fail(ErrorKind::integrity, base::concat({place.package->folder, " requires ",
                                                              dependency.name, ", which is missing"}));
      }
      if (*folder == top_.package->folder) continue;  // a package that requires OpenClaw is in it
      const auto package = know(*folder);
      if (!package) return base::pass(package.error());
      if (auto placed = put(place, dependency.name, **package, waiting); !placed) return placed;
    }
    return {};
  }

  Result<void> put(Nested& place, const std::string& name, const Package& package,
                   std::deque<Nested*>& waiting) {
    Nested* where = &top_;
    for (Nested* seen = &place; seen != nullptr; seen = seen->above) {
      const auto there = seen->below.find(name);
      if (there == seen->below.end()) continue;
      if (there->second->package == &package) return {};
      where = &place;  // another one of that name would be found first
      break;
    }
    if (parts_.size() >= most_parts || where->depth >= deepest) {
      return base::fail(ErrorKind::refused, "it has more dependencies than any OpenClaw");
    }
    auto made = std::make_unique<Nested>();
    made->path = base::concat({where->path, where->path.empty() ? "" : "/", modules, "/", name});
    made->package = &package;
    made->above = where;
    made->depth = where->depth + 1;
    add_part(*made);
    waiting.push_back(made.get());
    where->below.emplace(name, std::move(made));
    return {};
  }

  void add_part(const Nested& place) {
    const Package& package = *place.package;
    parts_.push_back({place.path, package.folder, package.status.st_dev, package.status.st_ino});
  }

  std::map<std::string, std::unique_ptr<Package>> packages_;
  struct stat root_ = {};
  Nested top_;
  std::vector<Part> parts_;
};

}  // namespace

Result<base::UniqueFd> open_part(const Part& part) {
  struct stat status = {};
  auto folder = find(part.folder, status);
  if (folder && (status.st_dev != part.device || status.st_ino != part.inode))
    return refuse_changed(part.folder);
  return folder;
}

Result<std::vector<Part>> gather_package(const std::string& package_root, int package_fd) {
  struct stat root = {};
  if (::fstat(package_fd, &root) != 0) return fs::fail_at(errno, "stat", package_root);
  return Gathering(root).gather(package_root);
}

}  // namespace release
