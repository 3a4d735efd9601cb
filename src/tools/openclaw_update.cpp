// openclaw-update: what the units of an update run, and what a person types.
#include <CLI/CLI.hpp>
#include <sysexits.h>

#include "base/text.hpp"
#include "config/settings.hpp"
#include "config/values.hpp"
#include "tools/arguments.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "update/asked_release.hpp"

namespace {

using tools::UpdateOptions;

struct Subcommand {
  const char* name = nullptr;
  const char* help = nullptr;
  int (*run)(const UpdateOptions&) = nullptr;
  bool has_dry_run = false;
};

constexpr Subcommand subcommands[] = {
    {"status", "Show the releases, the last update and what goes on", tools::show_status, true},
    {"history", "List earlier updates and how they ended", tools::show_history, true},
    {"rollback", "Return to the previous release, or to the one that is named", tools::rollback_by_unit,
     true},
    {"hold", "Let no update happen until unhold", tools::hold_updates},
    {"unhold", "Let updates happen again", tools::unhold_updates},
    {"verify", "Compare every sealed release with its manifest", tools::verify_releases, true},
    {"prune", "Remove the oldest releases beyond keep= of [update]", tools::prune_releases},
    {"recover", "Bring an interrupted update to an end", tools::recover_update},
    {"adopt", "Take over a gateway that npm -g has installed, or give it back", tools::adopt_installation,
     true},
    {"run", "What openclaw-update.service does; not for a shell", tools::update_in_unit},
    {"request", "What openclaw-update-request.service does; not for a shell", tools::take_request},
};

void define_adopt(CLI::App& command, UpdateOptions& options) {
  auto* unit = command.add_option("unit", options.unit, "The gateway's unit, instead of unit= in [gateway]")
                   ->check(tools::value_of(tools::unit_named));
  auto* package = command
                      .add_option("--package-root", options.package_root,
                                  "The package that it runs, instead of what its ExecStart= says")
                      ->type_name("DIR")
                      ->check(tools::value_of(tools::require_text));
  command.add_flag("--undo", options.undo, "Give it back: remove what adopt has written")
      ->excludes(unit)
      ->excludes(package);
}

void define(CLI::App& app, UpdateOptions& options) {
  app.set_version_flag("--version", "openclaw-update " OPENCLAW_SYSTEMD_VERSION);
  app.add_option("--to", options.to, "This version, instead of what the channel has")
      ->type_name("VERSION")
      ->check(tools::value_of(tools::require_version));
  app.add_option("--channel", options.channel, "This channel: a tag of the registry, such as latest or beta")
      ->type_name("TAG")
      ->check(tools::value_of(config::parse_tag))
      ->excludes("--to");
  app.add_flag("--force", options.force, "Over a hold, a quarantine, or to an older version");
  app.add_flag("--dry-run", options.dry_run, "Say what would be done, and do nothing");
  app.add_flag("--json", options.json, "Print the result as JSON (schema in openclaw-update(8))");
  app.add_flag("--quiet,-q", options.quiet, "Print nothing but failures");
  app.add_option("--settings", options.settings, "Instead of /etc/openclaw/helpers.ini")
      ->type_name("FILE")
      ->check(tools::value_of(tools::require_text));
  app.add_option("--state-dir", options.state_directory, "Instead of /var/lib/openclaw-update")
      ->type_name("DIR")
      ->check(tools::value_of(tools::require_text));
  for (const Subcommand& row : subcommands) {
    CLI::App* command = app.add_subcommand(row.name, row.help);
    command->fallthrough();
    const std::string name = row.name;
    if (name == "rollback") {
      command->add_option("release", options.release, "A version or release that is kept here")
          ->check(tools::value_of(update::require_release_name));
      command->callback([&options] { options.returns = true; });
    }
    if (name == "hold") {
      command->add_option("reason", options.reason, "Why, for whoever finds it")
          ->check(tools::value_of(tools::require_text));
    }
    if (name == "adopt") define_adopt(*command, options);
    if (name == "recover") command->add_flag("--boot", options.boot, "Before the gateway starts: files only");
  }
  app.require_subcommand(0, 1);
}

int dispatch(const CLI::App& app, const UpdateOptions& options) {
  for (const Subcommand& row : subcommands) {
    if (!app.got_subcommand(row.name)) continue;
    if (!options.dry_run || row.has_dry_run) return row.run(options);
    tools::print_error("openclaw-update", base::concat({row.name, " has no --dry-run; nothing was done"}));
    return EX_USAGE;
  }
  return options.dry_run ? tools::show_plan(options) : tools::update_by_unit(options);
}

}  // namespace

int main(int argc, char** argv) {
  UpdateOptions options;
  options.settings = config::default_path;
  CLI::App app("Update the OpenClaw gateway, supervised: snapshot, promotion, verification, rollback.",
               "openclaw-update");
  define(app, options);
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  return dispatch(app, options);
}
