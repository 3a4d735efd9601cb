// SPDX-License-Identifier: MIT
#include "update/adoption/course.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "openclaw/version.hpp"
#include "release/validation.hpp"
#include "update/adoption/command.hpp"
#include "update/adoption/home_move.hpp"
#include "update/adoption/named_gateway.hpp"
#include "update/adoption/neighbours.hpp"
#include "update/adoption/surroundings.hpp"
#include "update/adoption/survey.hpp"
#include "update/adoption/unit_check.hpp"
#include "update/adoption/user_unit.hpp"
#include "update/gateway.hpp"
#include "update/journal.hpp"
#include "update/state_look.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

// pnpm and bun install dependencies beside the package; the release has them in the package, as with npm.
Result<bool> gather(Adopting& adopting) {
  const std::string& root = adopting.package.root;
  auto parts = release::gather_package(root, adopting.package.directory.get());
  // Not even --force would then take what belongs to it.
  if (!parts && !fs::is_answer(parts.error()))
    return base::pass(parts.error(), "looking for the packages that " + root + " requires");
  const bool is_scattered = parts && std::ranges::any_of(*parts, [&](const release::Part& part) {
                              return !is_beneath(root, part.folder);
                            });
  if (is_scattered) adopting.parts = std::move(*parts);
  return is_scattered;
}

constexpr const char* postinstall = "scripts/postinstall-bundled-plugins.mjs";

// pnpm 10 runs only approved scripts of packages, and OpenClaw's own script must run while it can still write
// to the package.
bool lacks_postinstall(const openclaw::Package& package) {
  const int fd = package.directory.get();
  return fs::exists_beneath(fd, postinstall) &&
         std::ranges::any_of(openclaw::lifecycle_marks,
                             [&](const char* mark) { return fs::exists_beneath(fd, mark); });
}

std::string way_to_complete(const Adopting& adopting) {
  const openclaw::Package& package = adopting.package;
  if (!lacks_postinstall(package)) return "install it again, or adopt it unchanged with --force";
  const std::string& node = adopting.found.launch.node;
  return base::concat({"its postinstall has not run; as the user who owns it, run ",
                       node.empty() ? "node" : node, " ", package.root, "/", postinstall,
                       ", then adopt again"});
}

// An incomplete package would not run from its copy.
Result<void> require_whole(const config::Settings& settings, bool force, Adopting& adopting) {
  const auto& package = adopting.package;
  const auto validated = [&](release::Extent extent) {
    return release::validate_package(package.directory.get(), package.version_text, settings.overrides,
                                     extent);
  };
  auto whole = validated(release::Extent::all);
  const auto gathered = whole ? Result<bool>(false) : gather(adopting);
  if (!gathered) return base::pass(gathered.error());
  if (*gathered) {
    adopting.plan.notes.push_back(base::concat(
        {base::count(adopting.parts.size() - 1, "package", "packages"), " that ", package.root,
         " requires are outside of it, as pnpm and bun install them; the release has them ", "below it"}));
    whole = validated(release::Extent::own_files);
  }
  if (whole) return {};
  if (force) {
    adopting.plan.notes.push_back(whole.error().message);
    return {};
  }
  return base::pass(std::move(whole.error()),
                    base::concat({package.root, " differs from what npm -g installs for OpenClaw ",
                                  package.version_text, "; ", way_to_complete(adopting)}));
}

void add_notes_of_named_gateway(const AdoptionSite& site, Adopting& adopting) {
  const std::string& name = site.places.gateway;
  if (name.empty()) return;
  std::vector<std::string>& notes = adopting.plan.notes;
  const auto sharing = gateways_of_the_same_group(adopting.found, site.places);
  constexpr std::string_view apart =
      ", too: their users can see each other's updates; Group= with a separate group in the unit keeps "
      "them "
      "apart";
  if (!sharing.empty()) {
    notes.push_back(base::concat(
        {"the group of ", adopting.found.unit, " is that of ", base::join(sharing, ", "), apart}));
  }
  constexpr std::string_view watched =
      "systemctl try-restart openclaw-watchdog.service makes the watchdog monitor it, and systemctl enable "
      "--now "
      "openclaw-update-gateway@";
  notes.push_back(base::concat({watched, name, ".timer updates it each night"}));
}

