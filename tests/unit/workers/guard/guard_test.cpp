// SPDX-License-Identifier: MIT
// Successive images on a volume, killed at every step, and volumes that cannot be guarded.
#include "workers/guard/guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/recording_notifier.hpp"
#include "workers/guard/kept.hpp"
#include "workers/guard/record.hpp"
#include "workers/state/restore.hpp"
#include "workers/support/openclaw_state.hpp"

namespace {

using config::StateRule;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using workers::guard::Guarded;
using workers::guard::Guarding;
using workers_tests::Database;
using workers_tests::OpenClawState;

// An image: its version, and the newest schema that it supports. Its "node" is a shell.
struct Image {
  std::string version;
  int schema;
  std::string doctor = "exit 0";  // commands of a shell, in the state
};
const Image older{"2026.9.5", 18}, newer{"2026.9.6", 23};
// As the doctor of 2026.9.6: it takes a file away, and leaves another one.
const Image moving{
    "2026.9.6", 23,
    "echo ran >> ../ran; printf half > half; rm -f credentials/oauth.json; printf whole > half"};

struct Volume {
  explicit Volume(const std::string& where = test_support::TemporaryDirectory::fast_place()) : state(where) {}

  Guarding guarding(const Image& image, StateRule rule = StateRule::automatic) {
    // The command is database preflight FILE --json. The schema is in the four bytes at offset 60 of the
    // file.
    write_doctor(image.doctor);
    package.write("openclaw.mjs", "found=$(od -An -tu1 -j63 -N1 \"$3\" | tr -d ' ')\nknown=" +
                                      std::to_string(image.schema) + R"(
status=exact
[ "$found" -le "$known" ] || status=incompatible
[ "$found" -ge "$known" ] || status=migration-required
printf '{"schema":"openclaw.state-schema-preflight.v1","targetVersion":%s,"foundVersion":%s,"status":"%s"}\n' \
  "$known" "$found" "$status"
)");
    const base::Environment unit = {{"PATH", "/usr/bin:/bin"}, {"HOME", state.folder.path()}};
    return {.place = state.place(),
            .environment = openclaw::gateway_environment(unit, ""),
            .package = package.path(),
            .version = image.version,
            .node = node,
            .rule = rule,
            .migrates = migrates,
            .host = "container-" + image.version};
  }

  base::Result<Guarded> start(const Image& image, StateRule rule = StateRule::automatic) {
    return workers::guard::guard_state(guarding(image, rule), notifier);
  }

  void write_doctor(const std::string& commands) const {
    package.write("dist/index.js", "[ \"$*\" = 'doctor --non-interactive --fix' ] || exit 64\ncd " +
                                       state.place().state + " || exit 65\n" + commands + "\n");
  }
  [[nodiscard]] int runs_of_the_doctor() const {
    return state.folder.exists("ran") ? static_cast<int>(state.folder.read("ran").size() / 4) : 0;
  }

  // The effects of the image's OpenClaw on the databases after its start.
  void run(const Image& image, const std::string& text) const {
    Database(state.folder.path(OpenClawState::main_database))
        .run("UPDATE entries SET text='" + text + "'; PRAGMA user_version=" + std::to_string(image.schema));
  }
  void start_and_run(const Image& image, const std::string& text) {
    const auto guarded = start(image);
    ASSERT_TRUE(guarded) << guarded.error().message;
    run(image, text);
  }

  [[nodiscard]] std::string text() const { return state.ask("SELECT text FROM entries"); }
  [[nodiscard]] std::string schema() const { return state.ask("PRAGMA user_version"); }
  [[nodiscard]] std::string recorded(const char* member) const {
    return nlohmann::json::parse(state.folder.read("state-guard/record.json")).value(member, "");
  }
  [[nodiscard]] std::vector<std::string> changed_by() const {
    return nlohmann::json::parse(state.folder.read("state-guard/record.json"))
        .value("changed_by", std::vector<std::string>{});
  }
  [[nodiscard]] std::string reported(const char* member) const {
    return nlohmann::json::parse(state.folder.read("state-guard/report.json")).value(member, "");
  }
  [[nodiscard]] std::vector<std::string> snapshots() const {
    std::vector<std::string> names;
    const auto kept = workers::guard::list_kept(state.place());
    EXPECT_TRUE(kept);
    if (kept) {
      for (const auto& one : *kept) names.push_back(one.name);
    }
    return names;
  }

