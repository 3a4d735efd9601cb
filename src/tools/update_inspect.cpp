// Subcommands that look at what is there, or change one small thing of it.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "systemd/listening_sockets.hpp"
#include "tools/scope.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "tools/update_state.hpp"
#include "update/adoption/files.hpp"
#include "update/adoption/user_gateways.hpp"
#include "update/compatibility.hpp"
#include "update/journal.hpp"
#include "update/overview.hpp"
#include "update/releases_in_use.hpp"
#include "update/standing.hpp"
#include "update/unit_start.hpp"

namespace tools {
namespace {

using nlohmann::json;
using update::Overview;

json json_of(const std::vector<release::Release>& releases) {
  json list = json::array();
  for (const auto& release : releases) {
    list.push_back({{"name", release.name},
                    {"version", release.description.version},
                    {"client", release.description.client},
                    {"made_at", release.description.made_at}});
  }
  return list;
}

// "0.0.0.0:19501", lowest ports first: what its processes hold, be it the gateway's own or a plugin's.
std::vector<std::string> listens_on(const bus::ServiceStatus& unit) {
  auto sockets =
      systemd::listening_sockets_of(unit.control_group).value_or(std::vector<systemd::ListeningSocket>());
  std::stable_sort(sockets.begin(), sockets.end(),
                   [](const auto& left, const auto& right) { return left.port < right.port; });
  std::vector<std::string> texts;
  texts.reserve(sockets.size());
  for (const auto& socket : sockets) texts.push_back(systemd::to_text(socket));
  return texts;
}

json json_of(const Overview& seen, const std::string& unit,
             const std::optional<bus::ServiceStatus>& gateway) {
  json status = {{"schema", update_report_schema},
                 {"unit", unit},
                 {"current", seen.current},
                 {"previous", seen.previous},
                 {"releases", json_of(seen.releases)},
                 {"hold", seen.hold ? json(*seen.hold) : json(nullptr)},
                 {"quarantine", json::array()},
                 {"at_work", seen.at_work},
                 {"open", seen.open ? json(*seen.open) : json(nullptr)},
                 {"last_update", nullptr},
                 {"last_rehearsal", nullptr}};
  for (const auto& entry : seen.quarantine) {
    status["quarantine"].push_back({{"version", entry.version}, {"reason", entry.reason}});
  }
  if (!seen.last.records.empty()) status["last_update"] = report_of(seen.last);
  if (!seen.last_rehearsal.records.empty()) status["last_rehearsal"] = report_of(seen.last_rehearsal);
  if (gateway) {
    status["gateway"] = {{"state", gateway->active_state},
                         {"detail", gateway->sub_state},
                         {"listens_on", listens_on(*gateway)}};
  }
  return status;
}

std::string text_or(const std::string& text, const char* otherwise) {
  return text.empty() ? otherwise : text;
}

// ", listens on 0.0.0.0:19501"
std::string where_of(const bus::ServiceStatus& gateway) {
  const auto places = listens_on(gateway);
  return places.empty() ? "" : ", listens on " + base::join(places, ", ");
}

void print_last(const Overview& seen) {
  if (seen.last.records.empty()) return;
  const update::Record& last = seen.last.records.back();
  const update::Context& context = last.context;
  const auto name = update::row_of(last.state).name;
  switch (seen.course()) {
    case update::Course::unrecorded:
      print_line({"update      ", text_or(context.id, "?"), " ended in stage ", name,
                  " without a record of its outcome: see the journal"});
      return;
    case update::Course::at_work:
      print_line({"update      ", text_or(context.id, "?"), " is at work, stage ", name});
      return;
    case update::Course::abandoned:
      print_line({"update      ", text_or(context.id, "?"), " is not finished, stage ", name,
                  ", and no process works on it; bring it to an end: openclaw-update recover"});
      return;
    case update::Course::ended:
      print_line({"last update ", text_or(context.id, "?"), ": ", name, " ",
                  text_or(context.from.version, "none"), " -> ", text_or(context.to.version, "?"), "  ",
                  context.reason});
  }
}

// Of no interest any more once an update has come after it.
void print_rehearsal(const Overview& seen) {
  if (seen.last_rehearsal.records.empty()) return;
  const update::Record& rehearsed = seen.last_rehearsal.records.back();
  if (!seen.last.records.empty() && seen.last.records.back().context.id > rehearsed.context.id) return;
  print_line({"rehearsal   ", rehearsed.context.id, ": ", update::row_of(rehearsed.state).name, " ",
              text_or(rehearsed.context.from.version, "none"), " -> ",
              text_or(rehearsed.context.to.version, "?"), "  ", rehearsed.context.reason});
}

void print(const Overview& seen, const std::string& unit, const std::optional<bus::ServiceStatus>& gateway) {
  print_line({"gateway     ", text_or(unit, "?"), ", ",
              gateway ? text_or(gateway->active_state, "?") : "unknown", gateway ? where_of(*gateway) : ""});
  print_line({"current     ", text_or(seen.current, "none: openclaw-update installs one")});
  print_line({"previous    ", text_or(seen.previous, "none")});
  for (const auto& release : seen.releases) {
    print_line({"release     ", text_or(release.name, "?"), "  ", release.description.made_at});
  }
  if (seen.hold) print_line({"on hold     ", *seen.hold});
  for (const auto& entry : seen.quarantine) {
    print_line({"quarantine  ", text_or(entry.version, "?"), ": ", entry.reason});
  }
  print_last(seen);
  print_rehearsal(seen);
}

}  // namespace

namespace {

struct Seen {
  std::string name;  // of the gateway; empty: the one without
  std::string unit;
  Overview overview;
  std::optional<bus::ServiceStatus> gateway;
  std::optional<SeenState> state;
  std::optional<update::MovedUnit> moved;  // it was a user's own unit
};

base::Result<Seen> look_at(const UpdateOptions& options, bus::ServiceManager* manager) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return base::pass(session.error());
  Seen seen{options.gateway,
            session->settings.gateway.unit,
            update::look_over(session->state.get(), *session->releases),
            std::nullopt,
            std::nullopt,
            std::nullopt};
  if (auto adopted = update::read_adoption(session->state.get()); adopted && *adopted)
    seen.moved = std::move((*adopted)->moved_unit);
  if (manager == nullptr) return seen;
  if (auto status = manager->status(seen.unit)) seen.gateway = std::move(*status);
  if (seen.gateway) seen.state = look_at_state(*session, *manager, seen.unit, *seen.gateway);
  return seen;
}

// Which gateways a person means who names none: all that there are. On a host without names that is the one.
base::Result<std::vector<std::string>> meant(const UpdateOptions& options) {
  if (options.names_gateway) return std::vector<std::string>{options.gateway};
  auto names = config::gateway_names(options.scope.settings);
  if (!names) return base::pass(names.error());
  std::erase_if(*names, [&](const std::string& name) {
    return !update::has_been_adopted(update::places_of(options.scope, name));
  });
  if (names->empty() || update::has_been_adopted(update::places_of(options.scope, "")))
    names->insert(names->begin(), "");
  return *names;
}

json json_of(const Seen& seen) {
  json status = json_of(seen.overview, seen.unit, seen.gateway);
  if (seen.state) add_state(*seen.state, status);
  if (seen.moved) status["moved_from"] = {{"user", seen.moved->user}, {"unit", seen.moved->unit}};
  return status;
}

json json_of(const std::vector<Seen>& all, const config::Scope& scope) {
  json whole = all.front().name.empty() ? json_of(all.front()) : json{{"schema", update_report_schema}};
  for (const Seen& seen : all) {
    if (seen.name.empty()) continue;
    json one = json_of(seen);
    one.erase("schema");
    one["name"] = seen.name;
    whole["gateways"].push_back(std::move(one));
  }
  whole["scope"] = scope.is_user ? "user" : "system";
  if (scope.is_user) return whole;
  for (const auto& gateway : update::find_user_gateways()) {
    whole["user_gateways"].push_back(
        {{"user", gateway.user}, {"unit", gateway.unit}, {"hint", gateway.adopt_command()}});
  }
  return whole;
}

void print(const std::vector<Seen>& all, const config::Scope& scope) {
  if (scope.is_user) {
    print_line(
        {"scope       your own units; releases are sealed by their mode alone (USER UNITS in "
         "openclaw-update(8))"});
  }
  for (const Seen& seen : all) {
    reword_for(scope, seen.name);
    if (&seen != &all.front()) print_line({""});
    if (!seen.name.empty()) print_line({"name        ", seen.name});
    print(seen.overview, seen.unit, seen.gateway);
    if (seen.state) print_state(*seen.state);
    if (seen.moved) {
      print_line({"moved from  ", seen.moved->user, "'s own ", seen.moved->unit,
                  ": openclaw-update adopt --undo returns to it"});
    }
  }
  if (scope.is_user) return;
  reword_with({});
  for (const auto& gateway : update::find_user_gateways())
    print_line({"besides     ", update::shown({gateway})});
}

}  // namespace

