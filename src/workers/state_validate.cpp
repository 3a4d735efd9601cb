#include "workers/state_validate.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"
#include "npm/environment.hpp"
#include "npm/process.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/installed_plugins.hpp"
#include "workers/state_answers.hpp"
#include "workers/state_move.hpp"
#include "workers/state_sqlite_copy.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::string_view work_prefix = ".openclaw-validate-";
constexpr const char* main_database = "state/openclaw.sqlite";
constexpr const char* database_copy = "openclaw.sqlite";
// A cold start of the command line takes 4 s, on a busy small machine 20.
constexpr std::chrono::seconds node_patience{120};

// Where things are in the gateway's unit, and what only its systemd has to say to it.
constexpr std::array<const char*, 17> not_for_the_copy = {"OPENCLAW_HOME",
                                                          "OPENCLAW_PLUGIN_STAGE_DIR",
                                                          "OPENCLAW_BUNDLED_PLUGINS_DIR",
                                                          "OPENCLAW_SYSTEMD_UNIT",
                                                          "STATE_DIRECTORY",
                                                          "CACHE_DIRECTORY",
                                                          "RUNTIME_DIRECTORY",
                                                          "LOGS_DIRECTORY",
                                                          "NOTIFY_SOCKET",
                                                          "LISTEN_FDS",
                                                          "LISTEN_PID",
                                                          "LISTEN_FDNAMES",
                                                          "INVOCATION_ID",
                                                          "JOURNAL_STREAM",
                                                          "CREDENTIALS_DIRECTORY",
                                                          "SYSTEMD_EXEC_PID",
                                                          "OPENCLAW_SERVICE_MARKER"};

// A folder that is gone with its owner. What a killed run left goes first.
class WorkFolder {
 public:
  static Result<WorkFolder> make(const std::string& where) {
    auto parent = fs::open_directory(where);
    if (!parent) return base::pass(parent.error());
    const auto entries = fs::list_directory(parent->get());
    if (!entries) return base::pass(entries.error());
    for (const auto& entry : *entries) {
      struct stat status = {};
      if (!entry.name.starts_with(work_prefix) ||
          ::fstatat(parent->get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
          status.st_uid != ::geteuid()) {
        continue;
      }
      (void)fs::remove_tree(parent->get(), entry.name);
    }
    auto name = fs::make_temporary_directory(parent->get(), work_prefix);
    if (!name) return base::pass(name.error());
    auto folder = fs::open_directory_beneath(parent->get(), *name);
    if (!folder) return base::pass(folder.error());
    return WorkFolder(std::move(*parent), std::move(*folder), *name, where + "/" + *name);
  }
  WorkFolder(WorkFolder&&) = default;
  WorkFolder& operator=(WorkFolder&&) = delete;
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    if (parent_) (void)fs::remove_tree(parent_.get(), name_);
  }

  [[nodiscard]] int fd() const { return folder_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  WorkFolder(base::UniqueFd parent, base::UniqueFd folder, std::string name, std::string path)
      : parent_(std::move(parent)),
        folder_(std::move(folder)),
        name_(std::move(name)),
        path_(std::move(path)) {}
  base::UniqueFd parent_, folder_;
  std::string name_, path_;
};

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

class Validating {
 public:
  Validating(const Validation& validation, const WorkFolder& work, const Roots& roots,
             systemd::Notifier& notifier)
      : asked_(validation), work_(work), roots_(roots), notifier_(notifier) {}

  Result<json> run() {
    redaction_.add_environment(asked_.environment);
    for (const char* folder : {"home", "state"}) {
      const auto made = fs::make_directories_beneath(work_.fd(), folder, 0700);
      if (!made) return base::pass(made.error());
    }
    auto config = check_config();
    if (!config) return config;
    auto database = check_database();
    if (!database) return database;
    return json{{"config", std::move(*config)}, {"database", std::move(*database)}};
  }

 private:
  // --- the config

  Result<json> check_config() {
    notifier_.status("asking the new release about the config");
    const auto config = openclaw::read_config_with_includes(asked_.place.config);
    if (config && config->value.is_null()) {
      const json issue = {{"path", ""}, {"message", "there is no config " + asked_.place.config}};
      return json{{"valid", false}, {"answered", true}, {"absent", true}, {"issues", json::array({issue})}};
    }
    if (config) redaction_.add_texts_of(config->value);
    // A config that we cannot read is for the release to judge, not for us.
    const auto copied = copy_config(config ? config->files : std::vector<std::string>{asked_.place.config});
    if (!copied) return base::pass(copied.error(), "copying the config");
    if (auto done = copy_environment_files(); !done) return base::pass(done.error());
    if (auto done = copy_plugins(); !done) return base::pass(done.error(), "copying the plugins' manifests");
    return config_verdict(ask({"config", "validate", "--json"}), redaction_);
  }

  // With what it includes, all at the same places relative to each other. Here links are followed: what the
  // administrator's link leads to is what the gateway reads.
  Result<void> copy_config(const std::vector<std::string>& files) {
    const std::string folder = folder_of(asked_.place.config) + "/";
    for (const std::string& file : files) {
      const auto content = fs::read_trusted_file(file);
      if (!content) return base::pass(content.error());
      if (!file.starts_with(folder)) continue;
      const std::string target = "state/" + file.substr(folder.size());
      const auto made = fs::make_directories_beneath(work_.fd(), folder_of(target), 0700);
      if (!made) return base::pass(made.error());
      if (auto done = fs::write_file_durably(work_.fd(), target, *content, 0600); !done) return done;
    }
    return {};
  }

