// SPDX-License-Identifier: MIT
#include "process/launch.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace process {
namespace {

using base::UniqueFd;

struct Pipe {
  UniqueFd read, write;
};

base::Result<Pipe> make_pipe(int flags) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), flags | O_CLOEXEC) != 0) return base::fail_errno(errno, "cannot make a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Everything the child needs, ready before the fork: between fork and exec only async-signal-safe calls are
// allowed.
struct Prepared {
  std::vector<std::string> variables;
  std::vector<char*> argv, envp;
  int directory = -1, input = -1, output = -1, errors = -1, failure = -1;
  pid_t parent = -1;
};

Prepared prepare(const Command& command) {
  Prepared prepared;
  for (const std::string& argument : command.arguments) {
    prepared.argv.push_back(const_cast<char*>(argument.c_str()));  // NOLINT: the type of execve
  }
  prepared.argv.push_back(nullptr);
  for (const auto& [name, value] : command.environment) prepared.variables.push_back(name + "=" + value);
  for (std::string& variable : prepared.variables) prepared.envp.push_back(variable.data());
  prepared.envp.push_back(nullptr);
  prepared.parent = ::getpid();
  return prepared;
}

// A handler or an ignored signal of the program that called run() means nothing to the client. SIGPIPE
// matters most: ignored signals survive exec, and a client that ignores it does not notice that we are gone.
void reset_signals() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM}) {
    static_cast<void>(::signal(number, SIG_DFL));
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void report_and_exit(int failure_fd, int number) {
  static_cast<void>(!::write(failure_fd, &number, sizeof number));
  ::_exit(127);
}

[[noreturn]] void become_child(const Prepared& prepared) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != prepared.parent) ::_exit(127);  // died before the line above
  reset_signals();
  if (::dup2(prepared.input, STDIN_FILENO) < 0 || ::dup2(prepared.output, STDOUT_FILENO) < 0 ||
      ::dup2(prepared.errors, STDERR_FILENO) < 0 || ::fchdir(prepared.directory) != 0) {
    report_and_exit(prepared.failure, errno);
  }
  // What we inherited ourselves (such as sockets that systemd passed) is not for the client. Marked, not
  // closed: the failure pipe must stay until exec. Kernels before 5.11 do without.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  ::execve(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
  report_and_exit(prepared.failure, errno);
}

// The other end closes on a successful exec; an errno comes through otherwise.
int exec_failure(int fd) {
  int number = 0;
  ssize_t size = 0;
  do {
    size = ::read(fd, &number, sizeof number);
  } while (size < 0 && errno == EINTR);
  return size == sizeof number ? number : 0;
}

}  // namespace

base::Result<Launched> launch(const Command& command) {
  if (command.arguments.empty()) return base::fail(base::ErrorKind::bad_input, "no program to run");
  const std::string starting = "starting " + command.arguments[0];
  auto output = make_pipe(0);
  if (!output) return base::pass(output.error(), starting);
  auto failure = make_pipe(0);
  if (!failure) return base::pass(failure.error(), starting);
  if (::fcntl(output->read.get(), F_SETFL, O_NONBLOCK) != 0)
    return base::fail_errno(errno, "cannot set up a pipe");
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) return base::fail_errno(errno, "cannot open /dev/null");
  const UniqueFd directory(::open(command.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return base::fail_errno(errno, "cannot open " + command.directory);

  UniqueFd file;
  if (!command.standard_output.empty()) {
    file.reset(
        ::open(command.standard_output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return base::fail_errno(errno, "cannot create " + command.standard_output);
  }

  Prepared prepared = prepare(command);
  prepared.directory = directory.get();
  prepared.input = command.standard_input >= 0 ? command.standard_input : null.get();
  prepared.output = file                                ? file.get()
                    : command.standard_output_file >= 0 ? command.standard_output_file
                                                        : output->write.get();
  prepared.errors = output->write.get();
  prepared.failure = failure->write.get();
  const pid_t pid = ::fork();
  if (pid < 0) return base::fail_errno(errno, "cannot start a process for " + command.arguments[0]);
  if (pid == 0) become_child(prepared);

  ::setpgid(pid, pid);  // the child does the same, so that a kill of the group finds it in any order
  output->write.reset();
  failure->write.reset();
  if (const int number = exec_failure(failure->read.get()); number != 0) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return base::fail_errno(number, "cannot run " + command.arguments[0]);
  }
  const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U));
  return Launched{pid, std::move(output->read), UniqueFd(pidfd)};
}

}  // namespace process
