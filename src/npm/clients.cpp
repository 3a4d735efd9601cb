// SPDX-License-Identifier: MIT
#include "npm/clients.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/syscalls.hpp"
#include "fs/tree.hpp"
#include "npm/blame.hpp"
#include "npm/invocation.hpp"
#include "npm/manifest.hpp"
#include "npm/policy.hpp"
#include "npm/tidy.hpp"
#include "openclaw/semver.hpp"
#include "process/run.hpp"

namespace npm {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;

// Private to the user that runs the client: logs name internal hosts, and .npmrc names a token.
constexpr mode_t private_mode = 0700;

// Longer than all attempts at one request (42 s, invocation.cpp). npm does not end there: it goes through the
// packages one after the other, so that a union of 77 with a dead registry takes 54 minutes to fail.
constexpr std::chrono::seconds patience_with_retries{60};
constexpr std::chrono::seconds patience_with_git{20};
constexpr int exit_not_found = 127;  // of env(1)
constexpr int exit_killed = 128 + SIGKILL;

constexpr const char* pnpm_workspace_file = "pnpm-workspace.yaml";
constexpr const char* pnpm_hooks_file = ".pnpmfile.cjs";

Result<UniqueFd> make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), private_mode) != 0 && errno != EEXIST) {
    return base::fail_errno(errno, "cannot make " + path);
  }
  return fs::open_directory(path);
}

