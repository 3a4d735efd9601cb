// SPDX-License-Identifier: MIT
// A gateway with a name: its adoption uses only its own files, units and folders.
#include "update/adoption/named_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "release/support/release_fixture.hpp"
#include "support/disk_witness.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/adoption/course.hpp"
#include "update/gateway_places.hpp"
#include "update/support/scene.hpp"

namespace {

using base::ErrorKind;
using test_support::TemporaryDirectory;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Pointer = release::Store::Pointer;

constexpr std::int64_t now_ms = 1'795'000'000'000;

class NamedGateway : public testing::Test {
 protected:
  NamedGateway() {
    for (const char* folder : {"system", "helpers.ini.d", "tmpfiles.d"}) etc_.mkdir(folder);
    update_tests::plant_package(npm_, "openclaw", "2026.8.1");
    places_ = update::places_of(state_.path(), "work");
    EXPECT_TRUE(update::make_state_folders(places_));
    auto& unit = manager_.add("openclaw@work.service");
    unit.status.fragment_path = etc_.write("system/openclaw@.service", "[Service]\nUser=nobody\n");
    unit.definition.user = "nobody";
    unit.definition.locations = {{"HOME", "/srv/work"}};
    unit.definition.exec_start = {"/usr/bin/node", npm_.path("openclaw/dist/index.js"), "gateway"};
    auto opened = release::Store::open(state_.path(), places_.state);
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store_.emplace(std::move(*opened));
    state_fd_ = fs::open_directory(places_.state).value_or(base::UniqueFd());
  }

  update::AdoptionSite site() {
    update::AdoptionPlaces places;
    places.units = etc_.path("system");
    places.settings = config::gateway_settings_path(etc_.path("helpers.ini"), "work") + ".d";
    places.current = places_.current();
    places.gateway = "work";
    places.updater = state_.path();
    places.state = places_.state;
    places.tmpfiles = etc_.path("tmpfiles.d");
    places.results = run_.path("openclaw-workers-work");
    return {state_fd_.get(), *store_, manager_, places, {}};
  }
  base::Result<update::Adopting> look() {
    return update::look_before_adoption(site(), {}, state_.path(), {"openclaw@work.service", "", false});
  }
  update::Adopting adopted() {
    auto adopting = look();
    EXPECT_TRUE(adopting) << adopting.error().message;
    const auto done = update::carry_out_adoption(site(), {etc_.path("helpers.ini"), now_ms, {}}, *adopting);
    EXPECT_TRUE(done) << done.error().message;
    return std::move(*adopting);
  }
  std::string worker(const std::string& program) const {
    return etc_.read("system/" + program + "-work@.service.d/50-openclaw-update.conf");
  }

