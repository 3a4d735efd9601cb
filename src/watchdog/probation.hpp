// SPDX-License-Identifier: MIT
// How long ago the release that runs was promoted, whatever anybody does to the clock.
//
// In the boot that the promotion was in, the clock that nobody sets tells. A reboot ends that clock, so what
// was counted is kept in <folder>/probation.json now and then, and counted on from there: what is answered
// may be too short by the time that the machine was off, and by a fifth.
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
  // Without a folder nothing outlasts the program.
  explicit Probation(std::string folder = "") : folder_(std::move(folder)) {}
  // `promoted`: the record that says so. `now_ms`, Unix milliseconds, counts only for one of an earlier boot
  // that was never counted: then it is as long as this boot has lasted, or longer if the wall clock says so.
  // So a wrong clock can end a probation that nobody has watched from its beginning, and no other.
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
