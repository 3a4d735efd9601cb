// SPDX-License-Identifier: MIT
// A gateway that stays a user unit (adopt --user): all of its adoption belongs to that user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "fs/beneath.hpp"
#include "release/support/release_fixture.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/adoption/course.hpp"
#include "update/gateway_places.hpp"
#include "update/support/scene.hpp"

namespace {

using test_support::TemporaryDirectory;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t now_ms = 1'795'000'000'000;

class OwnUnit : public testing::Test {
 protected:
  OwnUnit() {
    scope_ = config::scope_of_user(1000, home_.path(), {});
    scope_.manager = home_.path("run");
    scope_.requests = home_.path("run/openclaw-update/requests");
    scope_.settings.site.clear();
    home_.mkdir(".config/systemd/user");
    home_.mkdir(".local/state/openclaw");
    update_tests::plant_package(home_, "npm/openclaw", "2026.8.1");
    places_ = update::places_of(scope_, "");
    EXPECT_TRUE(update::make_state_folders(places_));
    auto& unit = manager_.add("openclaw-gateway.service");
    unit.status.fragment_path = home_.write(".config/systemd/user/openclaw-gateway.service", "[Service]\n");
    unit.definition.locations = {{"HOME", home_.path()}};
    unit.definition.exec_start = {"/usr/bin/node", home_.path("npm/openclaw/dist/index.js"), "gateway"};
    unit.definition.environment_keys = {"HOME", "NODE_OPTIONS", "OPENCLAW_GATEWAY_TOKEN", "TMPDIR"};
    unit.environment = {{"HOME", home_.path()},
                        {"NODE_OPTIONS", "--use-system-ca"},
                        {"OPENCLAW_GATEWAY_TOKEN", "not to be told"},
                        {"TMPDIR", "/tmp"}};
    auto opened = release::Store::open(places_.updater, places_.state);
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store_.emplace(std::move(*opened));
    state_fd_ = fs::open_directory(places_.state).value_or(base::UniqueFd());
  }

  update::AdoptionSite site() {
    update::AdoptionPlaces places;
    places.units = scope_.unit_files;
    places.shipped = scope_.shipped_units;
    places.service_states = scope_.service_states;
    places.settings = scope_.settings.path + ".d";
    places.current = places_.current();
    places.updater = places_.updater;
    places.state = places_.state;
    places.own_user = "nobody";
    return {state_fd_.get(), *store_, manager_, places, {}};
  }
  update::Adopting adopted() {
    auto adopting = update::look_before_adoption(site(), {}, places_.updater, {});
    EXPECT_TRUE(adopting) << adopting.error().message;
    if (!adopting) std::abort();
    const auto done = update::carry_out_adoption(site(), {scope_.settings, now_ms, {}}, *adopting);
    EXPECT_TRUE(done) << done.error().message;
    return std::move(*adopting);
  }
  std::string drop_in(const std::string& unit) const {
    return home_.read(".config/systemd/user/" + unit + ".d/50-openclaw-update.conf");
  }

  TemporaryDirectory home_{TemporaryDirectory::fast_place()};
  config::Scope scope_;
  bus_tests::FakeServiceManager manager_;
  update::GatewayPlaces places_;
  std::optional<release::Store> store_;
  base::UniqueFd state_fd_;
};

TEST_F(OwnUnit, StartsTheReleaseInTheUsersState) {
  adopted();
  EXPECT_THAT(drop_in("openclaw-gateway.service"),
              AllOf(HasSubstr(home_.path(".local/state/openclaw-update/current/dist/index.js")),
                    HasSubstr("Environment=OPENCLAW_HELPERS_SCOPE=user\n")));
}

TEST_F(OwnUnit, HasWorkersThatSwitchToNobody) {
  adopted();
  for (const char* worker :
       {"openclaw-state@.service", "openclaw-canary@.service", "openclaw-probe@.service"}) {
    EXPECT_THAT(drop_in(worker), Not(HasSubstr("User=")));
    EXPECT_THAT(drop_in(worker), Not(HasSubstr("ProtectHome=")));
  }
}

TEST_F(OwnUnit, LetsThoseWorkersWriteTheStateThatHaveTo) {
  adopted();
  EXPECT_THAT(drop_in("openclaw-migrate@.service"),
              HasSubstr("ReadWritePaths=" + home_.path(".openclaw") + "\n"));
  EXPECT_THAT(drop_in("openclaw-canary@.service"), Not(HasSubstr("ReadWritePaths=")));
}

// systemd 257 creates a user namespace for a user unit with such a line, in which the gateway's processes are
// not visible.
TEST_F(OwnUnit, LeavesWorkersThatLookIntoTheGatewaysProcessesWithoutAViewOfPathsOfTheirOwn) {
  adopted();
  for (const char* worker : {"openclaw-state@.service", "openclaw-probe@.service"}) {
    for (const char* setting : {"Paths=", "Protect", "Private", "TemporaryFileSystem="}) {
      EXPECT_THAT(drop_in(worker), Not(HasSubstr(setting))) << worker;
    }
  }
}

TEST_F(OwnUnit, GivesWorkersWhatTheUnitSetsAndNoSecretOfIt) {
  const auto adopting = adopted();
  EXPECT_THAT(drop_in("openclaw-canary@.service"),
              AllOf(HasSubstr("Environment=NODE_OPTIONS=--use-system-ca\n"), Not(HasSubstr("not to be told")),
                    Not(HasSubstr("TMPDIR"))));
  EXPECT_THAT(adopting.plan.notes, Contains(HasSubstr("OPENCLAW_GATEWAY_TOKEN")));
  EXPECT_THAT(adopting.plan.notes, Not(Contains(HasSubstr("TMPDIR"))));
}

TEST_F(OwnUnit, HasItsInterruptedUpdatesEndedWhenTheManagerStartsAgain) {
  adopted();
  EXPECT_EQ(home_.read_link(".config/systemd/user/default.target.wants/openclaw-update-recover.service"),
            "/usr/lib/systemd/user/openclaw-update-recover.service");
}

TEST_F(OwnUnit, IsGivenBackAsItWas) {
  const auto before = home_.names(".config/systemd/user");
  adopted();
  const auto undoing = update::prepare_undoing(site(), false);
  ASSERT_TRUE(undoing) << undoing.error().message;
  ASSERT_TRUE(update::undo_adoption(site(), undoing->record));
  EXPECT_EQ(home_.names(".config/systemd/user"), before);
}

TEST_F(OwnUnit, LetsTheFetchSeeANodeThatIsInTheHome) {
  auto& command = manager_.unit("openclaw-gateway.service").definition.exec_start;
  command.front() = home_.write(".nvm/versions/node/v24.21.0/bin/node", "", 0755);
  adopted();
  EXPECT_THAT(drop_in("openclaw-fetch@.service"),
              HasSubstr("BindReadOnlyPaths=-" + home_.path(".nvm/versions/node/v24.21.0") + "\n"));
}

}  // namespace
