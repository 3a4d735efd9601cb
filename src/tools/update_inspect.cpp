// Subcommands that look at what is there, or change one small thing of it.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <cstdio>

#include "base/text.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/compatibility.hpp"
#include "update/gateway.hpp"
#include "update/journal.hpp"
#include "update/standing.hpp"

namespace tools {
namespace {

using nlohmann::json;
using update::ReleaseStore;

std::string pointer_text(const UpdateSession& session, ReleaseStore::Pointer pointer) {
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
  const auto held = take_lock(session);
  return !held && held.error().kind == base::ErrorKind::busy;
}

update::History last_update(const UpdateSession& session) {
  const update::Journal journal(session.state.get());
  const auto ids = journal.transactions();
  if (!ids || ids->empty()) return {};
  return journal.read(ids->back()).value_or(update::History{});
}

json status_json(const UpdateSession& session) {
  json status = {{"schema", update_report_schema},
                 {"unit", session.settings.gateway.unit},
                 {"current", pointer_text(session, ReleaseStore::Pointer::current)},
                 {"previous", pointer_text(session, ReleaseStore::Pointer::previous)},
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
    if (unit) status["gateway"] = {{"state", unit->active_state}, {"detail", unit->sub_state}};
  }
  return status;
}

std::string text_or(const json& value, const char* otherwise) {
  return value.is_string() && !value.get<std::string>().empty() ? value.get<std::string>() : otherwise;
}

void print_status(const json& status) {
  std::printf("gateway     %s, %s\n", text_or(status["unit"], "?").c_str(),
              status.contains("gateway") ? text_or(status["gateway"]["state"], "?").c_str() : "unknown");
  std::printf("current     %s\n", text_or(status["current"], "none: openclaw-update installs one").c_str());
  std::printf("previous    %s\n", text_or(status["previous"], "none").c_str());
  for (const json& release : status["releases"]) {
    std::printf("release     %s  %s\n", text_or(release["name"], "?").c_str(),
                text_or(release["made_at"], "").c_str());
  }
  if (status["hold"].is_string()) std::printf("on hold     %s\n", text_or(status["hold"], "").c_str());
  for (const json& entry : status["quarantine"]) {
    std::printf("quarantine  %s: %s\n", text_or(entry["version"], "?").c_str(),
                text_or(entry["reason"], "").c_str());
  }
  const json& last = status["last_update"];
  if (!last.is_object()) return;
  if (last["outcome"].is_null()) {
    if (status["open"] != last["id"]) {
      std::printf("update      %s ended in stage %s without a record of its outcome: see the journal\n",
                  text_or(last["id"], "?").c_str(), text_or(last["stage"], "?").c_str());
      return;
    }
    const bool at_work = status["at_work"].get<bool>();
    std::printf("update      %s is %s, stage %s%s\n", text_or(last["id"], "?").c_str(),
                at_work ? "at work" : "not finished", text_or(last["stage"], "?").c_str(),
                at_work ? "" : ", and nobody works at it: openclaw-update recover");
    return;
  }
  std::printf("last update %s: %s %s -> %s  %s\n", text_or(last["id"], "?").c_str(),
              text_or(last["outcome"], "?").c_str(), text_or(last["from"], "none").c_str(),
              text_or(last["to"], "?").c_str(), text_or(last["reason"], "").c_str());
}

}  // namespace

int show_status(const UpdateOptions& options) {
  auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  if (auto manager = systemd::connect_to_system_manager()) session->manager = std::move(*manager);
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
      std::fprintf(stderr, "openclaw-update: no line of transactions/%s/journal can be read: %s\n",
                   id.c_str(), why.c_str());
    } else if (options.json) {
      list.push_back(report_of(*history));
    } else {
      const update::Record& last = history->records.back();
      std::printf("%s  %s%s\n", id.c_str(), sentence_of(last.state, last.context).c_str(),
                  history->ends_unknown() ? "; what came then cannot be read" : "");
    }
  }
  if (options.json) print_json({{"schema", update_report_schema}, {"updates", list}});
  return EX_OK;
}

int hold_updates(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const std::string reason = options.reason.empty() ? "set by hand" : options.reason;
  if (auto set = update::set_hold(session->state.get(), reason); !set) return tell(set.error());
  std::printf("updates are on hold; openclaw-update unhold ends it\n");
  return EX_OK;
}

int unhold_updates(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  if (auto removed = update::remove_hold(session->state.get()); !removed) return tell(removed.error());
  std::printf("updates are no longer on hold\n");
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
      std::printf("%s  as it was sealed\n", release.name.c_str());
    } else {
      std::printf("%s  DAMAGED: %s\n", release.name.c_str(), whole.error().message.c_str());
      status = EX_DATAERR;
    }
  }
  return status;
}

int prune_releases(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, false);
  if (!session) return tell(session.error());
  const auto held = take_lock(*session);
  if (!held) return tell(held.error());
  const auto pruned = session->releases->prune(
      session->settings.update.keep, {update::release_that_runs(update::Journal(session->state.get()))});
  if (!pruned) return tell(pruned.error());
  for (const std::string& name : *pruned) std::printf("removed %s\n", name.c_str());
  if (pruned->empty()) std::printf("nothing to remove\n");
  return EX_OK;
}

}  // namespace tools
