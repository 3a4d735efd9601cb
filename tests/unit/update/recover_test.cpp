// SPDX-License-Identifier: MIT
// The updater is killed as soon as a record is on disk, or during its work, and another one recovers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/refusals.hpp"
#include "update/support/scene.hpp"

namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using update::Occasion;
using update_tests::json;
using update_tests::Killed;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

const std::string stop_call = std::string("stop ") + update_tests::gateway;

struct Kill {
  std::string state;    // the last record
  std::string once;     // the outcome of recover
  std::string twice;    // the outcome if the recovery is killed as well, in the state that it continues with
  bool breaks = false;  // the new release fails, so the update reaches its rollback
  bool migrates = false;  // it needs its doctor first
};

void PrintTo(const Kill& kill, std::ostream* out) {
  *out << kill.state << (kill.migrates ? "_of_a_migration" : "");
}

const std::vector<Kill> kills{
    {"plan", "refused", "refused"},         {"fetch", "refused", "refused"},
    {"stage", "refused", "refused"},        {"validate", "refused", "refused"},
    {"canary", "refused", "refused"},       {"snapshot", "refused", "refused"},
    {"stop", "rolled-back", "rolled-back"}, {"promote", "rolled-back", "rolled-back"},
    {"start", "updated", "rolled-back"},    {"verify", "updated", "rolled-back"},
    {"commit", "updated", "updated"},       {"rollback", "rolled-back", "rolled-back", true},
};

const std::vector<Kill> kills_of_a_migration{
    {"canary", "refused", "refused", false, true},
    {"snapshot", "refused", "refused", false, true},
    {"stop", "rolled-back", "rolled-back", false, true},
    {"promote", "rolled-back", "rolled-back", false, true},
    {"migrate", "updated", "rolled-back", false, true},
    {"start", "updated", "rolled-back", false, true},
    {"verify", "updated", "rolled-back", false, true},
    {"commit", "updated", "updated", false, true},
    {"rollback", "rolled-back", "rolled-back", true, true},
};

class Recovery : public testing::Test {
 protected:
  // In every case: one of the two releases, complete and running.
  void expect_sound(const std::string& outcome) {
    const std::string expected = outcome == "updated" ? new_version : old_version;
    EXPECT_EQ(scene_.current(), expected);
    EXPECT_TRUE(scene_.is_running());
    EXPECT_EQ(scene_.running_version, expected);
    EXPECT_FALSE(scene_.is_open());
    EXPECT_TRUE(scene_.store->verify(**scene_.store->target(release::Store::Pointer::current)));
    EXPECT_EQ(scene_.recorded().back(), outcome);
    EXPECT_EQ(scene_.gateway_state, scene_.needs_migration && outcome == "updated" ? "migrated" : "old");
    EXPECT_EQ(scene_.recover(), "nothing") << "a second time there is nothing to do";
    EXPECT_TRUE(scene_.is_running());
  }

  Scene scene_;
};

TEST_F(Recovery, RemovesWhatWasBeingWrittenWhenTheUpdaterDied) {
  ASSERT_TRUE(scene_.update_until_killed_in("fetch"));
  const std::string own = "state/transactions/" + scene_.context.id;
  scene_.root.write(own + "/.from-environment_keys.x3k9qp", "half of it");
  scene_.root.write(own + "/definition/.index.json.draft", "{");
  scene_.root.write("state/.counter.draft", "half of it");
  ASSERT_EQ(scene_.recover(), "refused");
  EXPECT_THAT(scene_.root.names(own), Not(Contains(StartsWith("."))));
  EXPECT_THAT(scene_.root.names(own + "/definition"), Not(Contains(StartsWith("."))));
  EXPECT_FALSE(scene_.root.exists("state/.counter.draft"));
}

class KillAt : public Recovery, public testing::WithParamInterface<Kill> {
 protected:
  void kill() {
    if (GetParam().breaks) scene_.never_ready.insert(new_version);
    scene_.needs_migration = GetParam().migrates;
    ASSERT_TRUE(scene_.update_until_killed_in(GetParam().state));
    ASSERT_TRUE(scene_.is_open());
  }
};

