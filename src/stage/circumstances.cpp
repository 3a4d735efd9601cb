// SPDX-License-Identifier: MIT
#include "stage/circumstances.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>

#include "base/text.hpp"
#include "config/scope.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/locations.hpp"
#include "stage/closure_observation.hpp"
#include "stage/external_observation.hpp"
#include "stage/record.hpp"

namespace stage {
namespace {

using base::Result;

constexpr const char* record_file = "staged-deps/record";

// Variables that determine where OpenClaw looks. Their values are stored, so only paths are listed, no
// secrets.
constexpr std::array steering_variables = {"OPENCLAW_PLUGIN_STAGE_DIR",
                                           "STATE_DIRECTORY",
                                           "OPENCLAW_STATE_DIR",
                                           "OPENCLAW_HOME",
                                           "HOME",
                                           "OPENCLAW_CONFIG_PATH",
                                           "OPENCLAW_INCLUDE_ROOTS",
                                           "OPENCLAW_BUNDLED_PLUGINS_DIR",
                                           "npm_config_prefix"};

std::string circumstances_of(const Request& request) {
  std::string text = "openclaw-systemd " OPENCLAW_SYSTEMD_VERSION;
  for (const char* name : steering_variables) {
    text += std::string(" ") + name + "=" + openclaw::variable(request.environment.variables, name);
  }
  // Variables such as SLACK_BOT_TOKEN enable a channel by being set. Only their names are stored, because the
  // values are secret.
  text += " variables=";
  for (const auto& [name, value] : request.environment.variables) text += name + ",";
  text += " package-root=" + request.package_root;
  // If the package is not specified, it may be found by means of `openclaw` in PATH.
  const bool named = !request.package_root.empty() || !request.settings.gateway.package_root.empty();
  if (!named) text += " PATH=" + request.environment.locations.search_path;
  text += request.selection.all ? " all" : "";
  for (const auto& id : request.selection.only) text += " plugin=" + id;
  return text;
}

Result<std::set<std::string>> paths_of(const Situation& situation, const Request& request,
                                       const Outcome& outcome) {
  std::set<std::string> paths = {situation.package.root + "/package.json", situation.package.root + "/dist",
                                 situation.package.root + "/dist/extensions",
                                 request.environment.locations.config,
                                 // OpenClaw's installer may have written the first one since then.
                                 openclaw::locations_of(request.environment.variables).config};
  const config::SettingsFiles settings = config::scope_of_unit(request.environment.variables).settings;
  for (const std::string& path : {settings.path, settings.site}) {
    if (path.empty()) continue;
    paths.insert(path);
    paths.insert(path + ".d");
  }
  paths.insert(request.settings.site_files.begin(), request.settings.site_files.end());
  paths.insert(situation.looked_at.begin(), situation.looked_at.end());
  paths.insert(situation.config.files.begin(), situation.config.files.end());
  paths.insert(request.settings.files.begin(), request.settings.files.end());
  const auto watched = situation.target.base.empty()
                           ? watched_external_paths(situation, request)
                           : Result<std::vector<std::string>>(watched_target_paths(situation, outcome));
  if (!watched) return base::pass(watched.error());
  paths.insert(watched->begin(), watched->end());
  return paths;
}

std::string summary_of(const Outcome& outcome) {
  const auto usable = outcome.count(PluginStatus::present) + outcome.count(PluginStatus::staged) +
                      outcome.count(PluginStatus::repaired);
  return outcome.version + ": " + base::count(usable, "plugin", "plugins") + " complete";
}

Result<void> remove_record(int state_fd) {
  const auto parent = fs::open_parent_beneath(state_fd, record_file);
  if (!parent) return base::pass(parent.error());
  if (::unlinkat(parent->fd, parent->name.c_str(), 0) != 0 && errno != ENOENT) {
    return fs::fail_at(errno, "unlink", record_file);
  }
  // Also if it was absent: a run that was killed may have removed it a moment ago.
  return fs::sync_directory(parent->fd);
}

// Of all that the record describes: what npm and OpenClaw's installer have written is in memory at first, as
// are the repairs of this run.
Result<void> sync_what_is_recorded(const Situation& situation, const Request& request) {
  std::set<dev_t> synced;
  for (const std::string& path :
       {situation.state, request.environment.locations.state, situation.target.base}) {
    // What does not exist contains nothing.
    const auto folder = fs::open_directory(path);
    if (!folder && !fs::is_answer(folder.error())) return base::pass(folder.error());
    struct stat status = {};
    if (!folder || ::fstat(folder->get(), &status) != 0 || !synced.insert(status.st_dev).second) continue;
    if (auto done = fs::sync_file_system(folder->get()); !done) return done;
  }
  return {};
}

}  // namespace

bool recall(const Request& request, Outcome& outcome) {
  const std::string path = request.environment.locations.staging_state() + "/" + record_file;
  const auto text = fs::read_trusted_file(path);
  if (!text) return false;
  const auto record = parse_record(*text);
  if (!record || !still_true(*record, circumstances_of(request))) return false;
  const auto colon = record->summary.find(": ");
  outcome.version = record->summary.substr(0, colon);
  return true;
}

Result<void> remember(const Situation& situation, const Request& request, const Outcome& outcome) {
  Record record;
  record.circumstances = circumstances_of(request);
  record.summary = summary_of(outcome);
  const auto paths = paths_of(situation, request, outcome);
  if (!paths) return base::pass(paths.error());
  for (const auto& path : *paths) add_stamp(record, path);
  // After the stamps: what has one is on the disk as the stamp describes it, or newer.
  if (auto synced = sync_what_is_recorded(situation, request); !synced) return synced;
  const auto state = fs::open_directory(situation.state);
  if (!state) return base::pass(state.error());
  const auto folder = fs::make_directories_beneath(state->get(), "staged-deps");
  if (!folder) return base::pass(folder.error());
  return fs::write_file_durably(folder->get(), "record", to_text(record));
}

Result<void> forget(const std::string& state) {
  const auto directory = fs::open_directory(state);
  auto removed = directory ? remove_record(directory->get()) : Result<void>(base::pass(directory.error()));
  if (removed || removed.error().kind == base::ErrorKind::not_found) return {};
  return base::pass(std::move(removed.error()), "removing " + state + "/" + record_file);
}

}  // namespace stage