// A replacement that has begun since the first check may have ended already.
Result<void> require_unchanged(const Adopting& adopting) {
  const std::string& root = adopting.package.root;
  if (auto rests = require_package_at_rest(root, adopting.proc); !rests) return rests;
  if (stamp_of_package(root) == adopting.stamp) return {};
  constexpr std::string_view changed =
      " was changed while it was copied, and the copy may mix two versions; no unit starts the copy: adopt "
      "again";
  return base::fail(ErrorKind::busy, base::concat({root, changed}));
}

// Empty if the state may not be examined.
std::string note_of_its_updates(const Installation& found, const std::string& proc) {
  if (found.package_root.empty()) return {};
  const auto look = look_into_state(found.definition, found.status.main_pid, found.package_root, proc);
  if (!look) return {};
  VariablesOfUnit variables{found.definition.environment_keys, {}};
  variables.set.insert(variables.set.end(), found.environment_file_keys.begin(),
                       found.environment_file_keys.end());
  return note_of_auto_update(*look, found.unit, variables);
}

Result<std::string> seal(const AdoptionSite& site, const AdoptionSealing& sealing, const Adopting& adopting) {
  const openclaw::Package& package = adopting.package;
  release::Description description;
  description.version = package.version_text;
  description.client = "adopted from " + package.root;
  description.made_at = base::rfc3339(sealing.now_ms);
  auto id = Journal(site.state_fd).new_id(sealing.now_ms, site.places.gateway);
  if (!id) return base::pass(id.error());
  description.made_by = std::move(*id);
  const auto release = adopting.parts.empty()
                           ? site.releases.seal(package.directory.get(), description, sealing.copied)
                           : site.releases.seal(adopting.parts, description, sealing.copied);
  if (!release) return base::pass(release.error());
  if (adopting.parts.empty() || adopting.forced) return release->name;
  // A package that was gathered from several folders is checked when it is complete.
  const auto sealed = openclaw::read_package(release->path);
  if (!sealed) return base::pass(sealed.error());
  auto whole = release::validate_package(sealed->directory.get(), package.version_text, sealing.overrides);
  if (!whole) return base::pass(std::move(whole.error()), "not adopted; only the release is left");
  return release->name;
}

// An administrator's file that is read later takes precedence.
Result<void> require_settings(const AdoptionSite& site, const config::SettingsFiles& settings_file,
                              const Adopting& adopting) {
  const auto settings = config::load_whole_gateway(settings_file, site.places.gateway);
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
                                    " that is read after 50-adopted.ini; remove it there"}));
  }
  return {};
}

// The version of the running release, if it is known. An error of the disk is passed: the older package would
// be started on a state that it may not be able to read.
Result<std::optional<openclaw::Version>> current_version(const release::Store& releases) {
  const auto current = releases.target(release::Store::Pointer::current);
  if (!current && !fs::is_answer(current.error())) return base::pass(current.error());
  if (!current || !*current) return std::nullopt;
  const auto release = releases.find(**current);
  if (!release && !fs::is_answer(release.error())) return base::pass(release.error());
  return release ? openclaw::Version::parse(release->description.version) : std::nullopt;
}

