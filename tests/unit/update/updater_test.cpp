// SPDX-License-Identifier: MIT
// One update from the plan to its outcome.
#include "update/updater.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "update/standing.hpp"
#include "update/support/scene.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

const std::string stop_call = std::string("stop ") + update_tests::gateway;
const std::string start_call = std::string("start ") + update_tests::gateway;
const std::string reset_call = std::string("reset-failed ") + update_tests::gateway;

class Updating : public testing::Test {
 protected:
  void expect_rolled_back() {
    EXPECT_EQ(scene_.current(), old_version);
    EXPECT_TRUE(scene_.is_running());
    EXPECT_EQ(scene_.running_version, old_version);
    EXPECT_FALSE(scene_.is_open());
    EXPECT_THAT(scene_.recorded(), testing::Contains("rolled-back"));
  }
  void expect_untouched() {
    EXPECT_EQ(scene_.current(), old_version);
    EXPECT_TRUE(scene_.is_running());
    EXPECT_THAT(scene_.manager.calls, AllOf(Not(Contains(stop_call)), Not(Contains(start_call))));
    EXPECT_FALSE(scene_.is_open());
    EXPECT_FALSE(scene_.is_quarantined());
  }

  Scene scene_;
};

TEST_F(Updating, GoesThroughTheStagesInTheirOrder) {
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.current(), new_version);
  EXPECT_EQ(scene_.previous(), old_version);
  EXPECT_EQ(scene_.running_version, new_version);
  EXPECT_FALSE(scene_.is_open());
  EXPECT_THAT(scene_.recorded(), ElementsAre("plan", "fetch", "stage", "validate", "canary", "snapshot",
                                             "stop", "promote", "start", "verify", "commit", "updated"));
  EXPECT_EQ(scene_.observer.states, scene_.recorded());
  EXPECT_THAT(scene_.context.notes, IsEmpty());
}

TEST_F(Updating, DoesNothingBetweenStopAndStartButTheSecondPassOfTheSnapshot) {
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_THAT(
      scene_.manager.calls,
      ElementsAre("openclaw-fetch resolve", "openclaw-probe find", "openclaw-state owner",
                  "openclaw-fetch fetch", "openclaw-finish fetch", "openclaw-stage stage",
                  "openclaw-validate validate", "begin openclaw-probe baseline", "openclaw-canary boot",
                  "openclaw-probe baseline", "openclaw-state snapshot", stop_call, "openclaw-state settle",
                  reset_call, start_call, "openclaw-probe gate", "openclaw-state discard"));
}

TEST_F(Updating, WithoutStateSnapshotsDoesNothingAtAllBetweenStopAndStart) {
  scene_.settings.update.snapshot_state = false;
  ASSERT_EQ(scene_.update(), "updated");
  const auto stop = std::find(scene_.manager.calls.begin(), scene_.manager.calls.end(), stop_call);
  EXPECT_THAT(
      std::vector<std::string>(stop, scene_.manager.calls.end()),
      ElementsAre(stop_call, reset_call, start_call, "openclaw-probe gate", "openclaw-state discard"));
}

TEST_F(Updating, LetsTheSecondPassEndOnlyWhenTheGatewayHasStarted) {
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_EQ(scene_.workers.dismissed, "openclaw-state settle after start openclaw-gateway.service");
}

TEST_F(Updating, RecordsAStateBeforeItsWorkBegins) {
  std::vector<std::string> witnessed;
  const auto witness = [&](const std::string& what) {
    scene_.context.id = scene_.observer.last.id;
    witnessed.push_back(what + " in " + scene_.recorded().back());
  };
  scene_.workers.before = witness;
  auto& unit = scene_.manager.unit(update_tests::gateway);
  unit.on_stop = [&](auto& stopped) {
    witness("stop");
    EXPECT_EQ(scene_.current(), old_version);
    stopped.rest();
    return "done";
  };
  unit.on_start = [&, start = unit.on_start](auto& started) {
    witness("start");
    EXPECT_EQ(scene_.current(), new_version);
    return start(started);
  };
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_THAT(witnessed,
              ElementsAre("openclaw-fetch resolve in plan", "openclaw-probe find in plan",
                          "openclaw-state owner in plan", "openclaw-fetch fetch in fetch",
                          "openclaw-finish fetch in fetch", "openclaw-stage stage in stage",
                          "openclaw-validate validate in validate", "openclaw-canary boot in canary",
                          "openclaw-probe baseline in canary", "openclaw-state snapshot in snapshot",
                          "stop in stop", "openclaw-state settle in stop", "start in start",
                          "openclaw-probe gate in verify", "openclaw-state discard in commit"));
}

