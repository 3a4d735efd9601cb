// SPDX-License-Identifier: MIT
#include "update/compatibility.hpp"

#include <algorithm>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "update/gateway.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

std::string issues_of(const contract::ConfigVerdict& config) {
  std::string issues;
  for (const contract::ConfigIssue& issue : config.issues) {
    const std::string text = issue.path.empty() ? issue.message : issue.path + ": " + issue.message;
    issues += (issues.empty() ? "" : "; ") + base::redacted(text, 300);
  }
  return base::printable(issues, 1500);
}

// Why the release cannot work with the present config and databases.
struct Obstacle {
  std::string reason;
  bool can_be_forced = false;  // the worst case is a gateway that refuses its configuration and exits

  [[nodiscard]] bool none() const { return reason.empty(); }
};

Obstacle obstacle_in(const contract::ReleaseValidated& answer, const Context& context) {
  const contract::ConfigVerdict& config = answer.config;
  if (!config.valid && !config.absent) {
    if (!config.answered) {
      return {context.to.version + " could not be asked about the configuration: " + issues_of(config) +
                  contract::see_log(contract::Task(contract::tasks::validate, context.id).name()),
              false};
    }
    return {context.to.version + " does not accept the configuration: " + issues_of(config) + "; correct it" +
                (context.from.version.empty() ? "" : " while " + context.from.version + " runs") +
                ", then try again",
            false};
  }
  const contract::DatabaseVerdict& database = answer.database;
  if (database.status != "incompatible") return {};
  return {context.to.version + " cannot read the gateway's database (schema " +
              std::to_string(database.found) + ", it supports " + std::to_string(database.target) + ")",
          true};
}

// A release without `database preflight` (before 2026.8.1) cannot be asked: the state that it left is the
// evidence. And no preflight notices files that a doctor has moved away.
Result<Obstacle> obstacle_by_left_state(const Setup& setup, const contract::ReleaseValidated& answer,
                                        const Context& context, const LeftState& left) {
  if (left.migrated) {
    return Obstacle{
        context.to.version + " had left a state that a later release has migrated with its doctor", true};
  }
  if (answer.database.status != "unknown") return Obstacle{};
  const auto schemas = current_schemas(setup, context);
  // The present state is not replaced because its schema could not be read.
  if (!schemas) return base::pass(schemas.error(), "reading the schema of the gateway's database");
  if (left.schemas_known && !schema_moved(left.schemas, *schemas)) return Obstacle{};
  return Obstacle{context.to.version +
                      " cannot be asked whether it can read the gateway's database, whose schema is "
                      "not the one that it had left",
                  true};
}

void note_absent_config(const contract::ReleaseValidated& answer, Context& context) {
  if (!answer.config.absent || !context.from.release.empty()) return;
  context.to.start_wanted = false;
  context.notes.emplace_back(
      "there is no configuration yet: run openclaw onboard as the gateway's user, then systemctl start " +
      context.unit);
}

void go_back_with_state(const Setup& setup, const LeftState& left, const std::string& obstacle,
                        Context& context) {
  context.snapshot.restore_from = left.transaction;
  context.snapshot.restore_digest = left.digest;
  context.notes.push_back(obstacle + ": its state of " + base::rfc3339(left.at_ms) +
                          " is restored; newer state is set aside in " + setup.gateway_directory +
                          "/snapshots/" + left.transaction + "/set-aside");
}

base::Error refusal(const Setup& setup, const Obstacle& obstacle, const Context& context, bool has_snapshot) {
  using enum config::StateRule;
  const auto rule = setup.settings.rollback.state;
  std::string why = obstacle.reason;
  if (context.asked.returning && !has_snapshot) {
    why += ", and there is no snapshot of the state that it had left";
  } else if (context.asked.returning) {
    why += ", and state=" + std::string(rule == keep ? "keep" : "refuse") +
           " in [rollback] of helpers.ini forbids to restore the one that it had left";
  }
  if (obstacle.can_be_forced) why += "; --force overrides this";
  return {ErrorKind::refused, 0, why};
}

// The answer of the newest transaction for which `says` has one; empty if there is none. A transaction whose
// journal is lost or damaged has no answer; while one cannot be read (EIO, EMFILE), there is none at all.
template <class Says>
Result<std::string> last_word(const Journal& journal, Says&& says) {
  auto transactions = journal.transactions();
  if (!transactions) return base::pass(transactions.error());
  std::reverse(transactions->begin(), transactions->end());
  for (const std::string& id : *transactions) {
    const auto history = journal.read(id);
    if (!history && !fs::is_answer(history.error())) return base::pass(history.error());
    if (!history || history->lines == 0) continue;
    if (std::optional<std::string> answer = says(id, *history)) return std::move(*answer);
  }
  return std::string();
}

// It is unknown how it ended, so the gateway may not be a verified one.
bool may_have_failed(const History& history) {
  if (history.outcome() || history.is_proven() || !history.ends_unknown()) return false;
  return history.records.empty() || history.records.back().state >= State::snapshot;
}

// As far as is known, it replaced the release that ran.
bool replaced_release(const History& history) {
  return history.is_proven() || (history.ends_unknown() && history.context() != nullptr);
}

}  // namespace

