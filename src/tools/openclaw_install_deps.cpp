// SPDX-License-Identifier: MIT
// openclaw-install-deps: stage plugin dependencies by hand.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>

#include "base/environment.hpp"
#include "config/scope.hpp"
#include "openclaw/gateway_environment.hpp"
#include "stage/client_choice.hpp"
#include "stage/engine.hpp"
#include "tools/arguments.hpp"
#include "tools/command_line.hpp"
#include "tools/exit_status.hpp"
#include "tools/progress_bar.hpp"
#include "tools/report_json.hpp"
#include "tools/report_table.hpp"
#include "tools/terminal.hpp"

namespace {

struct Options {
  tools::CommandLine line;
  std::vector<std::string> plugins;
  std::string json_form;
  bool all = false, check = false, offline = false, repair = false, json = false, quiet = false,
       verbose = false;
};

void define(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "openclaw-install-deps " OPENCLAW_SYSTEMD_VERSION);
  app.add_flag("--check,--dry-run", options.check,
               "Only report what is missing (exit status 1), or that nothing is missing (0)");
  auto* plugin =
      app.add_option("--plugin", options.plugins, "Only this plugin, configured or not; may be repeated");
  plugin->type_name("ID")->check(tools::value_of(tools::require_text));
  app.add_flag("--all", options.all,
               "All bundled plugins, not only those that are configured or enabled by default")
      ->excludes(plugin);
  app.add_flag("--offline", options.offline,
               "Use only sealed closures and the package client's cache; install no plugin package (2026.5.2 "
               "and later)");
  app.add_flag("--repair", options.repair,
               "Ignore earlier records; verify and repair everything; update plugins of another version");
  tools::add_json_option(app, options.json_form, "Print the result as one JSON object");
  app.add_flag("--quiet,-q", options.quiet, "Print nothing but failures");
  app.add_flag("--verbose,-v", options.verbose, "List plugins that are not needed as well");
  tools::add_location_options(app, options.line);
}

class Terminal final : public stage::Surroundings {
 public:
  explicit Terminal(bool wanted) : bar_(stderr, wanted) {}
  void phase(const std::string& text) override { bar_.phase(text); }
  void progress(const npm::Progress& progress) override { bar_.progress(progress); }
  base::Result<std::vector<std::unique_ptr<npm::Client>>> clients(const stage::Request& request) override {
    return stage::chosen_clients(request);
  }
  void clear() { bar_.clear(); }

 private:
  tools::ProgressBar bar_;
};

base::Result<stage::Request> request_of(const Options& options) {
  stage::Request request;
  base::Environment environment = tools::environment_of(options.line, base::current_environment());
  const config::Scope scope = tools::scope_of(options.line, environment);
  auto settings = config::load_settings(scope, options.line.gateway);
  if (!settings) return base::pass(settings.error());
  tools::adopt_service_state(environment, options.line.gateway.empty() ? scope.settings.state_directory
                                                                       : settings->gateway.state_directory);
  openclaw::apply_profile(options.line.profile, environment);
  request.settings = std::move(*settings);
  request.package_root = options.line.package_root;
  request.selection.all = options.all;
  request.selection.only.insert(options.plugins.begin(), options.plugins.end());
  request.check = options.check;
  request.offline = options.offline;
  request.thorough = options.repair;
  const auto locations = openclaw::locations_of(environment);
  const auto became = tools::become_owner_of(locations.staging_state());
  if (!became) return base::pass(became.error());
  // Read as the owner; the unit that ships with this suite works in its state directory.
  request.environment = openclaw::gateway_environment(environment, locations.service_state);
  return request;
}

void print(const stage::Outcome& outcome, const Options& options, int status) {
  if (options.json) {
    tools::print_json(tools::report_json(outcome, options.check));
  } else if (!options.quiet || status != tools::exit_complete) {
    const bool color = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    std::FILE* stream = options.quiet ? stderr : stdout;
    tools::print_text(stream, tools::report_table(outcome, {options.check, options.verbose, color}));
  }
}

int run(const Options& options) {
  const auto request = request_of(options);
  if (!request) {
    tools::print_error("openclaw-install-deps", request.error().message);
    const int status = tools::exit_status_of(request.error());
    stage::Outcome nothing;
    nothing.failure = request.error();
    if (options.json) tools::print_json(tools::report_json(nothing, options.check));
    return status;
  }
  Terminal terminal(!options.quiet && !options.json);
  const auto outcome = stage::run(*request, terminal);
  terminal.clear();
  const int status = tools::exit_status_of(outcome, options.check);
  print(outcome, options, status);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Stage, verify and repair the dependencies of OpenClaw's plugins.", "openclaw-install-deps");
  define(app, options);
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  options.json = tools::writes_json();
  return tools::end_json(run(options));
}
