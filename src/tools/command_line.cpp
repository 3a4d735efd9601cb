// SPDX-License-Identifier: MIT
#include "tools/command_line.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "config/gateways.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/launch_command.hpp"
#include "tools/arguments.hpp"

namespace tools {
void add_location_options(CLI::App& app, CommandLine& line) {
  app.add_option("--package-root", line.package_root, "OpenClaw package to use (default: the installed one)")
      ->type_name("DIR")
      ->check(value_of(require_text));
  app.add_option("--state-dir", line.state_directory,
                 "State directory of the gateway's unit ($STATE_DIRECTORY), and its HOME")
      ->type_name("DIR")
      ->check(value_of(require_text));
  app.add_option("--stage-dir", line.stage_directory,
                 "Where OpenClaw looks for staged dependencies (as $OPENCLAW_PLUGIN_STAGE_DIR)")
      ->type_name("DIR")
      ->check(value_of(require_text));
  app.add_option("--config", line.config, "OpenClaw's config (as $OPENCLAW_CONFIG_PATH)")
      ->type_name("FILE")
      ->check(value_of(require_text));
  app.add_option("--profile", line.profile, "As OpenClaw's own --profile (\"dev\" for --dev)")
      ->type_name("NAME")
      ->check(value_of(require_text));
  app.add_option("--settings", line.settings_file,
                 "Settings of this suite, instead of /etc/openclaw/helpers.ini")
      ->type_name("FILE")
      ->check(value_of(require_text));
  app.add_flag("--user", line.is_user, "For a gateway that is a user unit (systemctl --user)");
  app.add_option_function<std::string>(
         "--gateway",
         [&line](const std::string& name) { line.gateway = config::parse_gateway(name).value_or(""); },
         "Name of the gateway, if this host has several")
      ->type_name("NAME")
      ->envname("OPENCLAW_HELPERS_GATEWAY")
      ->check(value_of(config::parse_gateway));
}

config::Scope scope_of(const CommandLine& line, const base::Environment& environment) {
  config::Scope scope = line.is_user
                            ? config::scope_of_user(::geteuid(), config::home_of_caller(), environment)
                            : config::scope_of_unit(environment);
  if (!line.settings_file.empty()) scope.settings = line.settings_file;
  return scope;
}

base::Environment environment_of(const CommandLine& line, base::Environment inherited) {
  if (!line.state_directory.empty()) {
    inherited["STATE_DIRECTORY"] = line.state_directory;
    inherited["HOME"] = line.state_directory;
  }
  if (!line.stage_directory.empty()) inherited["OPENCLAW_PLUGIN_STAGE_DIR"] = line.stage_directory;
  if (!line.config.empty()) inherited["OPENCLAW_CONFIG_PATH"] = line.config;
  return inherited;
}

std::string profile_of(const CommandLine& line, const std::vector<std::string>& command) {
  if (!line.profile.empty() || command.empty()) return line.profile;
  return openclaw::read_gateway_arguments(openclaw::read_launch_command(command).arguments).profile;
}

void adopt_service_state(base::Environment& environment, const std::string& service_state) {
  for (const char* told : {"STATE_DIRECTORY", "OPENCLAW_STATE_DIR", "OPENCLAW_HOME"}) {
    if (!openclaw::variable(environment, told).empty()) return;
  }
  struct stat status {};
  if (::stat(service_state.c_str(), &status) != 0) return;
  if (::geteuid() != 0 && status.st_uid != ::geteuid()) return;
  environment["STATE_DIRECTORY"] = service_state;
  // The shipped unit has its home in its state directory; a unit with the drop-in keeps its user's own.
  const passwd* owner = ::getpwuid(status.st_uid);
  const bool own_unit = ::access((service_state + "/.openclaw").c_str(), F_OK) != 0 && owner != nullptr;
  environment["HOME"] = own_unit ? owner->pw_dir : service_state;
}

base::Result<void> become_owner_of(const std::string& directory) {
  if (::geteuid() != 0) return {};
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    return base::fail(base::ErrorKind::not_found,
                      "there is no state directory " + directory +
                          "; start the gateway's unit once, or name its state directory with --state-dir");
  }
  if (status.st_uid == 0) return {};  // the gateway runs as root here, by its administrator's choice
  const passwd* owner = ::getpwuid(status.st_uid);
  const gid_t group = owner != nullptr ? owner->pw_gid : status.st_gid;
  const int groups_set = owner != nullptr ? ::initgroups(owner->pw_name, group) : ::setgroups(0, nullptr);
  if (groups_set != 0 || ::setresgid(group, group, group) != 0 ||
      ::setresuid(status.st_uid, status.st_uid, status.st_uid) != 0) {
    return base::fail_errno(
        errno, "cannot switch to the owner of " + directory + " (uid " + std::to_string(status.st_uid) + ")");
  }
  return {};
}

}  // namespace tools
