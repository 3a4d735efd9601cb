// Taking over a gateway that somebody else installed, and giving it back.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdio>
#include <optional>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "config/values.hpp"
#include "openclaw/package.hpp"
#include "release/validation.hpp"
#include "tools/progress_bar.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/adoption/files.hpp"
#include "update/adoption/survey.hpp"
#include "update/gateway.hpp"
#include "update/journal.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using update::AdoptionRecord;

void print_list(const char* verb, const std::vector<std::string>& list) {
  for (const std::string& item : list) print_line({"  ", verb, " ", item});
}

update::AdoptionSite site_of(const UpdateSession& session, const UpdateOptions& options, ProgressBar& bar) {
  update::AdoptionPlaces places;
  places.settings = options.settings + ".d";
  places.current = session.state_directory + "/current";
  return {session.state.get(), *session.releases, *session.manager, places,
          [&bar](const std::string& step) { bar.phase(step); }};
}

bool is_active(const UpdateSession& session, const std::string& unit) {
  const auto status = session.manager->status(unit);
  return status && update::is_running(*status);
}

// --- adopt

// What was found and what is to be made of it.
struct Adopting {
  update::Installation found;
  update::AdoptionPlan plan;
  openclaw::Package package;
  std::string release;  // empty: not sealed yet
};

// A package that lacks something beside it (other package managers keep dependencies elsewhere) would not run
// from where it is copied to.
Result<void> require_whole(const UpdateSession& session, const UpdateOptions& options, Adopting& adopting) {
  const auto& package = adopting.package;
  auto whole =
      release::validate_package(package.directory.get(), package.version_text, session.settings.overrides);
  if (whole) return {};
  if (options.force) {
    adopting.plan.notes.push_back(whole.error().message);
    return {};
  }
  return base::pass(std::move(whole.error()),
                    base::concat({package.root, " is not as npm -g installs OpenClaw ", package.version_text,
                                  "; install it again, or take it as it is with --force"}));
}

Result<Adopting> look(const UpdateSession& session, const UpdateOptions& options,
                      const update::AdoptionSite& site) {
  const auto unit = options.unit.empty() ? session.settings.gateway.unit : unit_named(options.unit);
  if (!unit) return base::pass(unit.error());
  auto found =
      update::survey_installation(*session.manager, *unit, options.package_root, session.state_directory);
  if (!found) return base::pass(found.error());
  auto plan = update::plan_adoption(*found, site.places);
  if (!plan) return base::pass(plan.error());
  if (auto free = update::require_adoptable(site, plan->files); !free) return base::pass(free.error());
  auto package = openclaw::read_package(found->package_root);
  if (!package) return base::pass(package.error());
  Adopting adopting{std::move(*found), std::move(*plan), std::move(*package), ""};
  if (auto whole = require_whole(session, options, adopting); !whole) return base::pass(whole.error());
  return adopting;
}

Result<void> seal(const UpdateSession& session, ProgressBar& bar, Adopting& adopting) {
  release::Description description;
  description.version = adopting.package.version_text;
  description.client = "adopted from " + adopting.package.root;
  description.made_at = update::rfc3339(unix_now_ms());
  auto id = update::Journal(session.state.get()).new_id(unix_now_ms());
  if (!id) return base::pass(id.error());
  description.made_by = std::move(*id);
  const auto release =
      session.releases->seal(adopting.package.directory.get(), description, [&bar](std::uint64_t files) {
        if (files % 256 == 0) bar.phase("copying, " + std::to_string(files) + " files");
      });
  if (!release) return base::pass(release.error());
  adopting.release = release->name;
  return {};
}

// A file of the administrator's that is read later has the last word.
Result<void> require_settings(const UpdateOptions& options, const update::AdoptionSite& site,
                              const Adopting& adopting) {
  const auto settings = config::load(options.settings);
  if (!settings) return base::pass(settings.error());
  const auto& gateway = settings->gateway;
  const std::pair<const char*, bool> agreed[] = {
      {"unit", gateway.unit == adopting.found.unit},
      {"state-directory", gateway.state_directory == adopting.plan.state_directory},
      {"package-root", gateway.package_root == site.places.current}};
  for (const auto& [key, agrees] : agreed) {
    if (agrees) continue;
    return base::fail(ErrorKind::refused,
                      base::concat({key, "= in [gateway] is set by a file in ", site.places.settings,
                                    " that is read after 50-adopted.ini; take it out there"}));
  }
  return {};
}

