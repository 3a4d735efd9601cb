// SPDX-License-Identifier: MIT
#include "tools/changes_line.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace tools {
namespace {

using nlohmann::json;
using openclaw::Version;
using openclaw::VersionSpan;

std::string line_with(const json& changes, std::string_view options) {
  const std::uint64_t entries = base::as_unsigned(base::member(changes, "entries")).value_or(0);
  const std::vector<std::string> versions = base::texts_at(changes, "versions");
  if (entries == 0 || versions.empty()) return {};
  const std::string whose =
      versions.size() == 1 ? versions.front() : base::count(versions.size(), "version", "versions");
  return base::concat({base::text_at(changes, "from"), " -> ", base::text_at(changes, "to"), ": ",
                       base::count(entries, "entry", "entries"), " for ", whose,
                       "; openclaw-update changelog", options, " shows them"});
}

}  // namespace

json changes_json(const std::vector<release::Release>& releases, const std::optional<VersionSpan>& span) {
  if (!span || !span->after) return nullptr;
  std::uint64_t entries = 0;
  json versions = json::array();
  for (const auto& section : release::changes_in(releases, *span)) {
    entries += section.entries();
    versions.push_back(section.version.text());
  }
  if (versions.empty()) return nullptr;
  return {{"from", span->after->text()},
          {"to", span->until.text()},
          {"entries", entries},
          {"versions", std::move(versions)}};
}

json changes_json(const std::vector<release::Release>& releases, const std::string& from,
                  const std::string& to) {
  const auto after = Version::parse(from);
  const auto until = Version::parse(to);
  if (!after || !until) return nullptr;
  return changes_json(releases, VersionSpan{after, *until});
}

std::string changes_line(const json& changes) {
  return line_with(changes, "");
}

std::string changes_line_of_versions(const json& changes) {
  return line_with(changes, base::concat({" --from ", base::text_at(changes, "from"), " --to ",
                                          base::text_at(changes, "to")}));
}

}  // namespace tools
