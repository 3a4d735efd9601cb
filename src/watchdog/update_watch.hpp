// SPDX-License-Identifier: MIT
// What the updater has done and is doing, from its folder, which is only read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "update/journal.hpp"
#include "watchdog/policy.hpp"
#include "watchdog/probation.hpp"

namespace watchdog {

struct LastUpdate {
  std::string outcome;  // "updated", "rolled-back"
  std::string to_version;
  std::int64_t ended_at_ms = 0;  // Unix milliseconds
  std::int64_t took_ms = 0;
  std::optional<std::int64_t> downtime_ms;
};

struct UpdateFacts {
  Update update = Update::none;
  std::string release, version;  // what `current` points to; empty if there is no such link
  std::string previous;          // that a rollback would return to
  std::optional<Promotion> promotion;
  std::optional<LastUpdate> last;
};

class UpdateWatch {
 public:
  // `state_directory`: of this gateway (update::GatewayPlaces). `memory`: the watchdog's own folder, for the
  // age of a promotion (probation.hpp). `updater`: the folder of releases/; empty: `state_directory`.
  explicit UpdateWatch(std::string state_directory, std::string memory = "", std::string updater = "")
      : path_(std::move(state_directory)),
        updater_(updater.empty() ? path_ : std::move(updater)),
        probation_(std::move(memory)) {
    // Until the first look shows it, an update may be at work.
    facts_.update = Update::at_work;
  }
  // Takes only a few system calls if nothing has changed. What the disk does not show (EIO, EMFILE) stays as
  // it was, except for the promotion, which is then not known. `now_ms`: Unix milliseconds.
  [[nodiscard]] const UpdateFacts& look(std::int64_t now_ms, const base::Moment& now = base::this_moment());
  // The kept releases that are newer than the current one.
  [[nodiscard]] std::vector<std::string> newer_releases() const;

 private:
  // False: an error, after which they have to be read again.
  [[nodiscard]] bool read_transactions(int state_fd);

  std::string path_, updater_;
  UpdateFacts facts_;
  std::string stamp_;  // of what was read; empty: to be read
  std::optional<update::Record> promoted_;
  Probation probation_;
};

}  // namespace watchdog
