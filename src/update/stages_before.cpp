// SPDX-License-Identifier: MIT
#include <algorithm>
#include <optional>
#include <utility>

#include "base/redaction.hpp"
#include "base/share_done.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/tree.hpp"
#include "openclaw/era.hpp"
#include "openclaw/version.hpp"
#include "process/beside.hpp"
#include "release/validation.hpp"
#include "update/adoption/adoption.hpp"
#include "update/compatibility.hpp"
#include "update/definition.hpp"
#include "update/gateway.hpp"
#include "update/rehearsing.hpp"
#include "update/running_gateway.hpp"
#include "update/snapshots.hpp"
#include "update/stages.hpp"
#include "update/standing.hpp"
#include "update/wanted_release.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

// The core of 2026.9.6 with its dependencies takes 647 MB in 39,000 files; the fetched tree and its sealed
// copy exist at the same time.
constexpr std::uint64_t bytes_needed = std::uint64_t{2} * 900 * 1000 * 1000;
constexpr std::uint64_t inodes_needed = std::uint64_t{2} * 60'000;

Result<void> require_space(const Setup& setup) {
  for (const std::string& path : {setup.state_directory, setup.fetch_directory}) {
    const auto folder = fs::open_directory(path);
    if (!folder) continue;  // the worker creates its folder at its start
    const auto space = setup.free_space(folder->get());
    if (!space) return base::pass(space.error());
    if (space->bytes >= bytes_needed && space->inodes >= inodes_needed) continue;
    return base::fail(ErrorKind::refused,
                      path + " has " + base::human_bytes(space->bytes) + " and " +
                          std::to_string(space->inodes) + " inodes free, an update needs " +
                          base::human_bytes(bytes_needed) + " and " + std::to_string(inodes_needed) +
                          "; make room (openclaw-update prune) and try again");
  }
  return {};
}

// If the gateway runs from another place, it would not start the promoted release.
Result<void> require_starts_current(const Setup& setup, const std::string& unit) {
  const auto definition = setup.manager.definition(unit);
  if (!definition) return base::pass(definition.error());
  if (!starts_another(*definition, setup.state_directory + "/current")) return {};
  return base::fail(ErrorKind::refused, unit + " starts \"" + base::shown_command(definition->exec_start) +
                                            "\", which an update would not change; openclaw-update adopt "
                                            "takes it over");
}

// A hold does not prevent a rehearsal, which changes nothing.
Result<void> require_no_hold(const Setup& setup, Context& context) {
  const auto hold = hold_of(setup.state_fd);
  if (!hold) return {};
  const std::string text = hold->text();
  if (hold->is_over(setup.now_ms())) {
    add_note(context, "the hold is over (" + text + "); openclaw-update unhold removes it");
    return {};
  }
  if (!context.asked.rehearses) {
    return base::fail(ErrorKind::held,
                      "updates are on hold (" + text + "); openclaw-update unhold, or --force");
  }
  add_note(context, "updates are on hold (" + text + "): the update itself would be refused until " +
                        "openclaw-update unhold");
  return {};
}

// A pin does not prevent a rehearsal of another version, which changes nothing.
Result<void> require_pinned(const Setup& setup, Context& context) {
  const auto pinned = pinned_version(setup.state_fd);
  if (!pinned) return base::pass(pinned.error());
  if (!*pinned || **pinned == context.to.version) return {};
  if (!context.asked.rehearses) {
    return base::fail(ErrorKind::held,
                      base::concat({"updates are pinned to ", **pinned, ", and ", context.to.version,
                                    " is another version; openclaw-update pin ", context.to.version,
                                    ", openclaw-update unpin, or --force"}));
  }
  add_note(context, base::concat({"updates are pinned to ", **pinned,
                                  ": the update itself would be refused until openclaw-update unpin"}));
  return {};
}

// A version in quarantine may be rehearsed if it is given explicitly: to see whether it fails again.
Result<void> require_no_quarantine(const Setup& setup, Context& context) {
  const std::string& version = context.to.version;
  const auto reason = quarantine_reason(setup.state_fd, version);
  if (!reason) return {};
  if (!context.asked.rehearses) {
    return base::fail(ErrorKind::held,
                      version + " failed on this host before (" + *reason + "); --force installs it again");
  }
  if (!openclaw::Version::parse(context.asked.wanted)) {
    return base::fail(ErrorKind::held,
                      base::concat({version, " failed on this host before (", *reason,
                                    "); openclaw-update rehearse ", version, " rehearses it nevertheless"}));
  }
  add_note(context, base::concat({version, " failed on this host before (", *reason,
                                  "): the update itself needs --force"}));
  return {};
}

