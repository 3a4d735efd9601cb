// SPDX-License-Identifier: MIT
// verify_tree: a whole closure, package by package.
#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/package.hpp"
#include "openclaw/presence.hpp"

namespace openclaw {
namespace {

using base::Result;
using nlohmann::json;

struct Found {
  std::string path;  // relative to the top node_modules: "a", "a/node_modules/b", "@s/c"
  json manifest;
};

// npm nests a handful of levels; a tree deeper than this is no package tree.
constexpr int depth_limit = 32;

class PackageWalk {
 public:
  explicit PackageWalk(int modules_fd) : top_(modules_fd) {}

  Result<void> modules_folder(const std::string& prefix, int depth) {
    if (depth > depth_limit)
      return base::fail(base::ErrorKind::integrity, fs::shown(prefix) + " is nested too deeply");
    const auto names = subfolders(prefix);
    if (!names) return base::pass(names.error());
    for (const auto& name : *names) {
      if (name.starts_with('.')) continue;
      const auto done =
          name.starts_with('@') ? scope(prefix + name + "/", depth) : package(prefix + name, depth);
      if (!done) return done;
    }
    return {};
  }

  std::vector<Found> found;

 private:
  Result<void> scope(const std::string& prefix, int depth) {
    const auto names = subfolders(prefix);
    if (!names) return base::pass(names.error());
    for (const auto& name : *names) {
      if (const auto done = package(prefix + name, depth); !done) return done;
    }
    return {};
  }

  Result<void> package(const std::string& path, int depth) {
    const auto is_package = fs::is_there_beneath(top_, path + "/package.json");
    if (!is_package) return base::pass(is_package.error());
    if (*is_package) {
      const auto text = fs::read_file(top_, path + "/package.json");
      if (!text) return base::pass(text.error());
      auto manifest = base::parse_json(*text, base::printable(path + "/package.json"));
      if (!manifest) return base::pass(manifest.error());
      found.push_back({path, std::move(*manifest)});
    }
    const auto nests = fs::is_there_beneath(top_, path + "/node_modules");
    if (!nests) return base::pass(nests.error());
    if (!*nests) return {};
    return modules_folder(path + "/node_modules/", depth + 1);
  }

  // `prefix` is "" or ends with '/'.
  [[nodiscard]] Result<std::vector<std::string>> subfolders(const std::string& prefix) const {
    const auto entries = fs::list_directory(top_, prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1));
    if (!entries) return base::pass(entries.error());
    std::vector<std::string> names;
    for (const auto& entry : *entries) {
      if (entry.type == fs::DirectoryEntry::Type::directory) names.push_back(entry.name);
    }
    return names;
  }

  int top_;
};

// Where Node looks for `name` from the package at `path`: its own node_modules, then each one above.
Result<bool> resolves_from(int modules_fd, const std::string& path, const std::string& name) {
  std::string folder = path;
  while (true) {
    const auto nested = fs::is_there_beneath(modules_fd, folder + "/node_modules/" + name + "/package.json");
    if (!nested || *nested) return nested;
    const auto up = folder.rfind("/node_modules/");
    if (up == std::string::npos) break;
    folder.resize(up);
  }
  return fs::is_there_beneath(modules_fd, name + "/package.json");
}

Result<void> check_requirements(int modules_fd, const Found& package, std::vector<std::string>& complaints) {
  const auto required = package.manifest.find("dependencies");
  if (required == package.manifest.end() || !required->is_object()) return {};
  const auto optional = package.manifest.find("optionalDependencies");
  for (const auto& [name, range] : required->items()) {
    // npm lists an optional dependency under both keys and may leave it out.
    if (optional != package.manifest.end() && optional->is_object() && optional->contains(name)) continue;
    if (!is_package_name(name)) continue;
    const auto resolves = resolves_from(modules_fd, package.path, name);
    if (!resolves) return base::pass(resolves.error());
    if (!*resolves) {
      complaints.push_back(base::printable(package.path) + " requires " + name +
                           ", which is not in the tree");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> verify_tree(int modules_fd, const Dependencies& dependencies,
                                             std::map<std::string, std::string>& packages) {
  std::vector<std::string> complaints;
  for (const auto& [name, presence] : look_up_all(modules_fd, dependencies, Completeness::version_ranges)) {
    if (presence.unknown != 0) return base::pass(error_of(presence), name);
    if (!presence.usable()) complaints.push_back(name + ": " + presence.problem);
  }
  PackageWalk walk(modules_fd);
  if (const auto walked = walk.modules_folder("", 0); !walked) return base::pass(walked.error());
  for (const auto& package : walk.found) {
    const auto version = package.manifest.find("version");
    packages[package.path] =
        version != package.manifest.end() && version->is_string() ? version->get<std::string>() : "";
    if (const auto checked = check_requirements(modules_fd, package, complaints); !checked)
      return base::pass(checked.error());
  }
  return complaints;
}

}  // namespace openclaw
