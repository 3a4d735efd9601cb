// SPDX-License-Identifier: MIT
#include "workers/tar.hpp"

#include <cerrno>
#include <chrono>

#include "base/text.hpp"
#include "npm/blame.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* tar_program = "/usr/bin/tar";

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
  return tl::make_unexpected(base::Error{
      full ? ErrorKind::system : ErrorKind::integrity, full ? ENOSPC : 0,
      base::concat({"tar cannot ", tar.does, ": ", npm::last_words(outcome->said(), full ? 150 : 500)})});
}

process::Watch watch_of_transfer(systemd::Notifier& notifier) {
  constexpr std::chrono::minutes patience{10};
  process::Watch watch;
  watch.stall_timeout = patience;
  watch.tick = [&notifier, patience, told = std::chrono::milliseconds(0)](
                   std::chrono::milliseconds elapsed, std::chrono::milliseconds, std::string_view) mutable {
    if (elapsed - told < std::chrono::minutes(1)) return;
    told = elapsed;
    notifier.extend_timeout(2 * patience);
  };
  return watch;
}

}  // namespace workers