  OpenClawState state;
  test_support::TemporaryDirectory package{test_support::TemporaryDirectory::fast_place()};
  test_support::RecordingNotifier notifier;
  std::string node = "/bin/sh";
  bool migrates = false;
};

class AVolume : public testing::Test, protected Volume {};

TEST(AnEmptyVolume, IsBegunWithoutASnapshot) {
  const test_support::TemporaryDirectory folder;
  const std::string volume = folder.path("not/made/yet");
  test_support::RecordingNotifier notifier;
  const auto guarded = workers::guard::guard_state(
      {.place = {volume, volume + "/.openclaw", volume + "/.openclaw/openclaw.json"},
       .environment = openclaw::gateway_environment({{"HOME", volume}}, ""),
       .package = "/none",
       .version = "2026.9.6"},
      notifier);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->remarks, IsEmpty());
  EXPECT_THAT(folder.names("not/made/yet"), ElementsAre("state-guard"));
  EXPECT_THAT(folder.read("not/made/yet/state-guard/record.json"), HasSubstr("2026.9.6"));
}

TEST_F(AVolume, ThatWasUsedBeforeTheGuardKnewItIsKeptAsItIs) {
  const auto guarded = start(newer);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(snapshots(), ElementsAre("guard-000001-unknown"));
  EXPECT_EQ(recorded("version"), "2026.9.6");
}

TEST_F(AVolume, GetsNoSnapshotForTheVersionThatLastRan) {
  start_and_run(older, "one");
  const auto before = snapshots();
  start_and_run(older, "two");
  EXPECT_EQ(before, snapshots());
}

TEST_F(AVolume, KeepsWhatTheOlderVersionLeftBeforeANewerOneStarts) {
  start_and_run(older, "of the older one");
  const auto guarded = start(newer);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->remarks,
              ElementsAre(HasSubstr("are kept in " + state.folder.path("snapshots/guard-000002"))));
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
  EXPECT_EQ(reported("databases"), "migrating");
  EXPECT_EQ(reported("before"), "2026.9.5");
}

TEST_F(AVolume, GivesAnOlderVersionItsStateBackAndLosesNothing) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "of the older one");
  EXPECT_EQ(schema(), "18");
  EXPECT_EQ(recorded("version"), "2026.9.5");
  EXPECT_EQ(recorded("restoring"), "");
  EXPECT_THAT(guarded->warnings, ElementsAre(HasSubstr("set-aside/1")));
  EXPECT_EQ(
      Database(state.folder.path("snapshots/guard-000002-2026.9.5/set-aside/1/state/state/openclaw.sqlite"))
          .ask("SELECT text FROM entries"),
      "of the newer one");
  EXPECT_EQ(Database(state.folder.path("snapshots/guard-000003-2026.9.6/files/state/state/openclaw.sqlite"))
                .ask("SELECT text FROM entries"),
            "of the newer one");
}

TEST_F(AVolume, KeepsTheStateForAnOlderVersionThatReadsIt) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start(newer));
  run(older, "of the newer one, which has not moved the schema");
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "of the newer one, which has not moved the schema");
  EXPECT_EQ(reported("databases"), "admitted");
}

TEST_F(AVolume, RefusesAnOlderVersionWithoutASnapshotHoweverOftenItStarts) {
  start_and_run(newer, "of the newer one");
  const auto before = snapshots();
  const std::string record = state.folder.read("state-guard/record.json");
  for (int i = 0; i < 3; ++i) {
    const auto guarded = start(older);
    ASSERT_FALSE(guarded);
    EXPECT_EQ(guarded.error().kind, base::ErrorKind::bad_input) << "exit status 78";
    EXPECT_THAT(guarded.error().message, HasSubstr("start the image of OpenClaw 2026.9.6"));
  }
  EXPECT_EQ(before, snapshots());
  EXPECT_EQ(record, state.folder.read("state-guard/record.json"));
  EXPECT_EQ(text(), "of the newer one");
  EXPECT_EQ(reported("databases"), "refused");
  EXPECT_TRUE(start(newer)) << "the newer one runs as if nothing had been";
}

