// SPDX-License-Identifier: MIT
#include "openclaw/era.hpp"

#include <tuple>

#include "base/text.hpp"

namespace openclaw {
namespace {

using enum Delivery;

constexpr PolicyGeneration by_default = PolicyGeneration::by_default_or_enabled;
constexpr PolicyGeneration exact = PolicyGeneration::exact_manifest;

// clang-format off
constexpr Era table[] = {
  {.name = "shipped in the tarball", .first = "0.0.0", .delivery = none,
   .policy = by_default, .completeness = Completeness::entry_files},
  {.name = "plugin folders", .first = "2026.4.15", .delivery = plugin_view,
   .policy = by_default, .completeness = Completeness::entry_files},
  {.name = "external root", .first = "2026.4.22", .delivery = external_root,
   .policy = by_default, .completeness = Completeness::version_ranges,
   .leftovers = {.mirror_links_expected = true}},
  {.name = "external root with a lock", .first = "2026.4.24", .delivery = external_root,
   .policy = by_default, .completeness = Completeness::version_ranges,
   .leftovers = {.dependency_lock = true, .mirror_links_expected = true}},
  {.name = "external root with two locks", .first = "2026.4.25", .delivery = external_root,
   .policy = by_default, .completeness = Completeness::version_ranges,
   .leftovers = {.dependency_lock = true, .mirror_lock = true, .mirror_links_expected = true}},
  {.name = "layered external roots", .first = "2026.4.26", .delivery = external_root,
   .policy = by_default, .completeness = Completeness::version_ranges,
   .leftovers = {.dependency_lock = true, .mirror_lock = true, .mirror_links_expected = true,
                 .layered_bases = true}},
  {.name = "exact manifest", .first = "2026.4.29", .delivery = external_root,
   .policy = exact, .completeness = Completeness::exact_manifest,
   .leftovers = {.dependency_lock = true, .mirror_lock = true, .layered_bases = true}},
  {.name = "flat npm root", .first = "2026.5.2", .delivery = flat_npm_root,
   .policy = exact, .completeness = Completeness::entry_files, .doctor_deletes_stage_dir = true},
  {.name = "plugin projects, doctor deletes", .first = "2026.5.28", .delivery = plugin_projects,
   .policy = exact, .completeness = Completeness::entry_files, .doctor_deletes_stage_dir = true},
  {.name = "plugin projects", .first = "2026.9.2", .delivery = plugin_projects,
   .policy = exact, .completeness = Completeness::entry_files},
};
// clang-format on

// Prereleases and corrections belong to their release: 2026.4.29-beta.1 already had the code of 2026.4.29.
auto release(const Version& version) {
  return std::tuple(version.year, version.month, version.patch);
}

bool is_at_least(const Version& version, std::string_view first) {
  return release(version) >= release(Version::parse(first).value_or(Version{}));
}

}  // namespace

std::span<const Era> eras() {
  return table;
}

const Era& era_of(const Version& version) {
  const Era* found = &table[0];
  for (const Era& era : table) {
    if (is_at_least(version, era.first)) found = &era;
  }
  return *found;
}

std::string notice_of_newer_release(const Version& version) {
  if (release(version) <= release(Version::parse(newest_known).value_or(Version{}))) return "";
  return base::concat({"OpenClaw ", version.text(),
                       " is newer than the releases that this openclaw-systemd knows (up to ", newest_known,
                       "); it is handled as the newest known release"});
}

bool dies_of_unowned_state(const Version& version) {
  return is_at_least(version, "2026.5.12") && !is_at_least(version, "2026.6.12");
}

}  // namespace openclaw
