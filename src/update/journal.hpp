// SPDX-License-Identifier: MIT
// The durable record of updates: <state>/transactions/<id>/journal, one JSON line a state, and <state>/open,
// which names the transaction that is not finished.
//
// A line is on the disk before the work of its state begins, where the table says so (states.hpp). The last
// line may be torn by a power cut: it does not count, since its work had not begun. A whole line that says
// nothing to this version is passed over, stays where it is, and is told: it is no reason not to recover, to
// return or to discard.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "update/record.hpp"
#include "update/transaction_id.hpp"

namespace update {

// A line that is damaged, or of another version.
struct SkippedLine {
  std::size_t number = 0;  // from 1
  std::string why;
  std::optional<Context> context;  // where only its state is unknown
};

// All that one journal says.
struct History {
  std::vector<Record> records;  // in order
  std::vector<SkippedLine> skipped;
  std::size_t lines = 0, last_record = 0;  // how many there are; the number of that line

  // The last line is a skipped one: more may have been done than the records say.
  [[nodiscard]] bool ends_unknown() const;
  // The newest that is known; null where nothing is.
  [[nodiscard]] const Context* context() const;
  [[nodiscard]] bool reached(State state) const;
  // Of the last record, if it is one: nothing follows an outcome.
  [[nodiscard]] std::optional<State> outcome() const;
  // The new release was proven, whether or not the last line can be read.
  [[nodiscard]] bool is_proven() const;
};

// What is read of a record: those members of it that have files of their own cost their digests, for which a
// process that is resident keeps two megabytes of libcrypto's.
enum class Members { all, of_the_record };

class Journal {
 public:
  // `state_fd`: the updater's state directory, kept open by the caller.
  explicit Journal(int state_fd) : state_fd_(state_fd) {}

  // A name that sorts after all that there are. The counter is on the disk before it is answered, so a kill
  // costs a number and never gives one twice. The caller holds the lock. `gateway`: its name, if it has one.
  [[nodiscard]] base::Result<std::string> new_id(std::int64_t now_ms, const std::string& gateway = {}) const;
  // Makes the transaction's folder (0700) and marks it as the open one.
  [[nodiscard]] base::Result<void> begin(const std::string& id) const;
  // Bounded as a whole, whatever the context holds (longest_record).
  [[nodiscard]] base::Result<void> append(const Record& record) const;
  // Its folder, for what belongs to the transaction: copies of unit files.
  [[nodiscard]] base::Result<base::UniqueFd> folder(const std::string& id) const;
  // The transaction has an outcome: it is open no more.
  [[nodiscard]] base::Result<void> close() const;

  // The id of the open transaction.
  [[nodiscard]] base::Result<std::optional<std::string>> open_transaction() const;
  // An error only where the file itself cannot be read. A line without its end is torn, and does not count.
  [[nodiscard]] base::Result<History> read(const std::string& id, Members members = Members::all) const;
  // Finished and unfinished ones, oldest first.
  [[nodiscard]] base::Result<std::vector<std::string>> transactions() const;
  // Moves a transaction of which nothing can be read out of the way (its name gets ".unreadable") and closes
  // it.
  [[nodiscard]] base::Result<void> set_aside(const std::string& id) const;
  // Those that were.
  [[nodiscard]] base::Result<std::vector<std::string>> unreadable_transactions() const;
  [[nodiscard]] base::Result<void> remove(const std::string& id) const;

 private:
  [[nodiscard]] base::Result<std::vector<std::string>> folders() const;

  int state_fd_;
};

}  // namespace update
