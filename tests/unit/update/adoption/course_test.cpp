// SPDX-License-Identifier: MIT
// An adoption from the first checks to its record, and its reversal.
#include "update/adoption/course.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "fs/refusals.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/journal.hpp"
#include "update/support/fake_accounts.hpp"
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
    places.homes = etc_.path("homes");
    return {state_.fd(), *store_, manager_, places, says_, accounts_};
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
  update_tests::FakeAccounts accounts_;
  std::function<void(const std::string& step)> says_;
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
  EXPECT_THAT(
      adopting.error().message,
      AllOf(HasSubstr("differs from what npm -g installs for OpenClaw 2026.8.1"), HasSubstr("--force")));
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
              AllOf(HasSubstr("unit= in [gateway]"), HasSubstr("no file of it is left")));
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

// --- the reversal

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
  EXPECT_THAT(forced->notes, Contains(HasSubstr("may not be able to read the state of 2026.8.2")));
}

TEST_F(AdoptionCourse, IsNotGivenBackWhereTheDiskDoesNotShowWhichReleaseIsCurrent) {
  adopt();
  const test_support::Refusals refused(
      [](fs::syscalls::Call, std::string_view name) { return name == "." ? EIO : 0; });
  const auto undoing = update::prepare_undoing(site(), false);
  ASSERT_FALSE(undoing);
  EXPECT_THAT(undoing.error().message,
              AllOf(HasSubstr("the version of the current release is not known"), HasSubstr("--force")));
}

// A gateway that was updated by hand in the meantime can read the state.
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
  EXPECT_THAT(undoing.error().message, HasSubstr("could not be started again with its original package"));
  EXPECT_TRUE(update::prepare_undoing(site(), true));
}

// --- a gateway that runs as root

struct Killed {};

class AdoptionToUser : public AdoptionCourse {
 protected:
  AdoptionToUser() {
    auto& definition = manager_.unit(unit).definition;
    definition.user = "";
    definition.locations = {{"HOME", etc_.mkdir("root", 0700)}};
    etc_.write("root/.openclaw/openclaw.json", "{}", 0600);
    etc_.write("root/.openclaw/state/openclaw.sqlite", "rows", 0600);
    etc_.write("system/claw.service", "[Service]\n");
    before_ = tree();
  }
  AdoptionOrder order() const { return {unit, "", false, "claw"}; }
  base::Result<void> move() {
    auto adopting = look(order());
    if (!adopting) return base::pass(adopting.error());
    return carry_out(*adopting);
  }
  base::Result<update::UndoneAdoption> undo() {
    const auto undoing = update::prepare_undoing(site(), false);
    if (!undoing) return base::pass(undoing.error());
    return update::undo_adoption(site(), undoing->record);
  }
  // Contents and modes of all files of root and the administrator.
  std::map<std::string, std::string> tree(const std::string& folder = ".") const {
    std::map<std::string, std::string> all;
    for (const std::string& name : etc_.names(folder)) {
      const std::string path = folder + "/" + name;
      if (path == "./homes") continue;
      const auto status = etc_.status(path);
      const std::string mode = std::to_string(status.st_mode) + " " + std::to_string(status.st_uid) + " ";
      all[path] = mode + (etc_.is_directory(path) ? "" : etc_.read(path));
      if (etc_.is_directory(path)) all.merge(tree(path));
    }
    return all;
  }
  // Runs work(), which is killed after this number of steps.
  template <class Work>
  std::size_t steps_of(Work&& work, std::optional<std::size_t> allowed = {}) {
    std::size_t steps = 0;
    says_ = [&](const std::string&) {
      ++steps;
      if (allowed && steps > *allowed) throw Killed{};
    };
    try {
      static_cast<void>(work());
    } catch (const Killed&) {
    }
    says_ = {};
    return steps;
  }
  void expect_as_before() {
    EXPECT_EQ(tree(), before_);
    EXPECT_THAT(accounts_.known, IsEmpty());
    EXPECT_FALSE(etc_.exists("homes/claw"));
    EXPECT_FALSE(state_.exists(update::adoption_record_file));
  }

  std::map<std::string, std::string> before_;
};

