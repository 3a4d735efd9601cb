// SPDX-License-Identifier: MIT
// An adoption and its reversal on real files, killed after each of their steps.
#include "update/adoption/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>

#include "fs/refusals.hpp"
#include "release/support/release_fixture.hpp"
#include "support/disk_witness.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/journal.hpp"

namespace {

using base::ErrorKind;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using update::AdoptionRecord;
using Pointer = release::Store::Pointer;

struct Killed {};

class Adoption : public test_support::ReleaseStoreTest {
 protected:
  Adoption() : release_(seal()), store_(store()) {
    etc_.mkdir("system");
    etc_.write("system/claw.service", "[Service]\n");
    files_ = {{etc_.path("openclaw/helpers.ini.d/50-adopted.ini"), "[gateway]\n"},
              {etc_.path("system/openclaw-state@.service.d/50-openclaw-update.conf"), "[Service]\n"},
              {etc_.path(gateway_drop_in), "[Service]\nExecStart=\n"}};
    manager_.add("claw.service");
    before_ = tree();
  }

  static constexpr const char* gateway_drop_in = "system/claw.service.d/50-openclaw-update.conf";

  update::AdoptionSite site(std::function<void(const std::string&)> says = {}) {
    update::AdoptionPlaces places;
    places.current = state_.path("current");
    const auto step = [this, says = std::move(says)](const std::string& done) {
      play_manager();
      if (says) says(done);
    };
    return {state_.fd(), store_, manager_, places, step};
  }
  AdoptionRecord begun() const {
    AdoptionRecord record;
    record.unit = "claw.service";
    record.package_root = package_.path();
    record.release = release_;
    return record;
  }
  base::Result<AdoptionRecord> adopt(std::function<void(const std::string&)> says = {}) {
    return update::apply_adoption(site(std::move(says)), begun(), files_);
  }
  AdoptionRecord adopted() {
    auto record = adopt();
    EXPECT_TRUE(record) << record.error().message;
    return record.value_or(AdoptionRecord{});
  }
  base::Result<update::UndoneAdoption> undo(std::function<void(const std::string&)> says = {}) {
    const auto record = update::read_adoption(state_.fd());
    EXPECT_TRUE(record && *record);
    if (!record || !*record) return base::fail(ErrorKind::not_found, "no record");
    return update::undo_adoption(site(std::move(says)), **record);
  }
  // Sets what the drop-in contains, because the fake manager reads no files.
  void play_manager() {
    const std::string from = etc_.exists(gateway_drop_in) ? state_.path("current") : package_.path();
    manager_.unit("claw.service").definition.exec_start = {"/usr/bin/node", from + "/dist/index.js"};
  }
  // The number of steps of work(), which is killed after the last one that is permitted.
  template <class Work>
  std::vector<std::string> steps_of(Work&& work, std::optional<std::size_t> allowed = {}) {
    std::vector<std::string> steps;
    try {
      static_cast<void>(work([&](const std::string& step) {
        steps.push_back(step);
        if (allowed && steps.size() > *allowed) throw Killed{};
      }));
    } catch (const Killed&) {
    }
    return steps;
  }
  // All files, by their paths in the configuration folder.
  std::map<std::string, std::string> tree(const std::string& folder = ".") const {
    std::map<std::string, std::string> all;
    for (const std::string& name : etc_.names(folder)) {
      const std::string path = folder + "/" + name;
      all[path] = etc_.is_directory(path) ? "" : etc_.read(path);
      if (etc_.is_directory(path)) all.merge(tree(path));
    }
    return all;
  }
  void expect_as_before() {
    EXPECT_EQ(tree(), before_);
    EXPECT_FALSE(state_.exists(update::adoption_record_file));
    EXPECT_FALSE(state_.is_symlink("current"));
    EXPECT_THAT(listed(), ElementsAre(release_));
  }
  std::string in_the_way() {
    const auto free = update::require_adoptable(site(), files_);
    EXPECT_FALSE(free);
    if (free) return "";
    EXPECT_EQ(free.error().kind, ErrorKind::refused) << free.error().message;
    return free.error().message;
  }

