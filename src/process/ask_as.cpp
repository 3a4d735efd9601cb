// SPDX-License-Identifier: MIT
#include "process/ask_as.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace process {
namespace {

using base::ErrorKind;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t buffer_of_lookups = 16384;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<gid_t> groups_of(const char* name, gid_t gid) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(name, gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    static_cast<void>(::getgrouplist(name, gid, groups.data(), &count));
  }
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return groups;
}

bool become(const Account& account) {
  if (::geteuid() == 0) {
    if (::setgroups(account.groups.size(), account.groups.data()) != 0) return false;
    if (::setresgid(account.gid, account.gid, account.gid) != 0) return false;
    if (::setresuid(account.uid, account.uid, account.uid) != 0) return false;
  }
  // After the change, which takes the first one away; the second keeps others of that user from looking in.
  return ::getuid() == account.uid && ::geteuid() == account.uid &&
         ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

// The child must not inherit open files of this process.
void close_all_but(int fd) {
  constexpr unsigned first = STDERR_FILENO + 1;
  const auto kept = static_cast<unsigned>(fd);
  if (kept > first) static_cast<void>(::close_range(first, kept - 1, 0));
  static_cast<void>(::close_range(kept + 1, ~0U, 0));
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(EXIT_FAILURE);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void be_the_child(const Asked& asked, pid_t parent, int pipe_fd,
                               const std::function<std::string()>& answer) {
  // If that cannot be entered, the host's view is used.
  if (asked.mount_namespace >= 0) static_cast<void>(::setns(asked.mount_namespace, CLONE_NEWNS));
  close_all_but(pipe_fd);
  if (!become(asked.as) || ::getppid() != parent) ::_exit(EXIT_FAILURE);
  try {
    write_all(pipe_fd, answer());
  } catch (const std::exception&) {
    ::_exit(EXIT_FAILURE);
  }
  ::_exit(EXIT_SUCCESS);
}

// False when it did not end in time, or wrote too much.
bool read_until_the_end(int fd, const Asked& asked, std::string& text) {
  const auto deadline = steady_clock::now() + asked.patience;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd waits{fd, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&waits, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > asked.most_bytes) return false;
  }
}

// A child that hangs in an unavailable file system cannot be killed: it is not waited for.
bool has_ended_well(pid_t child, bool answered) {
  if (!answered) ::kill(child, SIGKILL);
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(child, &status, answered ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  return answered && ended == child && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

}  // namespace

Result<Account> account_of(const std::string& user) {
  std::array<char, buffer_of_lookups> buffer{};
  struct passwd entry = {};
  struct passwd* found = nullptr;
  const int number = is_number(user)
                         ? ::getpwuid_r(static_cast<uid_t>(std::strtoul(user.c_str(), nullptr, 10)), &entry,
                                        buffer.data(), buffer.size(), &found)
                         : ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr)
    return Account{found->pw_uid, found->pw_gid, groups_of(found->pw_name, found->pw_gid),
                   found->pw_dir == nullptr ? "" : found->pw_dir};
  if (number != 0) return base::fail_errno(number, "cannot look up the user " + user);
  return base::fail(ErrorKind::not_found, "there is no user " + user);
}

Result<std::string> ask_as(const Asked& asked, const std::function<std::string()>& answer) {
  if (::geteuid() != 0 && ::geteuid() != asked.as.uid) {
    return base::fail(ErrorKind::refused,
                      base::concat({"only root and the user ", std::to_string(asked.as.uid),
                                    " can read files that only this user may read"}));
  }
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail_errno(errno, "cannot make a pipe");
  const base::UniqueFd reads(ends[0]);
  base::UniqueFd writes(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return base::fail_errno(errno, "cannot start a process to read them");
  if (child == 0) be_the_child(asked, parent, writes.get(), answer);
  writes = base::UniqueFd();
  std::string text;
  const bool answered = read_until_the_end(reads.get(), asked, text);
  if (has_ended_well(child, answered)) return text;
  return base::fail(
      ErrorKind::unavailable,
      base::concat({"the files of the user ", std::to_string(asked.as.uid), " could not be read"}));
}

}  // namespace process