int show_status(const UpdateOptions& options) {
  const auto names = meant(options);
  if (!names) return tell(names.error());
  const auto manager = connect_to(options.scope);
  std::vector<Seen> all;
  int status = EX_OK;
  for (const std::string& name : *names) {
    UpdateOptions one = options;
    one.gateway = name;
    one.names_gateway = true;
    auto seen = look_at(one, manager ? manager->get() : nullptr);
    // The others are shown all the same.
    if (seen) {
      all.push_back(std::move(*seen));
    } else {
      status = tell(seen.error());
    }
  }
  if (all.empty()) return status;
  if (options.json) {
    print_json(json_of(all, options.scope));
  } else {
    print(all, options.scope);
  }
  return status;
}

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
                  history->ends_unknown() ? "; what came then cannot be read" : ""});
    }
  }
  if (options.json) print_json(json{{"schema", update_report_schema}, {"updates", list}});
  return EX_OK;
}

int hold_updates(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const std::string reason = options.reason.empty() ? "set by hand" : options.reason;
  if (auto set = update::set_hold(session->state.get(), reason); !set) return tell(set.error());
  print_line({"updates are on hold; openclaw-update unhold ends it"});
  return EX_OK;
}

int unhold_updates(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  if (auto removed = update::remove_hold(session->state.get()); !removed) return tell(removed.error());
  print_line({"updates are no longer on hold"});
  return EX_OK;
}

int verify_releases(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const auto releases = session->releases->list();
  if (!releases) return tell(releases.error());
  int status = EX_OK;
  for (const auto& release : *releases) {
    const auto whole = session->releases->verify(release.name);
    if (whole) {
      print_line({release.name, "  as it was sealed"});
    } else {
      print_line({release.name, "  DAMAGED: ", whole.error().message});
      status = EX_DATAERR;
    }
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
  for (const std::string& name : *pruned) print_line({"removed ", name});
  if (pruned->empty()) print_line({"nothing to remove"});
  return EX_OK;
}

}  // namespace tools
