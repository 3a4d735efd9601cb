// SPDX-License-Identifier: MIT
#include "workers/guard/guard.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "openclaw/version.hpp"
#include "workers/guard/advice.hpp"
#include "workers/guard/decision.hpp"
#include "workers/guard/kept.hpp"
#include "workers/guard/migration.hpp"
#include "workers/guard/record.hpp"
#include "workers/state/restore.hpp"
#include "workers/state/snapshot.hpp"
#include "workers/state/validate.hpp"

namespace workers::guard {

void (*guarding_step_for_tests)() = nullptr;

namespace {

using base::ErrorKind;
using base::Result;

void guarding_step() {
  if (guarding_step_for_tests != nullptr) guarding_step_for_tests();
}

constexpr std::size_t longest_reason = 300;
// Of doctors that were killed or did not end, one start after the other.
constexpr std::int64_t most_attempts = 3;

std::string named(const std::string& version) {
  return version.empty() ? std::string("an OpenClaw that is not known") : "OpenClaw " + version;
}

// `database preflight` exists from 2026.8.1 on. An earlier command line is not run needlessly: 2026.4.20
// installs dependencies of plugins for any command.
bool knows_the_question(const std::string& version) {
  const openclaw::Version first{.year = 2026, .month = 8, .patch = 1, .correction = 0, .prerelease = {}};
  const auto parsed = openclaw::Version::parse(version);
  return !parsed || *parsed >= first;
}

Reads reads_of(const contract::DatabaseVerdict& verdict) {
  if (verdict.status == "exact" || verdict.status == "absent") return Reads::as_they_are;
  if (verdict.status == "migrate") return Reads::after_migration;
  if (verdict.status == "incompatible") return Reads::not_at_all;
  return Reads::nobody_can_tell;
}

class Guard {
 public:
  Guard(const Guarding& guarding, base::UniqueFd folder, std::string path, lock::KernelLock lock,
        systemd::Notifier& notifier)
      : asked_(guarding),
        folder_(std::move(folder)),
        path_(std::move(path)),
        guarded_{.lock = std::move(lock), .remarks = {}, .warnings = {}},
        notifier_(notifier) {}

  Result<Guarded> run() {
    if (auto usable = require_usable_state(); !usable) return base::pass(usable.error());
    auto record = read_record(folder_.get());
    if (!record) return base::pass(record.error());
    if (*record) record_ = **record;
    has_record_ = record->has_value();
    before_ = record_.version;
    if (auto done = state::remove_former_validations(path_); !done) return base::pass(done.error());
    if (record_.has_open_restore()) {
      if (auto done = end_open_restore(); !done) return base::pass(done.error());
    }
    if (record_.has_open_migration()) {
      if (auto done = end_open_migration(); !done) return base::pass(done.error());
    }
    auto look = look_at_state();
    if (!look) return base::pass(look.error());
    look_ = std::move(*look);
    decision_ = decide(look_, asked_.rule);
    if (auto done = carry_out(); !done) return base::pass(done.error());
    report(decision_.is_unfit                                                          ? "refused"
           : decision_.course == Course::keep && look_.reads == Reads::after_migration ? "migrating"
                                                                                       : "admitted");
    return std::move(guarded_);
  }

 private:
  // --- the present state

  // A folder of root in a volume of the container's user, as a bind mount leaves it: OpenClaw would say that
  // there is no configuration.
  [[nodiscard]] Result<void> require_usable_state() const {
    const std::string& state = asked_.place.state;
    if (::faccessat(AT_FDCWD, state.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) == 0 || errno == ENOENT)
      return {};
    return base::fail_errno(errno, "cannot use the state " + state);
  }

  Result<Look> look_at_state() {
    Look look;
    look.image = asked_.version;
    if (has_record_) look.last = record_.version;
    const auto roots = state::open_roots(asked_.place);
    if (!roots) return base::pass(roots.error());
    const auto belongings = state::find_belongings(asked_.place, *roots);
    if (!belongings) return base::pass(belongings.error());
    look.has_state = !belongings->items.empty();
    look.changed_by = record_.changed_by;
    transcripts_ = transcripts_at_risk(*belongings);
    const bool is_same = look.last && *look.last == look.image;
    if (!look.has_state || is_same) return look;
    if (auto done = look_at_databases(look); !done) return base::pass(done.error());
    return look;
  }

