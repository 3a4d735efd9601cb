// SPDX-License-Identifier: MIT
#include "workers/canary/process.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include "process/launch.hpp"
#include "process/output_tail.hpp"

namespace workers {

using std::chrono::milliseconds;

// A thread reads the gateway's output continuously: Node writes to a pipe synchronously, so a full pipe would
// block its event loop while this program waits for OpenClaw's command line.
class CanaryProcess::Child {
 public:
  explicit Child(process::Launched launched)
      : launched_(std::move(launched)), reader_([this] { read_until_closed(); }) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;
  ~Child() { stop(milliseconds{0}); }

  [[nodiscard]] bool alive() const { return !reaped_ && !has_exited(); }

  int stop(milliseconds patience) {
    if (reaped_) return exit_status_;
    if (!has_exited()) ::kill(-launched_.pid, SIGTERM);
    const auto asked = std::chrono::steady_clock::now();
    while (!has_exited() && std::chrono::steady_clock::now() - asked < patience) {
      std::this_thread::sleep_for(milliseconds{20});
    }
    ::kill(-launched_.pid, SIGKILL);  // before it is reaped, while the number of its group is valid
    exit_status_ = reap();
    reaped_ = true;
    // A grandchild that left the group may still have the pipe open; it ends with the unit.
    closing_ = true;
    reader_.join();
    return exit_status_;
  }

  [[nodiscard]] std::string log() const {
    const std::lock_guard lock(mutex_);
    return tail_.text();
  }

 private:
  [[nodiscard]] bool has_exited() const {
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(launched_.pid), &info, WEXITED | WNOHANG | WNOWAIT);
    return result != 0 ? errno == ECHILD : info.si_pid == launched_.pid;
  }

  int reap() const {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(launched_.pid), &info, WEXITED) != 0) {
      if (errno != EINTR) return 128 + SIGKILL;
    }
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  }

  void read_until_closed() {
    std::array<char, 16384> buffer{};
    while (true) {
      pollfd ready{launched_.output.get(), POLLIN, 0};
      const int found = ::poll(&ready, 1, 200);
      if (found == 0 && closing_) return;
      if (found <= 0) continue;
      const ssize_t size = ::read(launched_.output.get(), buffer.data(), buffer.size());
      if (size == 0) return;
      if (size < 0 && errno != EINTR && errno != EAGAIN) return;
      if (size < 0) continue;
      const std::lock_guard lock(mutex_);
      tail_.append({buffer.data(), static_cast<std::size_t>(size)});
    }
  }

  process::Launched launched_;
  mutable std::mutex mutex_;
  process::OutputTail tail_{nullptr};
  std::atomic<bool> closing_ = false;
  bool reaped_ = false;
  int exit_status_ = 0;
  std::thread reader_;  // last, because the thread uses the other members
};

base::Result<CanaryProcess> CanaryProcess::start(const process::Command& command) {
  auto launched = process::launch(command);
  if (!launched) return base::pass(launched.error());
  return CanaryProcess(std::make_unique<Child>(std::move(*launched)));
}

CanaryProcess::CanaryProcess(std::unique_ptr<Child> child) : child_(std::move(child)) {}
CanaryProcess::CanaryProcess(CanaryProcess&&) noexcept = default;
CanaryProcess::~CanaryProcess() = default;

bool CanaryProcess::alive() const {
  return child_->alive();
}

int CanaryProcess::stop(milliseconds patience) {
  return child_->stop(patience);
}

std::string CanaryProcess::log() const {
  return child_->log();
}

}  // namespace workers
