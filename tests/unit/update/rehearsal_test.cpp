// SPDX-License-Identifier: MIT
// An update that ends after its canary, for the decision of an operator.
#include "update/rehearsal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "update/compatibility.hpp"
#include "update/overview.hpp"
#include "update/rehearsing.hpp"
#include "update/standing.hpp"
#include "update/support/scene.hpp"
#include "update/unit_run.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using update::Intent;
using update::Purpose;
using update::State;
using update_tests::gateway;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

class ARehearsal : public testing::Test {
 protected:
  void expect_untouched() {
    const auto& unit = scene_.manager.unit(gateway);
    EXPECT_EQ(scene_.current(), old_version);
    EXPECT_EQ(scene_.previous(), "");
    EXPECT_EQ(scene_.running_version, old_version);
    EXPECT_EQ(unit.status.invocation_id, invocation_);
    for (const std::string& call : scene_.manager.calls) {
      EXPECT_THAT(call, Not(HasSubstr("stop "))) << call;
      EXPECT_THAT(call, Not(StartsWith("openclaw-state snapshot"))) << call;
      EXPECT_THAT(call, Not(StartsWith("openclaw-state discard"))) << call;
    }
    EXPECT_FALSE(scene_.is_open());
    EXPECT_FALSE(scene_.is_quarantined());
  }
  [[nodiscard]] update::Journal journal() const { return update::Journal(scene_.state_fd()); }
  [[nodiscard]] std::size_t count_of(const std::string& call) const {
    return static_cast<std::size_t>(
        std::count(scene_.manager.calls.begin(), scene_.manager.calls.end(), call));
  }
  update::UnitRun run(const std::optional<Intent>& intent, Purpose purpose = Purpose::rehearsal) {
    auto done = update::run_unit(scene_.setup(), "", intent, purpose);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(update::UnitRun{});
  }

  Scene scene_;
  const std::string invocation_ = scene_.manager.unit(gateway).status.invocation_id;
};

TEST_F(ARehearsal, DoesWhatAnUpdateDoesBeforeItTouchesTheGateway) {
  ASSERT_EQ(scene_.rehearse(), "rehearsed") << scene_.context.reason;
  EXPECT_THAT(scene_.recorded(), ElementsAre("plan", "fetch", "stage", "validate", "canary", "rehearsed"));
  expect_untouched();
}

TEST_F(ARehearsal, LeavesTheReleaseForTheUpdateProperWhichDownloadsNothing) {
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  const std::string release = scene_.context.to.release;
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.context.to.release, release);
  EXPECT_EQ(count_of("openclaw-fetch fetch"), 1U);
  EXPECT_EQ(count_of("openclaw-canary boot"), 2U) << "the state may be another one by then";
}

TEST_F(ARehearsal, OfWhatRunsIsUpToDate) {
  scene_.workers.answer("openclaw-fetch resolve", {{"version", old_version}, {"integrity", "sha512-old"}});
  EXPECT_EQ(scene_.rehearse(), "up-to-date");
  expect_untouched();
}

TEST_F(ARehearsal, ThatFailsOnTheCopyIsRefusedAndQuarantinesNothing) {
  scene_.canary = {{"ready", false}, {"detail", "starting"}};
  EXPECT_EQ(scene_.rehearse(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("not ready"));
  expect_untouched();
}

TEST_F(ARehearsal, GoesWithoutACanaryWhereTheSettingsDo) {
  scene_.settings.canary.boot = false;
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  EXPECT_THAT(update::lines_of(scene_.context.rehearsal), Contains(HasSubstr("there was no canary")));
  expect_untouched();
}

// --- hold and quarantine

TEST_F(ARehearsal, IsNotPreventedByAHoldWhichItReports) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"release party"}));
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  EXPECT_THAT(scene_.context.notes, Contains(AllOf(HasSubstr("release party"), HasSubstr("unhold"))));
  EXPECT_EQ(scene_.update(), "refused") << "the update itself is";
}

