// SPDX-License-Identifier: MIT
// Taking over a gateway that somebody else installed, and giving it back.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdio>
#include <optional>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/gateways.hpp"
#include "config/values.hpp"
#include "tools/progress_bar.hpp"
#include "tools/scope.hpp"
#include "tools/status_record.hpp"
#include "tools/status_report.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/adoption/course.hpp"
#include "update/adoption/home_move.hpp"
#include "update/adoption/user_gateways.hpp"
#include "update/gateway.hpp"
#include "update/unit_start.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using update::Adopting;
using update::Undoing;

void print_list(const char* verb, const std::vector<std::string>& list) {
  for (const std::string& item : list) print_line({"  ", verb, " ", item});
}

update::AdoptionSite site_of(const UpdateSession& session, const UpdateOptions& options,
                             update::Workers& workers, ProgressBar& bar) {
  update::AdoptionPlaces places;
  places.settings = config::gateway_settings_path(options.scope.settings, options.gateway) + ".d";
  const config::Scope& scope = session.places.scope;
  places.units = scope.unit_files;
  places.shipped = scope.shipped_units;
  places.service_states = scope.service_states;
  if (scope.is_user) {
    places.own_user = name_of_caller();
    places.templates = "/usr/share/openclaw-systemd/user";
  }
  places.current = session.places.current();
  places.gateway = session.places.name;
  places.updater = session.places.updater;
  places.state = session.places.state;
  places.results = session.places.worker_places().gateway_results;
  return {session.state.get(),
          *session.releases,
          *session.manager,
          places,
          [&bar](const std::string& step) { bar.phase(step); },
          update::system_accounts(),
          &workers};
}

bool is_active(const UpdateSession& session, const std::string& unit) {
  const auto status = session.manager->status(unit);
  return status && update::is_running(*status);
}

// --- adopt

json json_of(const std::optional<update::MovedHome>& moved) {
  if (!moved) return nullptr;
  return {{"user", moved->user},
          {"makes_user", moved->makes_account},
          {"home", moved->home},
          {"place", moved->place},
          {"items", moved->items}};
}

json json_of(const std::optional<update::MovedUnit>& moved) {
  if (!moved) return nullptr;
  return {{"user", moved->user}, {"unit", moved->unit}, {"writable", moved->writable}};
}

json json_of(const Adopting& adopting) {
  json files = json::array();
  for (const auto& file : adopting.plan.files) files.push_back(file.path);
  return {{"schema", update_report_schema},
          {"unit", adopting.found.unit},
          {"package_root", adopting.package.root},
          {"version", adopting.package.version_text},
          {"release", adopting.release.empty() ? json() : json(adopting.release)},
          {"command", base::shown_words(adopting.plan.command)},
          {"files", std::move(files)},
          {"moved_home", json_of(adopting.found.moved_home)},
          {"moved_unit", json_of(adopting.found.moved_unit)},
          {"notes", adopting.plan.notes}};
}

void print_moved(const update::MovedHome& moved, bool is_done) {
  print_line({"  ", is_done ? "runs" : "would run", " as ", moved.user,
              is_done ? "" : " after it has been stopped and adopted",
              moved.makes_account
                  ? is_done ? ", a user that was created for it" : ", a user that would be created for it"
                  : ""});
  for (const std::string& item : moved.items) {
    print_line(
        {"  ", is_done ? "copied " : "would copy ", moved.home, "/", item, " to ", moved.place, "/", item});
  }
}

// The change from the user's unit to the system's.
void print_moved(const update::MovedUnit& moved, const Adopting& adopting, bool is_done) {
  const std::string& unit = adopting.found.unit;
  print_line({"  ", is_done ? "stopped " : "would stop ", moved.user, "'s user unit ", moved.unit,
              is_done ? " and prevented it from starting" : " and prevent it from starting"});
  print_line({"  ", is_done ? "started " : "would start ", unit, " as ", moved.user,
              is_done ? ", which is ready and runs the adopted version"
                      : ", wait until it is ready, and return to the user unit if it is not"});
}

