// SPDX-License-Identifier: MIT
// Answers of workers come from unprivileged processes: invalid ones are refused or ignored, and none ends the
// updater.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/support/scene.hpp"

namespace {

using testing::AnyOf;
using testing::HasSubstr;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

const std::vector<json> nonsense{nullptr,
                                 true,
                                 7,
                                 -1.5,
                                 "text",
                                 json::array(),
                                 json::array({1, nullptr, "x"}),
                                 json::object(),
                                 {{"status", 7}},
                                 {{"valid", "no"}, {"issues", 3}},
                                 {{"ok", json::array()}}};

// Each member of each answer is replaced by each kind of invalid value.
struct Answer {
  std::string worker;
  std::vector<std::string> members;
};

void PrintTo(const Answer& answer, std::ostream* out) {
  *out << answer.worker;
}

class HostileAnswer : public testing::TestWithParam<Answer> {};

TEST_P(HostileAnswer, LeavesOneOfTheReleasesRunning) {
  for (const std::string& member : GetParam().members) {
    for (const json& value : nonsense) {
      Scene scene;
      // The gateway becomes ready but fails verification, so that the rollback makes all of its requests.
      scene.report["channels_known"] = true;
      scene.report["channels"] = {"telegram"};
      auto& unit = scene.manager.unit(update_tests::gateway);
      unit.on_start = [&, start = unit.on_start](auto& started) {
        const auto result = start(started);
        if (scene.running_version == new_version) scene.report["channels"] = json::array();
        return result;
      };
      scene.workers.answer("openclaw-state schemas", {{"schemas", {{"state/openclaw.sqlite", 19}}}});
      const auto well = scene.workers.answers[GetParam().worker];
      scene.workers.answers[GetParam().worker] = [&, well](const json& request,
                                                           const update::Watching& watching) {
        auto answer = well(request, watching);
        if (answer) (*answer)[member] = value;
        return answer;
      };
      std::string outcome;
      ASSERT_NO_THROW(outcome = scene.update()) << member << " is " << value;
      EXPECT_THAT(outcome, AnyOf("updated", "refused", "rolled-back", "rollback-failed", "up-to-date"));
      EXPECT_TRUE(scene.is_running()) << member << " is " << value;
      EXPECT_EQ(scene.running_version, scene.current());
      EXPECT_FALSE(scene.is_open());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, HostileAnswer,
    testing::Values(Answer{"openclaw-fetch resolve", {"version", "integrity"}},
                    Answer{"openclaw-fetch fetch", {"client", "node"}},
                    Answer{"openclaw-finish fetch", {"files", "bytes", "client", "version"}},
                    Answer{"openclaw-stage stage", {"complete"}},
                    Answer{"openclaw-validate validate", {"config", "database"}},
                    Answer{"openclaw-state snapshot", {"digest", "schemas"}},
                    Answer{"openclaw-state settle", {"digest", "schemas"}},
                    Answer{"openclaw-state schemas", {"schemas"}},
                    Answer{"openclaw-probe baseline", {"ready", "failing", "plugins", "environment_keys"}},
                    Answer{"openclaw-probe gate", {"ready", "failing", "plugins", "version"}}),
    [](const auto& test) {
      std::string name = test.param.worker.substr(9);
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST(HostileVersion, IsNoVersion) {
  for (const char* const version :
       {"", "latest", "../../etc", "2026.8.2/../../x", "2026.8.2-../../hold", "x"}) {
    Scene scene;
    scene.workers.answer("openclaw-fetch resolve", {{"version", version}, {"integrity", "sha512-new"}});
    EXPECT_EQ(scene.update(), "refused") << version;
    EXPECT_TRUE(scene.is_running());
  }
}

// Every record has the whole context: the answer of a probe must not make the journal too large to be read.
TEST(HostileBaseline, DoesNotMakeTheJournalUnreadable) {
  Scene scene;
  scene.report["more"] = std::string(3'000'000, 'x');
  ASSERT_TRUE(scene.update_until_killed_in("promote"));
  EXPECT_EQ(scene.recover(), "rolled-back");
  EXPECT_EQ(scene.running_version, old_version);
}

TEST(HostileSchemas, AreNotKeptWithoutEnd) {
  Scene scene;
  json schemas = json::object();
  for (int i = 0; i < 100'000; ++i) schemas["db" + std::to_string(i)] = i;
  scene.workers.answer("openclaw-state snapshot", {{"schemas", schemas}});
  ASSERT_TRUE(scene.update_until_killed_in("promote"));
  EXPECT_EQ(scene.recover(), "rolled-back");
}

TEST(HostileError, IsMadePrintableAndShort) {
  Scene scene;
  scene.workers.fail("openclaw-validate validate", "\x1b[2J" + std::string(1'000'000, 'x') + "\n");
  EXPECT_EQ(scene.update(), "refused");
  EXPECT_LT(scene.context.reason.size(), 5000u);
  EXPECT_THAT(scene.context.reason, testing::Not(HasSubstr("\x1b")));
}

}  // namespace
