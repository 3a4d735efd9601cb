// SPDX-License-Identifier: MIT
#include "update/pipe_pump.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "fs/failure.hpp"

namespace update {
namespace {

using base::Result;

constexpr std::size_t chunk = std::size_t{256} * 1024;
constexpr int look_again_ms = 100;
constexpr auto pause_for_a_reader = std::chrono::milliseconds(20);

enum class PipeEvent { ready, hung_up, not_yet };
PipeEvent wait_for_event(int fd, short events) {
  pollfd watched{fd, events, 0};
  const int count = ::poll(&watched, 1, look_again_ms);
  if (count <= 0) return PipeEvent::not_yet;
  return (watched.revents & events) == 0 ? PipeEvent::hung_up : PipeEvent::ready;
}

// 0 or an errno.
int write_in_full(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EAGAIN) {
      (void)wait_for_event(fd, POLLOUT);
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<PipePump>> PipePump::start(int folder_fd, const std::string& name,
                                                  Transfer& transfer) {
  base::UniqueFd pipe, folder(::fcntl(folder_fd, F_DUPFD_CLOEXEC, 0));
  if (!folder) return fs::fail_at(errno, "open the folder of", name);
  if (transfer.direction == Transfer::Direction::from_worker) {
    pipe.reset(::openat(folder_fd, name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!pipe) return fs::fail_at(errno, "open", name);
  }
  return std::unique_ptr<PipePump>(new PipePump(std::move(folder), std::move(pipe), name, transfer));
}

// The caller handles signals; a pipe without a reader must result in an errno.
PipePump::PipePump(base::UniqueFd folder, base::UniqueFd pipe, std::string name, Transfer& transfer)
    : folder_(std::move(folder)), pipe_(std::move(pipe)), name_(std::move(name)), transfer_(transfer) {
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

PipePump::~PipePump() {
  (void)finish();
}

Result<void> PipePump::finish() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
  if (error_) return tl::make_unexpected(*error_);
  return {};
}

// Closing the pipe tells the other end that there is no more data, or no reader.
void PipePump::run() {
  transfer_.direction == Transfer::Direction::from_worker ? take() : give();
  pipe_.reset();
}

void PipePump::take() {
  base::Digest digest;
  std::string buffer(chunk, '\0');
  for (;;) {
    const bool was_over = is_over_;
    const PipeEvent event = wait_for_event(pipe_.get(), POLLIN);
    if (event == PipeEvent::hung_up || (event == PipeEvent::not_yet && was_over)) break;
    if (event == PipeEvent::not_yet) continue;
    const ssize_t size = ::read(pipe_.get(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size == 0) break;
    if (size < 0) {
      error_ = base::fail_errno(errno, "cannot read the worker's pipe").value();
      return;
    }
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    if (const int number = write_in_full(transfer_.file, bytes); number != 0) {
      error_ = base::fail_errno(number, "cannot write the file").value();
      return;
    }
    digest.bytes(bytes);
    transfer_.bytes += bytes.size();
  }
  transfer_.sha256 = digest.hex();
}

bool PipePump::open_for_writing() {
  while (!is_over_) {
    pipe_.reset(::openat(folder_.get(), name_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (pipe_) return true;
    if (errno != ENXIO) {
      error_ = fs::fail_at(errno, "open", name_).value();
      return false;
    }
    std::this_thread::sleep_for(pause_for_a_reader);
  }
  return false;
}

// False if there is no reader any more.
bool PipePump::give_all(std::string_view bytes) {
  while (!bytes.empty()) {
    if (wait_for_event(pipe_.get(), POLLOUT) == PipeEvent::not_yet) {
      if (is_over_) return false;
      continue;
    }
    const ssize_t written = ::write(pipe_.get(), bytes.data(), bytes.size());
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void PipePump::give() {
  if (!open_for_writing()) return;
  base::Digest digest;
  std::string buffer(chunk, '\0');
  for (;;) {
    if (wait_for_event(transfer_.file, POLLIN) == PipeEvent::not_yet) {
      if (is_over_) return;
      continue;
    }
    const ssize_t size = ::read(transfer_.file, buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) {
      error_ = base::fail_errno(errno, "cannot read the file").value();
      return;
    }
    if (size == 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    if (!give_all(bytes)) return;
    digest.bytes(bytes);
    transfer_.bytes += bytes.size();
  }
  transfer_.sha256 = digest.hex();
}

}  // namespace update
