// SPDX-License-Identifier: MIT
#include "openclaw/presence.hpp"

#include <array>
#include <string_view>

#include "base/json.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/semver.hpp"

namespace openclaw {
namespace {

using base::Result;
using nlohmann::json;

// Packages ship manifests of a few kilobytes; the largest seen is 90 kB.
constexpr std::size_t manifest_limit = std::size_t{4} * 1024 * 1024;

// "./dist/index.js" -> "dist/index.js"; empty when it would lead out of the package.
std::string normalised_entry(std::string entry) {
  while (entry.starts_with("./")) entry.erase(0, 2);
  while (entry.ends_with('/')) entry.pop_back();
  return entry == "." ? std::string() : entry;
}

// Node tries these in turn for a "main".
constexpr std::array<std::string_view, 7> entry_suffixes = {"",          ".js",         ".json",      ".node",
                                                            "/index.js", "/index.json", "/index.node"};

Result<bool> has_entry_file(int modules_fd, const std::string& name, const json& manifest) {
  const std::string entry = normalised_entry(base::text_at(manifest, "main"));
  if (entry.empty()) return true;
  for (const auto suffix : entry_suffixes) {
    const std::string candidate = name + "/" + entry + std::string(suffix);
    const auto status = fs::stat_beneath(modules_fd, candidate);
    if (!status && !fs::is_answer(status.error())) return base::pass(status.error());
    // A folder is only an entry through its index file, which a later suffix names.
    if (status && S_ISREG(status->st_mode)) return true;
  }
  return false;
}

Result<json> read_manifest(int modules_fd, const std::string& package_path) {
  const std::string path = package_path + "/package.json";
  const auto text = fs::read_file(modules_fd, path, manifest_limit);
  if (!text) return base::pass(text.error());
  return base::parse_json(*text, path);
}

Presence unusable(const base::Error& error) {
  return {"", error.message, fs::is_answer(error) ? 0 : error.number};
}

}  // namespace

base::Error error_of(const Presence& unknown) {
  return {base::ErrorKind::system, unknown.unknown, unknown.problem};
}

Presence look_up(int modules_fd, const std::string& name, const std::string& range,
                 Completeness completeness) {
  if (modules_fd < 0) return {"", "not installed"};
  const auto is_there = fs::is_there_beneath(modules_fd, name + "/package.json");
  if (!is_there) return unusable(is_there.error());
  if (!*is_there) return {"", "not installed"};
  if (completeness == Completeness::entry_files) return {};
  const auto manifest = read_manifest(modules_fd, name);
  if (!manifest) return unusable(manifest.error());
  const auto has_entry = has_entry_file(modules_fd, name, *manifest);
  if (!has_entry) return unusable(has_entry.error());
  Presence presence{base::text_at(*manifest, "version"), ""};
  if (presence.version.empty()) {
    presence.problem = "its package.json names no version";
  } else if (!satisfies(presence.version, range).value_or(true)) {
    presence.problem = presence.version + " is not in " + range;
  } else if (!*has_entry) {
    presence.problem = "its entry file " + base::text_at(*manifest, "main") + " is missing";
  }
  return presence;
}

Dependencies allowing(Dependencies dependencies, const std::map<std::string, std::string>& overrides) {
  for (auto& [name, range] : dependencies) {
    if (const auto it = overrides.find(name); it != overrides.end()) range += " || " + it->second;
  }
  return dependencies;
}

std::map<std::string, Presence> look_up_all(int modules_fd, const Dependencies& dependencies,
                                            Completeness completeness) {
  std::map<std::string, Presence> all;
  for (const auto& [name, range] : dependencies)
    all.emplace(name, look_up(modules_fd, name, range, completeness));
  return all;
}

}  // namespace openclaw
