// SPDX-License-Identifier: MIT
// openclaw-update snapshot: what a rollback keeps, on demand, and as a file. The work is done by
// openclaw-state, in its unit.
#include <nlohmann/json.hpp>
#include <sysexits.h>

#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "tools/archive_file.hpp"
#include "tools/scope.hpp"
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

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_line({"  note: ", note});
}

void print_created(const Setup& setup, const UpdateOptions& options, const update::CreatedSnapshot& created) {
  if (options.json) {
    json whole = json_of(created.record, created.bytes, created.files);
    whole["schema"] = update_report_schema;
    whole["notes"] = created.notes;
    print_json(whole);
  } else if (!options.quiet) {
    print_line({created.record.name, "  ", std::to_string(created.files), " files, ",
                bytes_text(created.bytes), ", in ", setup.gateway_directory, "/snapshots"});
    print_notes(created.notes);
  }
}

int create(const Setup& setup, const UpdateOptions& options) {
  const auto created = update::create_snapshot(setup, options.transcripts);
  if (!created) return tell(created.error());
  print_created(setup, options, *created);
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
    print_line({record->name, "  unchanged since it was taken"});
  }
  return EX_OK;
}

void print_exported(const UpdateOptions& options, const update::SnapshotRecord& record,
                    const update::ExportedSnapshot& exported) {
  constexpr const char* about_secrets =
      "the archive contains the secrets of config and databases; its mode is therefore 0600";
  constexpr const char* about_units = "unit files and their environment files are not in the archive";
  if (options.json) {
    json whole = json_of(record, exported.bytes, exported.files);
    whole["schema"] = update_report_schema;
    whole["file"] = options.archive;
    whole["archive_bytes"] = exported.archive_bytes;
    whole["archive_sha256"] = exported.sha256;
    whole["notes"] = exported.notes;
    print_json(whole);
    return;
  }
  // Standard output may be the archive.
  if (options.quiet || is_standard_stream(options.archive)) return;
  print_line({options.archive, "  ", record.name, ", ", std::to_string(exported.files), " files, ",
              base::human_bytes(exported.archive_bytes)});
  print_line({"  sha256: ", exported.sha256});
  print_notes({about_secrets, about_units});
  print_notes(exported.notes);
}

int export_recorded(const Setup& setup, const UpdateOptions& options, const update::SnapshotRecord& record,
                    ArchiveOut& out) {
  const auto exported = update::export_snapshot(setup, record, out.fd());
  if (!exported) return tell(exported.error());
  if (out.file) {
    if (auto published = out.file->publish(); !published) return tell(published.error());
  }
  print_exported(options, record, *exported);
  return EX_OK;
}

// One that is taken for the file's sake does not stay.
int export_one(const Setup& setup, const UpdateOptions& options) {
  auto out = open_archive_to_write(options.archive, options.json);
  if (!out) return tell(out.error());
  if (!options.snapshot.empty()) {
    const auto record = update::find_snapshot(setup, options.snapshot);
    return record ? export_recorded(setup, options, *record, *out) : tell(record.error());
  }
  const auto created = update::create_snapshot(setup, options.transcripts);
  if (!created) return tell(created.error());
  const int status = export_recorded(setup, options, created->record, *out);
  const auto removed = update::remove_snapshot(setup, created->record.name);
  return removed || status != EX_OK ? status : tell(removed.error());
}

int import_one(const Setup& setup, const UpdateOptions& options) {
  const auto archive = open_archive_to_read(options.archive, "openclaw-update snapshot");
  if (!archive) return tell(archive.error());
  const auto imported = update::import_snapshot(setup, archive->file.get(), archive->bytes);
  if (!imported) return tell(std::move(base::Error(imported.error())).in("nothing was imported"));
  print_created(setup, options, *imported);
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
constexpr Verb verbs[] = {{"create", create},     {"list", list},         {"verify", verify},
                          {"export", export_one}, {"import", import_one}, {"remove", remove}};

}  // namespace

int do_with_snapshots(const UpdateOptions& options) {
  // The gateway is stopped for it, as for an update, and by the same unit.
  if (options.snapshot_verb == "restore") return restore_by_unit(options);
  if (auto may = require_lasting(options.scope); !may) return tell(may.error());
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