void print_next_start(const UpdateSession& session, const Adopting& adopting) {
  const std::string& unit = adopting.found.unit;
  if (const auto& moved = adopting.found.moved_unit) {
    print_line(
        {"systemctl status ", unit, " shows it; openclaw-update adopt --undo returns it to ", moved->user});
    return;
  }
  if (const auto& moved = adopting.found.moved_home) {
    print_line({"systemctl start ", unit, " starts it as ", moved->user,
                "; OpenClaw's command line for it is, for example: ",
                update::command_line_of(*moved, adopting.found.launch.node, session.places.current()),
                " status"});
  } else if (is_active(session, unit)) {
    print_line({"The running gateway is not restarted: the next start uses the release; systemctl restart ",
                unit, " uses it now"});
  } else {
    print_line({"The next start of ", unit, " uses the release"});
  }
}

void print_adopted(const UpdateSession& session, const Adopting& adopting) {
  const std::string& unit = adopting.found.unit;
  const char* const verb = adopting.release.empty() ? "would write" : "wrote";
  print_line({unit, adopting.release.empty() ? " would be adopted" : " is adopted", ": OpenClaw ",
              adopting.package.version_text, " from ", adopting.package.root, ", which is not changed",
              adopting.release.empty() ? "" : "; its copy is the release ", adopting.release});
  print_line({"  command ", base::shown_command(adopting.plan.command)});
  for (const auto& file : adopting.plan.files) print_line({"  ", verb, " ", file.path});
  if (const auto& moved = adopting.found.moved_home) print_moved(*moved, !adopting.release.empty());
  if (const auto& moved = adopting.found.moved_unit) print_moved(*moved, adopting, !adopting.release.empty());
  print_list("note:", adopting.plan.notes);
  if (!adopting.release.empty()) print_next_start(session, adopting);
}

// Of the scope that is not meant (#87490): whoever does not find their gateway in one has it in the other.
std::string gateways_elsewhere(const UpdateSession& session) {
  if (!session.places.scope.is_user) return shown(update::find_user_gateways());
  const auto system = bus::connect_to_system_manager();
  const std::string& unit = session.settings.gateway.unit;
  const auto status =
      system ? (*system)->status(unit) : base::Result<bus::ServiceStatus>(base::pass(system.error()));
  if (!status || !update::is_running(*status)) return {};
  return base::concat({"the system unit ", unit, " is running, which root can adopt without --user"});
}

int adopt_command(const UpdateSession& session, const UpdateOptions& options) {
  ProgressBar bar(stderr, !options.json && !options.quiet);
  update::UnitWorkers workers(*session.manager, session.places.worker_places());
  const auto site = site_of(session, options, workers, bar);
  if (!options.dry_run) {
    if (auto clear = update::clear_interrupted_adoption(site); !clear) return tell(clear.error());
  }
  const auto unit = options.unit.empty() ? base::Result<std::string>("") : unit_named(options.unit);
  if (!unit) return tell(unit.error());
  auto adopting = update::look_before_adoption(site, session.settings, session.places.updater,
                                               {.unit = *unit,
                                                .package_root = options.package_root,
                                                .force = options.force,
                                                .to_user = options.to_user,
                                                .from_user = options.from_user,
                                                .profile = options.profile,
                                                .strict = options.strict});
  if (!adopting && options.from_user.empty() && options.unit.empty()) {
    if (const std::string others = gateways_elsewhere(session); !others.empty())
      adopting.error().message += base::concat({"; also, ", others});
  }
  if (!adopting) return tell(adopting.error());
  if (options.scope.is_user && !has_namespaces(*session.manager)) {
    adopting->plan.notes.emplace_back(
        "your service manager cannot create namespaces (the kernel, a container or a policy forbids it): the "
        "workers of an update run without a sandbox of namespaces, and the canary without its own network; "
        "channels, providers and cron are off in the canary nevertheless, and it uses another port");
  }
  if (!options.dry_run) {
    const auto copied = [&bar](std::uint64_t files) {
      if (files % 256 == 0) bar.phase("copying, " + std::to_string(files) + " files");
    };
    const update::AdoptionSealing sealing{options.scope.settings,
                                          base::unix_now_ms(),
                                          copied,
                                          session.settings.overrides,
                                          session.settings.update.ready_timeout,
                                          session.settings.update.settle};
    if (auto done = update::carry_out_adoption(site, sealing, *adopting); !done) {
      bar.clear();
      return tell(done.error());
    }
  }
  bar.clear();
  if (!options.dry_run) publish_status(session);
  if (options.json) {
    print_json(json_of(*adopting));
  } else if (!options.quiet) {
    print_adopted(session, *adopting);
  }
  return EX_OK;
}

// --- adopt --undo

