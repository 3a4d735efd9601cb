// SPDX-License-Identifier: MIT
// stopwatch ROUNDS ::: [PREPARE... ::] CMD... [::: [PREPARE... ::] CMD...]...
//
// Times commands in alternation: round by round, so that what else goes on on the machine meets all of them
// alike. Each run is preceded by its PREPARE, untimed. Prints a line for each run: index of the command, wall
// time in microseconds from before posix_spawn until its end was seen, largest resident set in KiB, exit
// status.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

// Null-terminated, or empty.
using Command = std::vector<char*>;

struct Candidate {
  Command prepare, timed;
};

struct Run {
  long long microseconds = 0;
  long largest_kib = 0;
  int status = 0;
};

long long now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000LL + time.tv_nsec / 1000;
}

Run run(const Command& command) {
  pid_t pid = 0;
  // Standard output is for the times.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  const long long start = now();
  const int number = ::posix_spawnp(&pid, command[0], &actions, nullptr, command.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (number != 0) {
    std::fprintf(stderr, "stopwatch: %s: %s\n", command[0], std::strerror(number));
    std::exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  return {now() - start, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
}

std::vector<Candidate> candidates_of(char** arguments) {
  std::vector<Candidate> candidates;
  for (; *arguments != nullptr; ++arguments) {
    if (std::strcmp(*arguments, ":::") == 0) {
      candidates.emplace_back();
    } else if (candidates.empty()) {
      break;
    } else if (std::strcmp(*arguments, "::") == 0) {
      candidates.back().prepare.swap(candidates.back().timed);
    } else {
      candidates.back().timed.push_back(*arguments);
    }
  }
  for (auto& candidate : candidates) {
    if (!candidate.prepare.empty()) candidate.prepare.push_back(nullptr);
    candidate.timed.push_back(nullptr);
  }
  return candidates;
}

}  // namespace

int main(int argc, char** argv) {
  const auto candidates = argc > 1 ? candidates_of(argv + 2) : std::vector<Candidate>();
  if (candidates.empty()) {
    std::fputs("usage: stopwatch ROUNDS ::: [PREPARE... ::] CMD... [::: ...]\n", stderr);
    return 64;
  }
  for (long round = std::strtol(argv[1], nullptr, 10); round > 0; --round) {
    for (std::size_t index = 0; index < candidates.size(); ++index) {
      if (!candidates[index].prepare.empty() && run(candidates[index].prepare).status != 0) {
        std::fprintf(stderr, "stopwatch: cannot prepare %s\n", candidates[index].timed[0]);
        return 1;
      }
      const Run done = run(candidates[index].timed);
      std::printf("%zu %lld %ld %d\n", index, done.microseconds, done.largest_kib, done.status);
      std::fflush(stdout);
    }
  }
  return 0;
}
