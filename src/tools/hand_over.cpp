// SPDX-License-Identifier: MIT
#include "tools/hand_over.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "base/text.hpp"

namespace tools {
namespace {

constexpr std::array<int, 4> ends_it = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
constexpr int signal_base = 128;

void end_at_once(int number) {
  ::_exit(signal_base + number);
}

bool is_first_process() {
  return ::getpid() == 1;
}

sigset_t set_of_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : ends_it) ::sigaddset(&set, number);
  return set;
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the type of execv(3)
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

void end_when_told() {
  if (!is_first_process()) return;
  struct sigaction action = {};
  action.sa_handler = end_at_once;
  ::sigemptyset(&action.sa_mask);
  for (const int number : ends_it) ::sigaction(number, &action, nullptr);
  // The program before this one may have held them back for us.
  const sigset_t set = set_of_signals();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void reap_orphans() {
  if (!is_first_process()) return;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

base::Error become_sibling(const char* program, const std::vector<std::string>& words) {
  std::array<char, PATH_MAX> own{};
  const ssize_t size = ::readlink("/proc/self/exe", own.data(), own.size());
  const std::string_view path(own.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string file = base::concat({path.substr(0, path.rfind('/') + 1), program});
  std::vector<std::string> all = {file};
  all.insert(all.end(), words.begin(), words.end());
  // A signal that comes between two programs waits for the second one's handler.
  sigset_t before;
  const sigset_t set = set_of_signals();
  if (is_first_process()) ::sigprocmask(SIG_BLOCK, &set, &before);
  ::execv(file.c_str(), pointers_to(all).data());
  const int number = errno;
  if (is_first_process()) ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return base::fail_errno(
             number, base::concat({"cannot run ", file, " (it comes with the package openclaw-helpers)"}))
      .value();
}

CannotRun become(const std::vector<std::string>& command) {
  constexpr int not_executable = 126, not_found = 127;
  const std::vector<char*> arguments = pointers_to(command);
  ::execvp(arguments[0], arguments.data());
  const int number = errno;
  return {number == ENOENT ? not_found : not_executable,
          base::concat({"cannot run ", command.front(), ": ", std::strerror(number)})};
}

}  // namespace tools