TEST_P(KillAt, IsRecoveredByTheNextUpdater) {
  kill();
  EXPECT_EQ(scene_.recover(), GetParam().once) << scene_.context.reason;
  expect_sound(GetParam().once);
}

TEST_P(KillAt, IsRecoveredAfterASecondDeath) {
  kill();
  const auto interrupted = update::next(*update::state_named(GetParam().state), update::Event::interrupted);
  const bool died = scene_.recover_until_killed_in(std::string(update::row_of(interrupted).name));
  ASSERT_TRUE(died);
  const std::string outcome = scene_.recover();
  // After a kill right behind the record of the outcome, only close() is left.
  EXPECT_EQ(outcome, GetParam().twice) << scene_.context.reason;
  expect_sound(GetParam().twice);
}

TEST_P(KillAt, IsRecoveredAfterARebootInTwoSteps) {
  kill();
  scene_.power_cut();
  scene_.manager.calls.clear();
  EXPECT_EQ(scene_.recover(Occasion::boot), "unfinished");
  EXPECT_EQ(scene_.recover(Occasion::boot), "unfinished") << "twice is harmless";
  for (const std::string& call : scene_.manager.calls)
    EXPECT_EQ(call, "reload") << "nothing is started at boot";
  EXPECT_THAT(scene_.current(), AnyOf(old_version, new_version));
  // For the moment, it may find a state with which it does not start.
  auto& unit = scene_.manager.unit(update_tests::gateway);
  EXPECT_TRUE(unit.on_start(unit) == "done" || scene_.needs_migration);
  EXPECT_EQ(scene_.recover(), GetParam().once) << scene_.context.reason;
  expect_sound(GetParam().once);
}

TEST_P(KillAt, AtBootLeavesTheReleaseThatIsToRun) {
  kill();
  scene_.power_cut();
  EXPECT_EQ(scene_.recover(Occasion::boot), "unfinished");
  EXPECT_EQ(scene_.current(), GetParam().once == "updated" ? new_version : old_version);
}

TEST_P(KillAt, DoesNotRestartAGatewayThatTheUpdateHadNotTouched) {
  kill();
  scene_.manager.calls.clear();
  scene_.recover();
  if (GetParam().once == "refused") {
    EXPECT_THAT(scene_.manager.calls, IsEmpty());
  }
}

TEST_P(KillAt, QuarantinesOnlyAReleaseThatFailedByItself) {
  kill();
  scene_.recover();
  EXPECT_EQ(scene_.is_quarantined(), GetParam().breaks);
}

TEST_P(KillAt, SaysWhatWasInterrupted) {
  kill();
  scene_.recover();
  if (GetParam().once == "updated") {
    EXPECT_EQ(scene_.context.reason, "");
  } else if (!GetParam().breaks) {
    EXPECT_THAT(scene_.context.reason, HasSubstr("interrupted while"));
  }
}

INSTANTIATE_TEST_SUITE_P(Record, KillAt, testing::ValuesIn(kills),
                         [](const auto& test) { return test.param.state; });
INSTANTIATE_TEST_SUITE_P(Migration, KillAt, testing::ValuesIn(kills_of_a_migration),
                         [](const auto& test) { return test.param.state; });

// During the work: its effect exists, but the record of the next state does not.

TEST_F(Recovery, FollowsADeathBetweenStopAndStart) {
  scene_.workers.before = [](const std::string& name) {
    if (name == "openclaw-state settle") throw Killed{};
  };
  EXPECT_THROW(scene_.update(), Killed);
  EXPECT_FALSE(scene_.is_running());
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
  EXPECT_FALSE(scene_.called("openclaw-state restore")) << "the new release has not run";
}