TEST_F(Updating, AsksTheGateForThePromotedVersion) {
  scene_.settings.update.ready_timeout = std::chrono::seconds(240);
  ASSERT_EQ(scene_.update(), "updated");
  const json& request = scene_.workers.requests["openclaw-probe gate"];
  EXPECT_EQ(request["expected_version"], new_version);
  EXPECT_EQ(request["deadline_s"], 240);
  EXPECT_THAT(request["package"].get<std::string>(), HasSubstr(new_version));
}

TEST_F(Updating, CleansUpWhatTheFetchHasLeft) {
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_THAT(scene_.workers.cleaned, Contains("openclaw-fetch fetch"));
  EXPECT_THAT(scene_.workers.cleaned, Contains("openclaw-fetch resolve"));
}

TEST_F(Updating, CleansUpWhatAWorkerHasLeftThatFailed) {
  scene_.workers.fail("openclaw-fetch resolve");
  ASSERT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.workers.cleaned, Contains("openclaw-fetch resolve"));
  Scene other;
  other.workers.fail("openclaw-finish fetch");
  ASSERT_EQ(other.update(), "refused");
  EXPECT_THAT(other.workers.cleaned,
              testing::IsSupersetOf({"openclaw-finish fetch", "openclaw-fetch fetch"}));
}

// The answer of the release's own code is not trusted.
TEST_F(Updating, TakesNothingFromWhatTheLastStepsAnswer) {
  scene_.workers.answer("openclaw-finish fetch",
                        {{"version", "2026.7.1"}, {"integrity", "sha512-x"}, {"client", "x"}, {"node", "x"}});
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_EQ(scene_.context.to.client, "bun 1.4.5");
  EXPECT_EQ(scene_.context.to.node, "v24.16.0");
}

// The worker has compared them as well, but is not trusted.
TEST_F(Updating, RefusesAnotherVersionThanTheOneThatWasNamed) {
  EXPECT_EQ(scene_.update("2026.8.9"), "refused");
  EXPECT_THAT(scene_.context.reason, testing::AllOf(HasSubstr("2026.8.9"), HasSubstr(new_version)));
  EXPECT_FALSE(scene_.called("openclaw-fetch fetch"));
  expect_untouched();
}

TEST_F(Updating, GetsTheVersionThatWasNamedAndWhateverATagLeadsTo) {
  EXPECT_EQ(scene_.update(new_version), "updated");
  scene_.workers.answer("openclaw-fetch resolve", {{"version", "2026.8.3-1"}, {"integrity", "sha512-3"}});
  scene_.workers.fail("openclaw-fetch fetch", "it was asked to");
  EXPECT_EQ(scene_.update("beta"), "refused");
  EXPECT_EQ(scene_.context.reason, "it was asked to");
}

TEST_F(Updating, TellsWhatAWorkerSaysOfItself) {
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_THAT(scene_.observer.said, Contains("waiting for the gateway"));
}

TEST_F(Updating, IsUpToDateWithWhatRuns) {
  scene_.workers.answer("openclaw-fetch resolve", {{"version", old_version}, {"integrity", "sha512-old"}});
  EXPECT_EQ(scene_.update(), "up-to-date");
  expect_untouched();
  EXPECT_THAT(scene_.recorded(), ElementsAre("plan", "up-to-date"));
}

TEST_F(Updating, DownloadsNothingThatIsSealedAlready) {
  scene_.seal(new_version, "sha512-new");
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_FALSE(scene_.called("openclaw-fetch fetch"));
}