  Result<void> look_at_databases(Look& look) {
    const auto reads = ask("");
    if (!reads) return base::pass(reads.error());
    look.reads = *reads;
    const auto schemas = state::live_schemas(asked_.place);
    if (!schemas) return base::pass(schemas.error());
    look.schemas = schemas->get<contract::Schemas>();
    const auto kept = list_kept(asked_.place);
    if (!kept) return base::pass(kept.error());
    const std::vector<Kept> newest_first(kept->rbegin(), kept->rend());
    for (const Kept& one : newest_first) {
      if (one.version != look.image) continue;
      if (!look.left) look.left = one;
      const auto fault = fault_of(look, one);
      if (!fault) return base::pass(fault.error());
      if (fault->empty()) {
        look.fitting = one;
        break;
      }
      if (look.fault_of_left.empty()) look.fault_of_left = *fault;
    }
    return {};
  }

  // Why a snapshot of the image's own version cannot be restored; empty: it can.
  Result<std::string> fault_of(const Look& look, const Kept& kept) {
    constexpr const char* unreadable = "cannot be read by it either";
    // If the present databases cannot be read, others with the same schemas cannot, either.
    if (look.reads == Reads::not_at_all && kept.schemas == look.schemas) return unreadable;
    const auto reads = ask(kept.name);
    if (!reads) return base::pass(reads.error());
    if (*reads == Reads::not_at_all) return unreadable;
    const auto whole = state::verify_snapshot(asked_.place, kept.name, kept.digest);
    if (!whole && !fs::is_answer(whole.error())) return base::pass(whole.error());
    return whole ? std::string() : base::concat({"is damaged (", whole.error().message, ")"});
  }

  // About the databases of a snapshot, or about the present ones. A full disk or no memory is an error, not
  // an answer.
  Result<Reads> ask(const std::string& snapshot) {
    if (asked_.node.empty() || !knows_the_question(asked_.version)) return Reads::nobody_can_tell;
    const auto verdict = state::validate_database(
        {asked_.place, asked_.environment, asked_.package, asked_.node, path_, snapshot}, notifier_);
    if (verdict) return reads_of(*verdict);
    if (!fs::is_answer(verdict.error())) return base::pass(verdict.error());
    return Reads::nobody_can_tell;
  }

  // --- the changes

  Result<void> carry_out() {
    switch (decision_.course) {
      case Course::begin:
      case Course::go_on:
        return remember_image();
      case Course::keep:
        return keep();
      case Course::restore:
        return restore();
      case Course::refuse:
        break;
    }
    report("refused");
    return base::fail(ErrorKind::bad_input, base::concat({decision_.reason, "; ", decision_.next_step}));
  }

  Result<Kept> keep_what_is_there() {
    notifier_.status(
        base::concat({"keeping config and databases that ", named(record_.version), " has left"}));
    const auto transcripts = will_migrate() ? transcripts_ : state::Transcripts::left_out;
    return keep_state(asked_.place, record_.version, transcripts);
  }

  Result<void> keep() {
    const auto kept = keep_what_is_there();
    if (!kept) return base::pass(kept.error());
    // What the image has left itself is kept, too: an unfit one must not push it out start by start.
    const std::string left = look_.left ? look_.left->name : kept->name;
    if (auto done = drop_old_ones({kept->name, left}); !done) return done;
    guarded_.remarks.push_back(base::concat(
        {"OpenClaw ", asked_.version, " follows ", named(record_.version), ": config and databases (",
         base::human_bytes(static_cast<std::uint64_t>(kept->bytes)), ") are kept in ", shown(kept->name)}));
    if (!decision_.reason.empty()) guarded_.warnings.push_back(decision_.reason);
    if (decision_.is_unfit) return {};
    if (will_migrate()) return begin_migration(kept->name);
    if (wants_migration()) guarded_.warnings.push_back(why_not_migrated());
    return remember_image();
  }