  test_support::TemporaryDirectory etc_;
  bus_tests::FakeServiceManager manager_;
  std::string release_;
  release::Store store_;
  std::vector<update::TextFile> files_;
  std::map<std::string, std::string> before_;
};

TEST_F(Adoption, WritesIntoFoldersThatAreOnTheDisk) {
  const test_support::DiskWitness disk;
  adopted();
  for (const char* folder : {"openclaw/helpers.ini.d", "system/claw.service.d"}) {
    EXPECT_NE(disk.durably_made(etc_.path(folder)), test_support::DiskWitness::never)
        << folder << disk.story();
  }
}

TEST_F(Adoption, WritesWhatIsPlannedAndLeadsCurrentToTheRelease) {
  const auto record = adopted();
  EXPECT_TRUE(record.complete);
  for (const auto& file : files_) EXPECT_EQ(etc_.read(file.path.substr(etc_.path().size() + 1)), file.text);
  EXPECT_EQ(store_.target(Pointer::current).value_or(std::nullopt), release_);
  EXPECT_THAT(manager_.calls, ElementsAre("reload"));
}

TEST_F(Adoption, NeitherStopsNorStartsAnything) {
  adopted();
  EXPECT_TRUE(undo());
  EXPECT_THAT(manager_.calls, ElementsAre("reload", "reload"));
}

TEST_F(Adoption, IsUndoneToTheLastFolder) {
  adopted();
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_EQ(undone->removed.size(), files_.size());
  EXPECT_THAT(undone->kept, IsEmpty());
  expect_as_before();
}

TEST_F(Adoption, GivesTheGatewaysUnitBackFirst) {
  adopted();
  const auto undone = undo();
  ASSERT_TRUE(undone);
  EXPECT_EQ(undone->removed.front(), etc_.path(gateway_drop_in));
}

TEST_F(Adoption, RecordsWhatItWillWriteBeforeItWrites) {
  steps_of([&](auto says) { return adopt(says); }, 0);
  const auto record = update::read_adoption(state_.fd());
  ASSERT_TRUE(record && *record);
  EXPECT_FALSE((*record)->complete);
  EXPECT_EQ((*record)->files.size(), files_.size());
  EXPECT_EQ(tree(), before_);
}

TEST_F(Adoption, KilledAfterAnyStepIsUndoneAndCanBeDoneAgain) {
  const std::size_t steps = steps_of([&](auto says) { return adopt(says); }).size();
  ASSERT_TRUE(undo());
  ASSERT_GT(steps, files_.size());
  for (std::size_t allowed = 0; allowed < steps; ++allowed) {
    SCOPED_TRACE(allowed);
    steps_of([&](auto says) { return adopt(says); }, allowed);
    EXPECT_FALSE(update::require_adoptable(site(), files_));
    const auto undone = undo();
    ASSERT_TRUE(undone) << undone.error().message;
    expect_as_before();
    EXPECT_TRUE(update::require_adoptable(site(), files_));
    EXPECT_TRUE(adopted().complete);
    ASSERT_TRUE(undo());
  }
}

TEST_F(Adoption, KilledInAnyStepOfItsUndoingIsUndoneByTheNext) {
  adopted();
  const std::size_t steps = steps_of([&](auto says) { return undo(says); }).size();
  for (std::size_t allowed = 0; allowed < steps; ++allowed) {
    SCOPED_TRACE(allowed);
    adopted();
    steps_of([&](auto says) { return undo(says); }, allowed);
    const auto undone = undo();
    ASSERT_TRUE(undone) << undone.error().message;
    expect_as_before();
  }
}

// Otherwise adopt, which reverts an incomplete adoption before it begins, would leave a complete one half
// removed.
TEST_F(Adoption, IsNoLongerCompleteFromTheBeginningOfItsUndoing) {
  adopted();
  steps_of([&](auto says) { return undo(says); }, 0);
  const auto record = update::read_adoption(state_.fd());
  ASSERT_TRUE(record && *record);
  EXPECT_FALSE((*record)->complete);
}

TEST_F(Adoption, TakesAwayWhatAKillLeftOfAFileInTheMaking) {
  adopted();
  etc_.write("system/claw.service.d/.50-openclaw-update.conf.Ab12", "half");
  ASSERT_TRUE(undo());
  EXPECT_FALSE(etc_.exists("system/claw.service.d"));
}

TEST_F(Adoption, KeepsAFileThatWasChangedSinceAndNamesIt) {
  adopted();
  etc_.write("openclaw/helpers.ini.d/50-adopted.ini", "[gateway]\nport = 1\n");
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_THAT(undone->kept, ElementsAre(etc_.path("openclaw/helpers.ini.d/50-adopted.ini")));
  EXPECT_EQ(etc_.read("openclaw/helpers.ini.d/50-adopted.ini"), "[gateway]\nport = 1\n");
  EXPECT_FALSE(state_.exists(update::adoption_record_file));
}

TEST_F(Adoption, IsUndoneOnlyOnceTheDiskShowsWhetherAFileWasChanged) {
  adopted();
  {
    const test_support::Refusals refused(
        [](fs::syscalls::Call, std::string_view name) { return name == "50-adopted.ini" ? EIO : 0; });
    const auto undone = undo();
    ASSERT_FALSE(undone);
    EXPECT_EQ(undone.error().number, EIO);
    EXPECT_THAT(undone.error().message, HasSubstr(etc_.path("openclaw/helpers.ini.d")));
  }
  EXPECT_TRUE(state_.exists(update::adoption_record_file));
  EXPECT_TRUE(etc_.exists("openclaw/helpers.ini.d/50-adopted.ini"));
  ASSERT_TRUE(undo());
  expect_as_before();
}

TEST_F(Adoption, KeepsAFileThatWasReplacedByALink) {
  adopted();
  const std::string path = etc_.path("openclaw/helpers.ini.d/50-adopted.ini");
  ::unlink(path.c_str());
  etc_.symlink(etc_.write("elsewhere.ini", "[gateway]\n"), "openclaw/helpers.ini.d/50-adopted.ini");
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_THAT(undone->kept, ElementsAre(path));
}

TEST_F(Adoption, KeepsAFolderThatSomebodyHasUsedSince) {
  adopted();
  etc_.write("system/claw.service.d/90-site.conf", "[Service]\n");
  ASSERT_TRUE(undo());
  EXPECT_TRUE(etc_.exists("system/claw.service.d/90-site.conf"));
}

TEST_F(Adoption, KeepsCurrentAsLongAsTheUnitStartsIt) {
  adopted();
  etc_.write(gateway_drop_in, "[Service]\nExecStart=\n# mine\n");
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_TRUE(undone->still_starts_current);
  EXPECT_TRUE(state_.is_symlink("current"));
  ::unlink(etc_.path(gateway_drop_in).c_str());
  play_manager();
  const auto again = undo();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->still_starts_current);
  EXPECT_FALSE(state_.is_symlink("current"));
}

