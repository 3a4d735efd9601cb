// SPDX-License-Identifier: MIT
// Failures from the stop on: the old release runs in the end, and is reported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/compatibility.hpp"
#include "update/standing.hpp"
#include "update/support/rolling_back.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::RollingBack;
using update_tests::Scene;

const std::string stop_call = std::string("stop ") + update_tests::gateway;
const std::string start_call = std::string("start ") + update_tests::gateway;
const std::string unit_file = "units/openclaw-gateway.service";
const std::string drop_in = "units/openclaw-gateway.service.d/token.conf";

TEST_F(RollingBack, FollowsAStopThatFails) {
  unit().on_stop = [&, tries = 0](auto& stopped) mutable -> bus::JobResult {
    if (tries++ == 0) return "canceled";
    stopped.rest();
    return "done";
  };
  expect_rolled_back();
  EXPECT_FALSE(scene_.is_quarantined());
  EXPECT_FALSE(restored());
}

TEST_F(RollingBack, FollowsASecondPassThatFails) {
  scene_.workers.fail("openclaw-state settle", "no space left");
  expect_rolled_back();
  EXPECT_EQ(scene_.context.reason, "no space left");
  EXPECT_FALSE(scene_.is_quarantined());
  EXPECT_FALSE(restored()) << "the new release has not run";
}

// For a release whose doctor has to migrate the state.

class RollingBackAMigration : public RollingBack {
 protected:
  RollingBackAMigration() { scene_.needs_migration = true; }
  void doctor(const json& answer) {
    scene_.workers.answers["openclaw-migrate migrate"] = [this, answer](const json&,
                                                                        const update::Watching&) {
      scene_.gateway_state = "half";
      return answer;
    };
  }
  bool exact() { return scene_.workers.requests["openclaw-state restore"].value("exact", false); }
  void expect_as_before() {
    expect_rolled_back();
    EXPECT_EQ(scene_.gateway_state, "old");
  }
};

TEST_F(RollingBackAMigration, FollowsADoctorThatFailsAndBlamesTheRelease) {
  doctor({{"outcome", "failed"}, {"detail", "ended with status 1"}, {"log", {"x"}}});
  expect_as_before();
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr("openclaw doctor of 2026.8.2"), HasSubstr("status 1"),
                                           HasSubstr("migration.json")));
  EXPECT_TRUE(scene_.is_quarantined());
}

// A token that the doctor has rewritten in place is no newer than the snapshot.
TEST_F(RollingBackAMigration, ReplacesEverythingThatADoctorHasRewrittenIfNoGatewayHasRunSince) {
  doctor({{"outcome", "failed"}, {"detail", "ended with status 1"}});
  expect_as_before();
  EXPECT_TRUE(exact());
}

TEST_F(RollingBackAMigration, KeepsWhatAGatewayMayHaveRenewedThatSomebodyHasStartedMeanwhile) {
  scene_.workers.answers["openclaw-migrate migrate"] = [this](const json&, const update::Watching&) {
    scene_.gateway_state = "migrated";
    scene_.start_gateway();
    unit().rest();
    return json{{"outcome", "failed"}, {"detail", "ended with status 1"}};
  };
  expect_as_before();
  EXPECT_FALSE(exact());
}

TEST_F(RollingBackAMigration, KeepsWhatTheMigratedReleaseMayHaveRenewed) {
  scene_.never_ready.insert(new_version);
  expect_as_before();
  EXPECT_FALSE(exact());
}

TEST_F(RollingBackAMigration, FollowsADoctorThatWasEndedAndBlamesNobody) {
  doctor({{"outcome", "ended"}, {"detail", "ended with status 137"}});
  expect_as_before();
  EXPECT_FALSE(scene_.is_quarantined());
}

TEST_F(RollingBackAMigration, FollowsAWorkerThatFailsAndBlamesNobody) {
  scene_.workers.answers["openclaw-migrate migrate"] = [this](const json&, const update::Watching&) {
    scene_.gateway_state = "half";
    return base::fail(base::ErrorKind::unavailable, "it left no result");
  };
  expect_as_before();
  EXPECT_FALSE(scene_.is_quarantined());
}

