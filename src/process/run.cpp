// SPDX-License-Identifier: MIT
#include "process/run.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "base/unique_fd.hpp"
#include "process/family.hpp"
#include "process/launch.hpp"
#include "process/output_tail.hpp"

namespace process {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds patience_after_term{5000};

milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

// The signals that ask a program to end, held back and readable for as long as this lives. The program's own
// handlers stay where they are and see the signal afterwards.
class StopSignals {
 public:
  StopSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
    fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~StopSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  StopSignals(StopSignals&&) = delete;
  StopSignals& operator=(StopSignals&&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  // The signal that came, or 0.
  [[nodiscard]] int take() const {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_{};
  base::UniqueFd fd_;
};

class Run {
 public:
  Run(const Launched& child, const Watch& watch, const StopSignals& signals, const ProcessFamily& family,
      base::Redaction secrets)
      : child_(child),
        watch_(watch),
        signals_(signals),
        family_(family),
        secrets_(std::move(secrets)),
        output_(watch.is_progress, &secrets_) {}

  // Until the child ended, stalled, or we are told to stop; the answer is that signal, or 0.
  int wait() {
    while (true) {
      poll_once(std::clamp<milliseconds>(next_tick_ - since(start_), milliseconds{0}, watch_.interval));
      read_output();
      if (has_exited()) return 0;
      if (const int number = signals_.take(); number != 0) return number;
      if (since(start_) < next_tick_) continue;
      next_tick_ = since(start_) + watch_.interval;
      if (!heard_since_tick_ && meter_.advanced(family_.members())) active_at_ = Clock::now();
      heard_since_tick_ = false;
      if (watch_.tick) watch_.tick(since(start_), since(active_at_), output_.last_line());
      const auto idle = since(active_at_);
      if (idle >= watch_.stall_timeout || (watch_.give_up && watch_.give_up(idle))) {
        stalled_ = true;
        return 0;
      }
    }
  }

  // TERM, a while to tidy up, then KILL for it and all that it left behind.
  Outcome finish() {
    ending_ = true;
    if (!has_exited()) ::kill(-child_.pid, SIGTERM);
    for (const auto asked = Clock::now(); !has_exited() && since(asked) < patience_after_term;) {
      poll_once(milliseconds{20});
      read_output();
    }
    ::kill(-child_.pid, SIGKILL);
    const int status = exit_status();
    read_output();
    family_.end(child_.pid);
    return {status, output_.text(), stalled_, since(start_), std::move(secrets_)};
  }

 private:
  void poll_once(milliseconds timeout) {
    // Without a pidfd the end of the child is noticed at the next tick. A pipe at its end would be readable
    // for ever, and so would a second request to stop, which is no longer read.
    std::array<pollfd, 3> fds{{{output_ended_ ? -1 : child_.output.get(), POLLIN, 0},
                               {child_.exited.get(), POLLIN, 0},
                               {ending_ ? -1 : signals_.fd(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
  }

  void read_output() {
    std::array<char, 16384> buffer{};
    // Bounded, so that a child that never stops printing cannot keep us from the clock and the signals.
    for (int turn = 0; turn < 64; ++turn) {
      const ssize_t size = ::read(child_.output.get(), buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) {
        output_ended_ = size == 0;
        return;
      }
      if (output_.append({buffer.data(), static_cast<std::size_t>(size)})) {
        active_at_ = Clock::now();
        heard_since_tick_ = true;
      }
    }
  }

  // Leaves the zombie where it is: its process group must keep its number until all of it is killed.
  [[nodiscard]] bool has_exited() const {
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(child_.pid), &info, WEXITED | WNOHANG | WNOWAIT);
    return result != 0 ? errno == ECHILD : info.si_pid == child_.pid;
  }

  [[nodiscard]] int exit_status() const {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(child_.pid), &info, WEXITED | WNOWAIT) != 0) {
      if (errno != EINTR) return 128 + SIGKILL;
    }
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  }

  const Launched& child_;
  const Watch& watch_;
  const StopSignals& signals_;
  const ProcessFamily& family_;
  base::Redaction secrets_;
  OutputTail output_;
  ActivityMeter meter_;
  Clock::time_point start_ = Clock::now(), active_at_ = start_;
  milliseconds next_tick_ = watch_.interval;
  bool heard_since_tick_ = false, output_ended_ = false, ending_ = false, stalled_ = false;
};

base::Result<Outcome> run_until(const Command& command, const Watch& watch, int& stop_signal) {
  const StopSignals signals;
  const ProcessFamily family;
  const auto child = launch(command);
  if (!child) return base::pass(child.error());
  base::Redaction secrets = command.secrets;
  secrets.add_environment(command.environment);
  Run run(*child, watch, signals, family, std::move(secrets));
  stop_signal = run.wait();
  return run.finish();
}

}  // namespace

base::Result<Outcome> run(const Command& command, const Watch& watch) {
  int stop_signal = 0;
  auto outcome = run_until(command, watch, stop_signal);
  if (stop_signal == 0) return outcome;
  ::raise(stop_signal);  // the program handles it as usual
  return base::fail(base::ErrorKind::unavailable, std::string("stopped by a signal (") +
                                                      ::strsignal(stop_signal) + ") before it was complete");
}

}  // namespace process
