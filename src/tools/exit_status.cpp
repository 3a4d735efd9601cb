// SPDX-License-Identifier: MIT
#include "tools/exit_status.hpp"

#include <cerrno>

namespace tools {
namespace {

int exit_status_of_number(int number) {
  switch (number) {
    case EACCES:
    case EPERM:
      return EX_NOPERM;
    case EROFS:
    case ENOSPC:
    case EDQUOT:
      return EX_CANTCREAT;
    default:
      return EX_IOERR;
  }
}

}  // namespace

int exit_status_of(const base::Error& error) {
  switch (error.kind) {
    case base::ErrorKind::system:
      return exit_status_of_number(error.number);
    case base::ErrorKind::usage:
      return EX_USAGE;
    case base::ErrorKind::bad_input:
      return EX_CONFIG;
    case base::ErrorKind::not_found:
      return EX_NOINPUT;
    case base::ErrorKind::busy:
      return EX_TEMPFAIL;
    case base::ErrorKind::refused:
      return exit_refused;
    case base::ErrorKind::held:
      return exit_held;
    case base::ErrorKind::not_permitted:
      return EX_NOPERM;
    case base::ErrorKind::unavailable:
      return EX_UNAVAILABLE;
    case base::ErrorKind::integrity:
      return EX_DATAERR;
  }
  return EX_SOFTWARE;
}

int exit_status_of(const stage::Outcome& outcome, bool check) {
  if (outcome.failure) return exit_status_of(*outcome.failure);
  if (outcome.count(stage::PluginStatus::failed) > 0) return EX_UNAVAILABLE;
  return check && !outcome.complete() ? exit_missing : exit_complete;
}

}  // namespace tools