Result<std::optional<LeftState>> state_left_by(const Journal& journal, const std::string& release) {
  auto transactions = journal.transactions();
  if (!transactions) return base::pass(transactions.error());
  std::reverse(transactions->begin(), transactions->end());
  for (const std::string& id : *transactions) {
    const auto history = journal.read(id);
    if (!history && !fs::is_answer(history.error())) return base::pass(history.error());
    if (!history || !replaced_release(*history)) continue;
    const Context& context = *history->context();
    if (release.empty() || context.from.release != release || context.to.release == release) continue;
    // If this transaction has no snapshot, an older one is not the state that the release had left.
    if (!context.snapshot.taken) break;
    return LeftState{id,
                     context.snapshot.digest,
                     context.times.stopped_at_ms,
                     context.snapshot.schemas,
                     !is_lost(context, "schemas"),
                     context.to.migrate};
  }
  return std::optional<LeftState>{};
}

Result<std::string> release_that_runs(const Journal& journal) {
  return last_word(journal,
                   [](const std::string& /*id*/, const History& history) -> std::optional<std::string> {
                     if (history.is_proven()) return history.context()->to.release;
                     if (history.outcome() == State::rolled_back) return history.context()->from.release;
                     return std::nullopt;
                   });
}

Result<std::string> rehearsed_release(const Journal& journal) {
  return last_word(
      journal, [](const std::string& /*id*/, const History& history) -> std::optional<std::string> {
        const auto outcome = history.outcome();
        const Context* context = history.context();
        // A restore does not change the release.
        if (context != nullptr && !context->asked.restores.empty()) return std::nullopt;
        if (outcome == State::rehearsed) return history.context()->to.release;
        const bool went_further = outcome ? !row_of(*outcome).touched_nothing : history.is_proven();
        return went_further ? std::optional<std::string>("") : std::nullopt;
      });
}

Result<std::string> failed_rollback(const Journal& journal) {
  return last_word(journal, [](const std::string& id, const History& history) -> std::optional<std::string> {
    const auto outcome = history.outcome();
    if (outcome && row_of(*outcome).touched_nothing) return std::nullopt;
    return outcome == State::rollback_failed || may_have_failed(history) ? id : "";
  });
}

Result<std::vector<std::string>> needed_snapshots(const Journal& journal,
                                                  const std::vector<release::Release>& releases) {
  // An operator may have to restore the snapshot of an update that no recovery could complete.
  auto needed = journal.unreadable_transactions();
  if (!needed) return needed;
  for (const release::Release& release : releases) {
    auto left = state_left_by(journal, release.name);
    if (!left) return base::pass(left.error());
    if (*left) needed->push_back(std::move((*left)->transaction));
  }
  const auto transactions = journal.transactions();
  if (!transactions) return base::pass(transactions.error());
  for (const std::string& id : *transactions) {
    const auto history = journal.read(id);
    if (!history || history->outcome() == State::rollback_failed || may_have_failed(*history)) {
      needed->push_back(id);
    }
  }
  return needed;
}

Result<Event> judge_validation(const Setup& setup, const contract::ReleaseValidated& answer,
                               Context& context) {
  using enum config::StateRule;
  note_absent_config(answer, context);
  const bool may_go_back = context.asked.returning || context.asked.force;
  std::optional<LeftState> left;
  if (may_go_back) {
    auto found = state_left_by(Journal(setup.state_fd), context.to.release);
    if (!found) return base::pass(found.error());
    left = std::move(*found);
  }
  Obstacle obstacle = obstacle_in(answer, context);
  if (obstacle.none() && left) {
    auto found = obstacle_by_left_state(setup, answer, context, *left);
    if (!found) return base::pass(found.error());
    obstacle = std::move(*found);
  }
  if (obstacle.none()) return Event::done;
  const auto rule = setup.settings.rollback.state;
  if (left && (rule == automatic || rule == restore)) {
    go_back_with_state(setup, *left, obstacle.reason, context);
    return Event::done;
  }
  if (!context.asked.force || !obstacle.can_be_forced) {
    return tl::unexpected(refusal(setup, obstacle, context, left.has_value()));
  }
  context.notes.push_back(obstacle.reason + "; installed nevertheless because of --force");
  return Event::done;
}

Result<contract::Schemas> current_schemas(const Setup& setup, const Context& context) {
  const auto answer =
      run_worker(setup, context, contract::tasks::schemas, {.state_directory = setup.gateway_directory});
  if (!answer) return base::pass(answer.error());
  return answer->schemas;
}

bool schema_moved(const contract::Schemas& then, const contract::Schemas& now) {
  return std::any_of(then.begin(), then.end(), [&](const auto& database) {
    const auto found = now.find(database.first);
    return found == now.end() || found->second != database.second;
  });
}

Result<bool> reads_state(const Setup& setup, const Context& context, const std::string& release_name) {
  const auto release = setup.releases.find(release_name);
  if (!release) return base::pass(release.error());
  const auto answer = run_worker(setup, context, contract::tasks::validate, request_about(setup, *release));
  if (!answer) return base::pass(answer.error());
  const std::string& status = answer->database.status;
  return status == "exact" || status == "migrate" || status == "absent";
}

}  // namespace update
