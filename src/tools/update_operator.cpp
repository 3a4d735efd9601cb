// SPDX-License-Identifier: MIT
#include "tools/update_operator.hpp"

#include <sysexits.h>

#include <array>
#include <string>

#include "base/json.hpp"
#include "base/text.hpp"
#include "openclaw/version.hpp"
#include "tools/exit_status.hpp"
#include "tools/progress_bar.hpp"
#include "tools/scope.hpp"
#include "tools/status_record.hpp"
#include "tools/terminal.hpp"
#include "tools/times_line.hpp"
#include "tools/unit_end.hpp"
#include "tools/update_check.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::size_t largest_status = std::size_t{2} << 20U;

bool is_busy(const bus::ServiceStatus& unit) {
  return unit.active_state == "activating" || unit.active_state == "deactivating";
}

// Whoever may not start a unit hears who may.
base::Error with_the_group(base::Error error) {
  if (error.kind != ErrorKind::not_permitted) return error;
  error.message = base::concat({error.message.substr(0, error.message.rfind("; ")),
                                "; root can do this, and members of the group openclaw-operators if polkit ",
                                "runs (sudo usermod --append --groups openclaw-operators ", name_of_caller(),
                                ", then log in again)"});
  return error;
}

Result<void> start_and_wait(const UpdateOptions& options, const std::string& unit) {
  auto manager = connect_to(options.scope);
  if (!manager) return base::pass(manager.error());
  if (const auto now = (*manager)->status(unit); now && is_busy(*now))
    return base::fail(ErrorKind::busy,
                      unit + " is at work already; openclaw-update status shows what it does");
  ProgressBar bar(stderr, !options.json && !options.quiet);
  const auto job = (*manager)->start(unit, [&] {
    const auto now = (*manager)->status(unit);
    if (now && !now->status_text.empty()) bar.phase(now->status_text);
    return true;
  });
  bar.clear();
  return job ? Result<void>{} : base::pass(with_the_group(job.error()));
}

// The report that the run of a unit has published; null: it has published none.
json report_after(const UpdateOptions& options, const char* member, const std::string& former_id) {
  const auto after = published_status(options);
  if (!after) return nullptr;
  const json& report = base::member(after->status, member);
  const std::string id = base::text_at(report, "id");
  return id.empty() || id == former_id ? json(nullptr) : report;
}

int conclude(const UpdateOptions& options, const json& report, const std::string& unit) {
  const auto outcome = update::state_named(base::text_at(report, "outcome"));
  if (!outcome) {
    auto manager = connect_to(options.scope);
    return tell(without_outcome(unit, manager ? (*manager)->status(unit) : base::pass(manager.error())));
  }
  const int status = exit_status_of_outcome(*outcome, base::is_true_at(report, "held"));
  if (options.json) {
    print_json(report);
  } else if (!options.quiet || status != EX_OK) {
    const std::string message = base::text_at(report, "message");
    print_line({message.empty() ? base::text_at(report, "outcome") : message});
    for (const std::string& note : base::texts_at(report, "notes")) print_line({"  note: ", note});
  }
  return status;
}

int run_as_operator(const UpdateOptions& options, const std::string& unit, const char* member) {
  if (options.force || !options.channel.empty()) {
    return tell({ErrorKind::not_permitted, 0,
                 base::concat({options.force ? "--force" : "--channel",
                               " needs root; an update without it does not"})});
  }
  const auto before = published_status(options);
  const std::string former = before ? base::text_at(base::member(before->status, member), "id") : "";
  if (auto ended = start_and_wait(options, unit); !ended) return tell(ended.error());
  return conclude(options, report_after(options, member, former), unit);
}

update::GatewayPlaces places(const UpdateOptions& options) {
  return update::places_of(options.scope, options.gateway);
}

}  // namespace

Result<PublishedStatus> published_status(const UpdateOptions& options) {
  auto published = read_published(options.scope, options.gateway);
  if (!published) return base::pass(published.error());
  auto status = base::parse_json(published->text, "the published status", {.bytes = largest_status});
  if (!status) return base::pass(status.error());
  return PublishedStatus{std::move(*status), published->whole};
}

bool is_at_work(bus::ServiceManager& manager, const update::GatewayPlaces& places) {
  for (const std::string& unit : {places.update_unit(), places.rehearsal_unit(), places.resume_unit()}) {
    if (const auto now = manager.status(unit); now && is_busy(*now)) return true;
  }
  return false;
}

int update_as_operator(const UpdateOptions& options) {
  if (!options.to.empty() && !options.gateway.empty()) {
    return tell({ErrorKind::not_permitted, 0,
                 "--to with --gateway needs root; without --to, the gateway is updated to the version of the "
                 "channel"});
  }
  return run_as_operator(options, places(options).update_unit(options.to), "last_update");
}

int rehearse_as_operator(const UpdateOptions& options) {
  if (!options.to.empty()) {
    return tell(
        {ErrorKind::not_permitted, 0,
         "rehearse needs root if a version is given; without one it rehearses the version of the channel"});
  }
  return run_as_operator(options, places(options).rehearsal_unit(), "last_rehearsal");
}

int check_as_operator(const UpdateOptions& options) {
  const auto before = published_status(options);
  const std::string former = before ? base::text_at(before->status, "newest.at") : "";
  const std::string unit = places(options).check_unit();
  if (auto ended = start_and_wait(options, unit); !ended) {
    static_cast<void>(tell(ended.error()));
    return check_unknown;
  }
  const auto after = published_status(options);
  if (!after || base::text_at(after->status, "newest.at") == former) {
    static_cast<void>(tell({ErrorKind::unavailable, 0,
                            unit + " recorded no answer of the registry; see journalctl -u " + unit}));
    return check_unknown;
  }
  return show_check(options, checked_of(after->status));
}

int show_plan_as_operator(const UpdateOptions& options) {
  if (options.force || !options.channel.empty() || !options.to.empty() || options.returns) {
    return tell({ErrorKind::not_permitted, 0,
                 "--dry-run of a version, a channel or a rollback needs root; openclaw-update --dry-run "
                 "alone does not"});
  }
  const int status = check_as_operator(options);
  return status == check_newer || status == check_current ? EX_OK : status;
}

int show_history_as_operator(const UpdateOptions& options) {
  const auto published = published_status(options);
  if (!published) return tell(published.error());
  json updates = json::array();
  const json& earlier = base::as_list(base::member(published->status, "earlier_updates"));
  for (auto report = earlier.rbegin(); report != earlier.rend(); ++report) updates.push_back(*report);
  if (const json& last = base::member(published->status, "last_update"); last.is_object())
    updates.push_back(last);
  if (options.json) {
    print_json(json{{"schema", update_report_schema}, {"updates", updates}});
    return EX_OK;
  }
  if (updates.empty()) print_line({"no update has run on this host yet"});
  for (const json& report : updates) {
    const std::string message = base::text_at(report, "message");
    print_line(
        {base::text_at(report, "id"), "  ", message.empty() ? base::text_at(report, "outcome") : message});
    if (const std::string times = times_line(report); !times.empty()) print_line({"  time: ", times});
  }
  if (!updates.empty()) print_line({"sudo openclaw-update history shows all updates"});
  return EX_OK;
}

}  // namespace tools