// An operator's decision about the version takes precedence over the channel.
Result<void> require_allowed(const Setup& setup, Context& context) {
  if (context.asked.force) return {};
  if (auto free = require_no_hold(setup, context); !free) return free;
  if (auto free = require_pinned(setup, context); !free) return free;
  if (auto free = require_no_quarantine(setup, context); !free) return free;
  const auto from = openclaw::Version::parse(context.from.version);
  const auto to = openclaw::Version::parse(context.to.version);
  if (from && to && *to < *from) {
    return base::fail(ErrorKind::refused, context.to.version + " is older than " + context.from.version +
                                              ", and an older release may not read the state of a newer one; "
                                              "openclaw-update rollback returns to a release that ran on "
                                              "this host, --force installs any release");
  }
  return {};
}

void note_newer_release(Context& context) {
  const auto version = openclaw::Version::parse(context.to.version);
  if (!version) return;
  if (std::string notice = openclaw::notice_of_newer_release(*version); !notice.empty())
    context.notes.push_back(std::move(notice));
}

Result<Event> plan_return(const Setup& setup, const bus::ServiceStatus& unit, Context& context) {
  const auto release = setup.releases.find(context.to.release);
  if (!release) return base::pass(release.error());
  context.to.version = release->description.version;
  context.asked.returning = true;
  if (context.to.release == context.from.release) return Event::nothing_to_do;
  if (auto own = require_own_state(setup, unit, context); !own) return base::pass(own.error());
  return Event::done;
}

// The release is kept, but its state is replaced; validate checks whether the release can read the snapshot.
Result<Event> plan_restore(const Setup& setup, const bus::ServiceStatus& unit, Context& context) {
  if (context.from.release.empty()) {
    return base::fail(ErrorKind::refused,
                      "there is no release on this host that could run with a snapshot; "
                      "openclaw-update installs one");
  }
  context.to.release = context.from.release;
  context.to.version = context.from.version;
  context.asked.returning = true;
  const auto record = find_snapshot(setup, context.asked.restores);
  if (!record) return base::pass(record.error());
  if (auto own = require_own_state(setup, unit, context); !own) return base::pass(own.error());
  context.snapshot.restore_from = record->name;
  context.snapshot.restore_digest = record->digest;
  add_note(context, base::concat({"the former state of the gateway is set aside in ", setup.gateway_directory,
                                  "/snapshots/", record->name, "/set-aside"}));
  return Event::done;
}

Result<Event> validate_snapshot(const Setup& setup, const release::Release& release, Context& context) {
  const auto record = find_snapshot(setup, context.asked.restores);
  if (!record) return base::pass(record.error());
  // The restore verifies the snapshot as well, but only after the gateway was stopped.
  const auto whole = run_worker(
      setup, context, contract::tasks::verify,
      {.state_directory = setup.gateway_directory, .snapshot = record->name, .digest = record->digest});
  if (!whole) return base::pass(whole.error());
  contract::ReleaseRequest request = request_about(setup, release);
  request.snapshot = record->name;
  const auto answer = run_worker(setup, context, contract::tasks::validate, request);
  if (!answer) return base::pass(answer.error());
  return judge_restore(setup, *answer, *record, context);
}

}  // namespace

Result<Event> plan_update(const Setup& setup, Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  if (unit->load_state != "loaded") {
    const std::string remedy = bus::remedy_of_load_state(context.unit, unit->load_state);
    return base::fail(
        ErrorKind::not_found,
        base::concat(
            {"the gateway's unit ", context.unit, " is ", unit->load_state, "; ",
             remedy.empty() ? "set the gateway's unit with unit= in [gateway] of helpers.ini" : remedy}));
  }
  if (auto ours = require_starts_current(setup, context.unit); !ours) return base::pass(ours.error());
  context.from.was_running = is_running(*unit);
  if (auto read = read_current(setup, context); !read) return base::pass(read.error());
  // If the gateway has failed, it was meant to run.
  context.to.start_wanted =
      context.from.was_running || context.from.release.empty() || unit->active_state == "failed";
  if (!context.asked.restores.empty()) return plan_restore(setup, *unit, context);
  if (!context.to.release.empty()) return plan_return(setup, *unit, context);
  auto sealed = find_wanted(setup, context);
  if (!sealed) return base::pass(sealed.error());
  if (context.to.version == context.from.version) return Event::nothing_to_do;
  if (auto allowed = require_allowed(setup, context); !allowed) return base::pass(allowed.error());
  if (auto found = require_found(setup, *unit, context); !found) return base::pass(found.error());
  if (auto own = require_own_state(setup, *unit, context); !own) return base::pass(own.error());
  note_newer_release(context);
  context.to.release = std::move(*sealed);
  if (!context.to.release.empty()) return Event::done;
  if (auto space = require_space(setup); !space) return base::pass(space.error());
  return Event::done;
}

