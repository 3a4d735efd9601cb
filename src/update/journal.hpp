// SPDX-License-Identifier: MIT
// The durable record of updates: <state>/transactions/<id>/journal, one line of JSON for each state, and
// <state>/open, which contains the name of the unfinished transaction.
//
// A line is on disk before the work of its state begins, if the table requires this (states.hpp). The last
// line may be torn by a power failure; it is then ignored, because its work had not begun. A complete line
// that this version cannot parse is skipped, kept, and reported: it must not prevent a recovery, a rollback
// or the removal of snapshots.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "update/record.hpp"
#include "update/transaction_id.hpp"

namespace update {

// A line that is damaged, or written by another version.
struct SkippedLine {
  std::size_t number = 0;  // from 1
  std::string why;
  std::optional<Context> context;  // if only its state is unknown
};

// The content of one journal.
struct History {
  std::vector<Record> records;  // in order
  std::vector<SkippedLine> skipped;
  std::size_t lines = 0, last_record = 0;  // how many lines; the line of the last record

  // The last line was skipped: more may have been done than the records show.
  [[nodiscard]] bool ends_unknown() const;
  // The newest context that is known; null if there is none.
  [[nodiscard]] const Context* context() const;
  [[nodiscard]] bool reached(State state) const;
  // The state of the last record, if it is an outcome, which no record follows.
  [[nodiscard]] std::optional<State> outcome() const;
  // The new release was verified, whether or not the last line can be read.
  [[nodiscard]] bool is_proven() const;
};

// What is read of a record. Members with their own files are of use only to what goes on with the update:
// these files are read, and their digests compared.
enum class Members { all, of_the_record };

class Journal {
 public:
  // `state_fd`: the updater's state directory, which the caller keeps open.
  explicit Journal(int state_fd) : state_fd_(state_fd) {}

  // A name that sorts after all existing ones. The counter is on disk before the function returns, so a kill
  // skips a number but never assigns one twice. The caller holds the lock. `gateway`: its name, if it has
  // one.
  [[nodiscard]] base::Result<std::string> new_id(std::int64_t now_ms, const std::string& gateway = {}) const;
  // Creates the transaction's folder (0700) and marks the transaction as open.
  [[nodiscard]] base::Result<void> begin(const std::string& id) const;
  // The record is limited as a whole, whatever the context contains (longest_record).
  [[nodiscard]] base::Result<void> append(const Record& record) const;
  // Its folder, for additional files of the transaction such as copies of unit files.
  [[nodiscard]] base::Result<base::UniqueFd> folder(const std::string& id) const;
  // The transaction has an outcome, so it is no longer open.
  [[nodiscard]] base::Result<void> close() const;

  // The ID of the open transaction. If a damaged disk has left no ID in the file that names it, that is the
  // newest one: begin() creates its folder first.
  [[nodiscard]] base::Result<std::optional<std::string>> open_transaction() const;
  // An error only if the file itself cannot be read. A line without its end is torn, and ignored.
  [[nodiscard]] base::Result<History> read(const std::string& id, Members members = Members::all) const;
  // Finished and unfinished ones, the oldest first.
  [[nodiscard]] base::Result<std::vector<std::string>> transactions() const;
  // Renames a transaction that cannot be read at all (appends ".unreadable" to its name), and closes it.
  [[nodiscard]] base::Result<void> set_aside(const std::string& id) const;
  // Those that were set aside.
  [[nodiscard]] base::Result<std::vector<std::string>> unreadable_transactions() const;
  [[nodiscard]] base::Result<void> remove(const std::string& id) const;

 private:
  [[nodiscard]] base::Result<std::vector<std::string>> folders() const;

  int state_fd_;
};

}  // namespace update
