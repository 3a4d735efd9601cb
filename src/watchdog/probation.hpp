// SPDX-License-Identifier: MIT
// How long ago the current release was promoted, independent of changes of the wall clock.
//
// Within the boot of the promotion, CLOCK_BOOTTIME gives the age. A reboot resets that clock, so the count is
// written to <folder>/probation.json now and then, and continued from there: the result may be too short by
// the time for which the machine was off, and by a fifth.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "update/record.hpp"
#include "watchdog/memory.hpp"

namespace watchdog {

class Probation {
 public:
  // Without a folder, the count is lost when the program ends.
  explicit Probation(std::string folder = "") : folder_(std::move(folder)) {}
  // `promoted`: the record of the promotion. `now_ms`, Unix milliseconds, is used only for a promotion of an
  // earlier boot that was never counted: its age is then the time since this boot, or more if the wall clock
  // says so. Thus a wrong clock can end only a probation that was not watched from its beginning.
  [[nodiscard]] Time age_of(const update::Record& promoted, std::int64_t now_ms, const base::Moment& now);

 private:
  struct Count {
    std::string id;  // of the update
    Time age{0};     // at `at`
    base::Moment at;
  };
  [[nodiscard]] std::optional<Count> read() const;
  [[nodiscard]] Time counted(const update::Record& promoted, std::int64_t now_ms,
                             const base::Moment& now) const;
  void keep(Count count);

  std::string folder_;
  bool is_read_ = false;
  std::optional<Count> kept_;
};

}  // namespace watchdog
