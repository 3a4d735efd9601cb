// SPDX-License-Identifier: MIT
#include "update/snapshots.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/redaction.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "update/compatibility.hpp"
#include "update/definition.hpp"
#include "update/gateway.hpp"
#include "update/running_gateway.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* records_folder = "snapshots";
constexpr const char* record_file = "record.json";
constexpr std::size_t longest_record_file = std::size_t{1} << 20;
constexpr const char* by_hand = "by hand";
using Condition = ListedSnapshot::Condition;

bool is_made_by_hand(std::string_view name) {
  return name.starts_with('s') && is_transaction_id(name.substr(1)) && !transaction_number(name.substr(1));
}

std::string path_of_record(const std::string& name) {
  return base::concat({records_folder, "/", name});
}

Result<SnapshotRecord> read_record(int state_fd, const std::string& name) {
  const std::string path = base::concat({records_folder, "/", name, "/", record_file});
  const auto text = fs::read_file(state_fd, path, longest_record_file);
  if (!text) return base::pass(text.error());
  auto record = contract::read_strictly<SnapshotRecord>(
      base::json_or_null(*text), {.is_strict = true, .whose = path, .kind = ErrorKind::integrity});
  if (record && record->name != name) return base::fail(ErrorKind::integrity, path + " has another name");
  return record;
}

// The record is written last: a snapshot without it does not count. `unit`: its files are kept beside the
// record; null for a snapshot from another host.
Result<void> keep_record(const Setup& setup, const bus::ServiceStatus* unit, const SnapshotRecord& record) {
  const auto folder = fs::make_directories_durably(setup.state_fd, path_of_record(record.name), 0700);
  if (!folder) return base::pass(folder.error());
  if (unit != nullptr) {
    if (auto kept = keep_definition(folder->get(), *unit); !kept) return kept;
  }
  const std::string text = contract::to_json(record).dump(1, ' ', false, json::error_handler_t::replace);
  return fs::write_file_durably(folder->get(), record_file, text + "\n", 0600);
}

// The parts of a context that workers need.
Context context_of_task(const Setup& setup, const std::string& id) {
  Context context;
  context.id = id;
  context.unit = setup.settings.gateway.unit;
  return context;
}

Context context_of_task(const Setup& setup) {
  return context_of_task(setup, new_task_id(setup.now_ms(), setup.gateway));
}

template <class Request, class Answer>
Result<Answer> ask(const Setup& setup, const Context& context, const contract::TaskOf<Request, Answer>& task,
                   const std::type_identity_t<Request>& request) {
  auto answer = run_worker(setup, context, task, request);
  setup.workers.clean({task, context.id});
  return answer;
}

// The same, with bytes that are passed beside request and answer.
template <class Request, class Answer>
Result<Answer> ask_with_file(const Setup& setup, const Context& context,
                             const contract::TaskOf<Request, Answer>& task,
                             const std::type_identity_t<Request>& request, Transfer& transfer) {
  auto answer = run_transfer(setup, context, task, request, transfer);
  setup.workers.clean({task, context.id});
  return answer;
}

// Notes come from a worker, or from an archive of unknown origin.
std::vector<std::string> shown_notes(const std::vector<std::string>& notes) {
  std::vector<std::string> shown;
  shown.reserve(notes.size());
  for (const std::string& note : notes) shown.push_back(base::redacted(note, 300));
  return shown;
}

// Empty if there is none. The record of a snapshot keeps it, so it must not be empty for an error that
// passes.
Result<std::string> version_that_runs(const Setup& setup) {
  const auto current = setup.releases.target(release::Store::Pointer::current);
  if (!current && !fs::is_answer(current.error())) return base::pass(current.error());
  if (!current || !*current) return std::string();
  const auto release = setup.releases.find(**current);
  if (!release && !fs::is_answer(release.error())) return base::pass(release.error());
  return release ? release->description.version : std::string();
}

Result<std::optional<SnapshotRecord>> record_of_update(const Journal& journal, const std::string& id) {
  const std::optional<SnapshotRecord> none;
  if (!is_transaction_id(id)) return none;
  const auto history = journal.read(id);
  if (!history && !fs::is_answer(history.error())) return base::pass(history.error());
  if (!history || history->context() == nullptr || !history->context()->snapshot.taken) return none;
  const Context& context = *history->context();
  const std::int64_t at = context.times.stopped_at_ms;
  return SnapshotRecord{id,
                        "update " + id,
                        context.from.version,
                        context.snapshot.digest,
                        at > 0 ? at : context.times.began_at_ms,
                        context.snapshot.schemas};
}

Result<std::optional<SnapshotRecord>> record_of(const Setup& setup, const std::string& name) {
  if (!is_made_by_hand(name)) return record_of_update(Journal(setup.state_fd), name);
  auto record = read_record(setup.state_fd, name);
  if (!record && !fs::is_answer(record.error())) return base::pass(record.error());
  return record ? std::optional(std::move(*record)) : std::nullopt;
}

