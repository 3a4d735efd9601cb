// SPDX-License-Identifier: MIT
#include "tools/unit_end.hpp"

#include <sysexits.h>

#include <cerrno>
#include <csignal>

#include "base/text.hpp"
#include "tools/update_events.hpp"

namespace tools {
namespace {

// ", which is that of refused": the outcome that the unit had and could not record. Empty for a status of
// several outcomes (0), or of none.
std::string outcome_of(const bus::ServiceStatus& ended) {
  if (ended.exit_code != CLD_EXITED || ended.exit_status == EX_OK) return "";
  for (const update::StateRow& row : update::states()) {
    if (row.outcome && exit_status_of_outcome(row.state, /*held=*/false) == ended.exit_status)
      return base::concat({", which is that of ", row.name});
  }
  return "";
}

}  // namespace

base::Error without_outcome(const std::string& unit, const base::Result<bus::ServiceStatus>& ended) {
  const bool is_told = ended && ended->exit_code != 0;
  if (is_told && ended->exit_code == CLD_EXITED && ended->exit_status == EX_CANTCREAT) {
    return {
        base::ErrorKind::system, ENOSPC,
        base::concat({unit, " ended without an outcome, because a file system is full or read-only, or a ",
                      "quota is used up; journalctl -u ", unit, " names the file"})};
  }
  return {base::ErrorKind::unavailable, 0,
          base::concat({unit, " ended without an outcome",
                        is_told ? base::concat({" (", bus::ending_of(*ended), outcome_of(*ended), ")"}) : "",
                        "; see journalctl -u ", unit})};
}

}  // namespace tools