Result<void> adopt(const UpdateSession& session, const UpdateOptions& options,
                   const update::AdoptionSite& site, ProgressBar& bar, Adopting& adopting) {
  if (auto sealed = seal(session, bar, adopting); !sealed) return sealed;
  AdoptionRecord begun;
  begun.unit = adopting.found.unit;
  begun.package_root = adopting.package.root;
  begun.release = adopting.release;
  const auto record = update::apply_adoption(site, begun, adopting.plan.files);
  if (!record) return base::pass(record.error());
  auto agreed = require_settings(options, site, adopting);
  if (agreed) return {};
  if (auto undone = update::undo_adoption(site, *record); !undone) return base::pass(undone.error());
  return base::pass(std::move(agreed.error()), "not adopted, and nothing of it is left");
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
          {"notes", adopting.plan.notes}};
}

void print_adopted(const UpdateSession& session, const Adopting& adopting) {
  const std::string& unit = adopting.found.unit;
  const char* const verb = adopting.release.empty() ? "would write" : "wrote";
  print_line({unit, adopting.release.empty() ? " would be adopted" : " is adopted", ": OpenClaw ",
              adopting.package.version_text, " from ", adopting.package.root, ", which stays as it is",
              adopting.release.empty() ? "" : "; its copy is the release ", adopting.release});
  print_line({"  command ", base::shown_command(adopting.plan.command)});
  for (const auto& file : adopting.plan.files) print_line({"  ", verb, " ", file.path});
  print_list("note:", adopting.plan.notes);
  if (adopting.release.empty()) return;
  if (is_active(session, unit)) {
    print_line({"The gateway that runs is left alone: the next start uses the release, systemctl restart ",
                unit, " does so now"});
  } else {
    print_line({"The next start of ", unit, " uses the release"});
  }
}

int adopt_command(const UpdateSession& session, const UpdateOptions& options) {
  ProgressBar bar(stderr, !options.json && !options.quiet);
  const auto site = site_of(session, options, bar);
  const auto earlier = update::read_adoption(session.state.get());
  if (!earlier) return tell(earlier.error());
  if (*earlier && !(*earlier)->complete && !options.dry_run) {
    // Killed in the middle: what it has left is in the way of a new one, and nobody waits for it.
    const auto undone = update::undo_adoption(site, **earlier);
    if (!undone) return tell(undone.error());
  }
  if (auto free = update::require_adoptable(site, {}); !free) return tell(free.error());
  auto adopting = look(session, options, site);
  if (!adopting) return tell(adopting.error());
  if (!options.dry_run) {
    if (auto done = adopt(session, options, site, bar, *adopting); !done) {
      bar.clear();
      return tell(done.error());
    }
  }
  bar.clear();
  if (options.json) {
    print_json(json_of(*adopting));
  } else if (!options.quiet) {
    print_adopted(session, *adopting);
  }
  return EX_OK;
}

// --- adopt --undo

struct Undoing {
  AdoptionRecord record;
  std::string version;             // of the package that is started again; empty: not known
  std::vector<std::string> notes;  // what --force is for
};

// Of the release that runs, as far as it can be told.
std::optional<openclaw::Version> current_version(const UpdateSession& session) {
  const auto current = session.releases->target(release::Store::Pointer::current);
  if (!current || !*current) return std::nullopt;
  const auto release = session.releases->find(**current);
  return release ? openclaw::Version::parse(release->description.version) : std::nullopt;
}

// What is started then must be there, and able to read the state: 2026.9.6 moves its schema, and 2026.9.5
// exits then.
Result<void> require_startable(const UpdateSession& session, Undoing& undoing) {
  const auto package = openclaw::read_package(undoing.record.package_root);
  if (!package) return base::pass(package.error(), "the gateway could not be started again as it was");
  undoing.version = package->version_text;
  const auto current = current_version(session);
  if (!current || !(package->version < *current)) return {};
  return base::fail(ErrorKind::refused, base::concat({package->root, " is ", package->version_text,
                                                      ", and may not read the state of ", current->text(),
                                                      ", which is current; openclaw-update rollback ",
                                                      package->version_text, " first"}));
}