TEST_F(Recovery, FollowsADeathDuringTheVerification) {
  scene_.workers.before = [this](const std::string& name) {
    if (name != "openclaw-probe gate") return;
    scene_.workers.before = nullptr;
    throw Killed{};
  };
  EXPECT_THROW(scene_.update(), Killed);
  scene_.manager.calls.clear();
  EXPECT_EQ(scene_.recover(), "updated");
  expect_sound("updated");
  EXPECT_FALSE(scene_.called(stop_call)) << "the gateway that was started is the one that is judged";
}

TEST_F(Recovery, FollowsADeathWhileTheStateIsPutBack) {
  scene_.never_ready.insert(new_version);
  scene_.workers.before = [this](const std::string& name) {
    if (name != "openclaw-state restore") return;
    scene_.workers.before = nullptr;
    throw Killed{};
  };
  EXPECT_THROW(scene_.update(), Killed);
  EXPECT_FALSE(scene_.is_running());
  scene_.manager.calls.clear();
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
  EXPECT_TRUE(scene_.called("openclaw-state restore"));
}

// The doctor was interrupted, and the next updater is, or is not, killed in the same place.
TEST_F(Recovery, FollowsADeathDuringTheMigration) {
  for (const bool twice : {false, true}) {
    Scene scene;
    scene.needs_migration = true;
    scene.workers.before = [&](const std::string& name) {
      if (name != "openclaw-migrate migrate") return;
      if (!twice) scene.workers.before = nullptr;
      scene.gateway_state = "half";
      throw Killed{};
    };
    EXPECT_THROW(scene.update(), Killed);
    EXPECT_EQ(scene.current(), new_version);
    if (twice) {
      EXPECT_THROW(scene.recover(), Killed);
    }
    scene.workers.cleaned.clear();
    EXPECT_EQ(scene.recover(), twice ? "rolled-back" : "updated") << scene.context.reason;
    EXPECT_THAT(scene.workers.cleaned, Contains("openclaw-migrate migrate")) << "it may still be at work";
    EXPECT_EQ(scene.gateway_state, twice ? "old" : "migrated");
    EXPECT_EQ(scene.running_version, twice ? old_version : new_version);
    EXPECT_TRUE(scene.is_running());
    EXPECT_FALSE(scene.is_quarantined());
  }
}

TEST_F(Recovery, FollowsADeathWhileAMigrationThatFailedIsUndone) {
  scene_.needs_migration = true;
  scene_.workers.answers["openclaw-migrate migrate"] = [this](const json&, const update::Watching&) {
    scene_.gateway_state = "half";
    return json{{"outcome", "failed"}, {"detail", "ended with status 1"}};
  };
  scene_.workers.before = [this](const std::string& name) {
    if (name != "openclaw-state restore") return;
    scene_.workers.before = nullptr;
    throw Killed{};
  };
  EXPECT_THROW(scene_.update(), Killed);
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
}

TEST_F(Recovery, EndsAGatewayThatABootHasStartedBeforeItMigrates) {
  scene_.needs_migration = true;
  ASSERT_TRUE(scene_.update_until_killed_in("migrate"));
  scene_.power_cut();
  EXPECT_EQ(scene_.recover(Occasion::boot), "unfinished");
  scene_.gateway_state = "migrated";  // all but the record
  scene_.start_gateway();
  scene_.workers.before = [this](const std::string& name) {
    if (name == "openclaw-migrate migrate") {
      EXPECT_FALSE(scene_.is_running());
    }
  };
  EXPECT_EQ(scene_.recover(), "updated") << scene_.context.reason;
  expect_sound("updated");
}

// The release has begun to change the state, although systemd never reported that it runs.
TEST_F(Recovery, FollowsADeathWhileTheStateOfAReleaseThatNeverRanIsPutBack) {
  scene_.does_not_start.insert(new_version);
  scene_.workers.before = [this](const std::string& name) {
    if (name != "openclaw-state restore") return;
    scene_.workers.before = nullptr;
    scene_.needs_migration = true;
    scene_.gateway_state = "migrated";
    throw Killed{};
  };
  EXPECT_THROW(scene_.update(), Killed);
  EXPECT_EQ(scene_.recover(), "rolled-back") << scene_.context.reason;
  expect_sound("rolled-back");
}

