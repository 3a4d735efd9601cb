// SPDX-License-Identifier: MIT
#include "npm/query.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "npm/blame.hpp"
#include "npm/clients.hpp"
#include "npm/environment.hpp"
#include "npm/npmrc.hpp"
#include "npm/policy.hpp"
#include "process/run.hpp"

namespace npm {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Somebody waits for the answer to a question, so npm's own patience (70 s, and 5 minutes for a registry that
// says nothing) is cut short: two tries of 10 s, 2 s apart.
constexpr seconds patience_with_silence{26};

struct Limits {
  const char* retries;
  const char* timeout;
};
constexpr Limits question_limits{"--fetch-retries=1", "--fetch-timeout=10000"};
constexpr Limits tarball_limits{"--fetch-retries=2", "--fetch-timeout=120000"};

void append_limits(std::vector<std::string>& arguments, const Limits& limits) {
  arguments.insert(arguments.end(), {limits.retries, limits.timeout, "--fetch-retry-mintimeout=2000",
                                     "--fetch-retry-maxtimeout=10000"});
}

// Since when the last line has been about trying again. By the clock and not by idle time: what npm computes
// between two attempts is no progress.
class Retries {
 public:
  void note(bool retrying) {
    if (!retrying) since_.reset();
    if (retrying && !since_) since_ = Clock::now();
  }
  [[nodiscard]] bool for_longer_than(seconds patience) const {
    return since_ && Clock::now() - *since_ >= patience;
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> since_;
};

process::Watch watch_for(seconds stall_timeout, seconds patience, const ProgressListener& progress) {
  process::Watch watch;
  watch.stall_timeout = stall_timeout;
  const auto retries = std::make_shared<Retries>();
  watch.is_progress = [retries](std::string_view line) {
    const bool retrying = !retry_reason(line).empty();
    retries->note(retrying);
    return !retrying;
  };
  watch.give_up = [retries, patience](milliseconds /*idle*/) { return retries->for_longer_than(patience); };
  watch.tick = [progress](milliseconds elapsed, milliseconds idle, std::string_view line) {
    if (progress) progress({"npm", elapsed, idle, std::string(line), retry_reason(line)});
  };
  return watch;
}

// {"error":{"code":"E404",...}}: what npm prints with --json when it fails.
std::string error_code(const std::string& text) {
  return base::text_at(base::json_or_null(text), "error.code");
}

}  // namespace

Registry::Registry(Toolchain toolchain, std::string cache_directory, RegistrySettings settings)
    : toolchain_(std::move(toolchain)),
      cache_directory_(std::move(cache_directory)),
      settings_(std::move(settings)),
      places_(places_in(cache_directory_, ClientKind::npm, settings_.logs_directory)) {}

Result<base::UniqueFd> Registry::make_places() const {
  if (::mkdir(cache_directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail_errno(errno, "cannot make " + cache_directory_);
  }
  const auto cache = fs::open_directory(cache_directory_);
  if (!cache) return base::pass(cache.error());
  std::vector<std::string> folders = {places_.home, places_.temporary, places_.packages};
  if (settings_.logs_directory.empty()) folders.push_back(places_.logs);
  for (const std::string& path : folders) {
    const auto made =
        fs::make_directories_beneath(cache->get(), path.substr(cache_directory_.size() + 1), 0700);
    if (!made) return base::pass(made.error(), cache_directory_);
  }
  const std::string config = places_.user_config.substr(cache_directory_.size() + 1);
  if (auto made = fs::open_beneath(cache->get(), config, O_WRONLY | O_CREAT | O_TRUNC, 0600); !made)
    return made;
  return fs::open_directory_beneath(cache->get(), places_.temporary.substr(cache_directory_.size() + 1));
}

Result<Registry::Answer> Registry::ask(const std::vector<std::string>& question, const process::Watch& watch,
                                       const std::string& directory) const {
  const auto temporary = make_places();
  if (!temporary) return base::pass(temporary.error());
  process::Command command;
  command.arguments = program_of(ClientKind::npm, toolchain_);
  if (command.arguments.empty()) {
    return base::fail(ErrorKind::not_found,
                      base::concat({"npm, which is always needed to ask the registry, is not beside ",
                                    toolchain_.node, " and not in ", base::join(toolchain_.searched, ", "),
                                    "; install it where services find it"}));
  }
  const auto add = [&](const std::vector<std::string>& more) {
    command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  };
  add(question);
  add(npm_places(places_, toolchain_));
  if (!settings_.registry.empty()) add({"--registry=" + settings_.registry});
  add(npm_policy(read_policies(toolchain_, settings_.extra_arguments)));
  add(settings_.extra_arguments);
  const Npmrc npmrc = read_npmrc(toolchain_.global_config);
  command.environment =
      client_environment(base::current_environment(), toolchain_, npmrc, {places_.home, places_.temporary});
  npmrc.add_secrets_to(command.secrets);
  add_secrets(settings_.extra_arguments, command.secrets);
  command.directory = directory.empty() ? places_.home : directory;
  const std::string answer = fs::temporary_name("answer-");
  command.standard_output = places_.temporary + "/" + answer;
  auto outcome = run(command, watch);
  // By the folder that was made: packages unpack beside it, and it may have another name by now.
  auto text = outcome ? fs::read_file(temporary->get(), answer) : Result<std::string>{};
  ::unlinkat(temporary->get(), answer.c_str(), 0);
  if (!outcome) return base::pass(outcome.error(), "npm");
  if (!text) return base::pass(text.error(), "the answer of npm");
  return Answer{std::move(*text), std::move(*outcome)};
}

tl::unexpected<base::Error> Registry::failure(const Answer& answer, const std::string& spec) const {
  const process::Outcome& outcome = answer.outcome;
  const std::string code = error_code(answer.text);
  // npm 8 and older print nothing at all for a version that is not there, and call it a success.
  const bool silent = !outcome.stalled && outcome.exit_status == 0 && answer.text.empty();
  const std::string said = outcome.said();
  const std::string policy = forbidding_policy(said, read_policies(toolchain_, settings_.extra_arguments));
  const std::string reason = explain_failure(said + "\n" + policy);
  const bool forbidden = !outcome.stalled && is_of_policy(said + "\n" + policy);
  const bool gone = (code == "E404" || code == "ETARGET") && (reason.empty() || is_lost(said));
  if (!forbidden && !outcome.stalled && (gone || silent)) {
    return base::fail(ErrorKind::not_found, "the registry does not have " + spec);
  }
  std::string message = "asking the registry for " + spec + ": npm ";
  message += outcome.stalled
                 ? "got no answer and was stopped after " + base::human_duration(outcome.duration.count())
                 : "failed (exit status " + std::to_string(outcome.exit_status) + ")";
  if (!reason.empty()) message += ": " + reason;
  if (const std::string words = last_words(said); !words.empty()) message += ". It said: " + words;
  const std::string& original = toolchain_.original_of_global_config;
  message += base::concat({" | See registry= in helpers.ini and ",
                           original.empty() ? toolchain_.global_config : original, "; npm's logs are in ",
                           places_.logs});
  const bool differs = code == "EINTEGRITY" || outcome.output.find("EINTEGRITY") != std::string::npos;
  auto error = base::fail(differs     ? ErrorKind::integrity
                          : forbidden ? ErrorKind::refused
                                      : ErrorKind::unavailable,
                          std::move(message));
  if (is_full_disk(said)) {
    error.value().kind = ErrorKind::system;
    error.value().number = ENOSPC;
  }
  return error;
}

Result<json> Registry::view(const std::string& spec, const std::vector<std::string>& fields,
                            const ProgressListener& progress) const {
  std::vector<std::string> question = {"view", "--json", spec};
  question.insert(question.end(), fields.begin(), fields.end());
  append_limits(question, question_limits);
  const auto answer =
      ask(question, watch_for(patience_with_silence, settings_.patience_with_retries, progress), "");
  if (!answer) return base::pass(answer.error());
  if (answer->outcome.exit_status != 0 || answer->outcome.stalled || answer->text.empty()) {
    return failure(*answer, spec);
  }
  auto parsed = base::json_in(answer->text);
  if (!parsed) {
    return base::fail(ErrorKind::unavailable,
                      base::concat({"npm's answer about ", spec, " is truncated or not JSON: ",
                                    answer->outcome.secrets.applied(answer->text, 200)}));
  }
  // From npm 12 on, one version is a list of one; a list of several is a range, as it has always been.
  const bool names_version = spec.find('@', 1) != std::string::npos;
  if (parsed->is_array() && parsed->size() == 1 && (names_version || parsed->front().is_object())) {
    return std::move(parsed->front());
  }
  return std::move(*parsed);
}

Result<std::string> Registry::fetch_tarball(const std::string& spec, const std::string& directory,
                                            const ProgressListener& progress) const {
  std::vector<std::string> question = {"pack", "--json", "--ignore-scripts",
                                       "--pack-destination=" + directory, spec};
  append_limits(question, tarball_limits);
  const auto answer =
      ask(question, watch_for(settings_.stall_timeout, settings_.patience_with_retries, progress), directory);
  if (!answer) return base::pass(answer.error());
  if (answer->outcome.exit_status != 0 || answer->outcome.stalled) return failure(*answer, spec);
  const auto folder = fs::open_directory(directory);
  if (!folder) return base::pass(folder.error());
  const auto names = fs::list_directory(folder->get());
  if (!names) return base::pass(names.error(), directory);
  // Found, not read out of the answer: npm 7 to 12 describe it in four ways.
  for (const auto& entry : *names) {
    if (entry.type == fs::DirectoryEntry::Type::file && entry.name.ends_with(".tgz")) {
      return directory + "/" + entry.name;
    }
  }
  return base::fail(ErrorKind::unavailable, "npm pack " + spec + " reported success but left no tarball");
}

}  // namespace npm
