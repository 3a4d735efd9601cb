// SPDX-License-Identifier: MIT
#include "trees/confined.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

#include "base/text.hpp"
#include "trees/plot.hpp"

namespace trees {
namespace {

using Clock = std::chrono::steady_clock;

void limit(int resource, rlim_t value) {
  const rlimit limits{value, value};
  require(::setrlimit(static_cast<__rlimit_resource>(resource), &limits) == 0, "set a limit");
}

void without_capabilities() {
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
  }
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none = {};
  require(::syscall(SYS_capset, &header, none.data()) == 0, "drop the capabilities");
}

void send(int pipe, std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 200'000));
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t sent = ::write(pipe, rest.data(), rest.size());
    if (sent <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

[[noreturn]] void serve(As as, const std::function<base::Result<void>()>& operation, const Bounds& bounds,
                        int pipe) {
  ::setpgid(0, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 1024);  // as every service has it
  become(as);
  limit(RLIMIT_AS, bounds.address_space);
  limit(RLIMIT_CPU, static_cast<rlim_t>(bounds.seconds));
  try {
    const auto done = operation();
    send(pipe, done ? "D" : "R" + done.error().message);
  } catch (const std::exception& exception) {
    send(pipe, std::string("Xan exception: ") + exception.what());
  }
  std::_Exit(0);
}

std::uint64_t bytes_written_by(pid_t process) {
  std::ifstream figures("/proc/" + std::to_string(process) + "/io");
  for (std::string name, value; figures >> name >> value;) {
    if (name == "write_bytes:") return std::strtoull(value.c_str(), nullptr, 10);
  }
  return 0;
}

// What it said until its end; `beyond` is why it had to be ended.
std::string listen(pid_t child, int pipe, const Bounds& bounds, std::string& beyond) {
  const auto end = Clock::now() + std::chrono::seconds(4 * bounds.seconds);
  std::string said;
  std::array<char, 65536> buffer{};
  for (;;) {
    pollfd waits{pipe, POLLIN, 0};
    if (::poll(&waits, 1, 50) > 0) {
      const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
      if (got <= 0) return said;
      said.append(buffer.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (Clock::now() > end) beyond = "it has not ended after " + std::to_string(4 * bounds.seconds) + " s";
    if (bytes_written_by(child) > bounds.written) {
      beyond = "it has written more than " + base::human_bytes(bounds.written);
    }
    if (beyond.empty()) continue;
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
    return said;
  }
}

}  // namespace

std::string name_of(As as) {
  switch (as) {
    case As::lesser:
      return "the tree's owner";
    case As::updater:
      return "root without capabilities";
    case As::root:
      return "root";
  }
  return "";
}

void become(As as) {
  if (as == As::lesser) {
    require(::setgroups(0, nullptr) == 0, "drop the groups");
    require(::setresgid(lesser_user, lesser_user, lesser_user) == 0, "change the group");
    require(::setresuid(lesser_user, lesser_user, lesser_user) == 0, "change the user");
  } else if (as == As::updater) {
    without_capabilities();
  }
  // As after an exec: a change of the user takes /proc/self away from it.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  ::umask(0022);
}

Answer run_confined(As as, const std::function<base::Result<void>()>& operation, const Bounds& bounds) {
  std::array<int, 2> pipe{};
  require(::pipe2(pipe.data(), O_CLOEXEC) == 0, "make a pipe");
  (void)std::fflush(nullptr);
  const pid_t child = ::fork();
  require(child >= 0, "fork");
  if (child == 0) serve(as, operation, bounds, pipe[1]);
  ::close(pipe[1]);
  std::string beyond;
  std::string said = listen(child, pipe[0], bounds, beyond);
  ::close(pipe[0]);
  int status = 0;
  require(::waitpid(child, &status, 0) == child, "wait for the operation");
  ::kill(-child, SIGKILL);  // what it has started and left
  if (!beyond.empty()) return {Answer::Kind::broken, beyond};
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)) {
    return {Answer::Kind::broken,
            "it has used more than " + std::to_string(bounds.seconds) + " s of the processor"};
  }
  if (WIFSIGNALED(status)) {
    return {Answer::Kind::broken, "signal " + std::to_string(WTERMSIG(status)) + " ended it"};
  }
  if (said.empty()) return {Answer::Kind::broken, "it ended without an answer"};
  const char verdict = said.front();
  said.erase(0, 1);
  if (verdict == 'D') return {Answer::Kind::done, ""};
  return {verdict == 'R' ? Answer::Kind::refused : Answer::Kind::broken, said};
}

}  // namespace trees
