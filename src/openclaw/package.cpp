// SPDX-License-Identifier: MIT
#include "openclaw/package.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/manifest_fields.hpp"

namespace openclaw {
namespace {

using base::ErrorKind;

base::Result<std::string> resolved_root(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  if (::realpath(path.c_str(), buffer.data()) == nullptr) {
    const int number = errno;
    if (number == ENOENT) {
      return base::fail(ErrorKind::not_found, "there is no OpenClaw package at " + path +
                                                  "; name the folder that contains its package.json");
    }
    return base::fail_errno(number, "cannot resolve the package root " + path);
  }
  return std::string(buffer.data());
}

bool is_name_segment(std::string_view segment) {
  constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view rest = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  return !segment.empty() && first.find(segment.front()) != std::string_view::npos &&
         segment.find_first_not_of(rest) == std::string_view::npos;
}

// Until 2026.4.29 wrote the list into its package.json, it was in the code.
struct NamedInCode {
  Version first;
  std::vector<std::string> names;
};
const std::vector<NamedInCode>& names_in_code() {
  static const std::vector<NamedInCode> table = {
      {{2026, 4, 0, -1, "0"}, {}},
      {{2026, 4, 26, -1, "0"}, {"tslog"}},
      {{2026, 4, 27, -1, "0"}, {"semver", "tslog"}},
      {{2026, 4, 29, -1, "0"}, {}},
  };
  return table;
}

// One that is no dependency is an error in OpenClaw; here it is left out, and OpenClaw will say so itself.
std::vector<std::string> mirrored_dependencies(const nlohmann::json& manifest, const Package& package) {
  std::vector<std::string> names =
      base::texts_at(manifest, "openclaw.bundle.mirroredRootRuntimeDependencies");
  if (names.empty()) {
    for (const NamedInCode& row : names_in_code()) {
      if (package.version >= row.first) names = row.names;
    }
  }
  std::erase_if(names, [&](const std::string& name) {
    return !is_package_name(name) || !package.dependencies.contains(name);
  });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

base::Result<Package> read_package(const std::string& root) {
  Package package;
  const base::Result<std::string> resolved = resolved_root(root);
  if (!resolved) return base::pass(resolved.error());
  package.root = *resolved;

  base::Result<base::UniqueFd> directory = fs::open_directory(package.root);
  if (!directory) return base::pass(std::move(directory.error()), "opening the package root " + package.root);
  package.directory = std::move(*directory);

  const std::string file = package.root + "/package.json";
  const base::Result<std::string> text = fs::read_file(package.directory.get(), "package.json");
  if (!text) return base::pass(text.error(), "reading " + file);
  const base::Result<nlohmann::json> manifest = base::parse_json(*text, file);
  if (!manifest) return base::pass(manifest.error());

  if (const std::string name = base::text_at(*manifest, "name"); name != "openclaw") {
    return base::fail(ErrorKind::bad_input, file + " is not that of OpenClaw: its name is \"" +
                                                base::printable(name, 80) +
                                                "\"; give the folder of the openclaw package");
  }
  package.version_text = base::trim(base::text_at(*manifest, "version"));
  const std::optional<Version> version = Version::parse(package.version_text);
  if (!version) {
    return base::fail(ErrorKind::bad_input, file + " has the version \"" +
                                                base::printable(package.version_text, 80) +
                                                "\", which is not a version of OpenClaw (such as 2026.4.29)");
  }
  package.version = *version;
  package.dependencies = all_dependencies(*manifest);
  package.mirrored_dependencies = mirrored_dependencies(*manifest, package);
  package.node_range = base::text_at(*manifest, "engines.node");
  return package;
}

bool is_package_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return is_name_segment(name);
  return name.starts_with('@') && is_name_segment(name.substr(1, slash - 1)) &&
         is_name_segment(name.substr(slash + 1));
}

}  // namespace openclaw