TEST_F(AVolume, IsNotTouchedUnderThePolicyRefuse) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  const auto before = snapshots();
  const auto guarded = start(older, StateRule::refuse);
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().kind, base::ErrorKind::bad_input);
  EXPECT_EQ(before, snapshots());
  EXPECT_EQ(text(), "of the newer one");
}

TEST_F(AVolume, RemembersTheNewerVersionWhereThePolicyKeepStartsAnOlderOne) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  for (int i = 0; i < 2; ++i) {
    const auto guarded = start(older, StateRule::keep);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_THAT(guarded->warnings, Contains(HasSubstr("nevertheless")));
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
  }
  EXPECT_EQ(text(), "of the newer one");
  EXPECT_EQ(recorded("version"), "2026.9.6") << "its snapshots are the newer one's";
  EXPECT_EQ(reported("databases"), "refused");
}

TEST_F(AVolume, KeepsTheOlderVersionsOwnSnapshotHoweverOftenThatRunsUnderThePolicyKeep) {
  start_and_run(older, "of the older one");
  start_and_run(newer, "of the newer one");
  for (int starts = 0; starts < 5; ++starts) {
    ASSERT_TRUE(start(older, StateRule::keep));
    run(newer, "of the older one, number " + std::to_string(starts));
  }
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
}

TEST_F(AVolume, TakesNoSnapshotForOneThatFitsWhoseSchemasAreThoseThatCannotBeRead) {
  start_and_run(older, "of the older one");
  run(newer, "by hand, with a newer OpenClaw");
  ASSERT_TRUE(start(newer)) << "what it keeps has the name of the older one";
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
  const auto guarded = start(older);
  ASSERT_FALSE(guarded);
  EXPECT_THAT(guarded.error().message, HasSubstr("guard-000002-2026.9.5 cannot be read by it either"));
}

TEST_F(AVolume, PassesADamagedSnapshotOverForAnEarlierOne) {
  start_and_run(older, "first");
  start_and_run(newer, "then");
  ASSERT_TRUE(start(older));
  run(older, "second");
  start_and_run(newer, "now");
  ASSERT_THAT(snapshots(),
              ElementsAre("guard-000002-2026.9.5", "guard-000003-2026.9.6", "guard-000004-2026.9.5"));
  std::ofstream(state.folder.path("snapshots/guard-000004-2026.9.5/files/state/openclaw.json")) << "damaged";
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "first");
}

TEST_F(AVolume, KeepsTheStateForANewerVersionThatNobodyCanAsk) {
  start_and_run(older, "of the older one");
  node.clear();
  const auto guarded = start(newer);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(reported("databases"), "admitted");
  EXPECT_THAT(snapshots(), Contains("guard-000002-2026.9.5"));
}

// 2026.4.20 installs dependencies of plugins for any command, and no release before 2026.8.1 has this one.
TEST_F(AVolume, IsNoReasonToRunACommandLineThatDoesNotKnowTheQuestion) {
  start_and_run({"2026.5.12", 18}, "of the older one");
  Guarding asked = guarding({"2026.7.1", 18});
  package.write("openclaw.mjs", ": > " + package.path("was-run"));
  ASSERT_TRUE(workers::guard::guard_state(asked, notifier));
  EXPECT_FALSE(package.exists("was-run"));
  asked.version = "2026.8.1";
  ASSERT_TRUE(workers::guard::guard_state(asked, notifier));
  EXPECT_TRUE(package.exists("was-run"));
}

TEST_F(AVolume, IsHeldByOneContainerAndTheSecondSaysByWhom) {
  const auto first = start(older);
  ASSERT_TRUE(first) << first.error().message;
  Guarding second = guarding(newer);
  second.wait = std::chrono::milliseconds(50);
  const auto refused = workers::guard::guard_state(second, notifier);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::busy) << "exit status 75";
  EXPECT_THAT(refused.error().message, HasSubstr("container-2026.9.5"));
  EXPECT_THAT(snapshots(), ElementsAre("guard-000001-unknown")) << "nothing was done";
}

TEST_F(AVolume, IsFreeOnceTheFirstContainerIsGone) {
  { ASSERT_TRUE(start(older)); }
  EXPECT_TRUE(start(older));
}