TEST_F(ARehearsal, OfAVersionInQuarantineRequiresThatItIsNamed) {
  ASSERT_TRUE(update::quarantine(scene_.state_fd(), new_version, "it lost a plugin"));
  EXPECT_EQ(scene_.rehearse(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr(std::string("openclaw-update rehearse ") + new_version));
  EXPECT_EQ(scene_.rehearse(new_version), "rehearsed");
  EXPECT_THAT(scene_.context.notes, Contains(AllOf(HasSubstr("it lost a plugin"), HasSubstr("--force"))));
  EXPECT_TRUE(scene_.is_quarantined()) << "nothing has shown that it works live";
}

TEST_F(ARehearsal, OfATimerIsNoFailureForAQuarantineAndIsOneForAHoldAlone) {
  ASSERT_TRUE(update::quarantine(scene_.state_fd(), new_version, "it lost a plugin"));
  EXPECT_TRUE(run(std::nullopt).forbidden_to_timer);
  ASSERT_TRUE(update::release_from_quarantine(scene_.state_fd(), new_version));
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"release party"}));
  scene_.canary = {{"ready", false}, {"detail", "starting"}};
  const auto failed = run(std::nullopt);
  EXPECT_EQ(failed.outcome, State::refused);
  EXPECT_FALSE(failed.forbidden_to_timer) << "what fails here is the release";
}

// --- its unit

TEST_F(ARehearsal, IsWhatItsUnitDoesWhateverAnIntentSays) {
  Intent intent;
  intent.wanted = new_version;
  for (const auto& asked : {std::optional<Intent>(), std::optional(intent)}) {
    EXPECT_EQ(run(asked).outcome, State::rehearsed);
    expect_untouched();
  }
}

// --- a kill

class ARehearsalKilledIn : public testing::TestWithParam<const char*> {};

TEST_P(ARehearsalKilledIn, IsEndedWithoutTouchingTheGateway) {
  for (const auto occasion : {update::Occasion::death, update::Occasion::boot}) {
    Scene scene;
    const std::string invocation = scene.manager.unit(gateway).status.invocation_id;
    ASSERT_TRUE(scene.rehearse_until_killed_in(GetParam()));
    scene.manager.calls.clear();
    scene.recover(occasion);
    if (occasion == update::Occasion::boot) scene.recover();
    EXPECT_FALSE(scene.is_open());
    EXPECT_EQ(scene.manager.unit(gateway).status.invocation_id, invocation);
    EXPECT_EQ(scene.current(), old_version);
    EXPECT_THAT(scene.manager.calls, Not(Contains(StartsWith("st")))) << "neither stop nor start";
    EXPECT_EQ(scene.update(), "updated") << "and the next update is none the worse";
  }
}

INSTANTIATE_TEST_SUITE_P(EachStage, ARehearsalKilledIn,
                         testing::Values("plan", "fetch", "stage", "validate", "canary", "rehearsed"));

