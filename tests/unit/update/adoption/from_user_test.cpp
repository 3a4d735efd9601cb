// SPDX-License-Identifier: MIT
// adopt --from-user from the check of the user's unit to the record, and its reversal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/adoption/course.hpp"
#include "update/adoption/support/user_unit.hpp"
#include "update/support/fake_accounts.hpp"
#include "update/support/fake_workers.hpp"
#include "update/support/scene.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using test_support::TemporaryDirectory;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Pointer = release::Store::Pointer;

constexpr const char* unit = "openclaw-gateway.service";
constexpr const char* way_back = "openclaw-user-unit-start@1000.service";
constexpr std::int64_t now_ms = 1'795'000'000'000;

class FromUser : public testing::Test {
 protected:
  FromUser() {
    etc_.mkdir("system");
    etc_.mkdir("user");
    etc_.mkdir("helpers.ini.d");
    update_tests::plant_package(npm_, "openclaw", "2026.8.1");
    // A home that only root could replace by a link.
    accounts_.known["claw"] = {"claw", 1000, 1000, "/usr/share"};
    seen_ = update_tests::unit_of_the_installer(npm_.path("openclaw"));
    seen_.environment.front().value = "/usr/share";
    seen_.state = "/usr/share/.openclaw";
    manager_.add(unit).on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
      update_tests::settle_move(update_tests::marks_in(state_));
      started.run();
      return "done";
    };
    auto& back = manager_.add(way_back);
    back.oneshot = true;
    back.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
      update_tests::settle_return(update_tests::marks_in(state_));
      manager_.unit(unit).rest();
      started.run();
      return "done";
    };
    workers_.answers["openclaw-user-unit serve"] = [this](const json& request, const update::Watching&) {
      return request.at("act") == "look" ? contract::to_json(seen_) : json::object();
    };
    workers_.answer("openclaw-probe gate",
                    {{"ready", true}, {"running", true}, {"version", "2026.8.1"}, {"version_known", true}});
    auto opened = release::Store::open(state_.path());
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store_.emplace(std::move(*opened));
  }

  update::AdoptionSite site() {
    update::AdoptionPlaces places;
    places.units = etc_.path("system");
    places.user_units = etc_.path("user");
    places.secrets = etc_.path("secrets");
    places.settings = etc_.path("helpers.ini.d");
    places.current = state_.path("current");
    places.marks = update_tests::marks_in(state_);
    return {state_.fd(), *store_, manager_, places, {}, accounts_, &workers_};
  }
  base::Result<update::Adopting> look() {
    return update::look_before_adoption(site(), {}, state_.path(),
                                        {.unit = "", .package_root = "", .from_user = "claw"});
  }
  base::Result<void> adopt() {
    auto adopting = look();
    if (!adopting) return base::pass(adopting.error());
    return update::carry_out_adoption(site(), {etc_.path("helpers.ini"), now_ms, {}}, *adopting);
  }
  base::Result<update::UndoneAdoption> undo() {
    const auto undoing = update::prepare_undoing(site(), false);
    if (!undoing) return base::pass(undoing.error());
    return update::undo_adoption(site(), undoing->record);
  }
  void expect_nothing_left() const {
    EXPECT_THAT(etc_.names("system"), IsEmpty());
    EXPECT_THAT(etc_.names("user"), IsEmpty());
    EXPECT_THAT(etc_.names("helpers.ini.d"), IsEmpty());
    EXPECT_FALSE(state_.exists(update::adoption_record_file));
    EXPECT_FALSE(state_.is_symlink("current"));
    for (const char* const folder : {"to-move", "moved", "to-return", "returned"}) {
      EXPECT_FALSE(state_.exists(std::string(folder) + "/1000-openclaw-gateway.service")) << folder;
    }
  }

  TemporaryDirectory etc_{TemporaryDirectory::fast_place()}, state_{TemporaryDirectory::fast_place()},
      npm_{TemporaryDirectory::fast_place()};
  bus_tests::FakeServiceManager manager_;
  update_tests::FakeWorkers workers_{manager_.calls};
  std::optional<release::Store> store_;
  update_tests::FakeAccounts accounts_;
  contract::UserUnitFound seen_;
};

TEST_F(FromUser, LooksAndChangesNothing) {
  const auto adopting = look();
  ASSERT_TRUE(adopting) << adopting.error().message;
  EXPECT_EQ(adopting->found.unit, unit);
  EXPECT_EQ(adopting->package.version_text, "2026.8.1");
  expect_nothing_left();
}

