#include "workers/state/validate.hpp"

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
#include "openclaw/config_includes.hpp"
#include "openclaw/installed_plugins.hpp"
#include "openclaw/state_secrets.hpp"
#include "process/run.hpp"
#include "workers/state/answers.hpp"
#include "workers/state/copy.hpp"
#include "workers/state/sqlite_copy.hpp"
#include "workers/state/work_folder.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::string_view work_prefix = ".openclaw-validate-";
const std::vector<std::string> config_question = {"config", "validate", "--json"};
constexpr const char* main_database = "state/openclaw.sqlite";
constexpr const char* database_copy = "openclaw.sqlite";
// A cold start of the command line takes 4 s, on a busy small machine 20.
constexpr std::chrono::seconds node_patience{120};

class Validating {
 public:
  Validating(const Validation& validation, const WorkFolder& work, const Roots& roots,
             systemd::Notifier& notifier)
      : asked_(validation), work_(work), roots_(roots), notifier_(notifier) {}

  Result<json> run() {
    openclaw::add_secrets(asked_.environment, redaction_);
    if (auto made = make_copy(work_.fd()); !made) return base::pass(made.error());
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
    const auto config = openclaw::read_config_with_includes(asked_.place.config, asked_.place.include_roots);
    if (config && config->value.is_null()) {
      const json issue = {{"path", ""}, {"message", "there is no config " + asked_.place.config}};
      if (auto fits = check_node(ask_release(config_question)); !fits) return base::pass(fits.error());
      return json{{"valid", false}, {"answered", true}, {"absent", true}, {"issues", json::array({issue})}};
    }
    if (config) add_texts_of(config->value, redaction_);
    // A config that we cannot read is for the release to judge, not for us.
    auto roots_of_copy = copy_config(asked_.place, config ? &*config : nullptr, work_.fd(), work_.path());
    if (!roots_of_copy) return base::pass(roots_of_copy.error(), "copying the config");
    roots_of_copy_ = std::move(*roots_of_copy);
    auto copied = copy_environment_files(roots_, work_.fd(), redaction_);
    if (!copied) return base::pass(copied.error());
    copied = copy_plugins(asked_.place, roots_, asked_.package, work_.fd(), PluginParts::manifests);
    if (!copied) return base::pass(copied.error(), "copying the plugins' manifests");
    const auto ran = ask_release(config_question);
    if (auto fits = check_node(ran); !fits) return base::pass(fits.error());
    return config_verdict(ran, redaction_);
  }

  // A Node may be of the right version and have the SQLite of its distribution: only the release, run by it,
  // knows whether that will do.
  Result<void> check_node(const Result<process::Outcome>& ran) const {
    const auto refusal = refusal_of_node(ran);
    if (!refusal) return {};
    constexpr std::string_view remedy =
        " | Name one that it works with in [gateway] node=, or set source=bundled in [node]: Node of "
        "nodejs.org has a SQLite of its own";
    return base::fail(ErrorKind::refused,
                      base::concat({"the new release does not work with the Node at ", fs::shown(asked_.node),
                                    ": ", redaction_.applied(*refusal, 300), remedy}));
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
        ask_release({"database", "preflight", work_.path() + "/" + database_copy, "--json"}), redaction_);
    if (!verdict.contains("found")) verdict["found"] = copy->user_version;
    return verdict;
  }

  // --- both

  Result<process::Outcome> ask_release(const std::vector<std::string>& words) const {
    process::Command command;
    command.arguments = {asked_.node, asked_.package + "/openclaw.mjs"};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    command.environment =
        environment_of_copy(asked_.environment, copy_of(asked_.place, work_.path(), roots_of_copy_));
    command.directory = work_.path();
    process::Watch watch;
    watch.stall_timeout = node_patience;
    watch.tick = [&](std::chrono::milliseconds, std::chrono::milliseconds idle, std::string_view) {
      constexpr std::chrono::seconds more{30};
      if (idle < more) notifier_.extend_timeout(more);
    };
    return process::run(command, watch);
  }

  const Validation& asked_;
  const WorkFolder& work_;
  const Roots& roots_;
  systemd::Notifier& notifier_;
  base::Redaction redaction_;
  std::vector<std::string> roots_of_copy_;
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
  const auto work = WorkFolder::make(validation.work, work_prefix);
  if (!work) return base::pass(work.error());
  return Validating(validation, *work, *roots, notifier).run();
}

}  // namespace workers::state