// The last line is damaged, or of another version: for an update, it could be anything.
TEST_F(ARehearsal, WhoseLastLineCannotBeReadIsEndedWithoutTouchingTheGateway) {
  ASSERT_TRUE(scene_.rehearse_until_killed_in("canary"));
  scene_.context.id = scene_.observer.last.id;
  scene_.root.write(scene_.journal_path(),
                    scene_.root.read(scene_.journal_path()) + "{\"state\":\"encore\"}\n");
  EXPECT_EQ(scene_.recover(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("the rehearsal was interrupted"));
  expect_untouched();
}

// --- effects of the history on other commands

TEST_F(ARehearsal, DoesNotHideARollbackThatFailed) {
  scene_.does_not_start = {new_version, old_version};
  ASSERT_EQ(scene_.update(), "rollback-failed");
  const std::string failed = scene_.context.id;
  scene_.does_not_start.clear();
  scene_.start_gateway();
  ASSERT_EQ(scene_.rehearse(new_version), "rehearsed") << scene_.context.reason;
  EXPECT_EQ(*update::failed_rollback(journal()), failed);
}

TEST_F(ARehearsal, IsNoReleaseThatRunsAndNeedsNoSnapshot) {
  ASSERT_EQ(scene_.update(), "updated");
  const std::string runs = scene_.context.to.release, id = scene_.context.id;
  scene_.workers.answer("openclaw-fetch resolve", {{"version", "2026.8.3"}, {"integrity", "sha512-3"}});
  scene_.workers.answers["openclaw-fetch fetch"] = [&](const json&, const update::Watching&) {
    update_tests::plant_package(scene_.root, "fetch/" + scene_.observer.last.id + ".fetch/package",
                                "2026.8.3");
    return json{{"client", "bun 1.4.5"}, {"node", "v24.16.0"}};
  };
  ASSERT_EQ(scene_.rehearse(), "rehearsed") << scene_.context.reason;
  EXPECT_EQ(*update::release_that_runs(journal()), runs);
  const auto needed = update::needed_snapshots(journal(), *scene_.store->list());
  ASSERT_TRUE(needed);
  EXPECT_THAT(*needed, ElementsAre(id));
}

TEST_F(ARehearsal, IsShownBesideTheLastUpdate) {
  ASSERT_EQ(scene_.update(), "updated");
  const std::string id = scene_.context.id;
  ASSERT_EQ(scene_.rehearse(), "up-to-date");
  const auto seen = update::look_over(scene_.state_fd(), *scene_.store);
  EXPECT_EQ(seen.last.context()->id, id);
  EXPECT_EQ(seen.last_rehearsal.context()->id, scene_.context.id);
}

// --- how long its release is kept

TEST_F(ARehearsal, KeepsItsReleaseFromBeingPrunedUntilAnUpdateHasGoneFurther) {
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  const std::string sealed = scene_.context.to.release;
  EXPECT_EQ(*update::rehearsed_release(journal()), sealed);
  scene_.canary = {{"ready", false}, {"detail", "starting"}};
  ASSERT_EQ(scene_.update(), "refused");
  EXPECT_EQ(*update::rehearsed_release(journal()), sealed) << "it is tried again tomorrow";
  scene_.canary = json::object();
  ASSERT_EQ(scene_.update(), "updated");
  EXPECT_EQ(*update::rehearsed_release(journal()), "") << "from here keep= decides";
}

TEST_F(ARehearsal, GivesItsReleaseUpWhereTheUpdateWasRolledBack) {
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  scene_.does_not_start = {new_version};
  ASSERT_EQ(scene_.update(), "rolled-back");
  EXPECT_EQ(*update::rehearsed_release(journal()), "");
}

// --- its report

TEST_F(ARehearsal, TellsWhatWouldChange) {
  scene_.report["plugins"] = {
      {"known", true}, {"loaded", {"phone-control", "slack"}}, {"bundled", {"phone-control"}}};
  scene_.canary = {
      {"plugins",
       {{"known", true},
        {"loaded", {"slack", "voice"}},
        {"bundled", json::array()},
        {"errors", json::array()}}},
      {"schemas", {{"before", {{"state/openclaw.sqlite", 17}}}, {"after", {{"state/openclaw.sqlite", 18}}}}}};
  scene_.workers.answer("openclaw-stage stage",
                        {{"complete", false},
                         {"plugins",
                          {{{"id", "whatsapp"}, {"status", "missing"}, {"reason", "not installed"}},
                           {{"id", "slack"}, {"status", "present"}, {"reason", ""}}}}});
  scene_.workers.answer(
      "openclaw-validate validate",
      {{"config", {{"valid", true}, {"warnings", {{{"path", "gateway.old"}, {"message", "is deprecated"}}}}}},
       {"database", {{"status", "migrate"}, {"found", 17}, {"target", 18}}},
       {"node_version", "v24.16.0"}});
  ASSERT_EQ(scene_.rehearse(), "rehearsed") << scene_.context.reason;
  const auto lines = update::lines_of(scene_.context.rehearsal);
  EXPECT_THAT(lines, SizeIs(6));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("plugins: "), HasSubstr("also loads voice"),
                                    HasSubstr("no longer loads phone-control"),
                                    HasSubstr("lacks whatsapp (not installed)"))));
  EXPECT_THAT(lines, Contains("databases: moves state/openclaw.sqlite from schema 17 to 18"));
  EXPECT_THAT(lines, Contains("config: accepted with 1 warning: gateway.old: is deprecated"));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("node: "), HasSubstr("v24.16.0"))));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("disk: "), HasSubstr("for this release"))));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("downtime: "), HasSubstr("9 s to become ready"),
                                    HasSubstr("no earlier update"))));
}