namespace {

// A unit whose command contains the path of a Node, as that of an adopted one, would not use the Node of a
// release.
bool prefers_bundled_node(const Setup& setup, const std::string& unit) {
  const auto definition = setup.manager.definition(unit);
  if (!definition || definition->exec_start.empty() || definition->search_path.empty()) return false;
  return definition->exec_start.front().find('/') == std::string::npos &&
         definition->search_path.front() ==
             setup.state_directory + "/current/" + contract::bundled_node_folder;
}

}  // namespace

Result<Event> fetch_release(const Setup& setup, Context& context) {
  if (!context.to.release.empty()) return Event::done;
  const config::NodeSource source = setup.settings.node.source;
  const contract::FetchRequest request{
      .version = context.to.version,
      .integrity = context.to.integrity,
      .bundle_node = source == config::NodeSource::bundled,
      .may_bundle_node = source == config::NodeSource::automatic && prefers_bundled_node(setup, context.unit),
      .tools = tools_of_current(setup, context)};
  const auto answer = run_worker(setup, context, contract::tasks::fetch, request);
  if (!answer) return base::pass(answer.error());
  // Only information for operators; the resulting tree is verified when it is sealed.
  context.to.client = answer->client;
  context.to.node = answer->node;
  // At this point, no process has the registry's token any more. Only a failure counts of its answer, because
  // it runs the release's own code.
  const auto finished = run_worker(setup, context, contract::tasks::finish, request);
  if (!finished) return base::pass(finished.error());
  context.to.files = static_cast<std::uint64_t>(std::max<std::int64_t>(finished->files, 0));
  return Event::done;
}

namespace {

Result<void> seal_fetched(const Setup& setup, Context& context) {
  const auto folder = fs::open_directory(setup.fetch_directory);
  if (!folder) return base::pass(folder.error());
  const std::string name = contract::Task(contract::tasks::fetch, context.id).instance() + "/package";
  const auto package = fs::open_directory_beneath(folder->get(), name);
  if (!package) return base::pass(package.error(), "the fetched package");
  release::Description description;
  description.version = context.to.version;
  description.integrity = context.to.integrity;
  description.client = context.to.client;
  description.node = context.to.node;
  description.made_at = base::rfc3339(setup.now_ms());
  description.made_by = context.id;
  const std::int64_t began = setup.now_ms();
  const auto tell = [&](std::uint64_t files) {
    const std::chrono::milliseconds elapsed{setup.now_ms() - began};
    const std::string share = base::share_done(files, context.to.files, elapsed);
    setup.observer.says(
        base::concat({"sealing, ", std::to_string(files), " files", share.empty() ? "" : ", ", share}));
  };
  const auto release = setup.releases.seal(package->get(), description, tell);
  if (!release) return base::pass(release.error());
  context.to.release = release->name;
  return {};
}

}  // namespace

namespace {

// "slack (npm says ...), discord (...)"
std::string unstaged_in(const contract::ReleaseStaged& answer) {
  std::vector<std::string> names;
  for (const contract::PluginStaged& row : answer.plugins) {
    if (row.status != "failed" && row.status != "missing") continue;
    names.push_back(base::redacted(row.id + (row.reason.empty() ? "" : " (" + row.reason + ")"), 300));
    if (names.size() >= 20) break;
  }
  return names.empty() ? "some plugins" : base::join(names, ", ");
}

}  // namespace

Result<Event> seal_and_stage(const Setup& setup, Context& context) {
  if (context.to.release.empty()) {
    if (auto sealed = seal_fetched(setup, context); !sealed) return base::pass(sealed.error());
    setup.workers.clean({contract::tasks::finish, context.id});
    setup.workers.clean({contract::tasks::fetch, context.id});
  }
  const auto release = setup.releases.find(context.to.release);
  if (!release) return base::pass(release.error());
  const auto answer = run_worker(setup, context, contract::tasks::stage,
                                 {.state_directory = setup.gateway_directory, .package = release->path});
  // The hook stages again before the start, with its own policy. A failure here only means that this start
  // takes longer.
  if (!answer) {
    context.notes.push_back("plugins could not be staged in advance: " + answer.error().message);
  } else if (!answer->complete) {
    context.notes.push_back("not staged in advance, and tried again at the start: " + unstaged_in(*answer));
  }
  if (answer && context.asked.rehearses) note_staging(*answer, context.rehearsal);
  return Event::done;
}