json json_of(const Undoing& undoing, const update::UndoneAdoption& undone) {
  return {{"schema", update_report_schema},
          {"unit", undoing.record.unit},
          {"package_root", undoing.record.package_root},
          {"version", undoing.version.empty() ? json() : json(undoing.version)},
          {"complete", !undone.still_starts_current},
          {"removed", undone.removed},
          {"kept", undone.kept},
          {"kept_home", undone.home.kept.empty() ? json() : json(undone.home.kept)},
          {"notes", undoing.notes}};
}

void print_given_back(const Undoing& undoing, const update::HomeGivenBack& home) {
  const auto& moved = undoing.record.moved_home;
  if (!moved) return;
  print_line({"  it runs as root again, with ", moved->home, " as before the adoption"});
  if (!home.kept.empty()) {
    print_line({"  what the gateway of ", moved->user, " has written since then is kept in ", home.kept,
                ", with its secrets"});
    for (const std::string& item : moved->items) {
      const std::string path = moved->home + "/" + item;
      print_line({"  to continue with it: mv ", path, " ", path, ".before; cp -a ", home.kept, "/", item, " ",
                  path, "; chown -R root: ", path});
    }
  }
  if (home.user_is_gone) print_line({"  removed the user ", moved->user});
  if (!home.user_kept.empty()) {
    print_line(
        {"  kept the user ", moved->user, " (", home.user_kept, "); userdel ", moved->user, " removes it"});
  }
}

void print_undone(const UpdateSession& session, const Undoing& undoing,
                  const update::UndoneAdoption& undone) {
  const std::string& unit = undoing.record.unit;
  if (const auto& moved = undoing.record.moved_unit; moved && !undone.still_starts_current) {
    print_line({moved->user, "'s user unit ", moved->unit,
                " runs again, with the current state; the system unit ", unit, " is stopped"});
  } else if (!undone.still_starts_current) {
    print_line({unit, " starts OpenClaw", undoing.version.empty() ? "" : " ", undoing.version, " from ",
                undoing.record.package_root, " again, as before it was adopted"});
  }
  if (!undone.still_starts_current) print_given_back(undoing, undone.home);
  print_list("removed", undone.removed);
  print_list("kept, because it was changed:", undone.kept);
  print_list("note:", undoing.notes);
  if (undone.still_starts_current) return;
  print_line({"  releases stay in ", session.places.updater, "/releases; no unit starts them"});
  if (is_active(session, unit)) {
    print_line({"The running gateway is not restarted; systemctl restart ", unit, " switches it now"});
  }
}

int undo_command(const UpdateSession& session, const UpdateOptions& options) {
  ProgressBar bar(stderr, !options.json && !options.quiet);
  update::UnitWorkers workers(*session.manager, session.places.worker_places());
  const auto site = site_of(session, options, workers, bar);
  const auto undoing = update::prepare_undoing(site, options.force);
  if (!undoing) return tell(undoing.error());
  if (options.dry_run) {
    std::vector<std::string> files;
    for (const auto& file : undoing->record.files) files.push_back(file.path);
    if (options.json) {
      print_json(json_of(*undoing, {files, {}, true, {}}));
    } else {
      print_list("would remove", files);
    }
    return EX_OK;
  }
  const auto undone = update::undo_adoption(site, undoing->record);
  bar.clear();
  publish_status(session);
  if (!undone) return tell(undone.error());
  if (auto unmarked = unmark_gateway_unit(session.places.scope, undoing->record.unit); !unmarked)
    static_cast<void>(tell(unmarked.error()));
  if (options.json) {
    print_json(json_of(*undoing, *undone));
  } else if (!options.quiet) {
    print_undone(session, *undoing, *undone);
  }
  if (!undone->still_starts_current) return EX_OK;
  return tell({ErrorKind::integrity, 0,
               undoing->record.unit + " still starts " + session.places.current() +
                   "; remove the setting that causes it (systemctl cat shows it), then repeat adopt --undo"});
}

}  // namespace

Result<std::string> unit_named(const std::string& text) {
  const bool has_suffix = text.find('.') != std::string::npos;
  return config::parse_service_name(has_suffix ? text : text + ".service");
}

int adopt_installation(const UpdateOptions& options) {
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
  const auto session =
      options.undo ? UpdateSession::open(options, true) : UpdateSession::open_for_adoption(options);
  if (!session) return tell(session.error());
  const auto held = update::take_lock(session->state.get());
  if (!held) return tell(held.error());
  return options.undo ? undo_command(*session, options) : adopt_command(*session, options);
}

}  // namespace tools