TEST_F(ARehearsal, TellsHowLongEarlierUpdatesHadTheGatewayDown) {
  ASSERT_EQ(scene_.update(), "updated");
  const std::string id = scene_.context.id;
  ASSERT_EQ(scene_.rehearse(old_version, /*force=*/true), "refused") << "asked for another version";
  scene_.workers.answer("openclaw-fetch resolve", {{"version", old_version}, {"integrity", "sha512-old"}});
  ASSERT_EQ(scene_.rehearse(old_version, /*force=*/true), "rehearsed") << scene_.context.reason;
  const auto& earlier = scene_.context.rehearsal.downtime.earlier;
  ASSERT_THAT(earlier, SizeIs(1));
  EXPECT_EQ(earlier[0].id, id);
  EXPECT_EQ(earlier[0].to, new_version);
  EXPECT_GT(earlier[0].downtime_ms, 0);
}

TEST_F(ARehearsal, TellsThatADoctorMigratesAndHowLongThatTakes) {
  scene_.needs_migration = true;
  scene_.canary = {{"migration", {{"outcome", "done"}, {"took_ms", 4000}}}};
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  const auto lines = update::lines_of(scene_.context.rehearsal);
  EXPECT_THAT(lines, Contains(HasSubstr("doctor --fix migrates the state")));
  EXPECT_THAT(lines, Contains(HasSubstr("13 s to migrate and become ready")));
  EXPECT_EQ(scene_.gateway_state, "old");
}

TEST_F(ARehearsal, IsReadBackFromItsJournalAsItWasTold) {
  scene_.canary = {{"plugins", {{"known", true}, {"loaded", {"voice"}}, {"errors", json::array()}}}};
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  const auto history = journal().read(scene_.context.id);
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->context()->asked.rehearses);
  EXPECT_EQ(update::lines_of(history->context()->rehearsal), update::lines_of(scene_.context.rehearsal));
}

// A plugin's own version is relevant, but not the version of the OpenClaw that it is bundled with.
TEST_F(ARehearsal, ComparesTheBundledPluginsThatHaveVersionsOfTheirOwn) {
  scene_.workers.answers["openclaw-fetch fetch"] = [&](const json&, const update::Watching&) {
    const std::string package = "fetch/" + scene_.observer.last.id + ".fetch/package";
    update_tests::plant_package(scene_.root, package, new_version);
    scene_.root.write(package + "/dist/extensions/codex/package.json", R"({"version":"1.3.0"})");
    scene_.root.write(package + "/dist/extensions/slack/package.json",
                      std::string(R"({"version":")") + new_version + "\"}");
    return json{{"client", "bun 1.4.5"}, {"node", "v24.16.0"}};
  };
  const test_support::TemporaryDirectory former(test_support::TemporaryDirectory::fast_place());
  update_tests::plant_package(former, "package", "2026.8.0");
  former.write("package/dist/extensions/codex/package.json", R"({"version":"1.2.0"})");
  former.write("package/dist/extensions/slack/package.json", R"({"version":"2026.8.0"})");
  const base::UniqueFd fd(::open(former.path("package").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto sealed =
      scene_.store->seal(fd.get(), {"2026.8.0", "sha512-0", "bun 1.4.5", "v24.16.0", "x"}, {});
  ASSERT_TRUE(sealed) << sealed.error().message;
  ASSERT_TRUE(scene_.store->point(release::Store::Pointer::current, sealed->name));
  ASSERT_EQ(scene_.rehearse(), "rehearsed") << scene_.context.reason;
  const auto& changed = scene_.context.rehearsal.plugins.changed;
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_EQ(changed[0].id, "codex");
  EXPECT_EQ(changed[0].from + " " + changed[0].to, "1.2.0 1.3.0");
}

// --- the size of a release

TEST_F(ARehearsal, CountsAsItsOwnWhatNoOtherReleaseShares) {
  ASSERT_EQ(scene_.rehearse(), "rehearsed");
  const auto& size = scene_.context.rehearsal.size;
  EXPECT_EQ(size.files, 5);
  EXPECT_GT(size.own_bytes, 0) << "package.json has another version";
  EXPECT_LT(size.own_bytes, size.bytes) << "all else is as it was";
}

}  // namespace
