// SPDX-License-Identifier: MIT
#include "stage/manifest.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/file.hpp"

namespace stage {
namespace {

using nlohmann::json;
using openclaw::Completeness;

constexpr const char* exact_file = "package.json";
constexpr const char* retained_file = ".openclaw-runtime-deps.json";

const char* file_of(Completeness completeness) {
  return completeness == Completeness::exact_manifest ? exact_file : retained_file;
}

json content_of(Completeness completeness, const openclaw::Dependencies& dependencies) {
  if (completeness == Completeness::exact_manifest) {
    return {{"name", "openclaw-runtime-deps-install"}, {"private", true}, {"dependencies", dependencies}};
  }
  json specs = json::array();
  for (const auto& [name, range] : dependencies) specs.push_back(name + "@" + range);
  return {{"specs", specs}};
}

}  // namespace

bool manifest_is_right(int root_fd, Completeness completeness, const openclaw::Dependencies& dependencies) {
  if (completeness == Completeness::entry_files) return true;
  const auto text = fs::read_file(root_fd, file_of(completeness));
  if (!text) return false;
  const auto found = base::parse_json(*text, file_of(completeness));
  return found && *found == content_of(completeness, dependencies);
}

base::Result<void> write_manifest(int root_fd, Completeness completeness,
                                  const openclaw::Dependencies& dependencies) {
  if (completeness == Completeness::entry_files) return {};
  return fs::write_file_durably(root_fd, file_of(completeness),
                                content_of(completeness, dependencies).dump(2) + "\n");
}

}  // namespace stage