// Only if the unit looks for Node in the release first, because another unit would start without it.
TEST_F(Updating, LetsTheFetchBringANodeWhereTheUnitWouldRunOnIt) {
  struct Row {
    std::string program;
    std::vector<std::string> search_path;  // "": the release's folder
    bool may_bring_one = false;
  };
  for (const Row& row : {Row{"node", {"", "/usr/bin"}, true}, Row{"node", {"/usr/bin", ""}}, Row{"node", {}},
                         Row{"/usr/bin/node", {"", "/usr/bin"}}}) {
    Scene scene;
    const std::string current = scene.setup().state_directory + "/current";
    bus::ServiceDefinition& unit = scene.manager.unit(update_tests::gateway).definition;
    unit.exec_start = {row.program, current + "/dist/index.js", "gateway"};
    for (const std::string& folder : row.search_path)
      unit.search_path.push_back(folder.empty() ? current + "/.openclaw-systemd" : folder);
    ASSERT_EQ(scene.update(), "updated");
    EXPECT_EQ(scene.workers.requests["openclaw-fetch fetch"].value("may_bundle_node", false),
              row.may_bring_one);
  }
}

TEST_F(Updating, DoesNotTakeASealedReleaseOfAnotherTarball) {
  scene_.seal(new_version, "sha512-other");
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_TRUE(scene_.called("openclaw-fetch fetch"));
}

// An adopted release has no checksum, so it never equals one of the registry.
TEST_F(Updating, DoesNotTakeASealedReleaseForATarballWithoutIntegrity) {
  scene_.seal(new_version, "");
  scene_.workers.answer("openclaw-fetch resolve", {{"version", new_version}});
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_TRUE(scene_.called("openclaw-fetch fetch"));
}

TEST_F(Updating, LeavesAGatewayStoppedThatDidNotRun) {
  Scene scene(Scene::With::stopped_gateway);
  EXPECT_EQ(scene.update(), "updated");
  EXPECT_EQ(scene.current(), new_version);
  EXPECT_FALSE(scene.is_running());
  EXPECT_FALSE(scene.called(start_call));
  EXPECT_THAT(scene.context.notes, Contains(HasSubstr("not verified")));
}

// --- failures before the stop

struct Failure {
  std::string worker, state;
};
void PrintTo(const Failure& failure, std::ostream* out) {
  *out << failure.worker;
}
class FailureBeforeTheStop : public Updating, public testing::WithParamInterface<Failure> {};

TEST_P(FailureBeforeTheStop, IsRefusedWithTheGatewayUntouched) {
  scene_.workers.fail(GetParam().worker, "the reason");
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_EQ(scene_.context.reason, "the reason");
  EXPECT_THAT(scene_.recorded(), Contains(GetParam().state));
  EXPECT_EQ(scene_.recorded().back(), "refused");
  expect_untouched();
}

INSTANTIATE_TEST_SUITE_P(Worker, FailureBeforeTheStop,
                         testing::Values(Failure{"openclaw-fetch resolve", "plan"},
                                         Failure{"openclaw-fetch fetch", "fetch"},
                                         Failure{"openclaw-finish fetch", "fetch"},
                                         Failure{"openclaw-validate validate", "validate"},
                                         Failure{"openclaw-state snapshot", "snapshot"}),
                         [](const auto& test) {
                           return test.param.worker.substr(9, test.param.worker.find(' ') - 9) + "_in_" +
                                  test.param.state;
                         });

TEST_F(Updating, IsRefusedWhenTheFetchedPackageIsNotThere) {
  scene_.workers.answer("openclaw-fetch fetch", {});
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_EQ(scene_.recorded().at(2), "stage");
  expect_untouched();
}

TEST_F(Updating, IsRefusedWhenTheFetchedPackageIsOfAnotherVersion) {
  scene_.workers.answers["openclaw-fetch fetch"] = [&](const json&, const update::Watching&) {
    update_tests::plant_package(scene_.root, "fetch/" + scene_.observer.last.id + ".fetch/package",
                                "2026.7.1");
    return json::object();
  };
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("2026.7.1"));
  expect_untouched();
}