// The package that is started again must exist, and must be able to read the state: 2026.9.6 changes its
// schema, and 2026.9.5 exits because of this.
Result<void> require_startable(const release::Store& releases, Undoing& undoing) {
  const auto package = openclaw::read_package(undoing.record.package_root);
  if (!package)
    return base::pass(package.error(), "the gateway could not be started again with its original package");
  undoing.version = package->version_text;
  const auto known = current_version(releases);
  if (!known) return base::pass(known.error(), "the version of the current release is not known");
  const std::optional<openclaw::Version>& current = *known;
  if (!current || !(package->version < *current)) return {};
  // It returns to the state that it left: the newer state is set aside.
  if (undoing.record.moved_home) {
    undoing.notes.push_back(
        base::concat({"OpenClaw ", package->version_text, " may not be able to read the state that ",
                      current->text(), " has written since; it is set aside"}));
    return {};
  }
  return base::fail(
      ErrorKind::refused,
      base::concat({package->root, " is ", package->version_text,
                    ", and may not be able to read the state of ", current->text(),
                    ", which is current; openclaw-update rollback ", package->version_text, " first"}));
}

// The original home was removed too early.
Result<void> require_original(const MovedHome& moved) {
  for (const std::string& item : moved.items) {
    const std::string path = base::concat({moved.home, "/", item});
    struct stat status = {};
    if (::lstat(path.c_str(), &status) == 0) continue;
    return base::fail(
        ErrorKind::refused,
        base::concat({path,
                      " no longer exists, and the gateway would start as root without it; the copy is in ",
                      moved.place}));
  }
  return {};
}

}  // namespace

Result<void> clear_interrupted_adoption(const AdoptionSite& site) {
  auto earlier = read_adoption(site.state_fd);
  if (!earlier) return base::pass(earlier.error());
  if (!*earlier || (*earlier)->complete) return {};
  if (auto stopped = require_stopped_for_home(site, (*earlier)->unit, (*earlier)->moved_home); !stopped)
    return stopped;
  const auto undone = undo_adoption(site, std::move(**earlier));
  if (!undone) return base::pass(undone.error());
  return {};
}

namespace {

// With notes about a user unit.
Result<UserUnitPlan> survey_for(const AdoptionSite& site, const config::Settings& settings,
                                const std::string& state_directory, const AdoptionOrder& order) {
  if (order.from_user.empty()) {
    const std::string& unit = order.unit.empty() ? settings.gateway.unit : order.unit;
    auto found = survey_installation(site.manager, unit, order.package_root, state_directory, order.proc,
                                     site.places.own_user);
    if (!found) return base::pass(found.error());
    return UserUnitPlan{std::move(*found), {}};
  }
  const std::string unit = order.unit.empty() ? user_unit_of_profile(order.profile) : order.unit;
  auto plan = survey_user_unit(site.manager, *site.workers, site.accounts,
                               {order.from_user, unit, order.strict}, site.places);
  if (!plan) return plan;
  observe_processes(plan->found, order.proc);
  if (auto read = understand_installation(plan->found, order.package_root, state_directory); !read) {
    return base::pass(read.error());
  }
  return plan;
}

}  // namespace