TEST_F(AVolume, WhoseRecordIsDamagedIsNotGuessedAt) {
  start_and_run(older, "of the older one");
  state.folder.write("state-guard/record.json", "{\"version\":");
  const auto guarded = start(newer);
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().kind, base::ErrorKind::bad_input);
  EXPECT_THAT(guarded.error().message,
              HasSubstr("state-guard/record.json in the state directory is damaged"));
  ::unlink(state.folder.path("state-guard/record.json").c_str());
  EXPECT_TRUE(start(newer));
}

// --- the doctor of another version

struct MigratedVolume : Volume {
  static constexpr const char* oauth = ".openclaw/credentials/oauth.json";
  static constexpr const char* key = ".openclaw/agents/main/agent/auth.json";

  MigratedVolume() {
    migrates = true;
    state.folder.write(oauth, "token");
    state.folder.write(key, "key");
  }
};
class AMigratedVolume : public testing::Test, protected MigratedVolume {};

TEST_F(AMigratedVolume, HasHadTheDoctorOfTheNewVersionOnceAfterASnapshot) {
  start_and_run(older, "of the older one");
  for (int starts = 0; starts < 3; ++starts) {
    const auto guarded = start(moving);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(runs_of_the_doctor(), 1);
  }
  EXPECT_FALSE(state.folder.exists(oauth));
  EXPECT_EQ(state.folder.read("snapshots/guard-000002-2026.9.5/files/state/credentials/oauth.json"), "token");
  EXPECT_EQ(recorded("version"), "2026.9.6");
  EXPECT_EQ(recorded("migrating"), "");
}

TEST_F(AMigratedVolume, HasNoDoctorWhereNobodyAsksForIt) {
  migrates = false;
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start(moving));
  EXPECT_EQ(runs_of_the_doctor(), 0);
  EXPECT_TRUE(state.folder.exists(oauth));
}

TEST_F(AMigratedVolume, HasNoDoctorOfAnOlderVersion) {
  start_and_run(newer, "of the newer one");
  ASSERT_TRUE(start({"2026.9.5", 23, moving.doctor}));
  EXPECT_EQ(runs_of_the_doctor(), 0);
}

// Up to 2026.4.30, a doctor needs dependencies that are staged after the guard, or installs them.
TEST_F(AMigratedVolume, HasNoDoctorOfAVersionWhosePluginsAreStaged) {
  start_and_run({"2026.4.14", 18}, "of the older one");
  ASSERT_TRUE(start({"2026.4.29", 18, moving.doctor}));
  EXPECT_EQ(runs_of_the_doctor(), 0);
  ASSERT_TRUE(start({"2026.5.2", 18, moving.doctor}));
  EXPECT_EQ(runs_of_the_doctor(), 1);
}

TEST_F(AMigratedVolume, GivesAnOlderVersionTheFilesBackThatTheDoctorHasMoved) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start(moving));
  run(older, "of the newer one, whose schema the older one knows");
  const auto guarded = start(older);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(text(), "of the older one");
  EXPECT_EQ(state.folder.read(oauth), "token");
  EXPECT_THAT(changed_by(), IsEmpty()) << "they are there again";
  EXPECT_THAT(guarded->warnings,
              ElementsAre(HasSubstr("the doctor of OpenClaw 2026.9.6 has changed or moved")));
}

TEST_F(AMigratedVolume, StaysAsItIsForAnOlderVersionWhereTheDoctorHasMovedNothing) {
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start({"2026.9.6", 23, "echo ran >> ../ran"}));
  run(older, "of the newer one");
  ASSERT_TRUE(start(older));
  EXPECT_EQ(text(), "of the newer one");
}

TEST_F(AMigratedVolume, IsStartedWithAWarningWhereTheDoctorFails) {
  start_and_run(older, "of the older one");
  const Image failing{"2026.9.6", 23, "echo ran >> ../ran; echo 'no module @slack/web-api'; exit 1"};
  {
    const auto guarded = start(failing);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_THAT(guarded->warnings,
                ElementsAre(AllOf(HasSubstr("ended with status 1: no module @slack/web-api"),
                                  HasSubstr("state-guard/migration.json"))));
  }
  EXPECT_THAT(state.folder.read("state-guard/migration.json"), HasSubstr("no module"));
  ASSERT_TRUE(start(failing));
  EXPECT_EQ(runs_of_the_doctor(), 1) << "a loop of starts does not repeat it";
}