TEST_F(Updating, IsNotKeptByPluginsThatCouldNotBeStagedAhead) {
  scene_.workers.fail("openclaw-stage stage", "no registry");
  EXPECT_EQ(scene_.update(), "updated");
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("no registry")));
}

TEST_F(Updating, IsRefusedByAConfigThatTheNewReleaseDoesNotAccept) {
  scene_.workers.answer(
      "openclaw-validate validate",
      {{"config",
        {{"valid", false}, {"issues", {{{"path", "gateway.port"}, {"message", "expected number"}}}}}}});
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("gateway.port: expected number"));
  expect_untouched();
}

// It may share files with an earlier release, and they may have been damaged since that was sealed.
TEST_F(Updating, IsRefusedByADamagedReleaseWhateverTheReleaseSaysOfItself) {
  for (const bool parallel : {true, false}) {
    Scene scene;
    scene.settings.update.parallel = parallel;
    scene.workers.before = [&](const std::string& name) {
      if (name != "openclaw-stage stage") return;
      for (const std::string& release : scene.root.names("state/releases")) {
        const std::string file = "state/releases/" + release + "/package.json";
        if (!release.starts_with(new_version) || !scene.root.exists(file)) continue;
        ASSERT_EQ(::chmod(scene.root.path(file).c_str(), 0644), 0);
        scene.root.write(file, "{}");
      }
    };
    EXPECT_EQ(scene.update(), "refused");
    EXPECT_THAT(scene.context.reason, HasSubstr("package.json"));
    EXPECT_EQ(scene.current(), old_version);
    EXPECT_TRUE(scene.is_running());
  }
}

TEST_F(Updating, IsRefusedByADatabaseThatTheNewReleaseCannotRead) {
  scene_.workers.answer("openclaw-validate validate",
                        {{"database", {{"status", "incompatible"}, {"found", 18}, {"target", 15}}}});
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr("schema 18"), HasSubstr("15"), HasSubstr("--force")));
  expect_untouched();
  EXPECT_EQ(scene_.update("latest", /*force=*/true), "updated");
}

TEST_F(Updating, IsRefusedWithoutSpace) {
  scene_.space.bytes = 1000;
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("make room"));
  scene_.space = {std::uint64_t{100} * 1000 * 1000 * 1000, 10};
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_FALSE(scene_.called("openclaw-fetch fetch"));
  expect_untouched();
}

TEST_F(Updating, IsRefusedByACurrentThatLeadsNowhere) {
  ::unlink(scene_.root.path("state/current").c_str());
  scene_.root.symlink("releases/gone", "state/current");
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("gone"));
  EXPECT_TRUE(scene_.is_running());
}

TEST_F(Updating, IsRefusedWithoutTheGatewaysUnit) {
  scene_.manager.remove(update_tests::gateway);
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr(update_tests::gateway), HasSubstr("[gateway]")));
}

TEST_F(Updating, DoesNotBeginWhileAnotherUpdateIsOpen) {
  ASSERT_TRUE(scene_.update_until_killed_in("stop"));
  EXPECT_THAT(scene_.update(), AllOf(StartsWith("error: "), HasSubstr("openclaw-update recover")));
  EXPECT_TRUE(scene_.is_open());
}

// --- decisions of an operator

TEST_F(Updating, RespectsAHoldUnlessForced) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("holidays"));
  expect_untouched();
  EXPECT_EQ(scene_.update("latest", /*force=*/true), "updated");
}

TEST_F(Updating, IsHeldAndNotOnlyRefusedByAHold) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  ASSERT_EQ(scene_.update(), "refused");
  EXPECT_TRUE(scene_.context.held);
}

TEST_F(Updating, IsNotHeldWithoutADecisionOfAnOperator) {
  scene_.workers.fail("openclaw-fetch resolve");
  ASSERT_EQ(scene_.update(), "refused");
  EXPECT_FALSE(scene_.context.held);
}

