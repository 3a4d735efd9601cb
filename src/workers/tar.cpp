// SPDX-License-Identifier: MIT
#include "workers/tar.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "base/text.hpp"
#include "fs/failure.hpp"
#include "npm/blame.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* tar_program = "/usr/bin/tar";
constexpr std::chrono::minutes patience_for_transfers{10};

}  // namespace

Result<void> run_tar(const Tar& tar, const process::Watch& watch) {
  process::Command command;
  command.arguments = {tar_program};
  command.arguments.insert(command.arguments.end(), tar.arguments.begin(), tar.arguments.end());
  command.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}};
  command.directory = tar.directory;
  command.standard_input = tar.input;
  const auto outcome = process::run(command, watch);
  if (!outcome) return base::pass(outcome.error(), "tar cannot " + tar.does);
  const bool is_sound = !tar.is_strict || outcome->output.empty();
  if (outcome->exit_status == 0 && !outcome->stalled && is_sound) return {};
  const bool full = outcome->output.find("No space left") != std::string::npos;
  // tar recommends an option of its own.
  if (outcome->output.find("Archive is compressed") != std::string::npos) {
    return base::fail(ErrorKind::integrity, base::concat({"tar cannot ", tar.does,
                                                          ": it is compressed; decompress it first, and give "
                                                          "the result to the import as standard input (-)"}));
  }
  return tl::make_unexpected(base::Error{
      full ? ErrorKind::system : ErrorKind::integrity, full ? ENOSPC : 0,
      base::concat({"tar cannot ", tar.does, ": ", npm::last_words(outcome->said(), full ? 150 : 500)})});
}

// A reader that waits in open() could not give up.
Result<base::UniqueFd> open_transfer(const std::string& path) {
  base::UniqueFd pipe(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (!pipe) return fs::fail_at(errno, "open", path);
  pollfd waits{pipe.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waits, 1, static_cast<int>(std::chrono::milliseconds(patience_for_transfers).count()));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return base::fail(ErrorKind::unavailable, "nothing was sent through " + path);
  if (::fcntl(pipe.get(), F_SETFL, 0) != 0) return fs::fail_at(errno, "set up", path);
  return pipe;
}

process::Watch watch_of_transfer(systemd::Notifier& notifier) {
  process::Watch watch;
  watch.stall_timeout = patience_for_transfers;
  watch.tick = [&notifier, told = std::chrono::milliseconds(0)](
                   std::chrono::milliseconds elapsed, std::chrono::milliseconds, std::string_view) mutable {
    if (elapsed - told < std::chrono::minutes(1)) return;
    told = elapsed;
    notifier.extend_timeout(2 * patience_for_transfers);
  };
  return watch;
}

}  // namespace workers
