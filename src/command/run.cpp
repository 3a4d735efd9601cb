// SPDX-License-Identifier: MIT
#include "command/run.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/tree.hpp"
#include "process/run.hpp"

namespace command {
namespace {

using base::Result;

constexpr std::size_t largest_answer = std::size_t{4} * 1024 * 1024;
constexpr const char* answer_file = "answer";

// A private folder for an answer, gone with it at the end.
class Scratch {
 public:
  static Result<Scratch> make() {
    const char* place = std::getenv("TMPDIR");
    std::string path = place != nullptr && *place == '/' ? place : "/tmp";
    auto directory = fs::open_directory(path);
    if (!directory) return base::pass(directory.error());
    auto name = fs::make_temporary_directory(directory->get(), "openclaw-answer-");
    if (!name) return base::pass(name.error(), path);
    return Scratch(std::move(*directory), std::move(path), std::move(*name));
  }
  Scratch(Scratch&&) = default;
  Scratch& operator=(Scratch&&) = delete;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (!directory_) return;
    ::unlinkat(directory_.get(), (name_ + "/" + answer_file).c_str(), 0);
    ::unlinkat(directory_.get(), name_.c_str(), AT_REMOVEDIR);
  }

  [[nodiscard]] std::string path() const { return path_ + "/" + name_ + "/" + answer_file; }
  // More than that is not read, so the program that prints it is stopped.
  [[nodiscard]] bool is_too_long() const {
    struct stat info {};
    const std::string file = name_ + "/" + answer_file;
    return ::fstatat(directory_.get(), file.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           info.st_size > static_cast<off_t>(largest_answer);
  }
  [[nodiscard]] std::string read() const {
    const auto folder = fs::open_directory_beneath(directory_.get(), name_);
    if (!folder) return "";
    return fs::read_file(folder->get(), answer_file, largest_answer).value_or("");
  }

 private:
  Scratch(base::UniqueFd directory, std::string path, std::string name)
      : directory_(std::move(directory)), path_(std::move(path)), name_(std::move(name)) {}

  base::UniqueFd directory_;
  std::string path_, name_;
};

process::Watch watch_of(const Purpose& purpose, const Watching& watching,
                        const std::optional<Scratch>& scratch, std::chrono::milliseconds& elapsed) {
  process::Watch watch;
  watch.stall_timeout = purpose.silence;
  watch.is_progress = watching.is_progress;
  watch.tick = [&](std::chrono::milliseconds time, std::chrono::milliseconds idle, std::string_view line) {
    elapsed = time;
    if (watching.tick) watching.tick(time, idle, line);
  };
  watch.give_up = [&](std::chrono::milliseconds) {
    const bool is_over = purpose.longest.count() > 0 && elapsed >= purpose.longest;
    return is_over || (scratch && scratch->is_too_long()) || (watching.give_up && watching.give_up());
  };
  return watch;
}

}  // namespace

Result<Outcome> run(const Purpose& purpose, const Setting& setting, const std::vector<std::string>& words,
                    const Watching& watching) {
  std::optional<Scratch> scratch;
  if (purpose.has_answer) {
    auto made = Scratch::make();
    if (!made) return base::pass(made.error());
    scratch.emplace(std::move(*made));
  }
  process::Command command{{setting.node, setting.package + "/" + purpose.entry},
                           environment_for(purpose, setting.inherited, setting.added),
                           setting.directory,
                           scratch ? scratch->path() : ""};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  command.secrets = setting.secrets;
  std::chrono::milliseconds elapsed{0};
  auto ran = process::run(command, watch_of(purpose, watching, scratch, elapsed));
  if (!ran) return base::pass(ran.error());
  return Outcome{!ran->stalled,          ran->exit_status, scratch ? scratch->read() : "",
                 std::move(ran->output), ran->duration,    std::move(ran->secrets)};
}

}  // namespace command
