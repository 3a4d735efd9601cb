// SPDX-License-Identifier: MIT
#include "workers/guard/record.hpp"

#include "base/text.hpp"
#include "fs/file.hpp"
#include "fs/tree.hpp"

namespace workers::guard {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr contract::Reading of_record{.is_strict = true, .whose = "its"};

tl::unexpected<base::Error> damaged(const std::string& why) {
  return base::fail(ErrorKind::bad_input,
                    base::concat({guard_folder, "/", record_file, " in the state directory is damaged: ", why,
                                  "; remove it, and the next start keeps a snapshot of the state as it is"}));
}

std::string text_of(const json& object) {
  return object.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

// For a person. No file is better than that of an earlier start.
void write_or_remove(int guard_fd, const char* name, const json& object, mode_t mode) {
  if (!fs::write_file_durably(guard_fd, name, text_of(object), mode)) (void)fs::remove_tree(guard_fd, name);
}

}  // namespace

Result<std::optional<Record>> read_record(int guard_fd) {
  const auto text = fs::read_file(guard_fd, record_file);
  if (!text && text.error().kind == ErrorKind::not_found) return std::optional<Record>{};
  if (!text) return base::pass(text.error());
  const auto object = base::parse_json(*text, record_file);
  if (!object) return damaged(object.error().message);
  if (!object->is_object()) return damaged("it is no object");
  auto record = contract::read_strictly<Record>(*object, of_record);
  if (!record) return damaged(record.error().message);
  if (record->has_open_restore() && (record->replaced.empty() || record->attempt.empty())) {
    return damaged("it names a restore without what that replaces");
  }
  if (record->has_open_migration() ? record->attempt.empty() : !record->migrating.empty()) {
    return damaged("it names a migration without the snapshot before it");
  }
  return std::optional<Record>(std::move(*record));
}

Result<void> write_record(int guard_fd, const Record& record) {
  return fs::write_file_durably(guard_fd, record_file, text_of(contract::to_json(record)), 0600);
}

void write_migration(int guard_fd, const contract::StateMigrated& answer) {
  write_or_remove(guard_fd, migration_file, contract::to_json(answer), 0600);
}

void write_report(int guard_fd, const contract::GuardReport& report) {
  write_or_remove(guard_fd, contract::guard_report_file, contract::to_json(report), 0644);
}

}  // namespace workers::guard