TEST_F(RollingBackAMigration, PutsTheStateBackWhateverTheSettingsSay) {
  for (const auto rule : {config::StateRule::keep, config::StateRule::refuse, config::StateRule::restore}) {
    Scene scene;
    scene.needs_migration = true;
    scene.settings.rollback.state = rule;
    scene.never_ready.insert(new_version);
    EXPECT_EQ(scene.update(), "rolled-back") << scene.context.reason;
    EXPECT_EQ(scene.gateway_state, "old");
    EXPECT_EQ(scene.running_version, old_version);
  }
}

TEST_F(RollingBackAMigration, PutsTheStateBackAlsoWhereTheReleaseBecameReady) {
  scene_.report["plugins"] = {{"known", true}, {"loaded", {"slack"}}, {"errors", json::array()}};
  scene_.canary = {{"plugins", scene_.report["plugins"]}};
  when_new_starts([this] { scene_.report["plugins"]["loaded"] = json::array(); });
  expect_as_before();
}

TEST_F(RollingBackAMigration, LeavesTheStateAloneBeforeItHasBegun) {
  scene_.workers.fail("openclaw-state settle", "no space left");
  expect_as_before();
  EXPECT_FALSE(restored());
}

TEST_F(RollingBack, FollowsAPromotionThatFails) {
  unit().on_stop = [&](auto& stopped) {
    const std::string current = scene_.root.path("state/current");
    const std::string target = scene_.root.read_link("state/current");
    ::unlink(current.c_str());
    scene_.root.mkdir("state/current");
    // It is back in place before the rollback checks.
    scene_.observer.on_entered = [&, current, target](const std::string& state) {
      if (state != "rollback") return;
      ::rmdir(current.c_str());
      scene_.root.symlink(target, "state/current");
    };
    stopped.rest();
    return "done";
  };
  scene_.settings.rollback.state = config::StateRule::refuse;
  expect_rolled_back();
  EXPECT_FALSE(scene_.is_quarantined());
  EXPECT_FALSE(restored()) << "the new release has not run";
}

TEST_F(RollingBack, FollowsAReleaseThatDoesNotStart) {
  scene_.does_not_start.insert(new_version);
  expect_rolled_back();
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr("did not start"), HasSubstr("journalctl -u")));
  EXPECT_TRUE(scene_.is_quarantined());
}

TEST_F(RollingBack, FollowsAReleaseThatNeverBecomesReady) {
  scene_.never_ready.insert(new_version);
  expect_rolled_back();
  EXPECT_THAT(scene_.context.reason, HasSubstr("startup-sidecars"));
  EXPECT_TRUE(scene_.is_quarantined());
  EXPECT_EQ(scene_.update(), "refused") << "a timer does not try again";
}

TEST_F(RollingBack, FollowsAReleaseThatAnswersWithTheOldVersion) {
  when_new_starts([&] { scene_.running_version = old_version; });
  EXPECT_EQ(scene_.update(), "rolled-back");
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr(old_version), HasSubstr(new_version)));
}

TEST_F(RollingBack, FollowsALostPlugin) {
  scene_.report["plugins"] = {{"known", true}, {"loaded", {"telegram"}}};
  when_new_starts([&] { scene_.report["plugins"]["loaded"] = json::array(); });
  expect_rolled_back();
  EXPECT_THAT(scene_.context.reason, HasSubstr("telegram"));
}

TEST_F(RollingBack, FollowsAProbeThatSaysNothing) {
  when_new_starts([&, tries = 0]() mutable {
    if (tries++ == 0) scene_.workers.fail("openclaw-probe gate", "no result");
  });
  EXPECT_EQ(scene_.update(), "rollback-failed") << "nobody can say that the old one is well";
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_EQ(scene_.running_version, old_version);
  EXPECT_EQ(scene_.context.reason, "no result");
}

// A kill during verification.

class Death : public RollingBack, public testing::WithParamInterface<std::string> {};

