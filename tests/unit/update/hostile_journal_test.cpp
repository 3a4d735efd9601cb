// SPDX-License-Identifier: MIT
// The journal must remain readable whatever unprivileged processes report, and in spite of damaged lines,
// lines of another version, and changes of the clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

#include "fs/refusals.hpp"
#include "update/compatibility.hpp"
#include "update/support/scene.hpp"

namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

// The longest texts that each worker can return: in members that are compared, counted, or only displayed.
void let_workers_talk(Scene& scene) {
  json names = json::array(), schemas = json::object(), moved = json::object();
  for (int i = 0; i < 400; ++i) names.push_back("plugin" + std::to_string(i) + std::string(290, 'p'));
  for (int i = 0; i < 500; ++i) {
    const std::string name = std::to_string(i) + std::string(295, '"');
    schemas[name] = 17;
    moved[name] = 18;
  }
  scene.report["plugins"] = {{"known", true}, {"loaded", names}};
  scene.canary["plugins"] = scene.report["plugins"];
  scene.canary["schemas"] = {{"before", schemas}, {"after", moved}};
  for (const char* const worker :
       {"openclaw-state snapshot", "openclaw-state settle", "openclaw-state schemas"}) {
    scene.workers.answer(worker, {{"digest", std::string(500, 'd')}, {"schemas", schemas}});
  }
  json notes = json::array();
  for (int i = 0; i < 100; ++i) notes.push_back(std::string(300, '"'));
  scene.workers.answer("openclaw-state snapshot",
                       {{"digest", std::string(500, 'd')}, {"schemas", schemas}, {"notes", notes}});
  json rows = json::array();
  for (int i = 0; i < 100; ++i)
    rows.push_back({{"status", "failed"}, {"id", "p"}, {"reason", std::string(500, '"')}});
  scene.workers.answer("openclaw-stage stage", {{"complete", false}, {"plugins", rows}});
}

std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::size_t longest = 0;
  while (std::getline(lines, line)) longest = std::max(longest, line.size());
  return longest;
}

TEST(WorkersThatTalkALot, LeaveSmallRecords) {
  Scene scene;
  let_workers_talk(scene);
  ASSERT_EQ(scene.update(), "updated") << scene.context.reason;
  const std::string journal = scene.root.read(scene.journal_path());
  EXPECT_LT(longest_line(journal), 131'072u);
  EXPECT_LT(journal.size(), 400'000u);
}

TEST(WorkersThatTalkALot, DoNotKeepAnInterruptedUpdateFromItsEnd) {
  Scene scene;
  let_workers_talk(scene);
  scene.never_ready.insert(new_version);
  ASSERT_TRUE(scene.update_until_killed_in("rollback"));
  for (int i = 0; i < 10; ++i) scene.recover_until_killed_in("rollback");
  EXPECT_EQ(scene.recover(), "rolled-back");
  EXPECT_EQ(scene.running_version, old_version);
}

TEST(WorkersThatTalkALot, DoNotHideTheStateThatAReleaseHadLeft) {
  Scene scene;
  let_workers_talk(scene);
  ASSERT_EQ(scene.update(), "updated") << scene.context.reason;
  const auto left = update::state_left_by(update::Journal(scene.state_fd()), scene.context.from.release);
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_TRUE(*left);
}

class DamagedLine : public testing::TestWithParam<std::string> {};

TEST_P(DamagedLine, AtTheEndOfAnInterruptedUpdateEndsWithARunningGateway) {
  for (const char* const state :
       {"plan", "fetch", "validate", "snapshot", "stop", "promote", "start", "verify", "commit"}) {
    Scene scene;
    ASSERT_TRUE(scene.update_until_killed_in(state));
    scene.context.id = scene.observer.last.id;
    scene.root.write(scene.journal_path(), scene.root.read(scene.journal_path()) + GetParam() + "\n");
    EXPECT_THAT(scene.recover(), AnyOf("refused", "rolled-back", "updated")) << state;
    EXPECT_TRUE(scene.is_running()) << state;
    EXPECT_EQ(scene.running_version, scene.current()) << state;
    EXPECT_FALSE(scene.is_open()) << state;
    EXPECT_FALSE(scene.is_quarantined()) << state;
  }
}

TEST_P(DamagedLine, InAnOlderJournalDoesNotHideItsSnapshot) {
  Scene scene;
  ASSERT_EQ(scene.update(), "updated");
  std::string text = scene.root.read(scene.journal_path());
  text.insert(text.find('\n') + 1, GetParam() + "\n");
  scene.root.write(scene.journal_path(), text);
  const update::Journal journal(scene.state_fd());
  const auto left = update::state_left_by(journal, scene.context.from.release);
  ASSERT_TRUE(left) << left.error().message;
  ASSERT_TRUE(*left);
  EXPECT_EQ((*left)->transaction, scene.context.id);
}

INSTANTIATE_TEST_SUITE_P(Of, DamagedLine,
                         testing::Values("garbage", R"({"state":"plan"})",
                                         R"({"at_ms":1,"context":{},"state":"observe"})",
                                         std::string(100, '\0'), std::string(5'000'000, 'x')),
                         [](const auto& test) { return "Kind" + std::to_string(test.index); });

// With an empty battery, the clock shows 1970 after the boot.
TEST(AClockThatGoesBack, DoesNotMakeAnOlderSnapshotTheNewest) {
  Scene scene;
  ASSERT_EQ(scene.update(), "updated");
  ASSERT_EQ(scene.return_to(old_version), "updated");
  scene.now_ms = 1000;
  ASSERT_EQ(scene.return_to(new_version), "updated");
  const std::string last = scene.context.id;
  scene.workers.answer("openclaw-validate validate",
                       {{"config", {{"valid", true}}},
                        {"database", {{"status", "incompatible"}, {"found", 18}, {"target", 17}}}});
  ASSERT_EQ(scene.return_to(old_version), "updated");
  EXPECT_EQ(scene.workers.requests["openclaw-state restore"]["snapshot"], last);
}

TEST(AClockThatGoesBack, DoesNotHideARollbackThatFailed) {
  Scene scene;
  ASSERT_EQ(scene.update(), "updated");
  scene.now_ms = 1000;
  scene.does_not_start = {old_version, new_version};
  ASSERT_EQ(scene.return_to(old_version), "rollback-failed");
  EXPECT_EQ(*update::failed_rollback(update::Journal(scene.state_fd())), scene.context.id);
}

TEST(AJournalThatCannotBeReadNow, LeavesEveryQuestionAboutTheHistoryOpen) {
  Scene scene;
  ASSERT_EQ(scene.update(), "updated");
  const update::Journal journal(scene.state_fd());
  const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view name) {
    return call == fs::syscalls::Call::openat2 && name == "journal" ? EIO : 0;
  });
  for (const auto& answer : {update::failed_rollback(journal), update::release_that_runs(journal),
                             update::rehearsed_release(journal)}) {
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr(scene.context.id));
  }
  EXPECT_FALSE(update::state_left_by(journal, scene.context.from.release));
}

TEST(AJournalThatIsLost, IsPassedOver) {
  Scene scene;
  ASSERT_EQ(scene.update(), "updated");
  const std::string runs = scene.context.to.release;
  ASSERT_EQ(scene.return_to(old_version), "updated");
  const update::Journal journal(scene.state_fd());
  EXPECT_EQ(*update::release_that_runs(journal), scene.context.to.release);
  ::unlink(scene.root.path(scene.journal_path()).c_str());
  EXPECT_EQ(*update::release_that_runs(journal), runs);
  EXPECT_EQ(*update::failed_rollback(journal), "");
}

}  // namespace
