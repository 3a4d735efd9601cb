// SPDX-License-Identifier: MIT
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
#include "command/run.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"
#include "npm/environment.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/installed_plugins.hpp"
#include "openclaw/state_secrets.hpp"
#include "workers/fetch/node.hpp"
#include "workers/state/answers.hpp"
#include "workers/state/copy.hpp"
#include "workers/state/inventory.hpp"
#include "workers/state/move.hpp"
#include "workers/state/sqlite_copy.hpp"
#include "workers/state/work_folder.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::string_view work_prefix = ".openclaw-validate-";
const std::vector<std::string> config_question = {"config", "validate", "--json"};
constexpr const char* main_database = "state/openclaw.sqlite";
constexpr const char* database_copy = "openclaw.sqlite";

contract::DatabaseVerdict verdict_of(const char* status, std::string detail = "") {
  contract::DatabaseVerdict verdict;
  verdict.status = status;
  verdict.detail = std::move(detail);
  return verdict;
}

class Validating {
 public:
  Validating(const Validation& validation, const WorkFolder& work, const Roots& roots,
             systemd::Notifier& notifier)
      : asked_(validation), work_(work), roots_(roots), notifier_(notifier) {}

  Result<contract::ReleaseValidated> run() {
    openclaw::add_secrets(asked_.environment, redaction_);
    if (auto made = make_copy(work_.fd()); !made) return base::pass(made.error());
    auto config = check_config();
    if (!config) return base::pass(config.error());
    auto database = check_database();
    if (!database) return base::pass(database.error());
    return contract::ReleaseValidated{std::move(*config), std::move(*database),
                                      version_of_node(asked_.node, work_.path()).value_or("")};
  }

  Result<contract::DatabaseVerdict> run_for_database() {
    openclaw::add_secrets(asked_.environment, redaction_);
    if (auto made = make_copy(work_.fd()); !made) return base::pass(made.error());
    return check_database();
  }

 private:
  // --- the config

  Result<contract::ConfigVerdict> check_config() {
    notifier_.status("asking the new release about the config");
    const auto config = openclaw::read_config_with_includes(asked_.place.config, asked_.place.include_roots);
    if (config && config->value.is_null()) {
      if (auto fits = check_node(ask_release(config_question)); !fits) return base::pass(fits.error());
      return contract::ConfigVerdict{.valid = false,
                                     .absent = true,
                                     .issues = {{"", "there is no config " + asked_.place.config}},
                                     .warnings = {}};
    }
    if (!config && !fs::is_answer(config.error())) return base::pass(config.error());
    if (config) add_texts_of(config->value, redaction_);
    // A config that this worker cannot parse is left to the release to judge.
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

  // A Node may have the right version, but use the SQLite of its distribution: only the release itself, run
  // by it, can determine whether that is sufficient.
  Result<void> check_node(const Result<command::Outcome>& ran) const {
    const auto refusal = refusal_of_node(ran);
    if (!refusal) return {};
    constexpr std::string_view remedy =
        " | Set a Node that it works with in [gateway] node=, or set source=bundled in [node]: Node of "
        "nodejs.org includes its own SQLite";
    return base::fail(ErrorKind::refused,
                      base::concat({"the new release does not work with the Node at ", fs::shown(asked_.node),
                                    ": ", redaction_.applied(*refusal, 300), remedy}));
  }

  // --- the database

  Result<contract::DatabaseVerdict> check_database() {
    if (!asked_.snapshot.empty()) return check_database_of_snapshot();
    if (!roots_.state || !fs::may_exist_beneath(roots_.state.get(), main_database)) {
      return verdict_of("absent");
    }
    notifier_.status("asking the new release about the database");
    const auto copy =
        copy_database(roots_.state.get(), main_database, work_.fd(), database_copy, Check::none);
    if (!copy && !fs::is_answer(copy.error())) return base::pass(copy.error());
    if (!copy) {
      // A -wal whose writer has died can be read only with write access to its folder.
      return verdict_of("unknown", redaction_.applied(copy.error().message));
    }
    auto verdict = preflight();
    if (verdict && verdict->found == 0) verdict->found = copy->user_version;
    return verdict;
  }

  // No process writes to it, so it is copied as a plain file.
  Result<contract::DatabaseVerdict> check_database_of_snapshot() {
    const auto snapshot = open_snapshot(asked_.place, asked_.snapshot, false);
    if (!snapshot) return base::pass(snapshot.error());
    const std::string stored = stored_path({Root::state, main_database, Kind::database});
    if (!fs::may_exist_beneath(snapshot->get(), stored)) return verdict_of("absent");
    notifier_.status("asking the release about the database of the snapshot");
    auto copied = put_file(snapshot->get(), stored, work_.fd(), database_copy, 0600);
    if (!copied) return base::pass(copied.error());
    return preflight();
  }

  [[nodiscard]] Result<contract::DatabaseVerdict> preflight() const {
    const auto ran = ask_release({"database", "preflight", work_.path() + "/" + database_copy, "--json"});
    if (!ran && !fs::is_answer(ran.error())) return base::pass(ran.error());
    return database_verdict(ran, redaction_);
  }

  // --- both

  [[nodiscard]] Result<command::Outcome> ask_release(const std::vector<std::string>& words) const {
    const command::Setting setting{
        asked_.node,
        asked_.package,
        environment_of_copy(asked_.environment, copy_of(asked_.place, work_.path(), roots_of_copy_)),
        {},
        work_.path(),
        redaction_};
    command::Watching watching;
    watching.tick = [&](std::chrono::milliseconds, std::chrono::milliseconds idle, std::string_view) {
      constexpr std::chrono::seconds more{30};
      if (idle < more) notifier_.extend_timeout(more);
    };
    return command::run(command::validating, setting, words, watching);
  }

  const Validation& asked_;
  const WorkFolder& work_;
  const Roots& roots_;
  systemd::Notifier& notifier_;
  base::Redaction redaction_;
  std::vector<std::string> roots_of_copy_;
};

// The prerequisites for asking.
Result<void> require_release(const Validation& validation) {
  for (const std::string& file : {validation.node, validation.package + "/openclaw.mjs"}) {
    if (::access(file.c_str(), R_OK) == 0) continue;
    if (file == validation.node) {
      return base::fail(ErrorKind::not_found,
                        "there is no Node at " + fs::shown(file) +
                            "; set one with node= in [gateway], or set source=bundled in [node]");
    }
    return fs::fail_at(errno, "validate with", file);
  }
  return {};
}

}  // namespace

Result<contract::ReleaseValidated> validate(const Validation& validation, systemd::Notifier& notifier) {
  if (auto can_ask = require_release(validation); !can_ask) return base::pass(can_ask.error());
  const auto roots = open_roots(validation.place);
  if (!roots) return base::pass(roots.error());
  const auto work = WorkFolder::make(validation.work, work_prefix);
  if (!work) return base::pass(work.error());
  return Validating(validation, *work, *roots, notifier).run();
}

Result<contract::DatabaseVerdict> validate_database(const Validation& validation,
                                                    systemd::Notifier& notifier) {
  if (auto can_ask = require_release(validation); !can_ask) return base::pass(can_ask.error());
  const auto roots = open_roots(validation.place);
  if (!roots) return base::pass(roots.error());
  const auto work = WorkFolder::make(validation.work, work_prefix);
  if (!work) return base::pass(work.error());
  return Validating(validation, *work, *roots, notifier).run_for_database();
}

Result<void> remove_former_validations(const std::string& work) {
  return remove_left_behind(work, work_prefix);
}

}  // namespace workers::state