TEST_F(AMigratedVolume, IsNotStartedAfterADoctorThatWasKilledUntilOneEnds) {
  start_and_run(older, "of the older one");
  const auto guarded = start({"2026.9.6", 23, "rm credentials/oauth.json; kill -9 $$"});
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().kind, base::ErrorKind::busy) << "exit status 75";
  EXPECT_THAT(guarded.error().message, HasSubstr("the image of OpenClaw 2026.9.5 goes back to the state"));
  EXPECT_EQ(recorded("version"), "2026.9.5");
  EXPECT_EQ(reported("databases"), "migrating");
  ASSERT_TRUE(start(moving));
  EXPECT_EQ(runs_of_the_doctor(), 1);
  EXPECT_THAT(changed_by(), ElementsAre("2026.9.6")) << "what the killed one has moved counts";
}

TEST_F(AMigratedVolume, IsWhatItWasForAThirdVersionAfterADoctorThatWasKilled) {
  start_and_run(older, "of the older one");
  ASSERT_FALSE(start({"2026.9.6", 23, "rm credentials/oauth.json; kill -9 $$"}));
  const auto guarded = start({"2026.9.7", 23, "test -e credentials/oauth.json && echo ran >> ../ran"});
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->warnings,
              Contains(AllOf(HasSubstr("a doctor was interrupted"), HasSubstr("set-aside/1"))));
  EXPECT_EQ(runs_of_the_doctor(), 1) << "on the state that 2026.9.5 had left";
}

// Tokens of agents are restored only where they are missing, but for a state on which nothing has run since.
TEST_F(AMigratedVolume, HasWhatAKilledDoctorHasWrittenIntoFilesUndone) {
  start_and_run(older, "of the older one");
  ASSERT_FALSE(start({"2026.9.6", 23, "echo half > agents/main/agent/auth.json; kill -9 $$"}));
  ASSERT_TRUE(start(older));
  EXPECT_EQ(state.folder.read(key), "key");
}

TEST_F(AMigratedVolume, IsNotTriedForEverAndLeavesTwoWaysOut) {
  const Image killed{"2026.9.6", 23, "echo ran >> ../ran; rm -f credentials/oauth.json; kill -9 $$"};
  start_and_run(older, "of the older one");
  for (int starts = 0; starts < 3; ++starts) {
    const auto interrupted = start(killed);
    ASSERT_FALSE(interrupted);
    EXPECT_EQ(interrupted.error().kind, base::ErrorKind::busy) << "exit status 75";
  }
  const auto given_up = start(killed);
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, base::ErrorKind::bad_input) << "exit status 78";
  EXPECT_THAT(given_up.error().message, HasSubstr("was interrupted 3 times"));
  EXPECT_THAT(given_up.error().message,
              HasSubstr("start the image of OpenClaw 2026.9.5, or this one without --migrate"));
  EXPECT_EQ(runs_of_the_doctor(), 3);
  migrates = false;
  ASSERT_TRUE(start(killed));
  EXPECT_EQ(state.folder.read(oauth), "token");
  EXPECT_EQ(recorded("version"), "2026.9.6");
  EXPECT_EQ(runs_of_the_doctor(), 3);
}

TEST_F(AMigratedVolume, HasNoDoctorWhereTheVersionBeforeIsNotKnown) {
  const auto guarded = start(moving);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(runs_of_the_doctor(), 0) << "it may be of a newer one";
  EXPECT_THAT(guarded->warnings, ElementsAre(HasSubstr("is not run, because an OpenClaw that is not known")));
}

TEST_F(AMigratedVolume, HasNoDoctorWithoutNode) {
  start_and_run(older, "of the older one");
  node.clear();
  const auto guarded = start(moving);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_THAT(guarded->warnings, ElementsAre(HasSubstr("there is no Node.js on PATH")));
  EXPECT_EQ(recorded("version"), "2026.9.6");
}

TEST_F(AMigratedVolume, GoesOnWithTheDoctorWhereTheStateBeforeCannotBeRestored) {
  start_and_run(older, "of the older one");
  ASSERT_FALSE(start({"2026.9.6", 23, "kill -9 $$"}));
  state.folder.write("snapshots/guard-000002-2026.9.5/files/state/credentials/oauth.json", "damaged");
  for (int starts = 0; starts < 2; ++starts) {
    const auto refused = start(older);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::bad_input) << "exit status 78";
    EXPECT_THAT(refused.error().message, HasSubstr("start the image of OpenClaw 2026.9.6 with --migrate"));
  }
  const auto guarded = start(moving);
  ASSERT_TRUE(guarded) << guarded.error().message;
  EXPECT_EQ(recorded("version"), "2026.9.6");
}