  Result<void> restore() {
    const auto replaced = keep_what_is_there();
    if (!replaced) return base::pass(replaced.error());
    const std::string snapshot = look_.fitting->name;
    if (auto done = drop_old_ones({replaced->name, snapshot}); !done) return done;
    record_.restoring = snapshot;
    record_.restored_for = asked_.version;
    record_.replaced = replaced->name;
    record_.attempt =
        base::concat({snapshot, " for ", replaced->name, " at ", std::to_string(base::unix_now_ms())});
    guarding_step();
    if (auto done = write_record(folder_.get(), record_); !done) return done;
    return finish_restore();
  }

  // An unfinished restore needs the snapshots that it names, so no snapshot is removed before it has ended.
  Result<void> end_open_restore() {
    if (record_.restored_for == asked_.version) return finish_restore();
    notifier_.status("undoing a restore for OpenClaw " + record_.restored_for);
    const std::string replaced = record_.replaced;
    auto undone = state::restore_snapshot(asked_.place, replaced, "", "undo of " + record_.attempt);
    if (!undone) return base::pass(undone.error(), "undoing a restore that was interrupted");
    guarded_.remarks.push_back(
        base::concat({"a restore for OpenClaw ", record_.restored_for,
                      " was interrupted: the state is again what ", named(record_.version), " had left"}));
    forget_restore();
    guarding_step();
    return write_record(folder_.get(), record_);
  }

  Result<void> finish_restore() {
    notifier_.status("putting back the state of OpenClaw " + asked_.version);
    const std::string digest = digest_of_kept(record_.restoring);
    const auto restored = state::restore_snapshot(asked_.place, record_.restoring, digest, record_.attempt);
    if (!restored) return base::pass(restored.error(), "putting the snapshot " + record_.restoring + " back");
    const std::string reason = decision_.reason.empty() ? "" : decision_.reason + ": ";
    guarded_.warnings.push_back(
        base::concat({reason, "its last state is restored from ", shown(record_.restoring), "; the state of ",
                      named(record_.version), " is in ", shown(record_.replaced), " and in ",
                      asked_.place.service_state, "/", restored->folder}));
    forget_restore();
    // Its files are there again.
    std::erase_if(record_.changed_by,
                  [&](const std::string& doctor) { return is_older(asked_.version, doctor); });
    return remember_image();
  }

  // --- the doctor of the image's OpenClaw

  // A version that returns finds what it has left itself.
  [[nodiscard]] bool wants_migration() const {
    return asked_.migrates && decision_.course == Course::keep && !decision_.is_unfit &&
           has_migrating_doctor(asked_.version) && !is_older(asked_.version, record_.version);
  }

  // A doctor of an older version must not work on a state that may be of a newer one.
  [[nodiscard]] bool will_migrate() const {
    return wants_migration() && is_older(record_.version, asked_.version) && !asked_.node.empty();
  }

  [[nodiscard]] std::string why_not_migrated() const {
    const std::string why = asked_.node.empty() ? std::string("there is no Node.js on PATH")
                                                : named(record_.version) + " has left this state";
    return base::concat({doctor(), " is not run, because ", why,
                         "; if OpenClaw does not start and asks for it, run it by hand"});
  }

  Result<void> begin_migration(const std::string& snapshot) {
    record_.migrating = asked_.version;
    record_.unmigrated = snapshot;
    record_.attempt = base::concat(
        {snapshot, " before the doctor of ", asked_.version, " at ", std::to_string(base::unix_now_ms())});
    return finish_migration();
  }

