#include "update/adoption/course.hpp"

#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "openclaw/version.hpp"
#include "release/validation.hpp"
#include "update/adoption/survey.hpp"
#include "update/gateway.hpp"
#include "update/journal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

// A package that lacks something beside it (other package managers keep dependencies elsewhere) would not run
// from where it is copied to.
Result<void> require_whole(const config::Settings& settings, bool force, Adopting& adopting) {
  const auto& package = adopting.package;
  auto whole = release::validate_package(package.directory.get(), package.version_text, settings.overrides);
  if (whole) return {};
  if (force) {
    adopting.plan.notes.push_back(whole.error().message);
    return {};
  }
  return base::pass(std::move(whole.error()),
                    base::concat({package.root, " is not as npm -g installs OpenClaw ", package.version_text,
                                  "; install it again, or take it as it is with --force"}));
}

Result<std::string> seal(const AdoptionSite& site, const AdoptionSealing& sealing,
                         const openclaw::Package& package) {
  release::Description description;
  description.version = package.version_text;
  description.client = "adopted from " + package.root;
  description.made_at = base::rfc3339(sealing.now_ms);
  auto id = Journal(site.state_fd).new_id(sealing.now_ms);
  if (!id) return base::pass(id.error());
  description.made_by = std::move(*id);
  const auto release = site.releases.seal(package.directory.get(), description, sealing.copied);
  if (!release) return base::pass(release.error());
  return release->name;
}

// A file of the administrator's that is read later has the last word.
Result<void> require_settings(const AdoptionSite& site, const std::string& settings_file,
                              const Adopting& adopting) {
  const auto settings = config::load(settings_file);
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

// Of the release that runs, as far as it can be told.
std::optional<openclaw::Version> current_version(const release::Store& releases) {
  const auto current = releases.target(release::Store::Pointer::current);
  if (!current || !*current) return std::nullopt;
  const auto release = releases.find(**current);
  return release ? openclaw::Version::parse(release->description.version) : std::nullopt;
}

// What is started then must be there, and able to read the state: 2026.9.6 moves its schema, and 2026.9.5
// exits then.
Result<void> require_startable(const release::Store& releases, Undoing& undoing) {
  const auto package = openclaw::read_package(undoing.record.package_root);
  if (!package) return base::pass(package.error(), "the gateway could not be started again as it was");
  undoing.version = package->version_text;
  const auto current = current_version(releases);
  if (!current || !(package->version < *current)) return {};
  return base::fail(ErrorKind::refused, base::concat({package->root, " is ", package->version_text,
                                                      ", and may not read the state of ", current->text(),
                                                      ", which is current; openclaw-update rollback ",
                                                      package->version_text, " first"}));
}

}  // namespace

Result<void> clear_interrupted_adoption(const AdoptionSite& site) {
  auto earlier = read_adoption(site.state_fd);
  if (!earlier) return base::pass(earlier.error());
  if (!*earlier || (*earlier)->complete) return {};
  const auto undone = undo_adoption(site, std::move(**earlier));
  if (!undone) return base::pass(undone.error());
  return {};
}

Result<Adopting> look_before_adoption(const AdoptionSite& site, const config::Settings& settings,
                                      const std::string& state_directory, const AdoptionOrder& order) {
  if (auto free = require_adoptable(site, {}); !free) return base::pass(free.error());
  const std::string& unit = order.unit.empty() ? settings.gateway.unit : order.unit;
  auto found = survey_installation(site.manager, unit, order.package_root, state_directory);
  if (!found) return base::pass(found.error());
  auto plan = plan_adoption(*found, site.places);
  if (!plan) return base::pass(plan.error());
  if (auto free = require_adoptable(site, plan->files); !free) return base::pass(free.error());
  auto package = openclaw::read_package(found->package_root);
  if (!package) return base::pass(package.error());
  Adopting adopting{std::move(*found), std::move(*plan), std::move(*package), ""};
  if (auto whole = require_whole(settings, order.force, adopting); !whole) return base::pass(whole.error());
  return adopting;
}

Result<void> carry_out_adoption(const AdoptionSite& site, const AdoptionSealing& sealing,
                                Adopting& adopting) {
  auto release = seal(site, sealing, adopting.package);
  if (!release) return base::pass(release.error());
  adopting.release = std::move(*release);
  AdoptionRecord begun;
  begun.unit = adopting.found.unit;
  begun.package_root = adopting.package.root;
  begun.release = adopting.release;
  const auto record = apply_adoption(site, begun, adopting.plan.files);
  if (!record) return base::pass(record.error());
  auto agreed = require_settings(site, sealing.settings_file, adopting);
  if (agreed) return {};
  if (auto undone = undo_adoption(site, *record); !undone) return base::pass(undone.error());
  return base::pass(std::move(agreed.error()), "not adopted, and nothing of it is left");
}

Result<Undoing> prepare_undoing(const AdoptionSite& site, bool force) {
  auto record = read_adoption(site.state_fd);
  if (!record) return base::pass(record.error());
  if (!*record) {
    return base::fail(ErrorKind::not_found, "nothing is adopted here; openclaw-update adopt does it");
  }
  const auto open = Journal(site.state_fd).open_transaction();
  if (!open) return base::pass(open.error());
  if (*open) {
    return base::fail(ErrorKind::refused,
                      "the update " + **open + " is not finished; openclaw-update recover");
  }
  Undoing undoing{std::move(**record), "", {}};
  if (!undoing.record.complete) return undoing;
  auto startable = require_startable(site.releases, undoing);
  if (startable) return undoing;
  if (!force) {
    startable.error().message += "; --force gives it back all the same";
    return base::pass(std::move(startable.error()));
  }
  undoing.notes.push_back(std::move(startable.error().message));
  return undoing;
}

}  // namespace update