TEST_F(AMigratedVolume, GivesAnOlderVersionItsConfigBackThatTheDoctorHasRewritten) {
  start_and_run(older, "of the older one");
  const std::string before = state.folder.read(".openclaw/openclaw.json");
  ASSERT_TRUE(start({"2026.9.6", 23, "echo '{\"skills\":{}}' > openclaw.json"}));
  ASSERT_TRUE(start(older));
  EXPECT_EQ(state.folder.read(".openclaw/openclaw.json"), before);
}

TEST_F(AMigratedVolume, RemembersEachDoctorForTheVersionsBeforeIt) {
  start_and_run(older, "of the oldest");
  ASSERT_TRUE(start(moving));
  const Image third{"2026.9.7", 23, "rm agents/main/agent/auth.json"};
  ASSERT_TRUE(start(third));
  EXPECT_THAT(changed_by(), ElementsAre("2026.9.6", "2026.9.7"));
  ASSERT_TRUE(start(moving));
  EXPECT_EQ(state.folder.read(key), "key");
  EXPECT_THAT(changed_by(), ElementsAre("2026.9.6")) << "what the second has moved is still moved";
  ASSERT_TRUE(start(older));
  EXPECT_EQ(state.folder.read(oauth), "token");
  EXPECT_THAT(changed_by(), IsEmpty());
}

TEST_F(AMigratedVolume, HasTheConversationsInItsSnapshotWhileTheirIndexIsAFile) {
  state.folder.write(".openclaw/agents/main/sessions/sessions.json", "{}");
  state.folder.write(".openclaw/agents/main/sessions/one.jsonl", "hello");
  const std::string kept = "/files/state/agents/main/sessions/one.jsonl";
  start_and_run(older, "of the older one");
  ASSERT_TRUE(start({"2026.9.6", 23, "rm agents/main/sessions/sessions.json"}));
  EXPECT_EQ(state.folder.read("snapshots/guard-000002-2026.9.5" + kept), "hello");
  ASSERT_TRUE(start({"2026.9.7", 23}));
  EXPECT_FALSE(state.folder.exists("snapshots/guard-000003-2026.9.6" + kept)) << "they may be gigabytes";
}

// --- killed

int steps_left = 0;
void die_at_the_last_step() {
  if (steps_left-- == 0) ::_exit(9);
}

// Returns whether it was killed before its end.
bool start_and_die(Volume& volume, const Image& image, int steps) {
  const pid_t child = ::fork();
  if (child == 0) {
    steps_left = steps;
    workers::guard::guarding_step_for_tests = die_at_the_last_step;
    workers::guard::keeping_step_for_tests = die_at_the_last_step;
    workers::state::restore_step_for_tests = die_at_the_last_step;
    ::_exit(volume.start(image) ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1) << "it failed at step " << steps;
  return WIFEXITED(status) && WEXITSTATUS(status) == 9;
}

TEST(AStartThatIsKilledAtAnyStep, IsFinishedByTheNextOfTheSameImage) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    Volume volume;
    volume.start_and_run(older, "of the older one");
    volume.start_and_run(newer, "of the newer one");
    killed = start_and_die(volume, older, kills);
    const auto guarded = volume.start(older);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.text(), "of the older one");
    EXPECT_EQ(volume.schema(), "18");
    EXPECT_EQ(volume.recorded("version"), "2026.9.5");
    EXPECT_EQ(volume.recorded("restoring"), "");
    EXPECT_THAT(volume.snapshots(), Contains("guard-000003-2026.9.6"));
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 10) << "hardly any step was killed at";
}

TEST(AStartThatIsKilledAtAnyStep, IsUndoneByTheImageThatRanBefore) {
  int kills = 0;
  for (;; ++kills) {
    Volume volume;
    volume.start_and_run(older, "of the older one");
    volume.start_and_run(newer, "of the newer one");
    if (!start_and_die(volume, older, kills)) break;  // it was complete before the kill
    const auto guarded = volume.start(newer);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.text(), "of the newer one");
    EXPECT_EQ(volume.schema(), "23");
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
    EXPECT_EQ(volume.recorded("restoring"), "");
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 10) << "hardly any step was killed at";
}

