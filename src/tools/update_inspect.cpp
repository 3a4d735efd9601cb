// Subcommands that look at what is there, or change one small thing of it.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <algorithm>

#include "base/text.hpp"
#include "systemd/listening_sockets.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/compatibility.hpp"
#include "update/gateway.hpp"
#include "update/journal.hpp"
#include "update/standing.hpp"
#include "update/unit_start.hpp"

namespace tools {
namespace {

using nlohmann::json;
using release::Store;

std::string pointer_text(const UpdateSession& session, release::Store::Pointer pointer) {
  const auto target = session.releases->target(pointer);
  if (!target) return "damaged: " + target.error().message;
  return target->value_or("");
}

json releases_json(const UpdateSession& session) {
  json list = json::array();
  const auto releases = session.releases->list();
  if (!releases) return list;
  for (const auto& release : *releases) {
    list.push_back({{"name", release.name},
                    {"version", release.description.version},
                    {"client", release.description.client},
                    {"made_at", release.description.made_at}});
  }
  return list;
}

// Let go at once: a lock that is only looked at must not keep an updater out.
bool is_at_work(const UpdateSession& session) {
  const auto held = update::take_lock(session.state.get());
  return !held && held.error().kind == base::ErrorKind::busy;
}

update::History last_update(const UpdateSession& session) {
  const update::Journal journal(session.state.get());
  const auto ids = journal.transactions();
  if (!ids || ids->empty()) return {};
  return journal.read(ids->back()).value_or(update::History{});
}

// "0.0.0.0:19501", lowest ports first: what its processes hold, be it the gateway's own or a plugin's.
json listens_on(const bus::ServiceStatus& unit) {
  auto sockets =
      systemd::listening_sockets_of(unit.control_group).value_or(std::vector<systemd::ListeningSocket>());
  std::stable_sort(sockets.begin(), sockets.end(),
                   [](const auto& left, const auto& right) { return left.port < right.port; });
  json texts = json::array();
  for (const auto& socket : sockets) texts.push_back(systemd::to_text(socket));
  return texts;
}

json status_json(const UpdateSession& session) {
  json status = {{"schema", update_report_schema},
                 {"unit", session.settings.gateway.unit},
                 {"current", pointer_text(session, release::Store::Pointer::current)},
                 {"previous", pointer_text(session, release::Store::Pointer::previous)},
                 {"releases", releases_json(session)},
                 {"hold", nullptr},
                 {"quarantine", json::array()},
                 {"last_update", nullptr}};
  if (const auto hold = update::hold_reason(session.state.get())) status["hold"] = *hold;
  status["at_work"] = is_at_work(session);
  const auto open = update::Journal(session.state.get()).open_transaction();
  status["open"] = open && *open ? json(**open) : json(nullptr);
  for (const auto& entry : update::quarantined(session.state.get())) {
    status["quarantine"].push_back({{"version", entry.version}, {"reason", entry.reason}});
  }
  if (const auto last = last_update(session); !last.records.empty()) status["last_update"] = report_of(last);
  if (session.manager) {
    const auto unit = session.manager->status(session.settings.gateway.unit);
    if (unit) {
      status["gateway"] = {{"state", unit->active_state}, {"detail", unit->sub_state}};
      status["gateway"]["listens_on"] = listens_on(*unit);
    }
  }
  return status;
}

std::string text_or(const json& value, const char* otherwise) {
  return value.is_string() && !value.get<std::string>().empty() ? value.get<std::string>() : otherwise;
}

// ", listens on 0.0.0.0:19501"
std::string where_of(const json& status) {
  if (!status.contains("gateway") || status["gateway"]["listens_on"].empty()) return "";
  return ", listens on " + base::join(status["gateway"]["listens_on"].get<std::vector<std::string>>(), ", ");
}

void print_status(const json& status) {
  print_line({"gateway     ", text_or(status["unit"], "?"), ", ",
              status.contains("gateway") ? text_or(status["gateway"]["state"], "?") : "unknown",
              where_of(status)});
  print_line({"current     ", text_or(status["current"], "none: openclaw-update installs one")});
  print_line({"previous    ", text_or(status["previous"], "none")});
  for (const json& release : status["releases"]) {
    print_line({"release     ", text_or(release["name"], "?"), "  ", text_or(release["made_at"], "")});
  }
  if (status["hold"].is_string()) print_line({"on hold     ", text_or(status["hold"], "")});
  for (const json& entry : status["quarantine"]) {
    print_line({"quarantine  ", text_or(entry["version"], "?"), ": ", text_or(entry["reason"], "")});
  }
  const json& last = status["last_update"];
  if (!last.is_object()) return;
  if (last["outcome"].is_null()) {
    if (status["open"] != last["id"]) {
      print_line({"update      ", text_or(last["id"], "?"), " ended in stage ", text_or(last["stage"], "?"),
                  " without a record of its outcome: see the journal"});
      return;
    }
    const bool at_work = status["at_work"].get<bool>();
    print_line({"update      ", text_or(last["id"], "?"), " is ", at_work ? "at work" : "not finished",
                ", stage ", text_or(last["stage"], "?"),
                at_work ? "" : ", and nobody works at it: openclaw-update recover"});
    return;
  }
  print_line({"last update ", text_or(last["id"], "?"), ": ", text_or(last["outcome"], "?"), " ",
              text_or(last["from"], "none"), " -> ", text_or(last["to"], "?"), "  ",
              text_or(last["reason"], "")});
}

}  // namespace

int show_status(const UpdateOptions& options) {
  auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  if (auto manager = bus::connect_to_system_manager()) session->manager = std::move(*manager);
  const json status = status_json(*session);
  if (options.json) {
    print_json(status);
  } else {
    print_status(status);
  }
  return EX_OK;
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
  const auto pruned = session->releases->prune(
      session->settings.update.keep, {update::release_that_runs(update::Journal(session->state.get()))});
  if (!pruned) return tell(pruned.error());
  for (const std::string& name : *pruned) print_line({"removed ", name});
  if (pruned->empty()) print_line({"nothing to remove"});
  return EX_OK;
}

}  // namespace tools
