// SPDX-License-Identifier: MIT
// openclaw-watchdog: watches the gateway and heals it; or looks once, for scripts.
#include <CLI/CLI.hpp>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/text.hpp"
#include "bus/connection.hpp"
#include "config/gateways.hpp"
#include "config/settings.hpp"
#include "config/values.hpp"
#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "tools/arguments.hpp"
#include "tools/exit_status.hpp"
#include "tools/health_look.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"
#include "update/gateway_places.hpp"
#include "watchdog/daemon.hpp"
#include "watchdog/gateways.hpp"

namespace {

struct Options {
  config::Scope scope;
  std::string settings_file;
  std::string wait;
  std::string gateway;  // its name; empty: the one without
  std::string json_form;
  bool once = false, quiet = false, live = false, is_user = false;
};

int tell(const base::Error& error) {
  tools::print_error("openclaw-watchdog", error.message);
  return tools::exit_status_of(error);
}

int look_once(const Options& options) {
  return tools::look_at_health("openclaw-watchdog", {.scope = options.scope,
                                                     .gateway = options.gateway,
                                                     .wait = options.wait,
                                                     .min_free = std::nullopt,
                                                     .live = options.live,
                                                     .json = tools::writes_json(),
                                                     .quiet = options.quiet});
}

// Of systemd.exec(5), for a unit that has one. Where a unit has several, systemd sorts them: the one that is
// called after this program.
std::string state_directory(const config::Scope& scope) {
  if (scope.is_user) return scope.watchdog;
  constexpr std::string_view own = "/openclaw-watchdog";
  const char* given = std::getenv("STATE_DIRECTORY");
  const auto directories = base::split(given == nullptr ? "" : given, ':');
  for (const std::string& directory : directories) {
    if (directory.ends_with(own)) return directory;
  }
  return directories.empty() || directories.front().empty() ? scope.watchdog : directories.front();
}

// Of a user's own: no unit makes these for it, since where StateDirectory= is depends on the version of
// systemd.
base::Result<void> take_places(const config::Scope& scope, watchdog::Setup& setup) {
  setup.scope = scope;
  setup.update_directory = scope.updater;
  setup.places.requests = scope.requests;
  setup.places.releases = scope.updater + "/releases";
  setup.places.runtime = scope.runtime;
  if (auto made = update::make_state_folders(update::places_of(scope, "")); !made) return made;
  if (::mkdir(scope.watchdog.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return base::fail_errno(errno, "cannot make " + scope.watchdog);
}

int watch(const Options& options) {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&handled, number);
  if (::sigprocmask(SIG_BLOCK, &handled, nullptr) != 0) return EX_OSERR;
  systemd::JournalSink journal;
  const config::Scope& scope = options.scope;
  watchdog::Setup setup{.load = {},
                        .sink = journal,
                        .connector = tools::connector_of(scope),
                        .state_directory = state_directory(scope)};
  if (scope.is_user) {
    if (auto made = take_places(scope, setup); !made) return tell(made.error());
  }
  setup.load = [&] { return watchdog::gateways_to_watch(scope.settings, setup.update_directory, journal); };
  const auto ended = watchdog::run(setup);
  return ended ? EX_OK : tell(ended.error());
}

void define(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "openclaw-watchdog " OPENCLAW_SYSTEMD_VERSION);
  CLI::Option* once = app.add_flag(
      "--once", options.once, "Print once whether the gateway is ready, and exit with a status that says so");
  tools::add_json_option(app, options.json_form,
                         "Print the result as one JSON object (see openclaw-health(1))");
  app.get_option("--json")->needs(once);
  app.add_flag("--live", options.live, "Exit with 0 for a live gateway, even if it is not ready")
      ->needs(once);
  app.add_option("--wait", options.wait, "Wait until the gateway is ready, for at most this time")
      ->needs(once)
      ->type_name("TIME")
      ->check(tools::value_of(config::parse_span));
  app.add_flag("--quiet,-q", options.quiet, "Print nothing")->needs(once);
  app.add_option_function<std::string>(
         "--gateway",
         [&options](const std::string& name) { options.gateway = config::parse_gateway(name).value_or(""); },
         "Name of the gateway, if this host has several")
      ->type_name("NAME")
      ->envname("OPENCLAW_HELPERS_GATEWAY")
      ->check(tools::value_of(config::parse_gateway));
  app.add_flag("--user", options.is_user, "For a gateway that is a user unit (systemctl --user)");
  app.add_option("--config", options.settings_file,
                 "Settings of this suite, instead of /etc/openclaw/helpers.ini")
      ->type_name("FILE")
      ->check(tools::value_of(tools::require_text));
}

int run(Options& options) {
  auto scope = tools::find_scope(options.is_user);
  if (!scope) return tell(scope.error());
  options.scope = std::move(*scope);
  if (!options.settings_file.empty()) options.scope.settings = options.settings_file;
  if (options.scope.is_user) {
    tools::reword_with(
        [scope = options.scope](std::string_view text) { return update::for_scope(text, scope); });
  }
  return options.once ? look_once(options) : watch(options);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Monitor an OpenClaw gateway and restart it when it fails.", "openclaw-watchdog");
  define(app, options);
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  return tools::end_json(run(options));
}
