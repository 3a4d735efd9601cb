// The durable record of updates: <state>/transactions/<id>/journal, one JSON line a state, and <state>/open,
// which names the transaction that is not finished.
//
// A line is on the disk before the work of its state begins, where the table says so (states.hpp). The last
// line may be torn by a power cut: it does not count, since its work had not begun.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "update/context.hpp"
#include "update/states.hpp"

namespace update {

struct Record {
  State state = State::plan;
  std::int64_t at_ms = 0;  // Unix milliseconds; for people: a clock may jump
  Context context;
};

class Journal {
 public:
  // `state_fd`: the updater's state directory, kept open by the caller.
  explicit Journal(int state_fd) : state_fd_(state_fd) {}

  // Makes the transaction's folder (0700) and marks it as the open one.
  [[nodiscard]] base::Result<void> begin(const std::string& id) const;
  [[nodiscard]] base::Result<void> append(const Record& record) const;
  // Its folder, for what belongs to the transaction: copies of unit files.
  [[nodiscard]] base::Result<base::UniqueFd> folder(const std::string& id) const;
  // The transaction has an outcome: it is open no more.
  [[nodiscard]] base::Result<void> close() const;

  // The id of the open transaction.
  [[nodiscard]] base::Result<std::optional<std::string>> open_transaction() const;
  // All records in order. `integrity` when one cannot be read; nothing is guessed. A line without its end is
  // torn, and does not count.
  [[nodiscard]] base::Result<std::vector<Record>> read(const std::string& id) const;
  // The last of them, for whoever wants no more than the outcome; a journal may be large.
  [[nodiscard]] base::Result<std::optional<Record>> last(const std::string& id) const;
  // Finished and unfinished ones, oldest first.
  [[nodiscard]] base::Result<std::vector<std::string>> transactions() const;
  // Moves an unreadable transaction out of the way (its name gets ".unreadable") and closes it.
  [[nodiscard]] base::Result<void> set_aside(const std::string& id) const;
  [[nodiscard]] base::Result<void> remove(const std::string& id) const;

 private:
  int state_fd_;
};

// "20261121T101500Z-4f2a": sorts by time, and names units.
[[nodiscard]] std::string new_transaction_id(std::int64_t now_ms);
[[nodiscard]] bool is_transaction_id(std::string_view text);

}  // namespace update