Result<Undoing> prepare_undo(const UpdateSession& session, const UpdateOptions& options) {
  auto record = update::read_adoption(session.state.get());
  if (!record) return base::pass(record.error());
  if (!*record) {
    return base::fail(ErrorKind::not_found, "nothing is adopted here; openclaw-update adopt does it");
  }
  const auto open = update::Journal(session.state.get()).open_transaction();
  if (!open) return base::pass(open.error());
  if (*open) {
    return base::fail(ErrorKind::refused,
                      "the update " + **open + " is not finished; openclaw-update recover");
  }
  Undoing undoing{std::move(**record), "", {}};
  // What a kill has left half done or half undone has to come to an end, wherever it leads.
  if (!undoing.record.complete) return undoing;
  auto startable = require_startable(session, undoing);
  if (startable) return undoing;
  if (!options.force) {
    startable.error().message += "; --force gives it back all the same";
    return base::pass(std::move(startable.error()));
  }
  undoing.notes.push_back(std::move(startable.error().message));
  return undoing;
}

json json_of(const Undoing& undoing, const update::UndoneAdoption& undone) {
  return {{"schema", update_report_schema},
          {"unit", undoing.record.unit},
          {"package_root", undoing.record.package_root},
          {"version", undoing.version.empty() ? json() : json(undoing.version)},
          {"complete", !undone.still_starts_current},
          {"removed", undone.removed},
          {"kept", undone.kept},
          {"notes", undoing.notes}};
}

void print_undone(const UpdateSession& session, const Undoing& undoing,
                  const update::UndoneAdoption& undone) {
  const std::string& unit = undoing.record.unit;
  if (!undone.still_starts_current) {
    print_line({unit, " starts OpenClaw", undoing.version.empty() ? "" : " ", undoing.version, " from ",
                undoing.record.package_root, " again, as before it was adopted"});
  }
  print_list("removed", undone.removed);
  print_list("kept, since it was changed:", undone.kept);
  print_list("note:", undoing.notes);
  if (undone.still_starts_current) return;
  print_line({"  releases stay in ", session.state_directory, "/releases; nothing starts them"});
  if (is_active(session, unit)) {
    print_line({"The gateway that runs is left alone: systemctl restart ", unit, " changes over now"});
  }
}

int undo_command(const UpdateSession& session, const UpdateOptions& options) {
  auto undoing = prepare_undo(session, options);
  if (!undoing) return tell(undoing.error());
  if (options.dry_run) {
    std::vector<std::string> files;
    for (const auto& file : undoing->record.files) files.push_back(file.path);
    if (options.json) {
      print_json(json_of(*undoing, {files, {}, true}));
    } else {
      print_list("would remove", files);
    }
    return EX_OK;
  }
  ProgressBar bar(stderr, !options.json && !options.quiet);
  const auto undone = update::undo_adoption(site_of(session, options, bar), undoing->record);
  bar.clear();
  if (!undone) return tell(undone.error());
  if (options.json) {
    print_json(json_of(*undoing, *undone));
  } else if (!options.quiet) {
    print_undone(session, *undoing, *undone);
  }
  if (!undone->still_starts_current) return EX_OK;
  return tell({ErrorKind::integrity, 0,
               undoing->record.unit + " still starts " + session.state_directory +
                   "/current; remove what makes it (systemctl cat shows it), then adopt --undo again"});
}

}  // namespace

Result<std::string> unit_named(const std::string& text) {
  const bool has_suffix = text.find('.') != std::string::npos;
  return config::parse_service_name(has_suffix ? text : text + ".service");
}

int adopt_installation(const UpdateOptions& options) {
  if (auto root = require_root(); !root) return tell(root.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  const auto held = take_lock(*session);
  if (!held) return tell(held.error());
  return options.undo ? undo_command(*session, options) : adopt_command(*session, options);
}

}  // namespace tools