TEST_P(Death, DuringVerificationIsNoticedAtOnce) {
  int asked = 0;
  const auto well = scene_.workers.answers["openclaw-probe gate"];
  scene_.workers.answers["openclaw-probe gate"] =
      [&, well](const json& request, const update::Watching& watching) -> base::Result<json> {
    if (scene_.running_version != new_version) return well(request, watching);
    EXPECT_TRUE(watching("waiting")) << "it lives";
    auto& status = unit().status;
    if (GetParam() == "Failed") unit().fail("exit-code");
    if (GetParam() == "Stopped") unit().rest();
    if (GetParam() == "StartedAgain") status.invocation_id = std::string(32, 'f');
    if (GetParam() == "Restarted") status.restarts = 1;
    if (GetParam() == "WaitingForItsRestart") {
      status.active_state = "activating";
      status.sub_state = "auto-restart";
      unit().end(CLD_EXITED, 0);
    }
    while (watching("waiting") && ++asked < 10) {
    }
    return base::fail(base::ErrorKind::busy, "openclaw-probe was ended");
  };
  expect_rolled_back();
  EXPECT_EQ(asked, 0);
  EXPECT_THAT(scene_.context.reason, HasSubstr("while it was verified"));
  EXPECT_EQ(scene_.is_quarantined(), GetParam() == "Failed" || GetParam() == "WaitingForItsRestart")
      << "what has ended it is known, and is its own doing";
}

// --- delays of the gateway's end or start

// The process itself extends its timeout with EXTEND_TIMEOUT_USEC=, again and again.
TEST_F(RollingBack, IsGivenUpWithAGatewayThatPutsOffItsStopForEver) {
  unit().status.stop_timeout = std::chrono::seconds(330);
  unit().stop_takes = std::chrono::hours(1000);
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_LT(scene_.manager.now, std::chrono::minutes(9)) << "once, not once for each stage";
  EXPECT_THAT(scene_.context.reason,
              AllOf(HasSubstr("has not ended 7 min 30 s"), HasSubstr("systemctl kill")));
  EXPECT_EQ(scene_.current(), old_version) << "nothing was promoted";
  EXPECT_FALSE(scene_.is_quarantined());
  EXPECT_THAT(scene_.manager.calls, Contains(std::string("start-without-waiting ") + update_tests::gateway));
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("as soon as it has ended, systemd starts it with " +
                                                       std::string(old_version))));
  EXPECT_FALSE(restored());
}

TEST_F(RollingBack, DoesNotFollowADrainThatTakesAsLongAsItMay) {
  unit().status.stop_timeout = std::chrono::seconds(330);
  unit().stop_takes = std::chrono::seconds(329);
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_THAT(scene_.observer.said, Contains(AllOf(HasSubstr("deactivating (stop-sigterm)"),
                                                   HasSubstr("continue to serve"), HasSubstr("7 min 30 s"))))
      << "#140821";
}

TEST_F(RollingBack, FollowsAStartThatIsPutOffForEver) {
  unit().status.start_timeout = std::chrono::seconds(90);
  unit().on_stop = [&](auto& stopped) -> bus::JobResult {
    stopped.start_takes = scene_.running_version.empty() ? std::chrono::hours(0) : std::chrono::hours(1000);
    scene_.running_version.clear();
    stopped.rest();
    return "done";
  };
  expect_rolled_back();
  EXPECT_LT(scene_.manager.now, std::chrono::minutes(70));
  EXPECT_THAT(scene_.context.reason, HasSubstr("has not started 1 h"));
  EXPECT_FALSE(scene_.is_quarantined()) << "whose hook or process it was is not known";
}

INSTANTIATE_TEST_SUITE_P(Of, Death,
                         testing::Values("Failed", "Stopped", "StartedAgain", "Restarted",
                                         "WaitingForItsRestart"),
                         [](const auto& test) { return test.param; });