Result<ListedSnapshot> listed(const Setup& setup, const contract::FoundSnapshot& found) {
  ListedSnapshot snapshot{{}, found.bytes, found.files, Condition::unknown};
  auto record = record_of(setup, found.name);
  if (!record) return base::pass(record.error());
  if (*record) {
    snapshot.condition = found.digest == (*record)->digest ? Condition::present : Condition::changed;
    snapshot.record = std::move(**record);
  }
  snapshot.record.name = base::printable(found.name, 80);
  return snapshot;
}

}  // namespace

std::string_view name_of(Condition condition) {
  constexpr std::array<std::string_view, 4> names{"present", "changed", "gone", "unknown"};
  return names.at(static_cast<std::size_t>(condition));
}

Result<void> require_snapshot_name(const std::string& text) {
  if (is_made_by_hand(text) || is_transaction_id(text)) return {};
  return base::fail(ErrorKind::usage,
                    base::concat({"must be the name of a snapshot, such as ", "s20261121T101500Z-4f2a, not '",
                                  base::printable(text, 128), "'"}));
}

Result<std::vector<std::string>> recorded_snapshots(int state_fd) {
  std::vector<std::string> names;
  const auto entries = fs::list_directory(state_fd, records_folder);
  if (!entries && entries.error().kind == ErrorKind::not_found) return names;
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (is_made_by_hand(entry.name)) names.push_back(entry.name);
  }
  return names;
}

Result<CreatedSnapshot> create_snapshot(const Setup& setup, bool transcripts) {
  Context context = context_of_task(setup, "s" + new_task_id(setup.now_ms(), setup.gateway));
  const auto unit = setup.manager.status(context.unit);
  if (!unit) return base::pass(unit.error());
  if (auto own = require_own_state(setup, *unit, context); !own) return base::pass(own.error());
  setup.workers.clean({contract::tasks::owner, context.id});
  auto version = version_that_runs(setup);
  if (!version) return base::pass(version.error());
  const auto taken = ask(setup, context, contract::tasks::snapshot,
                         {.state_directory = setup.gateway_directory, .transcripts = transcripts});
  if (!taken) return base::pass(taken.error());
  CreatedSnapshot created{
      {context.id, by_hand, std::move(*version), taken->digest, setup.now_ms(), taken->schemas},
      taken->bytes,
      taken->files,
      {}};
  created.notes = shown_notes(taken->notes);
  if (auto kept = keep_record(setup, &*unit, created.record); !kept) return base::pass(kept.error());
  return created;
}

Result<std::vector<ListedSnapshot>> list_snapshots(const Setup& setup) {
  const auto answer =
      ask(setup, context_of_task(setup), contract::tasks::list, {.state_directory = setup.gateway_directory});
  if (!answer) return base::pass(answer.error());
  const auto recorded = recorded_snapshots(setup.state_fd);
  if (!recorded) return base::pass(recorded.error());
  std::vector<ListedSnapshot> all;
  all.reserve(answer->snapshots.size());
  for (const auto& found : answer->snapshots) {
    auto snapshot = listed(setup, found);
    if (!snapshot) return base::pass(snapshot.error());
    all.push_back(std::move(*snapshot));
  }
  for (const std::string& name : *recorded) {
    const bool is_there = std::any_of(all.begin(), all.end(),
                                      [&](const ListedSnapshot& each) { return each.record.name == name; });
    if (is_there) continue;
    const auto record = record_of(setup, name);
    if (!record) return base::pass(record.error());
    ListedSnapshot gone{record->value_or(SnapshotRecord{}), 0, 0, Condition::gone};
    gone.record.name = name;
    all.push_back(std::move(gone));
  }
  std::stable_sort(all.begin(), all.end(), [](const ListedSnapshot& left, const ListedSnapshot& right) {
    return left.record.at_ms < right.record.at_ms;
  });
  return all;
}

Result<SnapshotRecord> find_snapshot(const Setup& setup, const std::string& name) {
  if (is_made_by_hand(name)) {
    auto record = read_record(setup.state_fd, name);
    if (record || record.error().kind != ErrorKind::not_found) return record;
  } else {
    auto record = record_of_update(Journal(setup.state_fd), name);
    if (!record) return base::pass(record.error());
    if (*record) return std::move(**record);
  }
  return base::fail(ErrorKind::not_found,
                    base::concat({"there is no snapshot ", base::printable(name, 80),
                                  "; openclaw-update snapshot list shows the snapshots"}));
}

Result<contract::SnapshotTaken> verify_snapshot(const Setup& setup, const SnapshotRecord& record) {
  return ask(setup, context_of_task(setup), contract::tasks::verify,
             {.state_directory = setup.gateway_directory, .snapshot = record.name, .digest = record.digest});
}