  Result<void> end_open_migration() {
    decision_.course = Course::go_on;  // for the report, until there is another one
    const bool goes_on = record_.migrating == asked_.version && asked_.migrates;
    if (goes_on && record_.attempts < most_attempts) return finish_migration();
    if (goes_on) return fail_for_good();
    if (!record_.migrating.empty()) {
      if (auto done = begin_undoing(); !done) return done;
    }
    notifier_.status("undoing a migration");
    // No OpenClaw has run since, so nothing of it is newer.
    const auto undone = state::restore_snapshot(asked_.place, record_.unmigrated, "",
                                                "undo of " + record_.attempt, state::Extent::all);
    if (!undone) return base::pass(undone.error(), "undoing a migration that was interrupted");
    guarded_.warnings.push_back(base::concat({"a doctor was interrupted: the state is again what ",
                                              named(record_.version), " had left; what was replaced is in ",
                                              asked_.place.service_state, "/", undone->folder}));
    forget_migration();
    guarding_step();
    return write_record(folder_.get(), record_);
  }

  // From here on, every image undoes it: a doctor must not work on a state that is half restored.
  Result<void> begin_undoing() {
    const auto whole = state::verify_snapshot(asked_.place, record_.unmigrated, "");
    if (!whole) {
      return base::fail(
          ErrorKind::bad_input,
          base::concat({"the doctor of OpenClaw ", record_.migrating, " was interrupted, and ",
                        shown(record_.unmigrated), ", which is the state before it, cannot be restored: ",
                        whole.error().message, "; start the image of OpenClaw ", record_.migrating,
                        " with --migrate, and its doctor goes on"}));
    }
    record_.migrating.clear();
    guarding_step();
    return write_record(folder_.get(), record_);
  }

  Result<void> finish_migration() {
    ++record_.attempts;
    record_.host = asked_.host;
    guarding_step();
    if (auto done = write_record(folder_.get(), record_); !done) return done;
    report("migrating");
    notifier_.status(base::concat({"running ", doctor(), "; what ", named(record_.version),
                                   " has left is kept in ", shown(record_.unmigrated)}));
    guarding_step();
    const auto migrated = run_migration(asked_, folder_.get(), notifier_);
    if (!migrated) return base::pass(migrated.error());
    if (migrated->outcome == "ended") return fail_unfinished(*migrated);
    const auto changed = has_changed_since(asked_.place, record_.unmigrated);
    // In doubt it has.
    if (!changed) {
      guarded_.warnings.push_back(
          base::concat({"it is not known what the doctor has changed: ", changed.error().message,
                        "; an older version counts as one ", "that cannot work with it"}));
    }
    const bool is_known = std::find(record_.changed_by.begin(), record_.changed_by.end(), asked_.version) !=
                          record_.changed_by.end();
    if (!is_known && changed.value_or(true)) record_.changed_by.push_back(asked_.version);
    tell(*migrated);
    forget_migration();
    return remember_image();
  }

  // Killed, or without an end: what it leaves is no state for anybody.
  [[nodiscard]] Result<void> fail_unfinished(const contract::StateMigrated& migrated) const {
    return base::fail(ErrorKind::busy,
                      base::concat({doctor(), " ", migrated.detail, " (", its_last_lines(),
                                    "); the next start repeats it, and the image of ", named(record_.version),
                                    " goes back to the state that it has left"}));
  }

  [[nodiscard]] Result<void> fail_for_good() const {
    return base::fail(
        ErrorKind::bad_input,
        base::concat({doctor(), " was interrupted ", std::to_string(record_.attempts),
                      " times, and is not run again; start the image of ", named(record_.version),
                      ", or this one without --migrate: both begin with the state that ",
                      named(record_.version), " has left (", shown(record_.unmigrated), ")"}));
  }

  void tell(const contract::StateMigrated& migrated) {
    if (migrated.outcome == "done") {
      guarded_.remarks.push_back(
          base::concat({doctor(), " has migrated the state (", base::human_duration(migrated.took_ms), ")"}));
      return;
    }
    guarded_.warnings.push_back(
        base::concat({doctor(), " ", migrated.detail,
                      migrated.log.empty() ? "" : ": " + base::redacted(migrated.log.back(), longest_reason),
                      "; OpenClaw is started nevertheless; ", its_last_lines(),
                      ", and the state before it is in ", shown(record_.unmigrated)}));
  }