// The record of the start was not on disk yet, but the changes of the new release to the state were.
TEST_F(Recovery, FollowsAPowerCutThatTookTheRecordOfTheStart) {
  ASSERT_TRUE(scene_.update_until_killed_in("promote"));
  ASSERT_TRUE(scene_.store->point(release::Store::Pointer::current, scene_.observer.last.to.release));
  scene_.needs_migration = true;
  scene_.gateway_state = "migrated";
  scene_.power_cut();
  EXPECT_EQ(scene_.recover(Occasion::boot), "unfinished");
  auto& unit = scene_.manager.unit(update_tests::gateway);
  EXPECT_EQ(unit.on_start(unit), "failed") << "the old release does not run with it";
  EXPECT_EQ(scene_.recover(), "rolled-back") << scene_.context.reason;
  expect_sound("rolled-back");
}

TEST_F(Recovery, FollowsADeathWhileTheOldReleaseIsProven) {
  scene_.never_ready.insert(new_version);
  scene_.workers.before = [this](const std::string& name) {
    if (name != "openclaw-probe gate" || scene_.current() != old_version) return;
    scene_.workers.before = nullptr;
    throw Killed{};
  };
  EXPECT_THROW(scene_.update(), Killed);
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
}

TEST_F(Recovery, FollowsManyDeathsInTheRollback) {
  scene_.never_ready.insert(new_version);
  ASSERT_TRUE(scene_.update_until_killed_in("rollback"));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(scene_.recover_until_killed_in("rollback"));
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
}

TEST_F(Recovery, RollsBackAReleaseThatDidNotSurviveTheReboot) {
  ASSERT_TRUE(scene_.update_until_killed_in("verify"));
  scene_.power_cut();
  scene_.recover(Occasion::boot);
  scene_.does_not_start.insert(new_version);
  auto& unit = scene_.manager.unit(update_tests::gateway);
  EXPECT_EQ(unit.on_start(unit), "failed");
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
  EXPECT_TRUE(scene_.is_quarantined());
}

TEST_F(Recovery, OfAFirstInstallationLeavesNothingCurrent) {
  for (const char* const state : {"stop", "promote"}) {
    Scene scene(Scene::With::nothing_installed);
    ASSERT_TRUE(scene.update_until_killed_in(state));
    EXPECT_EQ(scene.recover(), "rolled-back") << state << ": " << scene.context.reason;
    EXPECT_EQ(scene.current(), "");
    EXPECT_FALSE(scene.is_running());
  }
}

TEST_F(Recovery, OfAFirstInstallationGoesOnOnceItWasStarted) {
  Scene scene(Scene::With::nothing_installed);
  ASSERT_TRUE(scene.update_until_killed_in("start"));
  EXPECT_EQ(scene.recover(), "updated");
  EXPECT_EQ(scene.running_version, new_version);
}

TEST_F(Recovery, RestoresAUnitFileThatWasLostBeforeTheReboot) {
  ASSERT_TRUE(scene_.update_until_killed_in("promote"));
  scene_.power_cut();
  ::unlink(scene_.root.path("units/openclaw-gateway.service").c_str());
  scene_.recover(Occasion::boot);
  EXPECT_TRUE(scene_.root.exists("units/openclaw-gateway.service"));
  EXPECT_TRUE(scene_.called("reload"));
}

// Journals.

TEST_F(Recovery, HasNothingToDoWithoutAnOpenTransaction) {
  EXPECT_EQ(scene_.recover(), "nothing");
  EXPECT_EQ(scene_.recover(Occasion::boot), "nothing");
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_EQ(scene_.recover(), "nothing");
}