Result<ExportedSnapshot> export_snapshot(const Setup& setup, const SnapshotRecord& record, int file) {
  Transfer transfer{.direction = Transfer::Direction::from_worker, .file = file};
  const auto packed = ask_with_file(setup, context_of_task(setup), contract::tasks::pack,
                                    {.state_directory = setup.gateway_directory,
                                     .pipe = {},
                                     .snapshot = {.format = contract::archive_format,
                                                  .name = record.name,
                                                  .origin = record.origin,
                                                  .version = record.version,
                                                  .digest = record.digest,
                                                  .at_ms = record.at_ms,
                                                  .config = {}}},
                                    transfer);
  if (!packed) return base::pass(packed.error());
  return ExportedSnapshot{packed->bytes, packed->files, transfer.bytes, transfer.sha256,
                          shown_notes(packed->notes)};
}

Result<CreatedSnapshot> import_snapshot(const Setup& setup, int file, std::uint64_t bytes) {
  const Context context = context_of_task(setup, "s" + new_task_id(setup.now_ms(), setup.gateway));
  Transfer transfer{.direction = Transfer::Direction::to_worker, .file = file};
  const auto unpacked = ask_with_file(
      setup, context, contract::tasks::unpack,
      {.state_directory = setup.gateway_directory, .pipe = {}, .bytes = static_cast<std::int64_t>(bytes)},
      transfer);
  if (!unpacked) return base::pass(unpacked.error());
  const contract::ArchivedSnapshot& archived = unpacked->archived;
  const contract::SnapshotTaken& taken = unpacked->taken;
  constexpr std::size_t longest_name = 80;
  const std::string origin = base::concat({"import of ", base::printable(archived.name, longest_name), " (",
                                           base::printable(archived.origin, longest_name), ")"});
  CreatedSnapshot created{{context.id, origin, base::printable(archived.version, longest_name), taken.digest,
                           archived.at_ms, taken.schemas},
                          taken.bytes,
                          taken.files,
                          shown_notes(taken.notes)};
  if (auto kept = keep_record(setup, nullptr, created.record); !kept) return base::pass(kept.error());
  return created;
}

namespace {

// Names the release that made the databases, which can read them.
std::string who_reads(const Setup& setup, const SnapshotRecord& record) {
  if (record.version.empty()) return "it is not known which OpenClaw can";
  const auto releases = setup.releases.list();
  const auto is_it = [&](const release::Release& release) {
    return release.description.version == record.version;
  };
  const bool is_kept = releases && std::any_of(releases->begin(), releases->end(), is_it);
  return base::concat({record.version, " can: openclaw-update ", is_kept ? "rollback " : "--to ",
                       record.version, ", then restore it"});
}

// A release without a preflight (before 2026.8.1) must have made the databases, or run with the same schemas.
bool has_such_databases(const Setup& setup, const SnapshotRecord& record, const Context& context) {
  if (record.version == context.to.version) return true;
  const auto now = current_schemas(setup, context);
  return now && !record.schemas.empty() && *now == record.schemas;
}

}  // namespace

Result<Event> judge_restore(const Setup& setup, const contract::ReleaseValidated& answer,
                            const SnapshotRecord& record, const Context& context) {
  const contract::DatabaseVerdict& database = answer.database;
  const std::string& status = database.status;
  if (status == "exact" || status == "migrate" || status == "absent") return Event::done;
  if (status != "incompatible" && has_such_databases(setup, record, context)) return Event::done;
  const std::string why =
      status == "incompatible"
          ? base::concat({" cannot read the databases of the snapshot ", record.name, " (schema ",
                          std::to_string(database.found), ", it supports ", std::to_string(database.target),
                          "); "})
          : base::concat(
                {" cannot be asked whether it can read the databases of the snapshot ", record.name, "; "});
  return base::fail(ErrorKind::refused, base::concat({context.to.version, why, who_reads(setup, record)}));
}

Result<void> remove_snapshot(const Setup& setup, const std::string& name) {
  if (!is_made_by_hand(name)) {
    return base::fail(
        ErrorKind::refused,
        base::concat({base::printable(name, 80), " is the snapshot of an update, and is removed when no ",
                      "release that is kept needs it"}));
  }
  if (auto known = find_snapshot(setup, name); !known && known.error().kind == ErrorKind::not_found)
    return base::pass(known.error());
  const Context context = context_of_task(setup);
  const auto answer =
      ask(setup, context, contract::tasks::list, {.state_directory = setup.gateway_directory});
  if (!answer) return base::pass(answer.error());
  std::vector<std::string> keep;
  for (const auto& found : answer->snapshots) {
    if (found.name != name) keep.push_back(found.name);
  }
  const auto discarded = ask(setup, context, contract::tasks::discard,
                             {.state_directory = setup.gateway_directory, .keep = keep});
  if (!discarded) return base::pass(discarded.error());
  // Last, so that a snapshot whose removal was interrupted is still listed, as gone.
  const auto records = fs::open_directory_beneath(setup.state_fd, records_folder);
  if (!records) return base::pass(records.error());
  if (auto removed = fs::remove_tree(records->get(), name); !removed) return removed;
  return fs::sync_directory(records->get());
}

}  // namespace update