namespace {

// Reads all of it: what it shares with an earlier release may have been damaged since.
Result<void> inspect(const Setup& setup, const release::Release& release, const std::string& version) {
  if (auto whole = setup.releases.verify(release.name); !whole) return whole;
  const auto folder = fs::open_directory(release.path);
  if (!folder) return base::pass(folder.error());
  return release::validate_package(folder->get(), version, setup.settings.overrides);
}

}  // namespace

Result<Event> validate_release(const Setup& setup, Context& context) {
  const auto release = setup.releases.find(context.to.release);
  if (!release) return base::pass(release.error());
  const auto inspects = [&] { return inspect(setup, *release, context.to.version); };
  const bool restores = !context.asked.restores.empty();
  std::optional<process::Beside> beside;
  if (setup.settings.update.parallel && !restores) {
    auto begun = process::Beside::begin("the comparison of the release with its manifest", [&](const auto&) {
      return inspects().map([] { return std::string(); });
    });
    if (!begun) return base::pass(begun.error());
    beside.emplace(std::move(*begun));
  } else if (auto valid = inspects(); !valid) {
    return base::pass(valid.error());
  }
  if (restores) return validate_snapshot(setup, *release, context);
  const auto answer = run_worker(setup, context, contract::tasks::validate, request_about(setup, *release));
  // A damaged release may be why the worker failed.
  if (auto valid = beside ? beside->end({}) : Result<std::string>(); !valid) return base::pass(valid.error());
  if (!answer) return base::pass(answer.error());
  if (context.asked.rehearses) note_validation(*answer, context.rehearsal);
  return judge_validation(setup, *answer, context);
}

namespace {

// What the plan has not asked of a gateway that did not run then.
Result<void> look_at_started(const Setup& setup, const bus::ServiceStatus& unit, Context& context) {
  if (!context.asked.returning) {
    if (auto found = require_found(setup, unit, context); !found) return found;
  }
  return require_own_state(setup, unit, context);
}

}  // namespace

Result<Event> order_snapshot(const Setup& setup, Context& context) {
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  if (notice_start_or_stop(*unit, context) == Meanwhile::started) {
    if (auto looked = look_at_started(setup, *unit, context); !looked)
      return base::pass(looked.error(), context.unit + " was started during the update; update again");
  }
  const Journal journal(setup.state_fd);
  const auto folder = journal.folder(context.id);
  if (!folder) return base::pass(folder.error());
  if (auto kept = keep_definition(folder->get(), *unit); !kept) return base::pass(kept.error());
  const auto definition = setup.manager.definition(context.unit);
  if (!definition) return base::pass(definition.error());
  auto keys = environment_keys_of(*definition);
  if (!keys) return base::pass(keys.error());
  context.from.environment_keys = std::move(*keys);
  if (context.from.was_running && context.from.baseline.empty()) {
    if (auto asked = take_baseline(setup, *unit, context); !asked) return base::pass(asked.error());
  }
  // Otherwise, if the update fails after an older state was restored for the release, the present state could
  // not be restored.
  const bool wanted = setup.settings.update.snapshot_state || !context.snapshot.restore_from.empty();
  // A migration changes the present state, whichever release has left it, and could not be undone without a
  // snapshot.
  const bool needed = context.to.migrate || (wanted && !context.from.release.empty());
  if (!needed) return Event::done;
  const auto answer =
      run_worker(setup, context, contract::tasks::snapshot,
                 {.state_directory = setup.gateway_directory, .transcripts = context.snapshot.transcripts});
  if (!answer) return base::pass(answer.error());
  note_snapshot(*answer, context);
  constexpr std::size_t most_notes = 20;
  const std::vector<std::string>& notes = answer->notes;
  for (std::size_t i = 0; i < std::min(notes.size(), most_notes); ++i) {
    context.notes.push_back("the snapshot: " + base::redacted(notes[i], 300));
  }
  if (notes.size() > most_notes) {
    context.notes.push_back("the snapshot: and " + std::to_string(notes.size() - most_notes) + " more notes");
  }
  return Event::done;
}

}  // namespace update
