#include "workers/probe/command.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <optional>

#include "fs/beneath.hpp"
#include "fs/tree.hpp"
#include "process/run.hpp"

namespace workers {
namespace {

using base::Result;

constexpr std::size_t largest_answer = std::size_t{4} * 1024 * 1024;

// Of systemd's to this worker, and what would send the client somewhere else than to this gateway.
constexpr std::array<std::string_view, 22> kept_back = {"NOTIFY_SOCKET",
                                                        "INVOCATION_ID",
                                                        "JOURNAL_STREAM",
                                                        "LISTEN_FDS",
                                                        "LISTEN_PID",
                                                        "LISTEN_FDNAMES",
                                                        "WATCHDOG_USEC",
                                                        "WATCHDOG_PID",
                                                        "SYSTEMD_EXEC_PID",
                                                        "RUNTIME_DIRECTORY",
                                                        "HTTP_PROXY",
                                                        "HTTPS_PROXY",
                                                        "ALL_PROXY",
                                                        "http_proxy",
                                                        "https_proxy",
                                                        "all_proxy",
                                                        "MEMORY_PRESSURE_WATCH",
                                                        "MEMORY_PRESSURE_WRITE",
                                                        "NODE_OPTIONS",
                                                        "FORCE_COLOR",
                                                        "OPENCLAW_GATEWAY_URL",
                                                        "OPENCLAW_DEBUG"};

struct Fixed {
  const char* name;
  const char* value;
};
constexpr std::array<Fixed, 5> fixed = {{
    {"NO_COLOR", "1"},
    {"CI", "1"},  // nobody answers a question
    // Asking must change nothing: neither units nor the installation.
    {"OPENCLAW_SERVICE_REPAIR_POLICY", "external"},
    {"OPENCLAW_NO_AUTO_UPDATE", "1"},
    {"OPENCLAW_NO_RESPAWN", "1"},
}};

// A private folder, gone with its content at the end.
class Scratch {
 public:
  static Result<Scratch> make() {
    const char* place = std::getenv("TMPDIR");
    std::string path = place != nullptr && *place == '/' ? place : "/tmp";
    auto directory = fs::open_directory(path);
    if (!directory) return base::pass(directory.error());
    auto name = fs::make_temporary_directory(directory->get(), "openclaw-probe-");
    if (!name) return base::pass(name.error(), path);
    return Scratch(std::move(*directory), std::move(path), std::move(*name));
  }
  Scratch(Scratch&&) = default;
  Scratch& operator=(Scratch&&) = delete;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (!directory_) return;
    ::unlinkat(directory_.get(), (name_ + "/answer").c_str(), 0);
    ::unlinkat(directory_.get(), name_.c_str(), AT_REMOVEDIR);
  }

  [[nodiscard]] std::string answer_path() const { return path_ + "/" + name_ + "/answer"; }
  [[nodiscard]] Result<std::string> read_answer() const {
    const auto folder = fs::open_directory_beneath(directory_.get(), name_);
    if (!folder) return base::pass(folder.error());
    return fs::read_file(folder->get(), "answer", largest_answer);
  }

 private:
  Scratch(base::UniqueFd directory, std::string path, std::string name)
      : directory_(std::move(directory)), path_(std::move(path)), name_(std::move(name)) {}

  base::UniqueFd directory_;
  std::string path_, name_;
};

// OpenClaw reads a .env of the working directory: ours is the gateway's by the unit.
std::string working_directory() {
  std::array<char, PATH_MAX> buffer{};
  return ::getcwd(buffer.data(), buffer.size()) == nullptr ? "/" : buffer.data();
}

}  // namespace

base::Environment command_environment(const CommandSetting& setting) {
  auto result = setting.environment;
  for (const std::string_view name : kept_back) result.erase(std::string(name));
  for (const Fixed& variable : fixed) result[variable.name] = variable.value;
  result["OPENCLAW_GATEWAY_PORT"] = std::to_string(setting.port);
  result.try_emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin");
  return result;
}

ProbeCommand::ProbeCommand(CommandSetting setting, std::function<bool()> gave_up)
    : setting_(std::move(setting)), gave_up_(std::move(gave_up)) {}

Result<CommandAnswer> ProbeCommand::run(const std::vector<std::string>& arguments) const {
  const auto scratch = Scratch::make();
  if (!scratch) return base::pass(scratch.error());
  process::Command command{{setting_.node, setting_.package + "/openclaw.mjs"},
                           command_environment(setting_),
                           working_directory(),
                           scratch->answer_path()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());

  // It is time that counts here, not activity: 2026.9.6 keeps trying an absent gateway for over a minute.
  std::chrono::milliseconds elapsed{0};
  process::Watch watch;
  watch.stall_timeout = setting_.timeout;
  watch.tick = [&](std::chrono::milliseconds time, std::chrono::milliseconds, std::string_view) {
    elapsed = time;
  };
  watch.give_up = [&](std::chrono::milliseconds) {
    return elapsed >= setting_.timeout || (gave_up_ && gave_up_());
  };
  const auto outcome = process::run(command, watch);
  if (!outcome) return base::pass(outcome.error());
  const auto answer = scratch->read_answer();
  return CommandAnswer{!outcome->stalled, outcome->exit_status, answer.value_or(std::string()),
                       outcome->output};
}

}  // namespace workers