TEST_F(Updating, IgnoresAHoldThatHasEndedAndSaysSo) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays", 1000}));
  EXPECT_EQ(scene_.update(), "updated");
  EXPECT_THAT(scene_.context.notes, testing::Contains(AllOf(HasSubstr("holidays"), HasSubstr("is over"))));
}

TEST_F(Updating, RespectsAHoldUntilItsEnd) {
  constexpr std::int64_t year_2200 = 7'258'118'400'000;
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays", year_2200}));
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("until 2200-01-01T00:00:00Z"));
}

TEST_F(Updating, InstallsThePinnedVersionAndNoOther) {
  ASSERT_TRUE(update::set_pin(scene_.state_fd(), "2026.9.9"));
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr("2026.9.9"), HasSubstr("openclaw-update unpin")));
  EXPECT_TRUE(scene_.context.held);
  expect_untouched();
  ASSERT_TRUE(update::set_pin(scene_.state_fd(), new_version));
  EXPECT_EQ(scene_.update(), "updated");
}

TEST_F(Updating, InstallsAnyVersionDespiteAPinIfForced) {
  ASSERT_TRUE(update::set_pin(scene_.state_fd(), "2026.9.9"));
  EXPECT_EQ(scene_.update("latest", /*force=*/true), "updated");
}

TEST_F(Updating, RespectsTheQuarantineUnlessForced) {
  ASSERT_TRUE(update::quarantine(scene_.state_fd(), new_version, "it died"));
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, AllOf(HasSubstr("it died"), HasSubstr("--force")));
  EXPECT_EQ(scene_.update("latest", /*force=*/true), "updated");
  EXPECT_FALSE(scene_.is_quarantined()) << "it has proven itself";
}

TEST_F(Updating, RefusesADowngradeUnlessForced) {
  scene_.workers.answer("openclaw-fetch resolve", {{"version", "2026.7.1"}, {"integrity", "sha512-older"}});
  scene_.workers.answers["openclaw-fetch fetch"] = [&](const json&, const update::Watching&) {
    update_tests::plant_package(scene_.root, "fetch/" + scene_.observer.last.id + ".fetch/package",
                                "2026.7.1");
    return json::object();
  };
  EXPECT_EQ(scene_.update("2026.7.1"), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("older"));
  expect_untouched();
  EXPECT_EQ(scene_.update("2026.7.1", /*force=*/true), "updated");
  EXPECT_EQ(scene_.current(), "2026.7.1");
}

TEST_F(Updating, ReturnsToASealedReleaseWithoutAskingARegistry) {
  ASSERT_EQ(scene_.update(), "updated");
  scene_.manager.calls.clear();
  update::Context context;
  context.id = scene_.new_id();
  context.unit = update_tests::gateway;
  context.to.release = **scene_.store->target(release::Store::Pointer::previous);
  const auto outcome = update::run_update(scene_.setup(), context);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, update::State::updated) << context.reason;
  EXPECT_EQ(scene_.running_version, old_version);
  EXPECT_FALSE(scene_.called("openclaw-fetch resolve"));
}

// --- first installation

TEST(FirstInstallation, StartsTheGatewayAndAsksOnlyWhatCountsByItself) {
  Scene scene(Scene::With::nothing_installed);
  EXPECT_EQ(scene.update(), "updated") << scene.context.reason;
  EXPECT_EQ(scene.current(), new_version);
  EXPECT_EQ(scene.previous(), "");
  EXPECT_TRUE(scene.is_running());
  EXPECT_FALSE(scene.called("openclaw-probe baseline"));
  EXPECT_FALSE(scene.called("openclaw-state snapshot"));
}

TEST(FirstInstallation, LeavesNothingCurrentWhenItFails) {
  Scene scene(Scene::With::nothing_installed);
  scene.never_ready.insert(new_version);
  EXPECT_EQ(scene.update(), "rolled-back");
  EXPECT_EQ(scene.current(), "");
  EXPECT_FALSE(scene.is_running());
  EXPECT_FALSE(scene.is_open());
}

