// SPDX-License-Identifier: MIT
// openclaw-update: what the units of an update run, and what a person types.
#include <CLI/CLI.hpp>
#include <sysexits.h>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "config/settings.hpp"
#include "config/values.hpp"
#include "tools/arguments.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_operator.hpp"
#include "tools/update_session.hpp"
#include "update/asked_release.hpp"
#include "update/gateway_places.hpp"
#include "update/snapshots.hpp"

namespace {

using tools::UpdateOptions;

struct Subcommand {
  const char* name = nullptr;
  const char* help = nullptr;
  const char* group = nullptr;
  int (*run)(const UpdateOptions&) = nullptr;
  bool has_dry_run = false;
  int (*without_root)(const UpdateOptions&) = nullptr;  // null: it is for root
};

// The headings of --help, in this order.
constexpr const char* looking = "Commands that report";
constexpr const char* updating = "Commands that update and roll back";
constexpr const char* deciding = "Commands that restrict updates";
constexpr const char* keeping = "Commands for releases and state";
constexpr const char* hidden = "";

constexpr Subcommand subcommands[] = {
    {"status", "Show the health of the gateway, its releases and the last update", looking,
     tools::show_status, true, tools::show_status},
    {"check", "Ask the registry whether the channel has a newer version", looking, tools::check_for_update,
     false, tools::check_as_operator},
    {"history", "List earlier updates and how they ended", looking, tools::show_history, true,
     tools::show_history_as_operator},
    {"changelog", "Print what changed in OpenClaw between two versions, from the releases on this host",
     looking, tools::show_changelog, true},
    {"verify", "Compare every sealed release with its manifest", looking, tools::verify_releases, true},
    {"rehearse", "Run the stages before the stop of the gateway, and show what an update would change",
     updating, tools::rehearse_by_unit, false, tools::rehearse_as_operator},
    {"rollback", "Return to the previous release, or to the given one", updating, tools::rollback_by_unit,
     true},
    {"recover", "Finish or undo an interrupted update", updating, tools::recover_update},
    {"hold", "Prevent updates until unhold, or until a given time", deciding, tools::hold_updates},
    {"unhold", "Allow updates again", deciding, tools::unhold_updates},
    {"pin", "Allow updates to one version only", deciding, tools::pin_version},
    {"unpin", "Allow updates to any version again", deciding, tools::unpin_version},
    {"adopt", "Take over an existing OpenClaw, or reverse the adoption", keeping, tools::adopt_installation,
     true},
    {"snapshot", "Create, list, verify, export, import, restore or remove snapshots of the gateway's state",
     keeping, tools::do_with_snapshots},
    {"export", "Write a release to one file, for hosts without a registry", keeping, tools::export_release},
    {"import", "Seal the release of an exported file, for an update to its version", keeping,
     tools::import_release},
    {"prune", "Remove the oldest releases beyond keep= of [update]", keeping, tools::prune_releases},
    {"run", "What openclaw-update.service does", hidden, tools::update_in_unit},
    {"notify", "What openclaw-update-notify@.service does", hidden, tools::run_notify_command, false,
     tools::run_notify_command},
    {"request", "What openclaw-update-request.service does", hidden, tools::take_request},
};

void define_adopt(CLI::App& command, UpdateOptions& options) {
  auto* unit = command.add_option("unit", options.unit, "The gateway's unit, instead of unit= in [gateway]")
                   ->check(tools::value_of(tools::unit_named));
  auto* package = command
                      .add_option("--package-root", options.package_root,
                                  "The package that the unit runs, instead of the one in its ExecStart=")
                      ->type_name("DIR")
                      ->check(tools::value_of(tools::require_text));
  auto* user = command
                   .add_option("--to-user", options.to_user,
                               "Run a gateway of root as this user, with a copy of its state")
                   ->type_name("NAME")
                   ->check(tools::value_of(tools::require_text));
  auto* owner = command
                    .add_option("--from-user", options.from_user,
                                "Make a user unit of this user (systemctl --user) a system unit")
                    ->type_name("NAME")
                    ->check(tools::value_of(tools::require_text))
                    ->excludes(user);
  auto* profile =
      command
          .add_option("--profile", options.profile, "With --from-user: the gateway of this OpenClaw profile")
          ->type_name("NAME")
          ->check(tools::value_of(config::parse_gateway))
          ->needs(owner)
          ->excludes(unit);
  auto* strict =
      command
          .add_flag("--strict", options.strict,
                    "With --from-user: do not make paths writable that the config names outside of the state")
          ->needs(owner);
  command.add_flag("--undo", options.undo, "Reverse the adoption: remove what adopt has written")
      ->excludes(unit)
      ->excludes(package)
      ->excludes(user)
      ->excludes(owner)
      ->excludes(profile)
      ->excludes(strict);
}

void define_changelog(CLI::App& command, UpdateOptions& options) {
  command
      .add_option("--from", options.from,
                  "Begin after this version; default is the version that runs, or the one before it")
      ->type_name("VERSION")
      ->check(tools::value_of(tools::require_version));
  command.add_option("--to", options.to, "End with this version; default is the newest version on this host")
      ->type_name("VERSION")
      ->check(tools::value_of(tools::require_version));
}

void define_hold(CLI::App& command, UpdateOptions& options) {
  command.add_option("reason", options.reason, "The reason, which status shows")
      ->check(tools::value_of(tools::require_text));
  auto* until = command
                    .add_option("--until", options.until,
                                "End the hold at this day or time, such as 2026-12-01 or '2026-12-01 08:00'")
                    ->type_name("TIME");
  command.add_option("--for", options.lasts, "End the hold after this time, such as 3d or 12h")
      ->type_name("TIME")
      ->excludes(until);
}

struct SnapshotVerb {
  enum class Names { none, one, maybe_one };
  const char* name = nullptr;
  const char* help = nullptr;
  const char* archive = nullptr;  // what it does with a file; null: it has none
  Names names = Names::none;
  bool has_transcripts = false;
};
using Names = SnapshotVerb::Names;

constexpr SnapshotVerb snapshot_verbs[] = {
    {"create", "Take a snapshot of config, databases and records of plugins", nullptr, Names::none, true},
    {"list", "List the snapshots of updates and those taken on demand"},
    {"verify", "Compare a snapshot with its recorded checksums", nullptr, Names::one},
    {"export", "Write a snapshot to one file, for a backup or for another host",
     "The file to write, or - for standard output", Names::maybe_one, true},
    {"import", "Create a snapshot from an exported file", "The file to read, or - for standard input"},
    {"restore", "Restore a snapshot: stop the gateway, set its state aside, start and verify it", nullptr,
     Names::one},
    {"remove", "Remove a snapshot that was taken on demand", nullptr, Names::one},
};

void define_snapshot(CLI::App& command, UpdateOptions& options) {
  for (const SnapshotVerb& row : snapshot_verbs) {
    CLI::App* verb = command.add_subcommand(row.name, row.help);
    verb->fallthrough();
    const std::string name = row.name;
    verb->callback([&options, name] { options.snapshot_verb = name; });
    if (row.has_transcripts)
      verb->add_flag("--transcripts", options.transcripts, "Include the transcripts of sessions");
    if (row.archive != nullptr) {
      verb->add_option("file", options.archive, row.archive)
          ->required()
          ->check(tools::value_of(tools::require_text));
    }
    if (row.names == Names::none) continue;
    const char* help = row.names == Names::one
                           ? "The name that snapshot list shows"
                           : "The name that snapshot list shows; without it, a snapshot is taken";
    verb->add_option("name", options.snapshot, help)
        ->required(row.names == Names::one)
        ->check(tools::value_of(update::require_snapshot_name));
  }
  command.require_subcommand(1);
}

void define_export(CLI::App& command, UpdateOptions& options) {
  command.add_option("release", options.release, "A version or release that is kept on this host")
      ->required()
      ->check(tools::value_of(update::require_release_name));
  command.add_option("file", options.archive, "The file to write, or - for standard output")
      ->required()
      ->check(tools::value_of(tools::require_text));
}

void define_import(CLI::App& command, UpdateOptions& options) {
  command.add_option("file", options.archive, "The file to read, or - for standard input")
      ->required()
      ->check(tools::value_of(tools::require_text));
}

void define(CLI::App& app, UpdateOptions& options) {
  app.set_version_flag("--version", "openclaw-update " OPENCLAW_SYSTEMD_VERSION);
  app.add_option("--to", options.to, "Update to this version instead of the channel's")
      ->type_name("VERSION")
      ->check(tools::value_of(tools::require_version));
  auto* channel = app.add_option("--channel", options.channel,
                                 "Use this channel: a tag of the registry, such as latest or beta")
                      ->type_name("TAG")
                      ->check(tools::value_of(config::parse_tag))
                      ->excludes("--to");
  app.add_option_function<std::string>(
         "--gateway",
         [&options](const std::string& name) {
           options.gateway = config::parse_gateway(name).value_or("");
           options.names_gateway = true;
         },
         "Name of the gateway, if this host has several; default is the one without a name")
      ->type_name("NAME")
      ->check(tools::value_of(config::parse_gateway));
  app.add_flag("--force", options.force,
               "Update despite a hold, a pin or a quarantine, or to an older version");
  app.add_flag("--dry-run", options.dry_run, "Show what would be done, and do nothing");
  tools::add_json_option(app, options.json_form,
                         "Print the result as one JSON object; --json=lines prints each stage as well", true);
  app.add_flag("--quiet,-q", options.quiet, "Print nothing but failures");
  app.add_flag("--user", options.is_user, "For a gateway that is a user unit (systemctl --user)");
  constexpr const char* places = "Options for other paths";
  app.add_option("--settings", options.settings_file, "Read this file instead of /etc/openclaw/helpers.ini")
      ->type_name("FILE")
      ->group(places)
      ->check(tools::value_of(tools::require_text));
  app.add_option("--state-dir", options.state_directory,
                 "Use this directory instead of /var/lib/openclaw-update")
      ->type_name("DIR")
      ->group(places)
      ->check(tools::value_of(tools::require_text));
  for (const Subcommand& row : subcommands) {
    CLI::App* command = app.add_subcommand(row.name, row.help);
    command->group(row.group);
    command->fallthrough();
    const std::string name = row.name;
    if (name == "rollback") {
      command->add_option("release", options.release, "A version or release that is kept on this host")
          ->check(tools::value_of(update::require_release_name));
      command->callback([&options] { options.returns = true; });
    }
    if (name == "rehearse") {
      command->add_option("version", options.to, "Rehearse this version instead of the channel's")
          ->check(tools::value_of(tools::require_version))
          ->excludes(channel);
    }
    if (name == "run") command->add_flag("--rehearse", options.rehearses, "End after the canary");
    if (name == "changelog") define_changelog(*command, options);
    if (name == "hold") define_hold(*command, options);
    if (name == "notify") {
      command->add_option_function<std::string>("instance", [&options](const std::string& instance) {
        const std::size_t colon = instance.find(':');
        options.gateway = colon == std::string::npos ? "" : instance.substr(colon + 1);
      });
    }
    if (name == "pin") {
      command->add_option("version", options.pinned, "The only version that updates may install")
          ->required()
          ->check(tools::value_of(tools::require_version));
    }
    if (name == "export") define_export(*command, options);
    if (name == "import") define_import(*command, options);
    if (name == "snapshot") define_snapshot(*command, options);
    if (name == "adopt") define_adopt(*command, options);
    if (name == "recover")
      command->add_flag("--boot", options.boot, "Recover only files, before the gateway starts");
  }
  app.require_subcommand(0, 1);
}

// What is named on the command line, over what the scope has.
void take_places(UpdateOptions& options) {
  config::Scope& scope = options.scope;
  if (!options.settings_file.empty()) {
    scope.settings.path = options.settings_file;
    scope.settings.site.clear();
  }
  if (options.state_directory.empty()) return;
  scope.updater = options.state_directory;
  if (!scope.is_user) scope.requests = scope.updater + "/requests";
}

int require_root(const char* command) {
  return tools::tell({base::ErrorKind::not_permitted, 0,
                      base::concat({"openclaw-update ", command,
                                    " needs root; try sudo, or --user for a gateway that is a user unit ",
                                    "(systemctl --user)"})});
}

int dispatch(const CLI::App& app, const UpdateOptions& options) {
  const bool has_rights = tools::may_administer(options.scope);
  for (const Subcommand& row : subcommands) {
    if (!app.got_subcommand(row.name)) continue;
    if (options.dry_run && !row.has_dry_run) {
      tools::print_error("openclaw-update", base::concat({row.name, " has no --dry-run; nothing was done"}));
      return EX_USAGE;
    }
    if (has_rights) return row.run(options);
    return row.without_root == nullptr ? require_root(row.name) : row.without_root(options);
  }
  if (!has_rights)
    return options.dry_run ? tools::show_plan_as_operator(options) : tools::update_as_operator(options);
  return options.dry_run ? tools::show_plan(options) : tools::update_by_unit(options);
}

int run(const CLI::App& app, UpdateOptions& options) {
  auto scope = tools::find_scope(options.is_user);
  if (!scope) return tools::tell(scope.error());
  options.scope = std::move(*scope);
  take_places(options);
  tools::reword_for(options.scope, options.gateway);
  return dispatch(app, options);
}

}  // namespace

int main(int argc, char** argv) {
  UpdateOptions options;
  CLI::App app("Update an OpenClaw gateway under supervision, and roll back failed updates.",
               "openclaw-update");
  define(app, options);
  app.footer(
      "Without a command, openclaw-update updates to the version of the channel. Examples:\n"
      "  openclaw-update rehearse          show what an update would change\n"
      "  openclaw-update --to 2026.9.6     update to a version\n"
      "Manual page: openclaw-update(8)");
  if (const auto ended = tools::parse_arguments(app, argc, argv)) return *ended;
  options.json = tools::writes_json();
  return tools::end_json(run(app, options));
}
