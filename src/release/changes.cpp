// SPDX-License-Identifier: MIT
#include "release/changes.hpp"

#include <algorithm>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/file.hpp"

namespace release {
namespace {

using openclaw::ChangelogSection;
using openclaw::Version;
using openclaw::VersionSpan;

std::optional<Version> version_of(const Release& release) {
  return Version::parse(release.description.version);
}

std::optional<Version> version_named(const std::vector<Release>& releases, const std::string& name) {
  const auto found = std::find_if(releases.begin(), releases.end(),
                                  [&](const Release& release) { return release.name == name; });
  return found == releases.end() ? std::nullopt : version_of(*found);
}

std::vector<ChangelogSection> sections_in(const Release& release, const VersionSpan& span) {
  const auto folder = fs::open_directory(release.path);
  if (!folder) return {};
  const auto text = fs::read_file(folder->get(), openclaw::changelog_file, openclaw::longest_changelog);
  return text ? openclaw::changelog_sections(*text, span) : std::vector<ChangelogSection>();
}

// Newest first, and of one version the one that was made last.
std::vector<const Release*> releases_in(const std::vector<Release>& releases, const VersionSpan& span) {
  std::vector<std::pair<Version, const Release*>> found;
  for (const Release& release : releases) {
    auto version = version_of(release);
    if (!version || *version > span.until) continue;
    if (span.after ? *version > *span.after : *version == span.until)
      found.emplace_back(std::move(*version), &release);
  }
  std::reverse(found.begin(), found.end());
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& one, const auto& other) { return one.first > other.first; });
  std::vector<const Release*> sorted;
  sorted.reserve(found.size());
  for (const auto& [version, release] : found) sorted.push_back(release);
  return sorted;
}

bool has_section(const std::vector<ChangelogSection>& sections, const Version& version) {
  return std::any_of(sections.begin(), sections.end(),
                     [&](const ChangelogSection& section) { return section.version == version; });
}

}  // namespace

std::vector<ChangelogSection> changes_in(const std::vector<Release>& releases, const VersionSpan& span) {
  std::vector<ChangelogSection> all;
  for (const Release* const release : releases_in(releases, span)) {
    for (ChangelogSection& section : sections_in(*release, span)) {
      if (!has_section(all, section.version)) all.push_back(std::move(section));
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const ChangelogSection& one, const ChangelogSection& other) {
    return one.version > other.version;
  });
  return all;
}

VersionSpan span_up_to(const Version& until, const std::vector<Release>& releases, const std::string& current,
                       const std::string& previous) {
  for (const std::string& name : {current, previous}) {
    auto version = version_named(releases, name);
    if (version && *version < until) return {std::move(version), until};
  }
  return {std::nullopt, until};
}

std::optional<VersionSpan> latest_span(const std::vector<Release>& releases, const std::string& current,
                                       const std::string& previous) {
  std::optional<Version> newest;
  for (const Release& release : releases) {
    auto version = version_of(release);
    if (version && (!newest || *newest < *version)) newest = std::move(version);
  }
  if (!newest) return std::nullopt;
  return span_up_to(*newest, releases, current, previous);
}

}  // namespace release
