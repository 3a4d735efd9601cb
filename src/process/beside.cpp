// SPDX-License-Identifier: MIT
#include "process/beside.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace process {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto patience = 15s;
constexpr std::size_t longest_told = 2000;  // with its quotes and escapes less than PIPE_BUF if it is text

std::string line_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

void write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EAGAIN) {
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (size > 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno != EINTR) {
      return;  // nobody reads it any more
    }
  }
}

// A pipe takes a line of at most PIPE_BUF whole, or nothing of it.
void write_if_there_is_room(int fd, std::string_view line) {
  const std::string text = line_of({{"line", std::string(line.substr(0, longest_told))}});
  if (text.size() <= PIPE_BUF) (void)!::write(fd, text.data(), text.size());
}

// noexcept: nothing may leave the work and go on as a second copy of the caller.
[[noreturn]] void work_and_exit(const Beside::Work& work, int fd, pid_t parent) noexcept {
  // The caller's way to end is not this one's: it may hold signals back for its loop.
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  const auto done = work([fd](std::string_view line) { write_if_there_is_room(fd, line); });
  json end = {{"done", done.has_value()}};
  if (done) {
    end["product"] = *done;
  } else {
    end["kind"] = static_cast<int>(done.error().kind);
    end["number"] = done.error().number;
    end["message"] = done.error().message;
  }
  write_whole(fd, line_of(end));
  ::_exit(0);
}

int number_at(const json& message, const char* key) {
  return static_cast<int>(base::as_integer(base::member(message, key)).value_or(0));
}

// The end that a line reports; nothing for a line of the work itself, which `hears` gets.
std::optional<Result<std::string>> end_in(const std::string& line, const Beside::Tell& hears) {
  const json message = base::json_or_null(line);
  if (!message.is_object()) return std::nullopt;
  if (!message.contains("done")) {
    if (hears) hears(base::text_at(message, "line"));
    return std::nullopt;
  }
  if (base::is_true_at(message, "done")) return Result<std::string>(base::text_at(message, "product"));
  return Result<std::string>(
      tl::make_unexpected(base::Error{static_cast<ErrorKind>(number_at(message, "kind")),
                                      number_at(message, "number"), base::text_at(message, "message")}));
}

std::string told_by_status(int status) {
  if (WIFSIGNALED(status)) return base::concat({"by a signal (", ::strsignal(WTERMSIG(status)), ")"});
  return base::concat({"with status ", std::to_string(WEXITSTATUS(status))});
}

}  // namespace

Result<Beside> Beside::begin(std::string name, const Work& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail_errno(errno, "cannot make a pipe");
  base::UniqueFd told(ends[0]);
  const base::UniqueFd tells(ends[1]);
  ::fcntl(tells.get(), F_SETFL, O_NONBLOCK);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return base::fail_errno(errno, "cannot start a process");
  if (pid == 0) {
    told.reset();
    work_and_exit(work, tells.get(), parent);
  }
  return Beside(std::move(name), pid, std::move(told));
}

Beside::Beside(Beside&& other) noexcept
    : name_(std::move(other.name_)), pid_(std::exchange(other.pid_, -1)), told_(std::move(other.told_)) {}

int Beside::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

Result<std::string> Beside::end(const Tell& hears) {
  std::optional<Result<std::string>> end;
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t size = ::read(told_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n')) {
      if (auto reported = end_in(text.substr(0, at), hears)) end = std::move(reported);
      text.erase(0, at + 1);
    }
  }
  const int status = wait();
  if (end) return std::move(*end);
  return base::fail(ErrorKind::unavailable,
                    base::concat({"the process for ", name_, " ended ", told_by_status(status),
                                  " before its work was done; look for its last words in the journal"}));
}

Beside::~Beside() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  for (const auto asked = std::chrono::steady_clock::now();;) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
    if (std::chrono::steady_clock::now() - asked > patience) break;
    std::this_thread::sleep_for(5ms);
  }
  ::kill(pid_, SIGKILL);
  (void)wait();
}

}  // namespace process