TEST_F(AdoptionToUser, GivesItAUserAndACopyOfItsState) {
  const auto moved = move();
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(etc_.read("homes/claw/.openclaw/state/openclaw.sqlite"), "rows");
  EXPECT_EQ(accounts_.known.count("claw"), 1U);
  EXPECT_THAT(etc_.read("system/claw.service.d/50-openclaw-update.conf"), HasSubstr("User=claw\n"));
  EXPECT_THAT(manager_.calls, testing::ElementsAre("reload")) << "nothing is stopped or started";
  const auto record = update::read_adoption(state_.fd());
  ASSERT_TRUE(record && *record && (*record)->moved_home);
  EXPECT_EQ((*record)->moved_home->place, etc_.path("homes/claw"));
}

TEST_F(AdoptionToUser, IsUndoneByteForByteAndTheNewerStateIsKept) {
  ASSERT_TRUE(move());
  etc_.write("homes/claw/.openclaw/state/openclaw.sqlite", "more rows", 0600);
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  expect_as_before();
  EXPECT_EQ(undone->home.kept, etc_.path("homes/claw.kept"));
  EXPECT_EQ(etc_.read("homes/claw.kept/.openclaw/state/openclaw.sqlite"), "more rows");
  EXPECT_TRUE(undone->home.user_is_gone);
  EXPECT_TRUE(move()) << "and it can be moved again";
}

TEST_F(AdoptionToUser, OfAGatewayThatRunsIsRefusedUntilItIsStopped) {
  manager_.unit(unit).run();
  const auto refused = move();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("systemctl stop claw.service"), HasSubstr("then systemctl start")));
  expect_as_before();
  EXPECT_TRUE(look(order())) << "--dry-run may look all the same";
  manager_.unit(unit).rest();
  EXPECT_TRUE(move());
}

TEST_F(AdoptionToUser, IsGivenBackOnceItIsStopped) {
  ASSERT_TRUE(move());
  manager_.unit(unit).run();
  const auto refused = undo();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("systemctl stop claw.service"));
  EXPECT_TRUE(etc_.exists("homes/claw"));
  manager_.unit(unit).rest();
  EXPECT_TRUE(undo());
}

TEST_F(AdoptionToUser, OfAGatewayThatIsStartedMeanwhileIsUndone) {
  says_ = [&](const std::string& step) {
    if (step.starts_with("copied")) manager_.unit(unit).run();
  };
  const auto moved = move();
  says_ = {};
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().kind, ErrorKind::busy);
  EXPECT_THAT(moved.error().message, HasSubstr("was started while its state was copied"));
  expect_as_before();
}

TEST_F(AdoptionToUser, KilledAfterAnyStepIsUndoneByTheNext) {
  const std::size_t steps = steps_of([&] { return move(); });
  ASSERT_TRUE(undo());
  ASSERT_GT(steps, 10U);
  for (std::size_t allowed = 0; allowed < steps; ++allowed) {
    SCOPED_TRACE(allowed);
    steps_of([&] { return move(); }, allowed);
    ASSERT_TRUE(update::clear_interrupted_adoption(site()));
    if (const auto record = update::read_adoption(state_.fd()); record && *record) {
      ASSERT_TRUE((*record)->complete);
      ASSERT_TRUE(undo());
    }
    expect_as_before();
    const auto again = move();
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_TRUE(undo());
  }
}

TEST_F(AdoptionToUser, KilledInAnyStepOfItsUndoingKeepsTheNewerState) {
  ASSERT_TRUE(move());
  const std::size_t steps = steps_of([&] { return undo(); });
  ASSERT_GT(steps, 10U);
  for (std::size_t allowed = 0; allowed < steps; ++allowed) {
    SCOPED_TRACE(allowed);
    ASSERT_TRUE(move());
    const std::string written = "rows of " + std::to_string(allowed);
    etc_.write("homes/claw/.openclaw/state/openclaw.sqlite", written, 0600);
    steps_of([&] { return undo(); }, allowed);
    ASSERT_TRUE(update::clear_interrupted_adoption(site()));
    expect_as_before();
    std::vector<std::string> kept;
    for (const std::string& name : etc_.names("homes")) {
      kept.push_back(etc_.read("homes/" + name + "/.openclaw/state/openclaw.sqlite"));
    }
    EXPECT_THAT(kept, Contains(written));
  }
}

TEST_F(AdoptionToUser, IsNotGivenBackToAStateThatSomebodyHasRemoved) {
  ASSERT_TRUE(move());
  ::rename(etc_.path("root/.openclaw").c_str(), etc_.path("gone").c_str());
  const auto refused = undo();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("no longer exists"), HasSubstr("--force")));
  EXPECT_TRUE(update::prepare_undoing(site(), true));
}

}  // namespace