TEST_F(RollingBack, FollowsAProcessThatDiesAsTheProbeEnds) {
  const auto well = scene_.workers.answers["openclaw-probe gate"];
  scene_.workers.answers["openclaw-probe gate"] = [&, well](const json& request,
                                                            const update::Watching& watching) {
    auto answer = well(request, watching);
    if (scene_.running_version == new_version) unit().fail("signal");
    return answer;
  };
  expect_rolled_back();
}

TEST_F(RollingBack, DoesNotFollowABusThatIsAwayForAMoment) {
  const auto well = scene_.workers.answers["openclaw-probe gate"];
  scene_.workers.answers["openclaw-probe gate"] = [&, well](const json& request,
                                                            const update::Watching& watching) {
    const std::string question = std::string("status ") + update_tests::gateway;
    scene_.manager.refuse(question, {base::ErrorKind::unavailable, 0, "the bus is away"});
    EXPECT_TRUE(watching("waiting"));
    scene_.manager.allow(question);
    return well(request, watching);
  };
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
}

// --- the unit's definition

TEST_F(RollingBack, IsNotNeededForAUnitFileThatWasLostAndIsRestored) {
  const std::string before = scene_.root.read(unit_file);
  int starts = 0;
  when_new_starts([&] {
    if (++starts == 1) ::unlink(scene_.root.path(unit_file).c_str());
  });
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.root.read(unit_file), before);
  EXPECT_THAT(scene_.manager.calls, testing::IsSupersetOf({std::string("reload"), stop_call, start_call}));
  EXPECT_EQ(starts, 2) << "judged is the gateway of the restored definition";
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr(unit_file)));
}

// If a fragment is lost, systemd reports that the unit does not exist.
TEST_F(RollingBack, IsNotNeededWhenTheUnitWasLostBeforeTheStart) {
  unit().on_stop = [&](auto& stopped) {
    ::unlink(scene_.root.path(unit_file).c_str());
    stopped.rest();
    return "done";
  };
  unit().on_start = [&, start = unit().on_start](auto& started) -> bus::JobResult {
    if (!scene_.root.exists(unit_file)) {
      started.fail("resources");
      return "failed";
    }
    return start(started);
  };
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_TRUE(scene_.called("reload"));
  EXPECT_TRUE(scene_.root.exists(unit_file));
  EXPECT_FALSE(scene_.is_quarantined());
}

TEST_F(RollingBack, RestoresTheDefinitionToo) {
  const std::string before = scene_.root.read(drop_in);
  scene_.does_not_start.insert(new_version);
  unit().on_start = [&, start = unit().on_start](auto& started) {
    if (scene_.current() == new_version && before == scene_.root.read(drop_in))
      scene_.root.write(drop_in, "[Service]\nEnvironment=\n");
    return start(started);
  };
  expect_rolled_back();
  EXPECT_EQ(scene_.root.read(drop_in), before);
  EXPECT_THAT(scene_.context.notes,
              Contains(AllOf(HasSubstr("token.conf (the replaced file is in transactions/" +
                                       scene_.context.id + "/set-aside/"))));
}

TEST_F(RollingBack, FollowsALostEnvironmentKey) {
  const std::string file = scene_.root.write("gateway.env", "OPENAI_API_KEY=canary\n");
  unit().definition.environment_files = {{file, false}};
  when_new_starts([&] { scene_.root.write("gateway.env", "#\n"); });
  expect_rolled_back();
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr("lost OPENAI_API_KEY"), Not(HasSubstr("canary"))));
  EXPECT_FALSE(scene_.is_quarantined());
}

TEST_F(RollingBack, FollowsAKeyThatOnlyTheProcessHasLost) {
  when_new_starts([&] { scene_.report["environment_keys"] = json::array(); });
  expect_rolled_back();
  EXPECT_THAT(scene_.context.reason, HasSubstr("OPENCLAW_TOKEN"));
  EXPECT_FALSE(scene_.is_quarantined()) << "systemd hands it over";
}