TEST_F(Recovery, OfAFinishedTransactionOnlyClosesIt) {
  ASSERT_TRUE(scene_.update_until_killed_in("updated"));
  scene_.manager.calls.clear();
  EXPECT_EQ(scene_.recover(), "updated");
  EXPECT_THAT(scene_.manager.calls, IsEmpty());
  expect_sound("updated");
}

TEST_F(Recovery, OfATransactionWithoutARecordOnlyClosesIt) {
  ASSERT_TRUE(update::Journal(scene_.state_fd()).begin("20261121T101500Z-4f2a"));
  EXPECT_EQ(scene_.recover(), "unfinished");
  EXPECT_FALSE(scene_.is_open());
  EXPECT_TRUE(scene_.is_running());
}

TEST_F(Recovery, PassesOverATornLine) {
  ASSERT_TRUE(scene_.update_until_killed_in("promote"));
  scene_.context.id = scene_.observer.last.id;
  const std::string journal = scene_.root.read(scene_.journal_path());
  scene_.root.write(scene_.journal_path(), journal.substr(0, journal.size() - 20));
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
}

// A worker outlives a killed updater, whatever its task.
TEST(WorkersOfADeadUpdater, AreEndedWhateverTheyMayHaveBeenAsked) {
  Scene scene;
  scene.workers.before = [](const std::string& name) {
    if (name == "openclaw-probe find") throw Killed{};
  };
  EXPECT_THROW(scene.update(), Killed);
  scene.workers.before = nullptr;
  scene.workers.cleaned.clear();
  scene.recover();
  for (const contract::TaskRow* const row : contract::all_tasks()) {
    EXPECT_THAT(scene.workers.cleaned, Contains(base::concat({row->program, " ", row->action})));
  }
}

class GarbageJournal : public Recovery {
 protected:
  std::string kill_and_write(const std::string& text) {
    EXPECT_TRUE(scene_.update_until_killed_in("promote"));
    scene_.context.id = scene_.observer.last.id;
    scene_.root.write(scene_.journal_path(), text);
    EXPECT_FALSE(scene_.is_running());
    scene_.manager.calls.clear();
    return scene_.context.id;
  }
};

TEST_F(GarbageJournal, IsSetAsideAndTheGatewayStartedAsItIs) {
  for (const char* const text : {"garbage\n", "{}\n", "\x7f\x45LF\n\n\n", "[[[[[[\n"}) {
    Scene scene;
    ASSERT_TRUE(scene.update_until_killed_in("promote"));
    const std::string id = scene.observer.last.id;
    scene.root.write("state/transactions/" + id + "/journal", text);
    EXPECT_THAT(scene.recover(), testing::AllOf(StartsWith("error: "), HasSubstr(id + ".unreadable")));
    EXPECT_TRUE(scene.root.is_directory("state/transactions/" + id + ".unreadable"));
    EXPECT_THAT(scene.workers.cleaned, Contains("openclaw-fetch fetch")) << "nobody else would know of it";
    EXPECT_FALSE(scene.is_open());
    scene.manager.idle(std::chrono::milliseconds(1));
    EXPECT_TRUE(scene.is_running()) << text;
    EXPECT_EQ(scene.running_version, old_version);
    EXPECT_EQ(scene.recover(), "nothing");
  }
}

// Found by tests/proof/boots.sh: half a release stayed until somebody pruned.
TEST_F(GarbageJournal, LeavesNothingOfTheInterruptedUpdate) {
  kill_and_write("garbage\n");
  scene_.root.write("state/releases/.draft.x3k9qp/package.json", "{");
  scene_.root.write("state/.counter.draft", "half of it");
  EXPECT_THAT(scene_.recover(), StartsWith("error: "));
  EXPECT_FALSE(scene_.root.exists("state/releases/.draft.x3k9qp"));
  EXPECT_FALSE(scene_.root.exists("state/.counter.draft"));
}