// The reversal itself is killed, too.
TEST(AnUndoneRestoreThatIsKilledAtAnyStep, IsUndoneByTheNext) {
  int undone = 0;
  for (int middle = 4; middle < 12; middle += 2) {
    for (int kills = 0;; ++kills, ++undone) {
      Volume volume;
      volume.start_and_run(older, "of the older one");
      volume.start_and_run(newer, "of the newer one");
      ASSERT_TRUE(start_and_die(volume, older, middle));
      const bool killed = start_and_die(volume, newer, kills);
      const auto guarded = volume.start(newer);
      ASSERT_TRUE(guarded) << guarded.error().message;
      EXPECT_EQ(volume.text(), "of the newer one");
      EXPECT_EQ(volume.schema(), "23");
      ASSERT_FALSE(testing::Test::HasFailure()) << "after kills at step " << middle << " and " << kills;
      if (!killed) break;
    }
  }
  EXPECT_GT(undone, 4) << "hardly any step was killed at";
}

TEST(AStartThatIsKilledAtAnyStep, LeavesTheOlderStateToANewerImageAndKeepsIt) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    Volume volume;
    volume.start_and_run(older, "of the older one");
    killed = start_and_die(volume, newer, kills);
    EXPECT_EQ(volume.text(), "of the older one");
    const auto guarded = volume.start(newer);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.text(), "of the older one");
    EXPECT_THAT(volume.snapshots(), Contains("guard-000002-2026.9.5"));
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
  }
  EXPECT_GT(kills, 4) << "hardly any step was killed at";
}

// What a kill leaves of a migration: the same image completes it, and any other finds what was there before.
TEST(AMigrationThatIsKilledAtAnyStep, IsCompletedByTheSameImage) {
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    MigratedVolume volume;
    volume.start_and_run(older, "of the older one");
    killed = start_and_die(volume, moving, kills);
    const auto guarded = volume.start(moving);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.state.folder.read(".openclaw/half"), "whole");
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
    EXPECT_THAT(volume.changed_by(), ElementsAre("2026.9.6"));
    EXPECT_EQ(volume.recorded("unmigrated"), "");
    EXPECT_THAT(volume.snapshots(), Contains("guard-000002-2026.9.5"));
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 6) << "hardly any step was killed at";
}

TEST(AMigrationThatIsKilledAtAnyStep, IsUndoneByTheImageThatRanBefore) {
  int kills = 0;
  for (;; ++kills) {
    MigratedVolume volume;
    volume.start_and_run(older, "of the older one");
    if (!start_and_die(volume, moving, kills)) break;
    const auto guarded = volume.start(older);
    ASSERT_TRUE(guarded) << guarded.error().message;
    EXPECT_EQ(volume.state.folder.read(MigratedVolume::oauth), "token");
    EXPECT_EQ(volume.text(), "of the older one");
    EXPECT_EQ(volume.recorded("version"), "2026.9.5");
    EXPECT_EQ(volume.recorded("unmigrated"), "");
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 6) << "hardly any step was killed at";
}

// The undoing itself is killed, and then the newer image comes: its doctor must not find a half restored
// state.
TEST(AnUndoneMigrationThatIsKilledAtAnyStep, IsUndoneByWhicheverImageComesNext) {
  const Image killed{"2026.9.6", 23, "rm credentials/oauth.json agents/main/agent/auth.json; kill -9 $$"};
  const Image looking{"2026.9.6", 23, "cat credentials/oauth.json agents/main/agent/auth.json > ../found"};
  int kills = 0;
  for (bool again = true; again; ++kills) {
    MigratedVolume volume;
    volume.start_and_run(older, "of the older one");
    ASSERT_FALSE(volume.start(killed));
    again = start_and_die(volume, older, kills);
    const auto guarded = volume.start(looking);
    ASSERT_TRUE(guarded) << guarded.error().message;
    // Before its first step nothing is undone yet, and the same image goes on.
    if (kills > 0) {
      EXPECT_EQ(volume.state.folder.read("found"), "tokenkey");
    }
    EXPECT_EQ(volume.recorded("version"), "2026.9.6");
    ASSERT_FALSE(testing::Test::HasFailure()) << "after a kill at step " << kills;
  }
  EXPECT_GT(kills, 4) << "hardly any step was killed at";
}

