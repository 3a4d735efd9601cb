// By hand: start the unit, so that the work is always done in its sandbox, and follow it to the outcome.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdio>

#include "base/text.hpp"
#include "openclaw/version.hpp"
#include "systemd/bus.hpp"
#include "tools/progress_bar.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/intent.hpp"
#include "update/journal.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;
using update::Record;

std::string unit_for(const UpdateOptions& options) {
  return options.to.empty() ? "openclaw-update.service" : "openclaw-update@" + options.to + ".service";
}

// Prints each stage when it begins, and on a terminal what goes on in it.
class Follower {
 public:
  Follower(const UpdateSession& session, const UpdateOptions& options)
      : options_(options), journal_(session.state.get()), bar_(stderr, !options.json && !options.quiet) {}

  void follow(const std::string& id) { id_ = id; }

  // The id that is new since the unit was started.
  void notice_transaction(const std::string& before) {
    if (!id_.empty()) return;
    const auto all = journal_.transactions();
    if (all && !all->empty() && all->back() != before) id_ = all->back();
  }

  void show(const std::string& status_text) {
    for (const Record& record : new_records()) {
      if (options_.json || options_.quiet || update::row_of(record.state).outcome) continue;
      bar_.clear();
      std::printf("%-9s %s\n", std::string(update::row_of(record.state).name).c_str(),
                  sentence_of(record.state, record.context).c_str());
      std::fflush(stdout);
    }
    if (!status_text.empty()) bar_.phase(status_text);
  }

  // After the unit's end.
  int conclude(const std::string& unit) {
    bar_.clear();
    const auto records =
        id_.empty() ? std::vector<Record>{} : journal_.read(id_).value_or(std::vector<Record>{});
    if (records.empty() || !update::row_of(records.back().state).outcome) {
      return tell({ErrorKind::unavailable, 0, unit + " ended without an outcome; see journalctl -u " + unit});
    }
    const Record& last = records.back();
    if (options_.json) {
      print_json(report_of(records));
    } else if (!options_.quiet || exit_status_of_outcome(last.state) != EX_OK) {
      std::printf("%s\n", sentence_of(last.state, last.context).c_str());
      if (!last.context.canary.empty()) std::printf("  canary: %s\n", last.context.canary.c_str());
      for (const std::string& note : last.context.notes) std::printf("  note: %s\n", note.c_str());
    }
    return exit_status_of_outcome(last.state);
  }

 private:
  std::vector<Record> new_records() {
    if (id_.empty()) return {};
    auto records = journal_.read(id_);
    if (!records || records->size() <= seen_) return {};
    std::vector<Record> fresh(records->begin() + static_cast<std::ptrdiff_t>(seen_), records->end());
    seen_ = records->size();
    return fresh;
  }

  const UpdateOptions& options_;
  update::Journal journal_;
  ProgressBar bar_;
  std::string id_;
  std::size_t seen_ = 0;
};

Result<void> require_idle(const UpdateSession& session, const std::string& unit) {
  const auto status = session.manager->status(unit);
  if (!status) return base::pass(status.error());
  if (status->load_state != "loaded") {
    return base::fail(ErrorKind::not_found, unit + " is " + status->load_state +
                                                "; reinstall openclaw-systemd, then systemctl daemon-reload");
  }
  if (status->active_state == "activating" || status->active_state == "deactivating") {
    return base::fail(ErrorKind::busy,
                      unit + " is at work already; openclaw-update status shows what it does");
  }
  // Another of the units may be at work; this one would only end with 75.
  if (auto held = take_lock(session); !held) return base::pass(held.error());
  // What was asked for was asked of what is there, and that changes when it is brought to an end.
  const auto open = update::Journal(session.state.get()).open_transaction();
  if (!open || !*open) return {};
  return base::fail(ErrorKind::refused, "the update " + **open + " is not finished; openclaw-update recover");
}

int start_and_follow(const UpdateSession& session, const UpdateOptions& options,
                     const update::Intent& intent) {
  const std::string unit = unit_for(options);
  systemd::ServiceManager& manager = *session.manager;
  if (auto idle = require_idle(session, unit); !idle) return tell(idle.error());
  const auto before = update::Journal(session.state.get()).transactions();
  const std::string last_before = before && !before->empty() ? before->back() : "";
  if (auto left = update::leave_intent(session.runtime.get(), intent); !left) return tell(left.error());
  (void)manager.reset_failed(unit);
  Follower follower(session, options);
  const auto job = manager.start(unit, [&] {
    follower.notice_transaction(last_before);
    const auto status = manager.status(unit);
    follower.show(status ? status->status_text : "");
    return true;
  });
  if (!job) return tell(job.error());
  follower.notice_transaction(last_before);
  follower.show("");
  return follower.conclude(unit);
}

}  // namespace

int update_by_unit(const UpdateOptions& options) {
  if (auto root = require_root(); !root) return tell(root.error());
  if (!options.to.empty() && !openclaw::Version::parse(options.to)) {
    return tell({ErrorKind::bad_input, 0,
                 "\"" + options.to +
                     "\" is no version; --to wants one like 2026.9.6, and "
                     "--channel a tag like latest"});
  }
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  update::Intent intent;
  intent.requested_by = "root";
  intent.wanted = options.channel;
  intent.force = options.force;
  return start_and_follow(*session, options, intent);
}

int recover_by_unit(const UpdateOptions& options) {
  if (auto root = require_root(); !root) return tell(root.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  const auto open = update::Journal(session->state.get()).open_transaction();
  if (!open) return tell(open.error());
  if (!*open) {
    if (!options.quiet) std::printf("no update is open: nothing to recover\n");
    return EX_OK;
  }
  if (auto held = take_lock(*session); !held) return tell(held.error());
  const std::string unit = "openclaw-update-resume.service";
  (void)session->manager->reset_failed(unit);
  Follower follower(*session, options);
  follower.follow(**open);
  const auto job = session->manager->start(unit, [&] {
    const auto status = session->manager->status(unit);
    follower.show(status ? status->status_text : "");
    return true;
  });
  if (!job) return tell(job.error());
  follower.show("");
  return follower.conclude(unit);
}

int rollback_by_unit(const UpdateOptions& options) {
  if (options.dry_run) return show_plan(options);
  if (auto root = require_root(); !root) return tell(root.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  const auto release = release_to_return_to(*session, options);
  if (!release) return tell(release.error());
  update::Intent intent;
  intent.requested_by = "rollback";
  intent.force = options.force;
  intent.to_release = *release;
  return start_and_follow(*session, options, intent);
}

}  // namespace tools
