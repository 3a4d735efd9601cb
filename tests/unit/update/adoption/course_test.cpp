// An adoption from the look at what is there to its record, and the way back.
#include "update/adoption/course.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/journal.hpp"
#include "update/support/scene.hpp"

namespace {

using base::ErrorKind;
using test_support::TemporaryDirectory;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using update::AdoptionOrder;
using Pointer = release::Store::Pointer;

constexpr const char* unit = "claw.service";
constexpr std::int64_t now_ms = 1'795'000'000'000;

class AdoptionCourse : public testing::Test {
 protected:
  AdoptionCourse() {
    etc_.mkdir("system");
    etc_.mkdir("helpers.ini.d");
    install("2026.8.1");
    auto& claw = manager_.add(unit);
    claw.status.fragment_path = etc_.write("system/claw.service", "[Service]\nUser=nobody\n");
    claw.definition.user = "nobody";
    claw.definition.environment_keys = {"HOME"};
    claw.definition.locations = {{"HOME", "/home/claw"}};
    claw.definition.exec_start = {"/usr/bin/node", package("dist/index.js"), "gateway"};
    auto opened = release::Store::open(state_.path());
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store_.emplace(std::move(*opened));
  }

  void install(const std::string& version) { update_tests::plant_package(npm_, "openclaw", version); }
  std::string package(const std::string& file) const { return npm_.path("openclaw/" + file); }

  update::AdoptionSite site() {
    update::AdoptionPlaces places;
    places.units = etc_.path("system");
    places.settings = settings_file() + ".d";
    places.current = state_.path("current");
    return {state_.fd(), *store_, manager_, places, {}};
  }
  std::string settings_file() const { return etc_.path("helpers.ini"); }
  base::Result<update::Adopting> look(const AdoptionOrder& order = {unit, "", false}) {
    return update::look_before_adoption(site(), {}, state_.path(), order);
  }
  base::Result<void> carry_out(update::Adopting& adopting) {
    return update::carry_out_adoption(site(), {settings_file(), now_ms, {}}, adopting);
  }
  std::string adopt() {
    auto adopting = look();
    EXPECT_TRUE(adopting) << adopting.error().message;
    if (!adopting) return "";
    const auto done = carry_out(*adopting);
    EXPECT_TRUE(done) << done.error().message;
    return adopting->release;
  }
  void expect_nothing_written() const {
    EXPECT_THAT(etc_.names("helpers.ini.d"), IsEmpty());
    EXPECT_FALSE(etc_.exists("system/claw.service.d"));
    EXPECT_FALSE(state_.exists(update::adoption_record_file));
    EXPECT_FALSE(state_.is_symlink("current"));
  }

  TemporaryDirectory etc_{TemporaryDirectory::fast_place()}, state_{TemporaryDirectory::fast_place()},
      npm_{TemporaryDirectory::fast_place()};
  bus_tests::FakeServiceManager manager_;
  std::optional<release::Store> store_;
};

TEST_F(AdoptionCourse, LooksAndChangesNothing) {
  const auto adopting = look();
  ASSERT_TRUE(adopting) << adopting.error().message;
  EXPECT_EQ(adopting->package.version_text, "2026.8.1");
  EXPECT_EQ(adopting->release, "");
  EXPECT_FALSE(adopting->plan.files.empty());
  expect_nothing_written();
  EXPECT_THAT(manager_.calls, IsEmpty());
}

TEST_F(AdoptionCourse, TakesTheUnitOfTheSettingsWhereNoneIsNamed) {
  config::Settings settings;
  settings.gateway.unit = unit;
  const auto adopting = update::look_before_adoption(site(), settings, state_.path(), {});
  ASSERT_TRUE(adopting) << adopting.error().message;
  EXPECT_EQ(adopting->found.unit, unit);
}

TEST_F(AdoptionCourse, MakesTheInstallationTheCurrentRelease) {
  const std::string release = adopt();
  EXPECT_THAT(release, StartsWith("2026.8.1-"));
  EXPECT_EQ(store_->target(Pointer::current).value_or(std::nullopt), release);
  const auto settings = config::load(settings_file());
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->gateway.unit, unit);
  EXPECT_EQ(settings->gateway.package_root, state_.path("current"));
  const auto record = update::read_adoption(state_.fd());
  ASSERT_TRUE(record && *record);
  EXPECT_TRUE((*record)->complete);
  EXPECT_EQ((*record)->package_root, npm_.path("openclaw"));
}

TEST_F(AdoptionCourse, SealsNothingOfAPackageThatLacksSomething) {
  ::unlink(package("dist/entry.js").c_str());
  const auto adopting = look();
  ASSERT_FALSE(adopting);
  EXPECT_THAT(adopting.error().message,
              AllOf(HasSubstr("is not as npm -g installs OpenClaw 2026.8.1"), HasSubstr("--force")));
  expect_nothing_written();
}