// --- volumes that cannot be guarded

// Runs in a separate mount namespace; returns false if none can be created.
template <class Work>
bool in_own_mounts(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      ::_exit(77);
    }
    work();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) return false;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "see above";
  return true;
}

TEST_F(AVolume, ThatIsReadOnlyStartsNothingAndSaysSo) {
  start_and_run(older, "of the older one");
  const bool tried = in_own_mounts([&] {
    const std::string& path = state.folder.path();
    ASSERT_EQ(0, ::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr));
    ASSERT_EQ(0, ::mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr));
    for (const Image& image : {older, newer}) {
      const auto guarded = start(image);
      ASSERT_FALSE(guarded);
      EXPECT_EQ(guarded.error().number, EROFS);
      EXPECT_THAT(guarded.error().message, HasSubstr("mount it writable"));
    }
  });
  if (!tried) GTEST_SKIP() << "needs a mount namespace (root)";
  EXPECT_EQ(text(), "of the older one");
}

TEST(AFullVolume, StartsWhatRanOnItAndNothingElse) {
  const test_support::TemporaryDirectory place;
  const bool tried = in_own_mounts([&] {
    ASSERT_EQ(0, ::mount("tmpfs", place.path().c_str(), "tmpfs", 0, "size=32m"));
    Volume volume(place.path());
    ASSERT_TRUE(volume.start(older));
    std::ofstream(volume.state.folder.path("full"), std::ios::binary) << std::string(40U << 20U, 'x');
    Guarding same = volume.guarding(older);
    same.host = "another container";
    EXPECT_TRUE(workers::guard::guard_state(same, volume.notifier)) << "what ran on it still does";
    const auto refused = volume.start(newer);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().number, ENOSPC);
    EXPECT_THAT(refused.error().message, HasSubstr("make the volume larger"));
    EXPECT_EQ(volume.recorded("version"), "2026.9.5");
    EXPECT_FALSE(volume.state.folder.exists("snapshots/unfinished-guard"));
    ::unlink(volume.state.folder.path("full").c_str());
    EXPECT_TRUE(volume.start(newer)) << "once there is room again";
    EXPECT_EQ(volume.text(), "before");
  });
  if (!tried) GTEST_SKIP() << "needs a mount namespace (root)";
}

// A bind mount of a folder that Docker has made, chowned at the top alone.
class AVolumeOfAnotherUser : public testing::Test {
 protected:
  static constexpr uid_t container_user = 65534;

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    ASSERT_EQ(::chown(volume_.state.folder.path().c_str(), container_user, container_user), 0);
  }
  base::Result<Guarded> start_as_that_user() {
    const Guarding guarding = volume_.guarding(older);
    EXPECT_EQ(::setegid(container_user), 0);
    EXPECT_EQ(::seteuid(container_user), 0);
    auto guarded = workers::guard::guard_state(guarding, volume_.notifier);
    EXPECT_EQ(::seteuid(0), 0);
    EXPECT_EQ(::setegid(0), 0);
    return guarded;
  }
  Volume volume_;
};

TEST_F(AVolumeOfAnotherUser, IsNotTakenForOneWithoutAConfiguration) {
  const auto refused = start_as_that_user();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().number, EACCES);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot use the state " + volume_.state.place().state));
  EXPECT_THAT(refused.error().message, HasSubstr("chown -R 65534:65534 it, or set fsGroup to 65534"));
}

TEST_F(AVolumeOfAnotherUser, NamesTheFolderInWhichNothingCanBeMade) {
  ASSERT_EQ(::chown(volume_.state.folder.path().c_str(), 0, 0), 0);
  ASSERT_EQ(::chmod(volume_.state.folder.path().c_str(), 0755), 0);
  const auto refused = start_as_that_user();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(volume_.state.folder.path() + ": cannot make directory"));
  EXPECT_THAT(refused.error().message, HasSubstr("chown -R 65534:65534 it"));
}

TEST_F(AVolumeOfAnotherUser, StartsOnceAllOfItIsGivenToTheContainersUser) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(volume_.state.folder.path())) {
    ASSERT_EQ(::lchown(entry.path().c_str(), container_user, container_user), 0);
  }
  const auto guarded = start_as_that_user();
  EXPECT_TRUE(guarded) << guarded.error().message;
}

}  // namespace
