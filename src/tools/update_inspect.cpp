// SPDX-License-Identifier: MIT
// Subcommands that look at what is there, or change one small thing of it.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"
#include "tools/hold_end.hpp"
#include "tools/status_report.hpp"
#include "tools/terminal.hpp"
#include "tools/times_line.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/journal.hpp"
#include "update/releases_in_use.hpp"
#include "update/standing.hpp"
#include "update/unit_start.hpp"

namespace tools {

using nlohmann::json;

int show_history(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const update::Journal journal(session->state.get());
  const auto ids = journal.transactions();
  if (!ids) return tell(ids.error());
  json list = json::array();
  for (const std::string& id : *ids) {
    const auto history = journal.read(id);
    if (history && history->lines == 0) continue;
    if (!history || history->records.empty()) {
      const std::string why = history ? history->skipped.back().why : history.error().message;
      print_error("openclaw-update",
                  base::concat({"no line of transactions/", id, "/journal can be read: ", why}));
    } else if (options.json) {
      list.push_back(report_of(*history));
    } else {
      const update::Record& last = history->records.back();
      print_line({id, "  ", sentence_of(last.state, last.context),
                  history->ends_unknown() ? "; the records after it cannot be read" : ""});
      if (const std::string times = times_line(report_of(*history)); history->outcome() && !times.empty())
        print_line({"  time: ", times});
    }
  }
  if (options.json) {
    print_json(json{{"schema", update_report_schema}, {"updates", list}});
  } else if (ids->empty() && !options.quiet) {
    print_line({"no update has run on this host yet"});
  }
  return EX_OK;
}

namespace {

base::Result<std::optional<std::int64_t>> end_of(const UpdateOptions& options) {
  const std::int64_t now = base::unix_now_ms();
  if (options.until.empty() && options.lasts.empty()) return std::optional<std::int64_t>();
  const auto end =
      options.until.empty() ? hold_end_after(options.lasts, now) : hold_end_at(options.until, now);
  if (!end) return base::pass(end.error(), options.until.empty() ? "--for" : "--until");
  return std::optional(*end);
}

}  // namespace

int hold_updates(const UpdateOptions& options) {
  const auto end = end_of(options);
  if (!end) return tell(end.error());
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const update::Hold hold{options.reason.empty() ? "set by hand" : options.reason, *end};
  if (auto set = update::set_hold(session->state.get(), hold); !set) return tell(set.error());
  publish_status(*session);
  const std::string until = *end ? " until " + base::rfc3339(**end) : "";
  print_line({"updates are on hold", until, "; openclaw-update unhold ends it"});
  return EX_OK;
}

int unhold_updates(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const bool was_held = update::hold_of(session->state.get()).has_value();
  if (auto removed = update::remove_hold(session->state.get()); !removed) return tell(removed.error());
  publish_status(*session);
  print_line({was_held ? "updates are no longer on hold" : "updates were not on hold"});
  return EX_OK;
}

int pin_version(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  if (auto set = update::set_pin(session->state.get(), options.pinned); !set) return tell(set.error());
  publish_status(*session);
  print_line({"updates are pinned to ", options.pinned, "; openclaw-update unpin ends it"});
  return EX_OK;
}

int unpin_version(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  // One that is damaged is there, too.
  const auto pinned = update::pinned_version(session->state.get());
  if (auto removed = update::remove_pin(session->state.get()); !removed) return tell(removed.error());
  publish_status(*session);
  print_line({pinned && !*pinned ? "updates were not pinned" : "updates are no longer pinned to a version"});
  return EX_OK;
}

int verify_releases(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const auto releases = session->releases->list();
  if (!releases) return tell(releases.error());
  int status = EX_OK;
  json rows = json::array();
  for (const auto& release : *releases) {
    const auto whole = session->releases->verify(release.name);
    if (!whole) status = EX_DATAERR;
    rows.push_back({{"name", release.name},
                    {"whole", whole.has_value()},
                    {"fault", whole ? json(nullptr) : json(whole.error().message)}});
    if (options.json) continue;
    if (whole) {
      print_line({release.name, "  unchanged since it was sealed"});
    } else {
      print_line({release.name, "  DAMAGED: ", whole.error().message});
    }
  }
  if (options.json) {
    print_json(json{{"schema", update_report_schema}, {"releases", rows}});
  } else if (releases->empty() && !options.quiet) {
    print_line({"there is no release on this host yet; openclaw-update installs one"});
  }
  return status;
}

int prune_releases(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const auto held = update::take_lock(session->state.get());
  if (!held) return tell(held.error());
  const auto pruned = update::prune_unused(*session->releases, session->settings.update.keep);
  if (!pruned) return tell(pruned.error());
  publish_status(*session);
  if (options.json) {
    print_json(json{{"schema", update_report_schema}, {"removed", *pruned}});
    return EX_OK;
  }
  for (const std::string& name : *pruned) print_line({"removed ", name});
  if (pruned->empty()) print_line({"nothing to remove"});
  return EX_OK;
}

}  // namespace tools