TEST(FirstInstallation, WaitsForAnOperatorWhereThereIsNoConfiguration) {
  Scene scene(Scene::With::nothing_installed);
  scene.workers.answer("openclaw-validate validate", {{"config", {{"absent", true}, {"valid", false}}}});
  EXPECT_EQ(scene.update(), "updated") << scene.context.reason;
  EXPECT_EQ(scene.current(), new_version);
  EXPECT_FALSE(scene.is_running());
  EXPECT_THAT(scene.context.notes, Contains(HasSubstr("openclaw onboard")));
}

// The unit did not run a release: an installation that is not adopted.
TEST(FirstInstallation, StartsAgainWhatTheUnitRanBefore) {
  Scene scene(Scene::With::nothing_installed);
  auto& unit = scene.manager.unit(update_tests::gateway);
  unit.on_start = [&](auto& started) {
    if (started.status.main_pid == 0) started.run();
    scene.running_version = "2026.3.1";
    return "done";
  };
  unit.run();
  EXPECT_EQ(scene.update(), "rolled-back");
  EXPECT_EQ(scene.current(), "");
  EXPECT_TRUE(scene.is_running());
}

// --- records that cannot be written

class FullDisk : public Updating {
 protected:
  // From now on no record can be appended, because a folder is in the journal's place.
  void fill() {
    scene_.context.id = scene_.observer.last.id;
    const std::string journal = scene_.root.path(scene_.journal_path());
    ASSERT_EQ(::rename(journal.c_str(), (journal + ".before").c_str()), 0);
    scene_.root.mkdir(scene_.journal_path());
  }
};

TEST_F(FullDisk, BeforeTheStopLeavesTheGatewayAlone) {
  scene_.workers.before = [&](const std::string& name) {
    if (name == "openclaw-state snapshot") fill();
  };
  EXPECT_THAT(scene_.update(), HasSubstr("stops before \"stop\""));
  EXPECT_TRUE(scene_.is_running());
  EXPECT_FALSE(scene_.called(stop_call));
}

TEST_F(FullDisk, AfterTheStopStartsTheOldGatewayAgain) {
  scene_.workers.before = [&](const std::string& name) {
    if (name == "openclaw-state settle") fill();
  };
  EXPECT_THAT(scene_.update(),
              AllOf(HasSubstr("stops before \"promote\""), HasSubstr("in its former state")));
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_EQ(scene_.running_version, old_version);
  EXPECT_TRUE(scene_.is_running());
  EXPECT_FALSE(scene_.is_open());
}

TEST_F(FullDisk, AfterTheStartOfTheNewReleaseGoesBackToTheOldOne) {
  auto& unit = scene_.manager.unit(update_tests::gateway);
  unit.on_start = [&, start = unit.on_start](auto& started) {
    if (scene_.current() == new_version) fill();
    return start(started);
  };
  EXPECT_THAT(scene_.update(), HasSubstr("stops before \"verify\""));
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_EQ(scene_.running_version, old_version);
}

TEST_F(FullDisk, AfterTheProofKeepsTheNewRelease) {
  scene_.workers.before = [&](const std::string& name) {
    if (name == "openclaw-probe gate") fill();
  };
  EXPECT_EQ(scene_.update(), "updated");
  EXPECT_EQ(scene_.current(), new_version);
  EXPECT_EQ(scene_.previous(), old_version);
  EXPECT_TRUE(scene_.is_running());
  EXPECT_FALSE(scene_.is_open()) << "there is nothing left to recover";
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("no record of the end")));
}

// #140821: the gateway that answers must be the promoted one.
TEST(Update, TakesNoGatewayForTheNewOneThatSomebodyStartedBeforeThePromotion) {
  Scene scene;
  scene.workers.before = [&](const std::string& name) {
    if (name == "openclaw-state settle") scene.start_gateway();
  };
  EXPECT_EQ(scene.update(), "updated") << scene.context.reason;
  EXPECT_EQ(scene.running_version, new_version);
  EXPECT_THAT(scene.context.notes, Contains(HasSubstr("another program or an operator started")));
}

}  // namespace