  Result<void> copy_environment_files() {
    for (const char* name : {".env", "gateway.systemd.env"}) {
      const auto content =
          roots_.state ? fs::read_file(roots_.state.get(), name) : base::fail(ErrorKind::not_found, "");
      if (!content) continue;
      redaction_.add_environment_file(*content);
      auto done = fs::write_file_durably(work_.fd(), std::string("state/") + name, *content, 0600);
      if (!done) return done;
    }
    return {};
  }

  Result<void> copy_plugins() {
    if (!roots_.state) return {};
    const auto plugins = openclaw::read_installed_plugins(
        asked_.place.state, openclaw::Delivery::plugin_projects, asked_.package);
    if (!plugins) return {};  // then the release says of each what it misses
    for (const auto& plugin : *plugins) {
      if (auto done = copy_plugin(plugin); !done) return done;
    }
    return {};
  }

  Result<void> copy_plugin(const openclaw::InstalledPlugin& plugin) {
    const auto source = fs::open_directory_beneath(roots_.state.get(), plugin.path);
    if (!source) return {};  // removed meanwhile
    const std::string target = "state/" + plugin.path;
    if (fs::exists_beneath(work_.fd(), target)) return {};
    const auto folder = fs::make_directories_beneath(work_.fd(), target, 0700);
    if (!folder) return base::pass(folder.error());
    fs::CloneOptions options;
    options.sharing = fs::Sharing::reflink;
    options.directory_mode = 0700;
    options.skip = [](std::string_view path, bool is_directory) {
      return is_directory && path.substr(path.rfind('/') + 1) == "node_modules";
    };
    const auto cloned = fs::clone_tree(source->get(), folder->get(), options);
    if (!cloned) return base::pass(cloned.error());
    if (plugin.manifest.empty() || fs::exists_beneath(work_.fd(), "state/" + plugin.manifest)) return {};
    return put_file(roots_.state.get(), plugin.manifest, work_.fd(), "state/" + plugin.manifest, 0600);
  }

  // --- the database

  Result<json> check_database() {
    if (!roots_.state || !fs::exists_beneath(roots_.state.get(), main_database)) {
      return json{{"supported", false}, {"status", "absent"}};
    }
    notifier_.status("asking the new release about the database");
    const auto copy =
        copy_database(roots_.state.get(), main_database, work_.fd(), database_copy, Check::none);
    if (!copy && copy.error().number == ENOSPC) return base::pass(copy.error());
    if (!copy) {
      // A -wal whose writer died can be read by those only who may write beside it.
      return json{
          {"supported", false}, {"status", "unknown"}, {"detail", redaction_.applied(copy.error().message)}};
    }
    json verdict = database_verdict(
        ask({"database", "preflight", work_.path() + "/" + database_copy, "--json"}), redaction_);
    if (!verdict.contains("found")) verdict["found"] = copy->user_version;
    return verdict;
  }

  // --- both

  [[nodiscard]] npm::Variables variables() const {
    npm::Variables variables(asked_.environment.begin(), asked_.environment.end());
    for (const char* name : not_for_the_copy) variables.erase(name);
    variables["HOME"] = work_.path() + "/home";
    variables["TMPDIR"] = work_.path() + "/home";
    variables["OPENCLAW_STATE_DIR"] = work_.path() + "/state";
    variables["OPENCLAW_CONFIG_PATH"] =
        work_.path() + "/state" + asked_.place.config.substr(asked_.place.config.rfind('/'));
    variables["OPENCLAW_NO_AUTO_UPDATE"] = "1";
    variables["OPENCLAW_NO_RESPAWN"] = "1";
    // 9.6 would fetch a missing plugin; there is no network here, and retrying takes 75 s to find that out.
    variables["npm_config_fetch_retries"] = "0";
    variables["NO_COLOR"] = "1";
    return variables;
  }

  Result<npm::Outcome> ask(const std::vector<std::string>& words) const {
    npm::Command command;
    command.arguments = {asked_.node, asked_.package + "/openclaw.mjs"};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    command.environment = variables();
    command.directory = work_.path();
    npm::Watch watch;
    watch.stall_timeout = node_patience;
    watch.tick = [&](std::chrono::milliseconds, std::chrono::milliseconds idle, std::string_view) {
      constexpr std::chrono::seconds more{30};
      if (idle < more) notifier_.extend_timeout(more);
    };
    return npm::run(command, watch);
  }

  const Validation& asked_;
  const WorkFolder& work_;
  const Roots& roots_;
  systemd::Notifier& notifier_;
  Redaction redaction_;
};

}  // namespace

Result<json> validate(const Validation& validation, systemd::Notifier& notifier) {
  for (const std::string& file : {validation.node, validation.package + "/openclaw.mjs"}) {
    if (::access(file.c_str(), R_OK) == 0) continue;
    if (file == validation.node) {
      return base::fail(ErrorKind::not_found,
                        "there is no Node at " + fs::shown(file) +
                            "; name one with node= in [gateway], or set source=bundled in [node]");
    }
    return fs::fail_at(errno, "validate with", file);
  }
  const auto roots = open_roots(validation.place);
  if (!roots) return base::pass(roots.error());
  const auto work = WorkFolder::make(validation.work);
  if (!work) return base::pass(work.error());
  return Validating(validation, *work, *roots, notifier).run();
}

}  // namespace workers::state