TEST_F(AdoptionCourse, TakesSuchAPackageByForceAndNotesWhatItLacks) {
  ::unlink(package("dist/entry.js").c_str());
  const auto adopting = look({unit, "", true});
  ASSERT_TRUE(adopting) << adopting.error().message;
  EXPECT_THAT(adopting->plan.notes, Contains(HasSubstr("dist/entry.js")));
}

TEST_F(AdoptionCourse, LeavesNothingWhereALaterFileOfTheSiteSaysOtherwise) {
  etc_.write("helpers.ini.d/90-site.ini", "[gateway]\nunit = other.service\n");
  auto adopting = look();
  ASSERT_TRUE(adopting) << adopting.error().message;
  const auto done = carry_out(*adopting);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::refused);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("unit= in [gateway]"), HasSubstr("nothing of it is left")));
  ::unlink(etc_.path("helpers.ini.d/90-site.ini").c_str());
  expect_nothing_written();
}

TEST_F(AdoptionCourse, ClearsWhatAKillHasLeftAndNothingElse) {
  adopt();
  ASSERT_TRUE(update::clear_interrupted_adoption(site()));
  EXPECT_TRUE(state_.exists(update::adoption_record_file)) << "a complete one stays";
  auto record = update::read_adoption(state_.fd());
  ASSERT_TRUE(record && *record);
  (*record)->complete = false;
  state_.write(update::adoption_record_file, update::to_json(**record));
  ASSERT_TRUE(update::clear_interrupted_adoption(site()));
  expect_nothing_written();
  EXPECT_TRUE(update::clear_interrupted_adoption(site())) << "nothing is left to clear";
}

// --- giving it back

TEST_F(AdoptionCourse, GivesBackWhatItKnowsTheVersionOf) {
  adopt();
  const auto undoing = update::prepare_undoing(site(), false);
  ASSERT_TRUE(undoing) << undoing.error().message;
  EXPECT_EQ(undoing->version, "2026.8.1");
  EXPECT_THAT(undoing->notes, IsEmpty());
}

TEST_F(AdoptionCourse, GivesNothingBackWhereNothingIsAdopted) {
  const auto undoing = update::prepare_undoing(site(), true);
  ASSERT_FALSE(undoing);
  EXPECT_EQ(undoing.error().kind, ErrorKind::not_found);
}

TEST_F(AdoptionCourse, IsNotGivenBackWhileAnUpdateIsNotFinished) {
  adopt();
  const std::string id = update::transaction_id(9, now_ms);
  ASSERT_TRUE(update::Journal(state_.fd()).begin(id));
  const auto undoing = update::prepare_undoing(site(), true);
  ASSERT_FALSE(undoing);
  EXPECT_THAT(undoing.error().message, HasSubstr(id));
}

TEST_F(AdoptionCourse, IsNotGivenBackToAPackageThatMayNotReadTheState) {
  adopt();
  const TemporaryDirectory newer(TemporaryDirectory::fast_place());
  update_tests::plant_package(newer, "openclaw", "2026.8.2");
  const base::UniqueFd fd(::open(newer.path("openclaw").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto release = store_->seal(fd.get(), {"2026.8.2", "sha512-new", "bun 1.4.5", "v24.16.0", "x"}, {});
  ASSERT_TRUE(release && store_->point(Pointer::current, release->name));
  const auto undoing = update::prepare_undoing(site(), false);
  ASSERT_FALSE(undoing);
  EXPECT_THAT(undoing.error().message,
              AllOf(HasSubstr("openclaw-update rollback 2026.8.1 first"), HasSubstr("--force")));
  const auto forced = update::prepare_undoing(site(), true);
  ASSERT_TRUE(forced) << forced.error().message;
  EXPECT_THAT(forced->notes, Contains(HasSubstr("may not read the state of 2026.8.2")));
}

// A gateway that somebody has updated by hand meanwhile reads the state.
TEST_F(AdoptionCourse, IsGivenBackToAPackageThatIsNewer) {
  adopt();
  install("2026.8.3");
  const auto undoing = update::prepare_undoing(site(), false);
  ASSERT_TRUE(undoing) << undoing.error().message;
  EXPECT_EQ(undoing->version, "2026.8.3");
}

TEST_F(AdoptionCourse, IsNotGivenBackToAPackageThatIsGone) {
  adopt();
  ::unlink(package("package.json").c_str());
  const auto undoing = update::prepare_undoing(site(), false);
  ASSERT_FALSE(undoing);
  EXPECT_THAT(undoing.error().message, HasSubstr("could not be started again as it was"));
  EXPECT_TRUE(update::prepare_undoing(site(), true));
}

}  // namespace
