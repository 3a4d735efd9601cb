// SPDX-License-Identifier: MIT
#include "command/run.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "process/run.hpp"

namespace command {
namespace {

using base::Result;

constexpr std::size_t largest_answer = std::size_t{4} * 1024 * 1024;

std::string place_for_answers() {
  const char* place = std::getenv("TMPDIR");
  return place != nullptr && *place == '/' ? place : "/tmp";
}

// A file for an answer. Where the file system can make one without a name, nothing is left of a run that is
// killed; elsewhere its name goes before the program starts.
Result<base::UniqueFd> make_answer_file() {
  const std::string path = place_for_answers();
  auto directory = fs::open_directory(path);
  if (!directory) return directory;
  constexpr int flags = O_RDWR | O_CLOEXEC;
  base::UniqueFd file(::openat(directory->get(), ".", flags | O_TMPFILE, 0600));
  if (file) return file;
  const std::string name = fs::temporary_name("openclaw-answer-");
  file.reset(::openat(directory->get(), name.c_str(), flags | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  if (!file) return base::fail_errno(errno, "cannot create a file for an answer in " + path);
  ::unlinkat(directory->get(), name.c_str(), 0);
  return file;
}

// More than that is not read, so the program that prints it is stopped.
bool is_too_long(int answer) {
  struct stat info {};
  return ::fstat(answer, &info) == 0 && info.st_size > static_cast<off_t>(largest_answer);
}

// Empty if it cannot be read, or is too long.
std::string read_answer(int answer) {
  std::string text;
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t got = ::pread(answer, block.data(), block.size(), static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || text.size() > largest_answer) return "";
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

process::Watch watch_of(const Purpose& purpose, const Watching& watching, const base::UniqueFd& answer,
                        std::chrono::milliseconds& elapsed) {
  process::Watch watch;
  watch.stall_timeout = purpose.silence;
  watch.is_progress = watching.is_progress;
  watch.tick = [&](std::chrono::milliseconds time, std::chrono::milliseconds idle, std::string_view line) {
    elapsed = time;
    if (watching.tick) watching.tick(time, idle, line);
  };
  watch.give_up = [&](std::chrono::milliseconds) {
    const bool is_over = purpose.longest.count() > 0 && elapsed >= purpose.longest;
    return is_over || (answer && is_too_long(answer.get())) || (watching.give_up && watching.give_up());
  };
  return watch;
}

}  // namespace

Result<Outcome> run(const Purpose& purpose, const Setting& setting, const std::vector<std::string>& words,
                    const Watching& watching) {
  base::UniqueFd answer;
  if (purpose.has_answer) {
    auto made = make_answer_file();
    if (!made) return base::pass(made.error());
    answer = std::move(*made);
  }
  process::Command command{{setting.node, setting.package + "/" + purpose.entry},
                           environment_for(purpose, setting.inherited, setting.added),
                           setting.directory};
  command.standard_output_file = answer.get();
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  command.secrets = setting.secrets;
  std::chrono::milliseconds elapsed{0};
  auto ran = process::run(command, watch_of(purpose, watching, answer, elapsed));
  if (!ran) return base::pass(ran.error());
  return Outcome{!ran->stalled,          ran->exit_status, answer ? read_answer(answer.get()) : "",
                 std::move(ran->output), ran->duration,    std::move(ran->secrets)};
}

}  // namespace command
