// SPDX-License-Identifier: MIT
#include "workers/state/copy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/tree.hpp"
#include "openclaw/installed_plugins.hpp"
#include "workers/state/move.hpp"
#include "workers/state/sqlite_copy.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;

// The locations of the unit's gateway.
constexpr std::array<const char*, 5> not_for_the_copy = {"OPENCLAW_HOME", "OPENCLAW_AGENT_DIR",
                                                         "OPENCLAW_OAUTH_DIR", "OPENCLAW_WORKSPACE_DIR",
                                                         "PI_CODING_AGENT_DIR"};

// `openclaw doctor --fix` of 2026.5.2 to 2026.9.1 deletes the folder in OPENCLAW_PLUGIN_STAGE_DIR, and
// plugin-runtime-deps in STATE_DIRECTORY.
constexpr std::array<const char*, 16> of_the_service = {"OPENCLAW_PLUGIN_STAGE_DIR",
                                                        "OPENCLAW_BUNDLED_PLUGINS_DIR",
                                                        "OPENCLAW_SYSTEMD_UNIT",
                                                        "OPENCLAW_SERVICE_MARKER",
                                                        "STATE_DIRECTORY",
                                                        "CACHE_DIRECTORY",
                                                        "RUNTIME_DIRECTORY",
                                                        "LOGS_DIRECTORY",
                                                        "NOTIFY_SOCKET",
                                                        "LISTEN_FDS",
                                                        "LISTEN_PID",
                                                        "LISTEN_FDNAMES",
                                                        "INVOCATION_ID",
                                                        "JOURNAL_STREAM",
                                                        "CREDENTIALS_DIRECTORY",
                                                        "SYSTEMD_EXEC_PID"};

// If a variable is set, even to an empty value, OpenClaw's own files do not set it again.
void hide(const char* name, const openclaw::GatewayEnvironment& environment, base::Environment& variables) {
  variables.erase(name);
  if (environment.added.contains(name)) variables[name] = "";
}