  TemporaryDirectory etc_{TemporaryDirectory::fast_place()}, state_{TemporaryDirectory::fast_place()},
      npm_{TemporaryDirectory::fast_place()}, run_{TemporaryDirectory::fast_place()};
  bus_tests::FakeServiceManager manager_;
  update::GatewayPlaces places_;
  std::optional<release::Store> store_;
  base::UniqueFd state_fd_;
};

TEST_F(NamedGateway, HasFoldersThatAreOnTheDisk) {
  const test_support::DiskWitness disk;
  adopted();
  EXPECT_NE(disk.durably_made("openclaw-workers-work"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(NamedGateway, HasSettingsOfItsOwn) {
  adopted();
  const auto settings = config::load_whole_gateway(etc_.path("helpers.ini"), "work");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->gateway.unit, "openclaw@work.service");
  EXPECT_EQ(settings->gateway.package_root, places_.current());
  EXPECT_THAT(etc_.names("helpers.ini.d"), IsEmpty()) << "the site's stay as they are";
}

TEST_F(NamedGateway, StartsFromALinkOfItsOwn) {
  const auto adopting = adopted();
  EXPECT_EQ(store_->target(Pointer::current).value_or(std::nullopt), adopting.release);
  EXPECT_FALSE(state_.is_symlink("current"));
  EXPECT_THAT(etc_.read("system/openclaw@work.service.d/50-openclaw-update.conf"),
              HasSubstr("ExecStart=/usr/bin/node " + places_.current() + "/dist/index.js gateway\n"));
}

TEST_F(NamedGateway, HasWorkersThatAreLinkedFromThePackage) {
  adopted();
  for (const char* program : {"openclaw-state", "openclaw-migrate", "openclaw-validate", "openclaw-canary",
                              "openclaw-stage", "openclaw-probe"}) {
    const std::string unit = std::string("system/") + program + "-work@.service";
    EXPECT_EQ(etc_.read_link(unit),
              std::string("/usr/share/openclaw-systemd/units/") + program + "@.service");
    EXPECT_THAT(worker(program), HasSubstr("\nUser=nobody\n"));
    EXPECT_THAT(worker(program),
                HasSubstr("\nRuntimeDirectory=\nRuntimeDirectory=openclaw-workers-work/%p@%i\n"));
    EXPECT_THAT(worker(program), HasSubstr("\nCacheDirectory=\nCacheDirectory=openclaw-work\n"));
    EXPECT_THAT(worker(program), HasSubstr("\nEnvironment=XDG_CACHE_HOME=%C/openclaw-work\n"));
  }
}

TEST_F(NamedGateway, ShowsItsUpdatesToItsGroupAlone) {
  adopted();
  EXPECT_EQ(state_.mode("gateways/work"), 0750U);
  EXPECT_EQ(run_.mode("openclaw-workers-work"), 0750U);
  EXPECT_NE(state_.status("gateways/work").st_gid, 0U);
  EXPECT_EQ(state_.status("gateways/work").st_uid, 0U);
  EXPECT_THAT(etc_.read("tmpfiles.d/openclaw-update-work.conf"),
              HasSubstr("openclaw-workers-work 0750 root "));
}

TEST_F(NamedGateway, IsRecoveredAtBoot) {
  adopted();
  EXPECT_EQ(etc_.read_link("system/multi-user.target.wants/openclaw-update-recover@work.service"),
            "/usr/lib/systemd/system/openclaw-update-recover@.service");
  EXPECT_THAT(
      etc_.read("system/openclaw@work.service.d/50-openclaw-update.conf"),
      HasSubstr("After=openclaw-update-recover@work.service\nBefore=openclaw-update-resume@work.service\n"));
}

TEST_F(NamedGateway, TellsTheProgramsOfItsUnitWhichOneItIs) {
  adopted();
  EXPECT_THAT(etc_.read("system/openclaw@work.service.d/50-openclaw-update.conf"),
              HasSubstr("\nEnvironment=OPENCLAW_HELPERS_GATEWAY=work\n"));
}

TEST_F(NamedGateway, LetsTheWatchdogHandItsWorkersARequestAndNoMore) {
  adopted();
  EXPECT_THAT(etc_.read("system/openclaw-watchdog.service.d/50-openclaw-update-work.conf"),
              HasSubstr("ReadWritePaths=-" + places_.state + "/requests\n"));
}

TEST_F(NamedGateway, IsGivenBackToTheLastLink) {
  adopted();
  // The fake manager reads no files.
  const auto undoing = update::prepare_undoing(site(), /*force=*/true);
  ASSERT_TRUE(undoing) << undoing.error().message;
  const auto undone = update::undo_adoption(site(), undoing->record);
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_THAT(undone->kept, IsEmpty());
  EXPECT_THAT(etc_.names("system"), testing::ElementsAre("openclaw@.service"));
  EXPECT_THAT(etc_.names("tmpfiles.d"), IsEmpty());
  EXPECT_FALSE(etc_.exists("gateways.d"));
  EXPECT_FALSE(run_.exists("openclaw-workers-work"));
}

TEST_F(NamedGateway, KeepsALinkThatSomebodyHasLedElsewhere) {
  adopted();
  const std::string unit = "system/openclaw-state-work@.service";
  ASSERT_EQ(::unlink(etc_.path(unit).c_str()), 0);
  etc_.symlink("/etc/own/openclaw-state@.service", unit);
  const auto undoing = update::prepare_undoing(site(), true);
  ASSERT_TRUE(undoing);
  const auto undone = update::undo_adoption(site(), undoing->record);
  ASSERT_TRUE(undone);
  EXPECT_THAT(undone->kept, testing::ElementsAre(etc_.path(unit)));
}

TEST_F(NamedGateway, IsNotTheUnitOfAnother) {
  etc_.write("helpers.ini", "[gateway]\nunit = openclaw@work.service\nstate-directory = /srv/other\n");
  auto adopting = look();
  ASSERT_TRUE(adopting) << adopting.error().message;
  const auto done = update::carry_out_adoption(site(), {etc_.path("helpers.ini"), now_ms, {}}, *adopting);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("unit="));
  EXPECT_THAT(etc_.names("system"), testing::ElementsAre("openclaw@.service"));
}

TEST_F(NamedGateway, IsToldOfAnotherThatHasTheSameGroup) {
  adopted();
  places_ = update::places_of(state_.path(), "twin");
  update::AdoptionPlaces twin = site().places;
  twin.gateway = "twin";
  update::Installation same;
  same.definition.user = "nobody";
  EXPECT_THAT(update::gateways_of_the_same_group(same, twin), testing::ElementsAre("work"));
  update::Installation other;
  other.definition.user = "root";
  EXPECT_THAT(update::gateways_of_the_same_group(other, twin), IsEmpty());
}

TEST(OneGateway, HasNoneOfIt) {
  const update::AdoptionPlaces places;
  EXPECT_EQ(update::worker_template("openclaw-state", places), "openclaw-state@.service");
  EXPECT_EQ(update::worker_lines(places) + update::gateway_lines(places), "");
  EXPECT_THAT(update::files_of_named_gateway({}, places, {"openclaw-state"}), IsEmpty());
}

}  // namespace
