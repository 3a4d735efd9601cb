// SPDX-License-Identifier: MIT
#include "update/state_look.hpp"

#include <fcntl.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/file.hpp"
#include "openclaw/auto_update.hpp"
#include "openclaw/era.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/gateway_environment.hpp"
#include "openclaw/installed_plugins.hpp"
#include "openclaw/launch_command.hpp"
#include "openclaw/package.hpp"
#include "process/ask_as.hpp"
#include "stage/peer_links.hpp"
#include "systemd/environment_file.hpp"
#include "update/adoption/main_process.hpp"

namespace update {
namespace {

using base::Result;
using nlohmann::json;
using openclaw::Delivery;

constexpr std::size_t longest_unit_file = std::size_t{1024} * 1024;
constexpr std::size_t longest_path = 4096, longest_name = 200;

// --- in the child

json links_of(const std::string& state, const openclaw::Package& package) {
  json links = json::array();
  const Delivery delivery = openclaw::era_of(package.version).delivery;
  if (delivery != Delivery::flat_npm_root && delivery != Delivery::plugin_projects) return links;
  const auto plugins = openclaw::read_installed_plugins(state, delivery, package.root);
  if (!plugins) return links;
  for (const openclaw::InstalledPlugin& plugin : *plugins) {
    const auto fault = stage::fault_of_link(plugin);
    if (!fault.is_one()) continue;
    links.push_back(
        {{"plugin", plugin.id}, {"path", state + "/" + plugin.peer_path()}, {"fault", fault.now}});
  }
  return links;
}

std::string answer_of_child(const base::Environment& given, const std::string& working_directory,
                            const openclaw::Package& package) {
  const auto environment = openclaw::gateway_environment(given, working_directory);
  const openclaw::Locations& locations = environment.locations;
  const auto config =
      openclaw::read_gateway_config(locations.config, locations.include_roots, environment.variables);
  const json answer = {{"links", links_of(locations.state, package)},
                       {"config", locations.config},
                       {"auto_update", config && openclaw::wants_auto_update(*config, package.version)},
                       {"off", openclaw::auto_update_is_off_by(environment.variables, package.version)}};
  return answer.dump(-1, ' ', true, json::error_handler_t::replace);
}

// --- evaluation of its answer

StateLook look_in(const json& answer) {
  StateLook look;
  look.config = base::as_shown(base::member(answer, "config"), longest_path);
  look.auto_update = base::as_flag(base::member(answer, "auto_update")).value_or(false);
  look.auto_update_off = base::as_shown(base::member(answer, "off"), longest_name);
  for (const json& link : base::as_list(base::member(answer, "links"))) {
    look.links.push_back({base::as_shown(base::member(link, "plugin"), longest_name),
                          base::as_shown(base::member(link, "path"), longest_path),
                          base::as_shown(base::member(link, "fault"), longest_path)});
  }
  return look;
}

base::Environment environment_of(const bus::ServiceDefinition& definition, const std::string& home) {
  base::Environment environment(definition.locations.begin(), definition.locations.end());
  environment.try_emplace("HOME", home);
  const auto command = openclaw::read_launch_command(definition.exec_start);
  openclaw::apply_profile(openclaw::read_gateway_arguments(command.arguments).profile, environment);
  return environment;
}

bool has_one(const std::vector<std::string>& names, const std::vector<std::string_view>& wanted) {
  return std::ranges::any_of(
      wanted, [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); });
}

std::vector<std::string_view> switches_of(const StateLook& look) {
  const auto version = openclaw::Version::parse(look.version);
  return version ? openclaw::auto_update_switches(*version) : std::vector<std::string_view>();
}

bool is_switched_off(const StateLook& look) {
  return !look.auto_update || !look.auto_update_off.empty();
}

// For a version that does not read a variable.
std::string by_its_config(const StateLook& look) {
  constexpr std::string_view way =
      " has no variable to disable it: openclaw config set update.auto.enabled false, as the gateway's user";
  return base::concat({"OpenClaw ", look.version, way});
}

bool heeds_a_variable(const StateLook& look) {
  const auto switches = switches_of(look);
  return std::ranges::find(switches, "OPENCLAW_NO_AUTO_UPDATE") != switches.end();
}

std::string is_on(const StateLook& look) {
  return base::concat({"update.auto.enabled is on in ", look.config});
}

}  // namespace