Result<Adopting> look_before_adoption(const AdoptionSite& site, const config::Settings& settings,
                                      const std::string& state_directory, const AdoptionOrder& order) {
  if (auto free = require_adoptable(site, {}); !free) return base::pass(free.error());
  auto surveyed = survey_for(site, settings, state_directory, order);
  if (!surveyed) return base::pass(surveyed.error());
  Installation* const found = &surveyed->found;
  std::vector<std::string> of_move = std::move(surveyed->notes);
  const std::string of_updates = note_of_its_updates(*found, order.proc);
  if (!order.to_user.empty() && found->status.load_state == "loaded") {
    auto move = plan_home_move(*found, order.to_user, site.accounts, site.places);
    if (!move) return base::pass(move.error());
    run_as_its_user(*found, move->moved);
    of_move = std::move(move->notes);
  }
  auto plan = plan_adoption(*found, site.places);
  if (!plan) return base::pass(plan.error());
  plan->notes.insert(plan->notes.begin(), of_move.begin(), of_move.end());
  if (auto free = require_adoptable(site, plan->files); !free) return base::pass(free.error());
  if (auto rests = require_package_at_rest(found->package_root, order.proc); !rests)
    return base::pass(rests.error());
  std::string stamp = stamp_of_package(found->package_root);
  auto package = openclaw::read_package(found->package_root);
  if (!package) return base::pass(package.error());
  Adopting adopting{std::move(*found), std::move(*plan), std::move(*package), {}, order.force, "",
                    std::move(stamp),  order.proc};
  add_notes_of_named_gateway(site, adopting);
  if (auto whole = require_whole(settings, order.force, adopting); !whole) return base::pass(whole.error());
  const auto space = order.free_space(site.state_fd);
  if (!space) return base::pass(space.error());
  auto surroundings =
      notes_of_surroundings(adopting.found, adopting.plan.state_directory, state_directory,
                            size_of_package(adopting.package.directory.get(), adopting.parts), space->bytes);
  if (!surroundings) return base::pass(surroundings.error());
  for (std::string& note : *surroundings) adopting.plan.notes.push_back(std::move(note));
  for (std::string& note : notes_of_neighbours(adopting.found, order.proc))
    adopting.plan.notes.push_back(std::move(note));
  if (!of_updates.empty()) adopting.plan.notes.push_back(of_updates);
  return adopting;
}

Result<void> carry_out_adoption(const AdoptionSite& site, const AdoptionSealing& sealing,
                                Adopting& adopting) {
  const std::optional<MovedHome>& moved = adopting.found.moved_home;
  if (auto stopped = require_stopped_for_home(site, adopting.found.unit, moved); !stopped) return stopped;
  // An adoption that was killed while it sealed has left a draft of a release.
  static_cast<void>(site.releases.sweep());
  if (moved) {
    if (auto room = require_room_for_copy(*moved); !room) return room;
  }
  auto release = seal(site, sealing, adopting);
  if (!release) return base::pass(release.error());
  if (auto same = require_unchanged(adopting); !same) return same;
  adopting.release = std::move(*release);
  if (auto made = make_gateway_folders(adopting.found, site.places); !made) return made;
  AdoptionRecord begun;
  begun.unit = adopting.found.unit;
  begun.package_root = adopting.package.root;
  begun.release = adopting.release;
  begun.moved_home = moved;
  begun.moved_unit = adopting.found.moved_unit;
  const auto record = apply_adoption(site, begun, adopting.plan.files,
                                     [&] { return require_serving(site, sealing, adopting); });
  if (!record) return base::pass(record.error());
  auto agreed = require_settings(site, sealing.settings_file, adopting);
  if (agreed) return {};
  const auto undone = undo_adoption(site, *record);
  if (!undone) return base::pass(undone.error());
  return base::pass(std::move(agreed.error()), not_adopted(*undone));
}

Result<Undoing> prepare_undoing(const AdoptionSite& site, bool force) {
  auto record = read_adoption(site.state_fd);
  if (!record) return base::pass(record.error());
  if (!*record) {
    return base::fail(ErrorKind::not_found, "no gateway is adopted; use openclaw-update adopt");
  }
  const auto open = Journal(site.state_fd).open_transaction();
  if (!open) return base::pass(open.error());
  if (*open) {
    return base::fail(ErrorKind::refused,
                      "the update " + **open + " is not finished; openclaw-update recover");
  }
  Undoing undoing{std::move(**record), "", {}};
  const std::optional<MovedHome>& moved = undoing.record.moved_home;
  if (auto stopped = require_stopped_for_home(site, undoing.record.unit, moved); !stopped)
    return base::pass(stopped.error());
  if (!undoing.record.complete) return undoing;
  auto startable = require_startable(site.releases, undoing);
  if (startable && moved) startable = require_original(*moved);
  if (startable) return undoing;
  if (!force) {
    startable.error().message += "; --force overrides this";
    return base::pass(std::move(startable.error()));
  }
  undoing.notes.push_back(std::move(startable.error().message));
  return undoing;
}

}  // namespace update
