// SPDX-License-Identifier: MIT
// openclaw-health: is the gateway ready, or alive? For HEALTHCHECK, probes of Kubernetes, monitoring and
// scripts.
#include <CLI/CLI.hpp>

#include <optional>

#include "config/gateways.hpp"
#include "config/values.hpp"
#include "tools/arguments.hpp"
#include "tools/exit_status.hpp"
#include "tools/health_look.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"

namespace {

constexpr const char* own_name = "openclaw-health";

struct Options {
  tools::HealthQuestion question;
  std::string settings_file, json_form, min_free;
  bool is_user = false;
};

base::Result<void> require_bytes(const std::string& text) {
  if (tools::bytes_in(text)) return {};
  return base::fail(base::ErrorKind::usage, "must be a size such as 200M or 1G");
}

void define(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "openclaw-health " OPENCLAW_SYSTEMD_VERSION);
  auto* live = app.add_flag(
      "--live", options.question.live,
      "Exit with 0 unless the gateway is dead, stopped or deaf: also while it starts, drains or migrates");
  app.add_option("--wait", options.question.wait, "Wait until the gateway is ready, for at most this time")
      ->type_name("TIME")
      ->check(tools::value_of(config::parse_span));
  app.add_option("--min-free", options.min_free,
                 "Report not ready if the file system of the state has less free space than this")
      ->type_name("SIZE")
      ->check(tools::value_of(require_bytes))
      ->excludes(live);
  app.add_flag("--writable", options.question.writable, "Report not ready if the state cannot be written")
      ->excludes(live);
  app.add_option("--port", options.question.port, "The gateway's port, instead of port= in [gateway]")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535));
  app.add_option_function<std::string>(
         "--gateway",
         [&options](const std::string& name) {
           options.question.gateway = config::parse_gateway(name).value_or("");
         },
         "Name of the gateway, if this host has several")
      ->type_name("NAME")
      ->envname("OPENCLAW_HELPERS_GATEWAY")
      ->check(tools::value_of(config::parse_gateway));
  app.add_flag("--user", options.is_user, "For a gateway that is a user unit (systemctl --user)");
  app.add_option("--settings", options.settings_file, "Read this file instead of /etc/openclaw/helpers.ini")
      ->type_name("FILE")
      ->check(tools::value_of(tools::require_text));
  tools::add_json_option(app, options.json_form, "Print the result as one JSON object");
  app.add_flag("--quiet,-q", options.question.quiet, "Print nothing; the exit status is the result");
  app.footer(
      "Examples:\n"
      "  openclaw-health                          readiness: one line and the exit status\n"
      "  openclaw-health --live --quiet           liveness probe of a container\n"
      "  openclaw-health --min-free 200M --writable\n"
      "Manual page: openclaw-health(1)");
}

int run(Options& options) {
  auto scope = tools::find_scope(options.is_user);
  if (!scope) {
    tools::print_error(own_name, scope.error().message);
    return tools::exit_status_of(scope.error());
  }
  options.question.scope = std::move(*scope);
  if (!options.settings_file.empty()) options.question.scope.settings = options.settings_file;
  options.question.json = tools::writes_json();
  if (!options.min_free.empty()) options.question.min_free = tools::bytes_in(options.min_free);
  return tools::look_at_health(own_name, options.question);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Report whether an OpenClaw gateway is ready.", own_name);
  define(app, options);
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  return tools::end_json(run(options));
}