// What is written here is of one run: no fsync, which on a busy disk takes longer than some installs.
Result<void> write_small_file(int directory_fd, const char* name, std::string_view content) {
  ::unlinkat(directory_fd, name, 0);
  const UniqueFd file(fs::syscalls::retry([&] {
    return ::openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  }));
  if (!file) return base::fail_errno(errno, "cannot create " + fs::path_of(directory_fd, name));
  while (!content.empty()) {
    const ssize_t size = ::write(file.get(), content.data(), content.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno(errno, "cannot write " + fs::path_of(directory_fd, name));
    content.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

// The directories of one install, open, with what the client expects in them.
struct Workplace {
  UniqueFd directory, cache, own;  // own: cache_directory/<client>
  Places places;
};

Result<void> write_home(const Workplace& workplace, const ClientRow& row, const Toolchain& toolchain) {
  const std::string& path = workplace.places.home;
  // What ran here before had this folder for its own, and may have put a link in its place.
  const auto home = fs::open_directory_beneath(workplace.own.get(), path.substr(path.rfind('/') + 1));
  if (!home) return base::pass(home.error(), path);
  constexpr const char* npmrc = ".npmrc";
  ::unlinkat(home->get(), npmrc, 0);
  // A link, no copy: tokens stay in the administrator's file alone.
  if (row.npmrc_in_home && ::symlinkat(toolchain.global_config.c_str(), home->get(), npmrc) != 0) {
    return base::fail_errno(errno, base::concat({"cannot make ", path, "/", npmrc}));
  }
  return write_small_file(workplace.own.get(), "userconfig", "");
}

Result<Workplace> open_workplace(const InstallRequest& request, const ClientRow& row,
                                 const Toolchain& toolchain) {
  Workplace workplace;
  workplace.places = places_in(request.cache_directory, row.kind, request.logs_directory);
  const std::string own_path = request.cache_directory + "/" + std::string(row.name);
  const std::pair<UniqueFd*, const std::string*> wanted[] = {{&workplace.directory, &request.directory},
                                                             {&workplace.cache, &request.cache_directory},
                                                             {&workplace.own, &own_path}};
  for (const auto& [fd, path] : wanted) {
    auto opened = make_private_directory(*path);
    if (!opened) return base::pass(opened.error());
    *fd = std::move(*opened);
  }
  if (auto cleared = fs::remove_tree(workplace.own.get(), "tmp"); !cleared)
    return base::pass(cleared.error());
  const Places& places = workplace.places;
  for (const std::string& path :
       {places.home, places.temporary, places.packages, places.metadata, places.logs}) {
    if (auto made = make_private_directory(path); !made) return base::pass(made.error());
  }
  if (auto written = write_home(workplace, row, toolchain); !written) return base::pass(written.error());
  return workplace;
}

// What the client is to install.
Result<void> write_manifest(const InstallRequest& request, const ClientRow& row, const Policies& policies,
                            const Workplace& workplace) {
  const int directory = workplace.directory.get();
  if (auto written = write_small_file(directory, "package.json", package_json(request)); !written) {
    return base::pass(written.error(), request.directory);
  }
  if (row.kind == ClientKind::pnpm) {
    for (const auto& [name, content] : {std::pair{pnpm_workspace_file, pnpm_workspace(request, policies)},
                                        std::pair{pnpm_hooks_file, pnpm_hooks()}}) {
      auto written = write_small_file(directory, name, content);
      if (!written) return base::pass(written.error(), request.directory);
    }
  }
  return {};
}

// npm's git errors name no package; its log does: "silly fetch manifest libsignal@git+https://...".
std::string git_packages_in_log(const Places& places, std::string_view output) {
  constexpr std::string_view mark = "A complete log of this run can be found in: ";
  const std::size_t at = output.rfind(mark);
  if (output.find("git") == std::string_view::npos || at == std::string_view::npos) return "";
  const std::string path(
      base::trim(output.substr(at + mark.size(), output.find('\n', at) - at - mark.size())));
  if (!path.starts_with(places.logs + "/")) return "";
  const auto log = fs::read_trusted_file(path);
  if (!log) return "";
  constexpr std::size_t most_named = 100;
  std::vector<std::string> found;
  for (const std::string& line : base::split(*log, '\n')) {
    if (found.size() == most_named) break;
    const std::size_t fetch = line.find("fetch manifest ");
    if (fetch == std::string::npos || line.find("@git", fetch) == std::string::npos) continue;
    const std::string text = base::printable(line.substr(fetch), 300);
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
  }
  return base::join(found, "\n");
}

class TableClient final : public Client {
 public:
  TableClient(const ClientRow& row, Toolchain toolchain, std::vector<std::string> program)
      : row_(row), toolchain_(std::move(toolchain)), program_(std::move(program)) {}

  [[nodiscard]] std::string name() const override { return std::string(row_.name); }

  [[nodiscard]] bool downloads_while_it_resolves() const override { return row_.downloads_while_it_resolves; }

  [[nodiscard]] Result<InstallReport> install(const InstallRequest& request,
                                              const ProgressListener& progress) override {
    const auto workplace = open_workplace(request, row_, toolchain_);
    if (!workplace) return base::pass(workplace.error(), name());
    const Policies policies = read_policies(toolchain_, request.extra_arguments);
    if (auto written = write_manifest(request, row_, policies, *workplace); !written) {
      return base::pass(written.error(), name());
    }
    const std::string title = title_of(*workplace);
    if (auto able = can_do(request, policies, title, *workplace); !able) return base::pass(able.error());
    const auto arguments = row_.arguments(request, workplace->places, toolchain_, policies);
    auto duration = call(program_, arguments, request, *workplace, title, progress);
    if (!duration) return base::pass(duration.error());
    if (request.resolve_only) return InstallReport{title, *duration};
    if (auto tidied = tidy(request, *workplace); !tidied) return base::pass(tidied.error(), title);
    if (!request.allow_scripts.empty()) {
      const auto spent = run_scripts(request, *workplace, progress);
      if (!spent) return base::pass(spent.error());
      *duration += *spent;
    }
    return InstallReport{title, *duration};
  }

  [[nodiscard]] Result<void> run_scripts(const InstallRequest& request,
                                         const ProgressListener& progress) const {
    const auto workplace = open_workplace(request, row_, toolchain_);
    if (!workplace) return base::pass(workplace.error(), name());
    return run_scripts(request, *workplace, progress).map([](Duration) {});
  }

  [[nodiscard]] Result<void> reach(const std::string& repository,
                                   const std::string& cache_directory) override {
    const process::Command command{
        {"/usr/bin/env", "git", "ls-remote", "--quiet", "--exit-code", repository, "HEAD"},
        environment_for(places_in(cache_directory, row_.kind)),
        "/"};
    process::Watch watch;
    watch.stall_timeout = patience_with_git;
    const auto outcome = run(command, watch);
    if (!outcome || outcome->stalled || outcome->exit_status == 0) return {};
    if (outcome->exit_status == exit_not_found) {
      return base::fail(ErrorKind::unavailable, "git is needed for a dependency and is not installed");
    }
    return base::fail(ErrorKind::unavailable, "git could not reach " + repository);
  }

 private:
  using Duration = std::chrono::milliseconds;

  [[nodiscard]] base::Environment environment_for(const Places& places) const {
    return environment_for(places, read_npmrc(toolchain_.global_config));
  }
  [[nodiscard]] base::Environment environment_for(const Places& places, const Npmrc& settings) const {
    base::Environment variables = client_environment(base::current_environment(), toolchain_, settings,
                                                     {places.home, places.temporary});
    row_.environment(places, settings, variables);
    return variables;
  }

  // A short question to the client itself; empty when it does not answer.
  [[nodiscard]] std::string ask(const Workplace& workplace, const std::vector<std::string>& question) const {
    process::Command command{program_, environment_for(workplace.places), workplace.places.home};
    command.arguments.insert(command.arguments.end(), question.begin(), question.end());
    process::Watch watch;
    watch.stall_timeout = std::chrono::seconds{20};
    const auto outcome = run(command, watch);
    return outcome && outcome->exit_status == 0 ? outcome->output : "";
  }

  [[nodiscard]] std::string title_of(const Workplace& workplace) const {
    const std::string answer = base::printable(ask(workplace, {"--version"}), 40);
    return answer.empty() ? name() : name() + " " + std::string(base::trim(answer));
  }

  // bun and pnpm pass over options that they do not know.
  [[nodiscard]] bool knows_release_age(const std::string& title, const Workplace& workplace) const {
    if (row_.kind == ClientKind::npm) return true;
    if (row_.kind == ClientKind::pnpm) {
      return openclaw::satisfies(title.substr(title.rfind(' ') + 1), ">=10.16.0").value_or(false);
    }
    return ask(workplace, {"install", "--help"}).find("--minimum-release-age") != std::string::npos;
  }

  [[nodiscard]] Result<void> can_do(const InstallRequest& request, const Policies& policies,
                                    const std::string& title, const Workplace& workplace) const {
    const auto* policy = untold(policies, row_.kind);
    if (policy == nullptr && policies.release_age && !knows_release_age(title, workplace)) {
      policy = &policies.release_age->setting;
    }
    if (policy != nullptr) {
      return base::fail(ErrorKind::refused,
                        base::concat({title, " does not support ", policy->key, "=", policy->value,
                                      ", which ", policy->file, " sets; use npm"}));
    }
    if (row_.kind != ClientKind::npm && !request.extra_arguments.empty()) {
      return base::fail(ErrorKind::refused, "extra-arguments are for npm, and " + name() +
                                                " does not support them; set [packages] client=npm");
    }
    // bun ignores options that it does not know, and would use the network nevertheless.
    if (row_.kind == ClientKind::bun && request.offline &&
        ask(workplace, {"install", "--help"}).find("--offline") == std::string::npos) {
      return base::fail(ErrorKind::refused,
                        "this bun cannot install without network; use npm or pnpm, or a newer bun");
    }
    return {};
  }

  [[nodiscard]] Result<Duration> call(const std::vector<std::string>& program,
                                      const std::vector<std::string>& arguments,
                                      const InstallRequest& request, const Workplace& workplace,
                                      const std::string& title, const ProgressListener& progress) const {
    const Npmrc settings = read_npmrc(toolchain_.global_config);
    process::Command command{program, environment_for(workplace.places, settings), request.directory};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    settings.add_secrets_to(command.secrets);
    add_secrets(request.extra_arguments, command.secrets);
    bool damaged = false;
    bool retrying = false;
    process::Watch watch;
    watch.stall_timeout = request.stall_timeout;
    watch.is_progress = [&](std::string_view line) {
      damaged = damaged || tells_of_damage(line);
      retrying = !retry_reason(line).empty();
      return !retrying;
    };
    watch.give_up = [&](Duration idle) { return retrying && idle >= patience_with_retries; };
    watch.tick = [&](Duration elapsed, Duration idle, std::string_view line) {
      if (progress) progress({title, elapsed, idle, std::string(line), retry_reason(line)});
    };
    const auto outcome = run(command, watch);
    if (!outcome) return base::pass(outcome.error(), title);
    if (outcome->exit_status == 0 && !outcome->stalled && !damaged) return outcome->duration;
    return failure(*outcome, damaged, read_policies(toolchain_, request.extra_arguments), workplace, title);
  }

  [[nodiscard]] tl::unexpected<base::Error> failure(const process::Outcome& outcome, bool damaged,
                                                    const Policies& policies, const Workplace& workplace,
                                                    const std::string& title) const {
    std::string output = outcome.said();
    if (!outcome.stalled && outcome.exit_status == exit_killed) output += "\nkilled: SIGKILL\n";
    if (const auto packages = git_packages_in_log(workplace.places, outcome.output); !packages.empty()) {
      output += "\n" + outcome.secrets.applied_to_lines(packages) + "\n";
    }
    std::string message = title;
    if (outcome.stalled) {
      message += " made no progress and was stopped after " + base::human_duration(outcome.duration.count());
    } else if (outcome.exit_status == 0 && damaged) {
      message += " reported success but omitted files";
    } else {
      message += " failed (exit status " + std::to_string(outcome.exit_status) + ")";
    }
    const std::string policy = forbidding_policy(output, policies);
    const std::string reason = explain_failure(output + "\n" + policy);
    if (!reason.empty()) message += ": " + reason;
    if (const std::string words = last_words(output); !words.empty()) message += ". It said: " + words;
    if (!policy.empty()) message += " | " + policy;
    const std::string log = name() + "-failed.log";
    const auto logs = fs::open_directory(workplace.places.logs);
    if (logs && write_small_file(logs->get(), log.c_str(), output)) {
      message += " | Its output is in " + workplace.places.logs + "/" + log;
    }
    return base::fail(ErrorKind::unavailable, std::move(message));
  }

  [[nodiscard]] Result<void> tidy(const InstallRequest& request, const Workplace& workplace) const {
    if (auto removed = remove_droppings(workplace.directory.get()); !removed) return removed;
    std::vector<std::pair<int, const char*>> done = {{workplace.own.get(), "tmp"},
                                                     {workplace.directory.get(), pnpm_workspace_file},
                                                     {workplace.directory.get(), pnpm_hooks_file}};
    // Before any script runs: nothing that it changes in the tree may change the cache, nor the other way
    // round.
    if (row_.links_from_cache && !request.keep_cache && !request.offline) {
      done.emplace_back(workplace.own.get(), "packages");
    }
    for (const auto& [fd, entry] : done) {
      if (auto removed = fs::remove_tree(fd, entry); !removed) return removed;
    }
    return {};
  }

  // By npm, whichever client installed: it runs in any hoisted tree, and scripts are written for it.
  [[nodiscard]] Result<Duration> run_scripts(const InstallRequest& request, const Workplace& workplace,
                                             const ProgressListener& progress) const {
    const std::string packages = base::join(request.allow_scripts, ", ");
    const auto npm = program_of(ClientKind::npm, toolchain_);
    if (npm.empty()) {
      return base::fail(ErrorKind::not_found,
                        "the install scripts of " + packages +
                            " need npm, which is not installed; install it or clear allow-scripts=");
    }
    if (auto made = make_private_directory(workplace.places.temporary); !made)
      return base::pass(made.error());
    Places places = workplace.places;
    places.packages =
        places_in(request.cache_directory, ClientKind::npm).packages;  // not into another's cache
    const auto arguments = rebuild_arguments(request, places, toolchain_);
    auto spent = call(npm, arguments, request, workplace, "npm rebuild", progress);
    if (!spent) return base::pass(spent.error(), "running the install scripts of " + packages);
    if (auto removed = fs::remove_tree(workplace.own.get(), "tmp"); !removed)
      return base::pass(removed.error());
    if (auto removed = remove_droppings(workplace.directory.get()); !removed)
      return base::pass(removed.error());
    return spent;
  }

  const ClientRow& row_;
  Toolchain toolchain_;
  std::vector<std::string> program_;
};

std::string where(const Toolchain& toolchain) {
  return "looked beside " + toolchain.node + " and in " + base::join(toolchain.searched, ", ");
}

std::unique_ptr<Client> make(const ClientRow& row, const Toolchain& toolchain) {
  auto program = program_of(row.kind, toolchain);
  if (program.empty()) return nullptr;
  return std::make_unique<TableClient>(row, toolchain, std::move(program));
}

}  // namespace

Result<std::vector<std::unique_ptr<Client>>> installed_clients(const Toolchain& toolchain) {
  std::vector<std::unique_ptr<Client>> clients;
  for (const ClientRow& row : client_rows()) {
    if (auto client = make(row, toolchain)) clients.push_back(std::move(client));
  }
  if (!clients.empty()) return clients;
  return base::fail(ErrorKind::not_found, "npm is not beside " + toolchain.node +
                                              " and not on PATH, nor are pnpm and bun (" + where(toolchain) +
                                              "); install npm where services find it");
}

Result<std::unique_ptr<Client>> client_of_kind(ClientKind kind, const Toolchain& toolchain) {
  const ClientRow& row = row_of(kind);
  if (auto client = make(row, toolchain)) return client;
  const std::string name(row.name);
  return base::fail(ErrorKind::not_found, name + " is not beside " + toolchain.node + " and not on PATH (" +
                                              where(toolchain) + "); install it or set [packages] client=");
}

Result<void> run_install_scripts(const Toolchain& toolchain, const InstallRequest& request,
                                 const ProgressListener& progress) {
  return TableClient(row_of(ClientKind::npm), toolchain, {}).run_scripts(request, progress);
}

std::vector<std::string> droppings() {
  return {".bin",
          ".cache",
          ".package-lock.json",
          ".yarn-integrity",  // npm, and tools that run in a tree
          ".pnpm",
          ".modules.yaml",
          ".pnpm-workspace-state.json",
          ".pnpm-workspace-state-v1.json",
          ".bun",
          ".bun-tag"};
}

}  // namespace npm