// Node reads these at its start, before OpenClaw could add them from its own files.
bool acts_at_start(std::string_view name) {
  return name.starts_with("NODE_") || name.starts_with("LD_") || name == "OPENSSL_CONF" ||
         name == "GLIBC_TUNABLES";
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string in_copy(const std::string& path) {
  return "state/" + path;
}

bool is_inside(const std::string& folder, const std::string& path) {
  return path.starts_with(folder + "/");
}

bool contains(const std::vector<std::string>& list, const std::string& entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

// A file beside the config's folder ("../shared/team.json5") is copied beside the copy's folder, which is
// therefore one level deeper.
Result<std::string> target_of(const std::string& config, const std::string& file) {
  const std::string folder = folder_of(config), above = folder_of(folder);
  if (is_inside(folder, file)) return in_copy(file.substr(folder.size() + 1));
  if (is_inside(above, file)) return file.substr(above.size() + 1);
  return base::fail(
      ErrorKind::refused,
      config + " includes " + fs::shown(file) +
          " by a path with more than one \"..\", which a copy of the config cannot follow; name "
          "it by its absolute path");
}

// The folder that contains a plugin and all that it needs: its npm project (one for all plugins before 5.28),
// or its own folder in extensions/.
std::string home_of(const openclaw::InstalledPlugin& plugin) {
  return plugin.manifest.empty() ? plugin.path : folder_of(plugin.manifest);
}

Result<void> clone(const Roots& roots, const std::string& folder, int work_fd, PluginParts parts) {
  const auto source = fs::open_directory_beneath(roots.state.get(), folder);
  if (!source && !fs::is_answer(source.error())) return base::pass(source.error());
  if (!source) return {};  // it has been removed in the meantime
  if (fs::exists_beneath(work_fd, in_copy(folder))) return {};
  const auto target = fs::make_directories_beneath(work_fd, in_copy(folder), 0700);
  if (!target) return base::pass(target.error());
  fs::CloneOptions options;
  options.sharing = fs::Sharing::reflink;
  options.directory_mode = 0700;
  options.skip = [parts](std::string_view path, bool is_directory) {
    if (!is_directory) return false;
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return parts == PluginParts::manifests ? name == "node_modules" : path == "projects";
  };
  const auto cloned = fs::clone_tree(source->get(), target->get(), options);
  if (!cloned) return base::pass(cloned.error());
  return {};
}

Result<void> copy_manifest(const Roots& roots, const openclaw::InstalledPlugin& plugin, int work_fd) {
  if (plugin.manifest.empty() || fs::exists_beneath(work_fd, in_copy(plugin.manifest))) return {};
  return put_file(roots.state.get(), plugin.manifest, work_fd, in_copy(plugin.manifest), 0600);
}

// 9.6 repairs the link of a plugin to its core at its start, older versions only when they install: for
// these, the hook repairs it at the start.
Result<void> link_core(const openclaw::InstalledPlugin& plugin, const std::string& package, int work_fd) {
  using enum openclaw::PeerLink;
  if (plugin.peer_link == not_declared || plugin.peer_link == obstructed || plugin.peer_link == unreadable)
    return {};
  if (!fs::may_exist_beneath(work_fd, in_copy(plugin.path))) return {};
  return put_link(work_fd, in_copy(plugin.peer_path()), package);
}

Result<void> copy_item(const Roots& roots, const Item& item, int work_fd) {
  const std::string target = in_copy(item.path);
  if (item.kind == Kind::link || fs::exists_beneath(work_fd, target)) return {};
  if (item.kind == Kind::file) return put_file(roots.fd(item.root), item.path, work_fd, target, 0600);
  const auto folder = fs::make_directories_beneath(work_fd, folder_of(target), 0700);
  if (!folder) return base::pass(folder.error());
  const auto copied = copy_database(roots.fd(item.root), item.path, folder->get(),
                                    target.substr(target.rfind('/') + 1), Check::none);
  if (!copied) return base::pass(copied.error());
  return disown_database(folder->get(), target.substr(target.rfind('/') + 1));
}

// The installer of 2026.9.5 writes absolute paths to agents.entries.*.agentDir. The copy contains these
// databases, and 2026.9.6 makes a backup beside each of them before it migrates it, which it could not do in
// the live state.
std::string with_agents_of_copy(std::string text, const std::string& state, const std::string& work) {
  const std::string live = state + "/agents/", copied = work + "/state/agents/";
  for (std::size_t at = text.find(live); at != std::string::npos; at = text.find(live, at)) {
    const bool begins_text = at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'');
    if (begins_text) text.replace(at, live.size(), copied);
    at += begins_text ? copied.size() : live.size();
  }
  return text;
}

}  // namespace

Result<void> make_copy(int work_fd) {
  for (const char* folder : {"home", "state"}) {
    const auto made = fs::make_directories_beneath(work_fd, folder, 0700);
    if (!made) return base::pass(made.error());
  }
  return {};
}

Result<std::vector<std::string>> copy_config(const Place& place, const openclaw::IncludedConfig* config,
                                             int work_fd, const std::string& work) {
  const std::vector<std::string> alone = {place.config};
  const std::string folder = folder_of(place.config);
  std::set<std::string> roots;
  for (const std::string& file : config != nullptr ? config->files : alone) {
    if (config != nullptr && contains(config->fixed, file)) {
      roots.insert(place.include_roots.begin(), place.include_roots.end());
      if (is_inside(folder, file)) roots.insert(folder);
    }
    if (!is_inside(folder, file) && config != nullptr && contains(config->fixed, file)) continue;
    const auto target = target_of(place.config, file);
    if (!target) return base::pass(target.error());
    if (!is_inside(folder, file)) roots.insert(work);
    const auto content = fs::read_trusted_file(file);
    if (!content) return base::pass(content.error());
    if (const auto slash = target->rfind('/'); slash != std::string::npos) {
      const auto made = fs::make_directories_beneath(work_fd, target->substr(0, slash), 0700);
      if (!made) return base::pass(made.error());
    }
    const std::string text = with_agents_of_copy(*content, place.state, work);
    if (auto done = fs::write_file_durably(work_fd, *target, text, 0600); !done) {
      return base::pass(done.error());
    }
  }
  return std::vector<std::string>(roots.begin(), roots.end());
}