TEST_F(Adoption, IsUndoneForAUnitThatIsGone) {
  adopted();
  manager_.remove("claw.service");
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_FALSE(state_.is_symlink("current"));
}

TEST_F(Adoption, ThatFailsHalfWayLeavesNothing) {
  // A file in the place of a folder, which cannot be foreseen.
  etc_.write("openclaw", "no folder");
  before_ = tree();
  const auto failed = adopt();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("no file of it is left"));
  expect_as_before();
}

TEST_F(Adoption, ThatSystemdDoesNotHearOfSaysHowToUndoIt) {
  manager_.refuse("reload", {ErrorKind::unavailable, 0, "no answer"});
  const auto failed = adopt();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("adopt --undo"));
  manager_.allow("reload");
  play_manager();
  ASSERT_TRUE(undo());
  expect_as_before();
}

TEST_F(Adoption, IsRefusedWhereAnotherFileIsInTheWay) {
  etc_.write(gateway_drop_in, "[Service]\n# of the site\n");
  EXPECT_THAT(in_the_way(), HasSubstr(etc_.path(gateway_drop_in) + " already exists"));
}

TEST_F(Adoption, IsNotRefusedForAFileThatIsWhatItWouldWrite) {
  etc_.write(gateway_drop_in, files_.back().text);
  EXPECT_TRUE(update::require_adoptable(site(), files_));
}

TEST_F(Adoption, IsRefusedWhereThereIsOneAlready) {
  adopted();
  EXPECT_THAT(in_the_way(), HasSubstr("claw.service is adopted already"));
}

TEST_F(Adoption, IsRefusedOverACurrentReleaseFromElsewhere) {
  ASSERT_TRUE(store_.point(Pointer::current, release_));
  EXPECT_THAT(in_the_way(), HasSubstr("points to " + release_));
}

TEST_F(Adoption, IsRefusedWhileAnUpdateIsNotFinished) {
  const std::string id = update::transaction_id(1, 1'795'000'000'000);
  ASSERT_TRUE(update::Journal(state_.fd()).begin(id));
  EXPECT_THAT(in_the_way(), HasSubstr("the update " + id + " is not finished"));
}

TEST(AdoptionRecordText, IsReadAsItWasWritten) {
  AdoptionRecord record{"claw.service", "/opt/\"x\"",         "2026.9.5-1f3a9c2e",
                        true,           {{"/etc/a", "00ff"}}, {"/etc"}};
  const auto read = update::adoption_from_json(update::to_json(record));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(update::to_json(*read), update::to_json(record));
  EXPECT_EQ(read->package_root, "/opt/\"x\"");
  EXPECT_TRUE(read->complete);
}

TEST(AdoptionRecordText, ThatCannotBeReadRemovesNothingAndSaysWhatToDo) {
  for (const char* text : {"", "{", "[]", "null", R"({"unit":"x"})", R"({"unit":1})"}) {
    const auto read = update::adoption_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::integrity);
    EXPECT_THAT(read.error().message, HasSubstr("50-openclaw-update.conf"));
  }
}

}  // namespace