  [[nodiscard]] std::string doctor() const { return "openclaw doctor --fix of OpenClaw " + asked_.version; }
  [[nodiscard]] std::string its_last_lines() const {
    return base::concat({"its last lines are in ", path_, "/", migration_file});
  }

  void forget_migration() {
    record_.migrating.clear();
    record_.unmigrated.clear();
    record_.attempt.clear();
    record_.attempts = 0;
  }

  // If guard.json is missing, the restore itself verifies the snapshot against its own inventory.
  [[nodiscard]] std::string digest_of_kept(const std::string& name) const {
    const auto kept = list_kept(asked_.place);
    if (!kept) return {};
    for (const Kept& one : *kept) {
      if (one.name == name) return one.digest;
    }
    return {};
  }

  void forget_restore() {
    record_.restoring.clear();
    record_.restored_for.clear();
    record_.replaced.clear();
    record_.attempt.clear();
  }

  Result<void> drop_old_ones(const std::vector<std::string>& needed) {
    const auto dropped = drop_old(asked_.place, needed);
    if (!dropped) return base::pass(dropped.error(), "removing old snapshots");
    return {};
  }

  // Before anything of OpenClaw runs. A full volume does not prevent the start of the version that ran on it
  // before: in this case only the name of the container, which is information for operators, would be new.
  Result<void> remember_image() {
    const bool is_known = has_record_ && record_.version == asked_.version;
    if (is_known && record_.host == asked_.host) return {};
    record_.version = asked_.version;
    record_.host = asked_.host;
    record_.at_ms = base::unix_now_ms();
    guarding_step();
    auto written = write_record(folder_.get(), record_);
    if (!written && is_known) return {};
    return written;
  }

  // --- messages

  [[nodiscard]] std::string shown(const std::string& snapshot) const {
    return base::concat({asked_.place.service_state, "/snapshots/", snapshot});
  }

  void report(const char* databases) {
    contract::GuardReport report;
    report.version = asked_.version;
    report.before = before_;
    report.databases = databases;
    report.message = decision_.course == Course::refuse
                         ? base::concat({decision_.reason, "; ", decision_.next_step})
                         : base::join(guarded_.warnings, "; ");
    report.at_ms = base::unix_now_ms();
    write_report(folder_.get(), report);
  }

  const Guarding& asked_;
  base::UniqueFd folder_;
  std::string path_;  // its path
  Guarded guarded_;
  systemd::Notifier& notifier_;
  Record record_;
  bool has_record_ = false;
  std::string before_;
  Look look_;
  state::Transcripts transcripts_ = state::Transcripts::left_out;
  Decision decision_;
};

Result<base::UniqueFd> open_guard_folder(const std::string& service_state) {
  if (auto made = fs::make_folders(service_state, 0700); !made) return base::pass(made.error());
  const auto state = fs::open_directory(service_state);
  if (!state) return base::pass(state.error());
  auto folder = fs::make_directories_durably(state->get(), guard_folder, 0700);
  if (!folder) return base::pass(folder.error(), service_state);
  return folder;
}

}  // namespace

Result<Guarded> guard_state(const Guarding& guarding, systemd::Notifier& notifier) {
  const std::string& state = guarding.place.service_state;
  auto folder = open_guard_folder(state);
  if (!folder) return tl::make_unexpected(explained(std::move(folder.error()), state));
  auto lock = lock::KernelLock::acquire(folder->get(), lock_file, guarding.wait);
  if (!lock && lock.error().kind == ErrorKind::busy) {
    return tl::make_unexpected(held_by_another(guarding, folder->get()));
  }
  if (!lock) return tl::make_unexpected(explained(std::move(lock.error()), state));
  const std::string path = base::concat({state, "/", guard_folder});
  auto guarded = Guard(guarding, std::move(*folder), path, std::move(*lock), notifier).run();
  if (!guarded && guarded.error().kind != ErrorKind::bad_input) {
    return tl::make_unexpected(explained(std::move(guarded.error()), state));
  }
  return guarded;
}

}  // namespace workers::guard