Result<StateLook> look_into_state(const bus::ServiceDefinition& definition, std::int64_t main_pid,
                                  const std::string& package_root, const std::string& proc) {
  const auto package = openclaw::read_package(package_root);
  if (!package) return base::pass(package.error());
  auto account = process::account_of(definition.user.empty() ? "root" : definition.user);
  if (!account) return base::pass(account.error());
  const std::string home = account->home;
  const auto environment = environment_of(definition, home);
  const std::string directory = definition.working_directory == "~" ? home : definition.working_directory;
  process::Asked asked{.as = std::move(*account)};
  const base::UniqueFd view(
      main_pid <= 0 ? -1
                    : ::open(base::concat({proc, "/", std::to_string(main_pid), "/ns/mnt"}).c_str(),
                             O_RDONLY | O_CLOEXEC));
  asked.mount_namespace = view.get();
  const auto answer =
      process::ask_as(asked, [&] { return answer_of_child(environment, directory, *package); });
  if (!answer) return base::pass(answer.error());
  StateLook look = look_in(base::json_or_null(*answer));
  look.version = package->version_text;
  return look;
}

VariablesOfUnit variables_of(const bus::ServiceDefinition& definition, const bus::ServiceStatus& status,
                             const std::string& proc) {
  VariablesOfUnit variables{definition.environment_keys, {}};
  for (const auto& file : definition.environment_files) {
    const auto text = fs::read_trusted_file(file.path, longest_unit_file);
    if (!text) continue;
    for (std::string& key : systemd::environment_file_keys(*text)) variables.set.push_back(std::move(key));
  }
  if (auto process = observe_main_process(status.main_pid, status.control_group, proc)) {
    variables.of_process = std::move(process->environment_keys);
  }
  return variables;
}

std::string warning_of_auto_update(const StateLook& look, const std::string& unit,
                                   const VariablesOfUnit& variables) {
  if (is_switched_off(look)) return {};
  constexpr std::string_view installs = ", and OpenClaw would install releases by itself";
  if (!heeds_a_variable(look)) return base::concat({is_on(look), installs, "; ", by_its_config(look)});
  if (!has_one(variables.set, switches_of(look))) {
    constexpr std::string_view add =
        " does not set OPENCLAW_NO_AUTO_UPDATE: write Environment=OPENCLAW_NO_AUTO_UPDATE=1 into [Service] "
        "with "
        "systemctl edit ";
    return base::concat({is_on(look), installs, "; ", unit, add, unit, ", then systemctl restart ", unit});
  }
  const bool runs_without =
      !variables.of_process.empty() && !has_one(variables.of_process, switches_of(look));
  if (!runs_without) return {};
  return base::concat({is_on(look), installs, "; ", unit,
                       " has run since before OPENCLAW_NO_AUTO_UPDATE was set: systemctl restart ", unit});
}

std::string note_of_auto_update(const StateLook& look, const std::string& unit,
                                const VariablesOfUnit& variables) {
  if (is_switched_off(look) || has_one(variables.set, switches_of(look))) return {};
  if (!heeds_a_variable(look)) return base::concat({is_on(look), "; ", by_its_config(look)});
  constexpr std::string_view done =
      "; the drop-in sets OPENCLAW_NO_AUTO_UPDATE=1, which prevents OpenClaw from updating by itself from "
      "the "
      "next "
      "start of ";
  return base::concat({is_on(look), done, unit, " on"});
}

std::string way_to_mend_links(const std::string& unit, const bus::ServiceDefinition& definition,
                              const std::string& gateway, bool has_hook) {
  if (has_hook) return base::concat({"systemctl restart ", unit, " repairs it"});
  const std::string user = definition.user.empty() ? "root" : definition.user;
  std::string settings;
  for (const auto& [name, value] : definition.locations) settings += base::concat({" ", name, "=", value});
  if (!definition.state_directories.empty()) {
    settings += " STATE_DIRECTORY=/var/lib/" + definition.state_directories.front();
  }
  return base::concat({"runuser -u ", user, " --", settings.empty() ? "" : " env", settings,
                       " openclaw-install-deps", gateway.empty() ? "" : " --gateway ", gateway,
                       " mends it, then systemctl restart ", unit});
}

bool has_hook(const bus::ServiceStatus& status) {
  constexpr std::string_view key = "ExecStart", hook = "/openclaw-stage-deps";
  std::vector<std::string> files = status.drop_in_paths;
  files.push_back(status.fragment_path);
  return std::ranges::any_of(files, [&](const std::string& file) {
    const auto text = fs::read_trusted_file(file, longest_unit_file);
    const auto lines = base::split(text.value_or(""), '\n');
    return std::ranges::any_of(lines, [&](const std::string& line) {
      return line.starts_with(key) && line.find(hook) != std::string::npos;
    });
  });
}

}  // namespace update