TEST_F(GarbageJournal, StartsNothingAtBoot) {
  const std::string id = kill_and_write("garbage\n");
  EXPECT_THAT(scene_.recover(Occasion::boot), StartsWith("error: "));
  EXPECT_THAT(scene_.manager.calls, IsEmpty());
  EXPECT_FALSE(scene_.is_open());
  EXPECT_TRUE(scene_.root.is_directory("state/transactions/" + id + ".unreadable"));
}

TEST_F(GarbageJournal, DoesNotRestartAGatewayThatRuns) {
  ASSERT_TRUE(scene_.update_until_killed_in("fetch"));
  scene_.context.id = scene_.observer.last.id;
  scene_.root.write(scene_.journal_path(), "garbage\n");
  scene_.manager.calls.clear();
  EXPECT_THAT(scene_.recover(), StartsWith("error: "));
  EXPECT_THAT(scene_.manager.calls, IsEmpty());
}

// A damaged disk: the journal itself is sound, so the gateway gets back what the update has stopped.
TEST_F(GarbageJournal, IsNoneWhereOnlyItsNameIsLost) {
  for (const char* const name : {"", "\x7f\x45LF\n\n"}) {
    Scene scene;
    ASSERT_TRUE(scene.update_until_killed_in("promote"));
    ASSERT_FALSE(scene.is_running());
    scene.root.write("state/open", name);
    EXPECT_EQ(scene.recover(), "rolled-back");
    EXPECT_FALSE(scene.is_open());
    EXPECT_TRUE(scene.is_running());
    EXPECT_EQ(scene.running_version, old_version);
  }
}

TEST_F(GarbageJournal, MayBeNamedByGarbage) {
  for (const char* const name : {"../../etc", "", "\n\n", "20261121T101500Z-4f2a"}) {
    scene_.root.write("state/open", name);
    EXPECT_THAT(scene_.recover(), StartsWith("error: ")) << name;
    EXPECT_FALSE(scene_.is_open()) << name;
    EXPECT_EQ(scene_.recover(), "nothing");
  }
  EXPECT_TRUE(scene_.is_running());
}

// EIO, EMFILE, ENOMEM: nothing is known about the journal, so nothing is given up.
class UnreadJournal : public Recovery {
 protected:
  void kill_in(const std::string& state) {
    ASSERT_TRUE(scene_.update_until_killed_in(state));
    scene_.context.id = scene_.observer.last.id;
    scene_.manager.calls.clear();
  }
  void expect_left_open(Occasion occasion) {
    const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view name) {
      return call == fs::syscalls::Call::openat2 && name == "journal" ? EIO : 0;
    });
    EXPECT_THAT(scene_.recover(occasion),
                testing::AllOf(StartsWith("error: "), HasSubstr("update " + scene_.context.id),
                               HasSubstr("openclaw-update recover")));
    EXPECT_TRUE(scene_.is_open());
    EXPECT_TRUE(scene_.root.exists(scene_.journal_path()));
  }
};

TEST_F(UnreadJournal, LeavesTheUpdateOpenAndTheGatewayRunning) {
  kill_in("promote");
  ASSERT_FALSE(scene_.is_running());
  expect_left_open(Occasion::death);
  EXPECT_THAT(scene_.workers.cleaned, Contains("openclaw-migrate migrate")) << "it works on the state still";
  scene_.manager.idle(std::chrono::milliseconds(1));
  EXPECT_TRUE(scene_.is_running());
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
}

TEST_F(UnreadJournal, KeepsThePromotedReleaseForItsVerification) {
  kill_in("verify");
  expect_left_open(Occasion::death);
  EXPECT_THAT(scene_.manager.calls, IsEmpty()) << "the gateway runs";
  EXPECT_EQ(scene_.recover(), "updated") << scene_.context.reason;
  expect_sound("updated");
}

TEST_F(UnreadJournal, StartsNothingAtBoot) {
  kill_in("promote");
  expect_left_open(Occasion::boot);
  EXPECT_THAT(scene_.manager.calls, IsEmpty());
  EXPECT_EQ(scene_.recover(), "rolled-back");
  expect_sound("rolled-back");
}

}  // namespace
