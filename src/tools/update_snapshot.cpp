// openclaw-update snapshot: what a rollback keeps, on demand. The work is done by openclaw-state, in its
// unit.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include "base/text.hpp"
#include "base/time.hpp"
#include "tools/terminal.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/snapshots.hpp"
#include "update/unit_start.hpp"

namespace tools {
namespace {

using nlohmann::json;
using update::ListedSnapshot;
using update::Setup;

std::string bytes_text(std::int64_t bytes) {
  return base::human_bytes(static_cast<std::uint64_t>(bytes));
}

std::string time_of(const update::SnapshotRecord& record) {
  return record.at_ms > 0 ? base::rfc3339(record.at_ms) : "";
}

json json_of(const update::SnapshotRecord& record, std::int64_t bytes, std::int64_t files) {
  return {{"name", record.name},
          {"origin", record.origin},
          {"version", record.version},
          {"at", time_of(record)},
          {"schemas", record.schemas},
          {"digest", record.digest},
          {"bytes", bytes},
          {"files", files}};
}

int create(const Setup& setup, const UpdateOptions& options) {
  const auto created = update::create_snapshot(setup, options.transcripts);
  if (!created) return tell(created.error());
  if (options.json) {
    json whole = json_of(created->record, created->bytes, created->files);
    whole["schema"] = update_report_schema;
    whole["notes"] = created->notes;
    print_json(whole);
  } else if (!options.quiet) {
    print_line({created->record.name, "  ", std::to_string(created->files), " files, ",
                bytes_text(created->bytes), ", in ", setup.gateway_directory, "/snapshots"});
    for (const std::string& note : created->notes) print_line({"  note: ", note});
  }
  return EX_OK;
}

int list(const Setup& setup, const UpdateOptions& options) {
  const auto all = update::list_snapshots(setup);
  if (!all) return tell(all.error());
  json rows = json::array();
  for (const ListedSnapshot& each : *all) {
    const update::SnapshotRecord& record = each.record;
    if (options.json) {
      json row = json_of(record, each.bytes, each.files);
      row["condition"] = update::name_of(each.condition);
      rows.push_back(std::move(row));
      continue;
    }
    const std::string condition = each.condition == ListedSnapshot::Condition::present
                                      ? ""
                                      : base::concat({"  ", update::name_of(each.condition)});
    print_line({padded(record.name, 26), "  ", padded(time_of(record), 20), "  ", padded(record.version, 12),
                "  ", padded(bytes_text(each.bytes), 9), "  ", record.origin, condition});
  }
  if (options.json) print_json(json{{"schema", update_report_schema}, {"snapshots", std::move(rows)}});
  return EX_OK;
}

int verify(const Setup& setup, const UpdateOptions& options) {
  const auto record = update::find_snapshot(setup, options.snapshot);
  if (!record) return tell(record.error());
  const auto whole = update::verify_snapshot(setup, *record);
  if (!whole) return tell(whole.error());
  if (options.json) {
    json answer = json_of(*record, whole->bytes, whole->files);
    answer["schema"] = update_report_schema;
    print_json(answer);
  } else if (!options.quiet) {
    print_line({record->name, "  as it was taken"});
  }
  return EX_OK;
}

int remove(const Setup& setup, const UpdateOptions& options) {
  if (auto removed = update::remove_snapshot(setup, options.snapshot); !removed) return tell(removed.error());
  if (!options.quiet) print_line({"removed ", options.snapshot});
  return EX_OK;
}

struct Verb {
  std::string_view name;
  int (*run)(const Setup& setup, const UpdateOptions& options);
};
constexpr Verb verbs[] = {{"create", create}, {"list", list}, {"verify", verify}, {"remove", remove}};

}  // namespace

int do_with_snapshots(const UpdateOptions& options) {
  // The gateway is stopped for it, as for an update, and by the same unit.
  if (options.snapshot_verb == "restore") return restore_by_unit(options);
  if (auto root = require_root(); !root) return tell(root.error());
  const auto session = UpdateSession::open(options, true);
  if (!session) return tell(session.error());
  // An update takes snapshots and removes them.
  const auto held = update::take_lock(session->state.get());
  if (!held) return tell(held.error());
  SilentObserver observer;
  update::UnitWorkers workers = session->workers();
  const auto setup = session->setup(workers, observer);
  for (const Verb& verb : verbs) {
    if (verb.name == options.snapshot_verb) return verb.run(setup, options);
  }
  return EX_USAGE;
}

}  // namespace tools
