// SPDX-License-Identifier: MIT
#include "update/rehearsing.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "base/json.hpp"
#include "base/redaction.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/package.hpp"
#include "update/gateway.hpp"

namespace update {
namespace {

constexpr std::size_t longest_said = 300, most_warnings = 50, most_downtimes = 5;
// An update further back is not relevant for the next one.
constexpr std::size_t most_transactions = 50;
constexpr std::size_t longest_manifest = std::size_t{256} * 1024;
constexpr const char* extensions = "dist/extensions";

// Adds each plugin only once, by whichever stage it was missed first.
void add_missing(PluginMissing plugin, Rehearsal& rehearsal) {
  auto& missing = rehearsal.plugins.missing;
  const bool known = std::any_of(missing.begin(), missing.end(),
                                 [&](const PluginMissing& each) { return each.id == plugin.id; });
  if (!known && missing.size() < contract::most_report_entries) missing.push_back(std::move(plugin));
}

std::vector<std::string> without(const std::vector<std::string>& these,
                                 const std::vector<std::string>& those) {
  const std::set<std::string> other(those.begin(), those.end());
  std::set<std::string> left;
  for (const std::string& each : these) {
    if (!other.contains(each)) left.insert(each);
  }
  return {left.begin(), left.end()};
}

void compare_loaded(const contract::PluginReport& before, const contract::PluginReport& now,
                    PluginsRehearsed& plugins) {
  if (!before.known || !now.known) return;
  plugins.compared = true;
  plugins.added = without(now.loaded, before.loaded);
  plugins.removed = without(before.loaded, now.loaded);
}

// By the name of the folder. The updater itself may read a sealed release, because it belongs to root.
std::map<std::string, std::string> bundled_versions(const std::string& release_path) {
  std::map<std::string, std::string> versions;
  const auto root = fs::open_directory(release_path);
  const auto folders = root ? fs::list_directory(root->get(), extensions) : base::pass(root.error());
  if (!folders) return versions;
  for (const auto& folder : *folders) {
    if (versions.size() >= contract::most_report_entries) break;
    const auto text = fs::read_file(
        root->get(), base::concat({extensions, "/", folder.name, "/package.json"}), longest_manifest);
    if (!text) continue;
    const std::string version = base::as_shown(base::member(base::json_or_null(*text), "version"), 512);
    if (!version.empty()) versions[base::printable(folder.name, longest_said)] = version;
  }
  return versions;
}

// Most of them have the version of their OpenClaw, so that a new version says nothing about the plugin.
void compare_bundled(const release::Release& from, const release::Release& to, PluginsRehearsed& plugins) {
  const auto before = bundled_versions(from.path);
  for (const auto& [id, version] : bundled_versions(to.path)) {
    const auto earlier = before.find(id);
    if (earlier == before.end() || earlier->second == version) continue;
    if (earlier->second == from.description.version && version == to.description.version) continue;
    plugins.changed.push_back({id, earlier->second, version});
  }
}

void look_at_release(const Setup& setup, const release::Release& release, Rehearsal& rehearsal) {
  if (const auto package = openclaw::read_package(release.path)) {
    rehearsal.node.needed = base::printable(package->node_range, longest_said);
  }
  rehearsal.node.path = node_of(setup, release);
  if (const auto found = setup.releases.footprint(release.name)) {
    rehearsal.size.bytes = static_cast<std::int64_t>(found->bytes);
    rehearsal.size.own_bytes = static_cast<std::int64_t>(found->own_bytes);
    rehearsal.size.files = static_cast<std::int64_t>(found->files);
  }
}

std::vector<EarlierDowntime> earlier_downtimes(const Journal& journal) {
  std::vector<EarlierDowntime> found;
  auto ids = journal.transactions();
  if (!ids) return found;
  std::reverse(ids->begin(), ids->end());
  ids->resize(std::min(ids->size(), most_transactions));
  for (const std::string& id : *ids) {
    if (found.size() == most_downtimes) break;
    const auto history = journal.read(id, Members::of_the_record);
    if (!history || history->outcome() != State::updated) continue;
    const Context& context = *history->context();
    if (const auto downtime = downtime_ms(context)) found.push_back({id, context.to.version, *downtime});
  }
  return found;
}

}  // namespace

void note_staging(const contract::ReleaseStaged& answer, Rehearsal& rehearsal) {
  for (const contract::PluginStaged& row : answer.plugins) {
    if (row.status != "failed" && row.status != "missing") continue;
    add_missing({row.id, base::redacted(row.reason, longest_said)}, rehearsal);
  }
}

void note_validation(const contract::ReleaseValidated& answer, Rehearsal& rehearsal) {
  for (const contract::ConfigIssue& warning : answer.config.warnings) {
    if (rehearsal.config_warnings.size() == most_warnings) break;
    const std::string text = base::redacted(warning.message, longest_said);
    if (text.empty()) continue;
    rehearsal.config_warnings.push_back(warning.path.empty() ? text
                                                             : base::concat({warning.path, ": ", text}));
  }
  const contract::DatabaseVerdict& database = answer.database;
  rehearsal.databases.answer = database.status;
  if (database.status == "migrate") {
    rehearsal.databases.moved = {{"state/openclaw.sqlite", database.found, database.target}};
  }
  rehearsal.node.version = answer.node_version;
}

std::vector<SchemaMoved> schemas_moved(const contract::SchemasOfBoot& schemas) {
  std::vector<SchemaMoved> moved;
  for (const auto& [name, version] : schemas.before) {
    const auto now = schemas.after.find(name);
    if (moved.size() >= contract::most_report_entries || now == schemas.after.end()) continue;
    if (now->second == version) continue;
    moved.push_back({base::printable(name, longest_said), version, now->second});
  }
  return moved;
}

void note_canary(const contract::CanaryBooted& told, const contract::GatewayReport& canary,
                 const contract::GatewayReport* before, Rehearsal& rehearsal) {
  compare_loaded(before == nullptr ? contract::PluginReport{} : before->plugins, canary.plugins,
                 rehearsal.plugins);
  for (const contract::PluginFailure& failure : canary.plugins.errors) {
    add_missing({failure.id, failure.error}, rehearsal);
  }
  rehearsal.databases.moved = schemas_moved(told.schemas);
  rehearsal.databases.by_doctor = told.migrated.value_or(false);
  rehearsal.downtime.ready_after_ms = told.ready_after_ms;
  if (rehearsal.databases.by_doctor && told.migration) {
    rehearsal.downtime.migration_ms = told.migration->doctor.took_ms;
  }
}

void look_at_what_would_change(const Setup& setup, Context& context) {
  const auto release = setup.releases.find(context.to.release);
  if (release) look_at_release(setup, *release, context.rehearsal);
  const auto former = setup.releases.find(context.from.release);
  if (release && former) compare_bundled(*former, *release, context.rehearsal.plugins);
  context.rehearsal.downtime.earlier = earlier_downtimes(Journal(setup.state_fd));
}

}  // namespace update