TEST_F(FromUser, SealsThePackageWritesTheUnitAndChangesOver) {
  const auto done = adopt();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(state_.exists("moved/1000-openclaw-gateway.service"));
  EXPECT_EQ(manager_.unit(unit).status.active_state, "active");
  EXPECT_TRUE(etc_.exists("user/openclaw-gateway.service.d/50-openclaw-update-1000.conf"));
  EXPECT_TRUE(etc_.is_symlink("system/multi-user.target.wants/openclaw-gateway.service"));
  const auto record = update::read_adoption(state_.fd());
  ASSERT_TRUE(record && *record);
  EXPECT_TRUE((*record)->complete);
  ASSERT_TRUE((*record)->moved_unit);
  EXPECT_EQ((*record)->moved_unit->user, "claw");
}

TEST_F(FromUser, AsksTheGatewayForTheVersionThatWasAdopted) {
  ASSERT_TRUE(adopt());
  const json& request = workers_.requests["openclaw-probe gate"];
  EXPECT_EQ(request["expected_version"], "2026.8.1");
  EXPECT_EQ(request["port"], 22345);
  EXPECT_EQ(request["node"], "/usr/bin/node");
}

TEST_F(FromUser, LeavesNothingWhereTheGatewayDoesNotServe) {
  workers_.answer("openclaw-probe gate",
                  {{"ready", false}, {"running", true}, {"detail", "starting"}, {"failing", {"state"}}});
  const auto done = adopt();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("not adopted, and no file of it is left"));
  EXPECT_THAT(manager_.calls, Contains("start " + std::string(way_back)));
  expect_nothing_left();
}

TEST_F(FromUser, LeavesNothingWhereTheUnitDoesNotStart) {
  manager_.unit(unit).on_start = [](bus_tests::FakeUnit& started) {
    started.fail("exit-code");
    return "dependency";
  };
  const auto done = adopt();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("ended with \"dependency\""));
  expect_nothing_left();
}

TEST_F(FromUser, SaysWhereTheProcessDied) {
  workers_.answers["openclaw-probe gate"] = [this](const json&,
                                                   const update::Watching& watching) -> base::Result<json> {
    manager_.unit(unit).fail("exit-code");
    EXPECT_FALSE(watching(""));
    return base::fail(ErrorKind::busy, "ended");
  };
  const auto done = adopt();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("the gateway ended as openclaw-gateway.service"));
}

TEST_F(FromUser, IsGivenBack) {
  ASSERT_TRUE(adopt());
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_FALSE(undone->still_starts_current);
  EXPECT_THAT(manager_.calls, Contains("start " + std::string(way_back)));
  expect_nothing_left();
}

TEST_F(FromUser, StaysWhereTheUsersUnitDoesNotStart) {
  ASSERT_TRUE(adopt());
  manager_.unit(way_back).on_start = [](bus_tests::FakeUnit& started) {
    started.fail("exit-code");
    return "failed";
  };
  const auto undone = undo();
  ASSERT_FALSE(undone);
  EXPECT_THAT(undone.error().message, HasSubstr("openclaw-gateway.service continues to run"));
  EXPECT_TRUE(state_.exists("moved/1000-openclaw-gateway.service"));
  EXPECT_TRUE(etc_.exists("system/openclaw-gateway.service.d/50-openclaw-update.conf"));
}

TEST_F(FromUser, IsRefusedBesideAGatewayOfTheSystem) {
  manager_.unit(unit).run();
  const auto adopting = look();
  ASSERT_FALSE(adopting);
  EXPECT_THAT(
      adopting.error().message,
      AllOf(HasSubstr("there is a gateway in openclaw-gateway.service of the system already (it runs)"),
            HasSubstr("--gateway NAME")));
}

TEST_F(FromUser, IsRefusedOfRoot) {
  accounts_.known["claw"].user = 0;
  const auto adopting = look();
  ASSERT_FALSE(adopting);
  EXPECT_THAT(adopting.error().message, HasSubstr("adopt --to-user"));
}

TEST_F(FromUser, IsRefusedWhereTheHomeCouldBeExchanged) {
  accounts_.known["claw"].home = "/tmp/claw-of-nobody";
  const auto adopting = look();
  ASSERT_FALSE(adopting);
  EXPECT_THAT(adopting.error().message, HasSubstr("/tmp/claw-of-nobody"));
}

TEST_F(FromUser, IsNotFoundWithoutThatUser) {
  accounts_.known.clear();
  const auto adopting = look();
  ASSERT_FALSE(adopting);
  EXPECT_EQ(adopting.error().kind, ErrorKind::not_found);
}

}  // namespace
