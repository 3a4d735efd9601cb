// SPDX-License-Identifier: MIT
// What the workers answer is what the updater reads, for every task whose answer has members of its own.
#include "contract/results.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "contract/envelope.hpp"
#include "contract/support/filler.hpp"
#include "contract/tasks.hpp"

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// An answer without its type.
struct Answered {
  std::string_view action;
  json whole, empty;                            // with every member, and with none
  std::function<json(const json&)> read_again;  // as the updater has it, written once more
};

template <class Request, class Answer>
void add(const contract::TaskOf<Request, Answer>& task, std::vector<Answered>& all) {
  if constexpr (!std::is_same_v<Answer, json>) {
    all.push_back(
        {task.action, contract::to_json(contract_tests::filled<Answer>()), contract::to_json(Answer{}),
         [](const json& answer) { return contract::to_json(contract::read_leniently<Answer>(answer)); }});
  }
}

std::vector<Answered> every_answer() {
  namespace tasks = contract::tasks;
  std::vector<Answered> all;
  const auto each = [&](const auto&... task) { (add(task, all), ...); };
  each(tasks::finish, tasks::resolve, tasks::fetch, tasks::stage, tasks::find, tasks::port, tasks::snapshot,
       tasks::settle, tasks::restore, tasks::schemas, tasks::discard, tasks::list, tasks::verify, tasks::pack,
       tasks::unpack, tasks::room, tasks::owner, tasks::request, tasks::validate, tasks::pack_release,
       tasks::unpack_release);
  add(contract::TaskOf<contract::ReleaseRequest, contract::StateMigrated>{contract::tasks::migrate}, all);
  return all;
}

TEST(EveryAnswer, IsReadWholeByTheUpdater) {
  for (const Answered& answer : every_answer()) {
    const auto sent = contract::read_result(contract::result_text(answer.whole), "openclaw-x@y.service");
    ASSERT_TRUE(sent) << answer.action;
    EXPECT_EQ(answer.read_again(*sent), answer.whole) << answer.action;
  }
}

TEST(EveryAnswer, HasNothingOfAMemberOfTheWrongType) {
  for (const Answered& answer : every_answer()) {
    for (const auto& [name, value] : answer.whole.items()) {
      for (const json& nonsense :
           {json(nullptr), json(-1.5), json::array({json::array()}), json{{"x", json::object()}}}) {
        json hostile = answer.whole;
        hostile[name] = nonsense;
        const json read = answer.read_again(hostile);
        json expected = answer.whole;
        expected.erase(name);
        if (answer.empty.contains(name)) expected[name] = answer.empty[name];  // some are left out
        EXPECT_EQ(read, expected) << answer.action << " " << hostile;
      }
    }
  }
}

TEST(EveryAnswer, ThatIsNoObjectHasNoMembers) {
  for (const Answered& answer : every_answer()) {
    for (const json& nonsense : {json(nullptr), json(7), json("text"), json::array({1})}) {
      EXPECT_EQ(answer.read_again(nonsense), answer.empty) << answer.action;
    }
  }
}

TEST(AnswerOfACanary, IsReadWholeByTheUpdater) {
  contract::CanaryBooted told;
  told.took_ms = 2;
  told.ready_after_ms = 1;
  told.exit_status = 3;
  told.schemas = {{{"state/openclaw.sqlite", 17}}, {{"state/openclaw.sqlite", 18}}};
  told.not_copied = {"a"};
  told.secrets_from_commands = {"gateway.auth.token (provider op)"};
  told.moved = {"cron/jobs.json"};
  told.log = {"bye"};
  EXPECT_FALSE(contract::to_json(told).contains("migrated")) << "there was no second boot";
  told.migrated = false;
  told.migration = {{"failed", "ended with status 1", 1, 4, {"no"}}, {"it is newer"}};
  const json sent = contract::to_json(told);
  EXPECT_EQ(contract::to_json(contract::read_leniently<contract::CanaryBooted>(sent)), sent);
}

TEST(AnswerOfACanary, SaysNothingElseWhereThereIsNoConfig) {
  contract::CanaryBooted told;
  told.config_absent = true;
  told.log = {"x"};
  const json sent = contract::to_json(told);
  EXPECT_EQ(sent, json({{"config_absent", true}}));
  EXPECT_TRUE(contract::read_leniently<contract::CanaryBooted>(sent).config_absent);
}

TEST(AnswerOfACanary, HasNoMigrationThatIsNoObject) {
  const auto told =
      contract::read_leniently<contract::CanaryBooted>({{"migrated", "yes"}, {"migration", "done"}});
  EXPECT_FALSE(told.migrated);
  EXPECT_FALSE(told.migration);
}

TEST(Answer, IsBoundedAndPrintableWhateverItSays) {
  const json hostile = {{"digest", std::string(100'000, 'x')},
                        {"notes", std::vector<std::string>(50'000, "a\x1b[31m\nb")},
                        {"schemas", {{"state\n.sqlite", 18}, {"other", "x"}}}};
  const auto read = contract::read_leniently<contract::SnapshotTaken>(hostile);
  EXPECT_EQ(read.digest.size(), 512U);
  EXPECT_EQ(read.notes.size(), contract::most_entries);
  EXPECT_EQ(read.notes.front(), "a b");
  EXPECT_EQ(read.schemas, (contract::Schemas{{"state .sqlite", 18}}));
}

TEST(Answer, InWordsShowsNoSecretThatHasTheShapeOfOne) {
  const auto read = contract::read_leniently<contract::SnapshotTaken>(
      {{"notes", {"npm said: authorization: Basic c2VjcmV0OnNlY3JldA=="}}});
  ASSERT_EQ(read.notes.size(), 1U);
  EXPECT_THAT(read.notes.front(), Not(HasSubstr("c2VjcmV0")));
}

}  // namespace
