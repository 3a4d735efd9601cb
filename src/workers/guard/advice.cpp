// SPDX-License-Identifier: MIT
#include "workers/guard/advice.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/text.hpp"
#include "base/time.hpp"
#include "workers/guard/guard.hpp"
#include "workers/guard/record.hpp"

namespace workers::guard {
namespace {

struct VolumeFault {
  int number;
  std::string_view next_step;
};
constexpr std::array<VolumeFault, 3> volume_faults = {{
    {EROFS, "the volume is mounted read-only: mount it writable"},
    {ENOSPC, "make the volume larger, or remove what restores have set aside (snapshots/*/set-aside)"},
    {EDQUOT, "raise the quota, or remove what restores have set aside (snapshots/*/set-aside)"},
}};

// The container's user as the container sees it: without root, the host has another number for it.
std::string how_to_own(const std::string& folder) {
  const std::string owner = base::concat({std::to_string(::geteuid()), ":", std::to_string(::getegid())});
  return base::concat({"all of ", folder, " must be writable for the container's user: chown -R ", owner,
                       " it, or set fsGroup to ", std::to_string(::getegid())});
}

}  // namespace

base::Error explained(base::Error error, const std::string& folder) {
  for (const VolumeFault& fault : volume_faults) {
    if (error.number == fault.number) error.message += base::concat({"; ", fault.next_step});
  }
  if (error.number == EACCES || error.number == EPERM) error.message += "; " + how_to_own(folder);
  error.message += "; OpenClaw is not started, and nothing of its state is lost";
  return error;
}

base::Error held_by_another(const Guarding& guarding, int guard_fd) {
  const auto record = read_record(guard_fd);
  std::string who = "another container";
  if (record && *record && !(*record)->host.empty()) {
    const Record& last = **record;
    const std::string& version = last.migrating.empty() ? last.version : last.migrating;
    who += base::concat({" (the last was ", base::printable(last.host, 64), ", OpenClaw ",
                         base::printable(version, 64), ")"});
  }
  std::string waited;
  if (guarding.wait.count() > 0) {
    waited = base::concat({" and has not left it for ", base::human_duration(guarding.wait.count())});
  }
  return {base::ErrorKind::busy, 0,
          base::concat({who, " works on the state in ", guarding.place.service_state, waited,
                        "; stop it first, or give this one a volume of its own"})};
}

}  // namespace workers::guard