Place copy_of(const Place& place, const std::string& work, std::vector<std::string> include_roots) {
  const std::string state = work + "/state";
  return {work, state, state + place.config.substr(place.config.rfind('/')), std::move(include_roots)};
}

Result<void> copy_environment_files(const Roots& roots, int work_fd, base::Redaction& redaction) {
  for (const char* name : {".env", "gateway.systemd.env"}) {
    const auto content =
        roots.state ? fs::read_file(roots.state.get(), name) : base::fail(ErrorKind::not_found, "");
    if (!content && !fs::is_answer(content.error())) return base::pass(content.error());
    if (!content) continue;
    redaction.add_environment_file(*content);
    if (auto done = fs::write_file_durably(work_fd, in_copy(name), *content, 0600); !done) return done;
  }
  return {};
}

Result<void> copy_plugins(const Place& place, const Roots& roots, const std::string& package, int work_fd,
                          PluginParts parts) {
  if (!roots.state) return {};
  const auto plugins =
      openclaw::read_installed_plugins(place.state, openclaw::Delivery::plugin_projects, package);
  if (!plugins && !fs::is_answer(plugins.error())) return base::pass(plugins.error());
  if (!plugins) return {};
  const bool whole = parts == PluginParts::whole;
  for (const auto& plugin : *plugins) {
    auto done = clone(roots, whole ? home_of(plugin) : plugin.path, work_fd, parts);
    if (done) done = copy_manifest(roots, plugin, work_fd);
    if (done && whole) done = link_core(plugin, package, work_fd);
    if (!done) return base::pass(done.error());
  }
  return {};
}

Result<std::vector<std::string>> copy_belongings(const Place& place, const Roots& roots, int work_fd,
                                                 Transcripts transcripts) {
  std::vector<std::string> missing;
  const auto belongings = find_belongings(place, roots, transcripts);
  if (!belongings) return base::pass(belongings.error());
  for (const Item& item : belongings->items) {
    const auto copied = copy_item(roots, item, work_fd);
    if (copied) continue;
    if (copied.error().number == ENOSPC || copied.error().number == EDQUOT) return base::pass(copied.error());
    // Files that vanish during the copy; a -wal whose writer has died, which can be read only with write
    // access to its folder.
    missing.push_back(base::printable(copied.error().message, 300));
  }
  return missing;
}

void hide_service_variables(const openclaw::GatewayEnvironment& environment, base::Environment& variables) {
  for (const char* name : of_the_service) hide(name, environment, variables);
}

base::Environment environment_of_copy(const openclaw::GatewayEnvironment& environment, const Place& copy) {
  const std::string& work = copy.service_state;
  base::Environment variables = environment.variables;
  for (const std::string& name : environment.added) {
    if (acts_at_start(name)) variables.erase(name);
  }
  hide_service_variables(environment, variables);
  for (const char* name : not_for_the_copy) hide(name, environment, variables);
  if (environment.added.contains("OPENCLAW_HOME")) variables["OPENCLAW_HOME"] = work + "/home";
  variables["HOME"] = work + "/home";
  variables["TMPDIR"] = work + "/home";
  variables["OPENCLAW_STATE_DIR"] = copy.state;
  variables["OPENCLAW_CONFIG_PATH"] = copy.config;
  variables["OPENCLAW_INCLUDE_ROOTS"] = base::join(copy.include_roots, ":");
  variables["OPENCLAW_NO_AUTO_UPDATE"] = "1";
  variables["OPENCLAW_NO_RESPAWN"] = "1";
  // 9.6 would fetch a missing plugin; without a network, it would retry for 75 s.
  variables["npm_config_fetch_retries"] = "0";
  variables["NO_COLOR"] = "1";
  return variables;
}

}  // namespace workers::state