TEST_F(RollingBack, DoesNotFollowAFileOfVariablesThatTheDiskDoesNotShow) {
  when_new_starts([&] {
    scene_.report["environment_keys"] = json::array();
    scene_.report["environment_unknown"] = "cannot read /home/claw/.env: Input/output error";
  });
  EXPECT_EQ(scene_.update(), "updated");
  EXPECT_THAT(scene_.context.notes,
              Contains(AllOf(HasSubstr("lost a variable"), HasSubstr("/home/claw/.env"))));
}

// --- failures of the rollback itself

TEST_F(RollingBack, FailsLoudlyWhenNeitherReleaseStarts) {
  scene_.does_not_start = {new_version, old_version};
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_FALSE(scene_.is_open());
  EXPECT_THAT(scene_.context.reason, HasSubstr("did not start")) << "why it was needed";
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("does not start with 2026.8.1 again")));
}

// 2026.9.6 gives up its own start on a machine that is short of processors.
TEST_F(RollingBack, StartsTheOldReleaseOnceMoreWhenItEndsByItselfAndBlamesNobody) {
  scene_.does_not_start.insert(new_version);
  old_release_ends_at_its_first_start(1);
  expect_rolled_back();
  EXPECT_FALSE(scene_.is_quarantined()) << "it may have ended for the same reason";
  EXPECT_THAT(scene_.context.judged.not_blamed, HasSubstr("previous release ended"));
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("2026.8.1 did not become ready at its first start")));
}

TEST_F(RollingBack, StartsTheOldReleaseOnceMoreAlsoWhenItDiesAsItBecomesReady) {
  scene_.never_ready.insert(new_version);
  scene_.dies_when_ready.insert(old_version);
  when_old_starts_again([&] { scene_.dies_when_ready.clear(); });
  expect_rolled_back();
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("was started once more")));
}

TEST_F(RollingBack, DoesNotRepeatAStartThatOpenClawRefusesForItsConfig) {
  scene_.does_not_start.insert(new_version);
  old_release_ends_at_its_first_start(78);
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_TRUE(scene_.is_quarantined());
  EXPECT_THAT(scene_.context.notes, Not(Contains(HasSubstr("started once more"))));
}

TEST_F(RollingBack, FailsLoudlyWhenTheOldReleaseIsNotReady) {
  scene_.never_ready = {new_version, old_version};
  EXPECT_EQ(scene_.update(), "rollback-failed");
  EXPECT_EQ(scene_.running_version, old_version);
}

TEST_F(RollingBack, WaitsForTheOldReleaseLongerThanAShortReadyTimeout) {
  scene_.settings.update.ready_timeout = std::chrono::seconds(2);
  scene_.never_ready.insert(new_version);
  expect_rolled_back();
  EXPECT_EQ(scene_.workers.requests["openclaw-probe gate"]["deadline_s"], 600)
      << "the last one was about the old one";
}

TEST_F(RollingBack, LeavesAGatewayStoppedThatDidNotRun) {
  Scene scene(Scene::With::stopped_gateway);
  auto& gateway = scene.manager.unit(update_tests::gateway);
  gateway.on_stop = [](auto& stopped) {
    stopped.rest();
    return "done";
  };
  scene.workers.fail("openclaw-state settle");
  EXPECT_EQ(scene.update(), "rolled-back");
  EXPECT_FALSE(scene.is_running());
  EXPECT_FALSE(scene.called(start_call));
}

// --- what prevents a timer from updating after a failed rollback

TEST_F(RollingBack, ThatFailedIsKnownUntilTheNextUpdate) {
  const update::Journal journal(scene_.state_fd());
  scene_.never_ready = {new_version, old_version};
  ASSERT_EQ(scene_.update(), "rollback-failed");
  const std::string failed = scene_.context.id;
  EXPECT_EQ(*update::failed_rollback(journal), failed);
  ASSERT_EQ(scene_.update(), "refused") << "the version is in quarantine";
  EXPECT_EQ(*update::failed_rollback(journal), failed);
  scene_.never_ready.clear();
  ASSERT_EQ(scene_.update("latest", true), "updated") << scene_.context.reason;
  EXPECT_EQ(*update::failed_rollback(journal), "");
}

}  // namespace
