// SPDX-License-Identifier: MIT
#include "update/definition.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/refusals.hpp"
#include "support/disk_witness.hpp"
#include "support/temporary_directory.hpp"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// The kernel answers a read at its start with EIO, as a disk that fails does.
constexpr const char* failing_file = "/proc/self/mem";

class UnitDefinition : public testing::Test {
 protected:
  UnitDefinition() {
    unit_.fragment_path = units_.write("x.service", "[Service]\nExecStart=/x\r\n\n#é", 0640);
    unit_.drop_in_paths = {units_.write("x.service.d/10.conf", "[Service]\nEnvironment=A=1\n")};
  }
  void keep() const {
    const auto kept = update::keep_definition(folder_.fd(), unit_);
    ASSERT_TRUE(kept) << kept.error().message;
  }
  std::vector<std::string> changed() const {
    const auto found = update::changed_definition(folder_.fd(), unit_, files_);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> paths;
    for (const auto& file : found.value_or(std::vector<update::ChangedFile>{})) paths.push_back(file.path);
    return paths;
  }
  std::vector<std::string> restore() const {
    const auto found = update::restore_definition(folder_.fd(), unit_, files_);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> paths;
    for (const auto& file : found.value_or(update::Restored{}).files) paths.push_back(file.path);
    return paths;
  }

  test_support::TemporaryDirectory units_, folder_;
  update::UnitFiles files_{"x.service", units_.path()};
  bus::ServiceStatus unit_;
};

TEST_F(UnitDefinition, ThatWasNotKeptHasNotChanged) {
  EXPECT_THAT(changed(), IsEmpty());
  EXPECT_THAT(restore(), IsEmpty());
}

TEST_F(UnitDefinition, ThatIsAsItWasIsLeftAlone) {
  keep();
  const auto before = units_.status("x.service");
  EXPECT_THAT(changed(), IsEmpty());
  EXPECT_THAT(restore(), IsEmpty());
  EXPECT_EQ(units_.status("x.service").st_ino, before.st_ino);
}

TEST_F(UnitDefinition, IsKeptForRootAlone) {
  keep();
  EXPECT_EQ(folder_.mode("definition"), 0700u);
  for (const std::string& name : folder_.names("definition"))
    EXPECT_EQ(folder_.mode("definition/" + name), 0600u);
}

TEST_F(UnitDefinition, ComesBackByteForByteWithItsMode) {
  keep();
  const std::string before = units_.read("x.service");
  units_.write("x.service", "[Service]\nExecStart=/y\n", 0600);
  EXPECT_THAT(changed(), ElementsAre(unit_.fragment_path));
  EXPECT_THAT(restore(), ElementsAre(unit_.fragment_path));
  EXPECT_EQ(units_.read("x.service"), before);
  EXPECT_EQ(units_.mode("x.service"), 0640u);
  EXPECT_THAT(changed(), IsEmpty());
}

// systemd then no longer reports either path.
TEST_F(UnitDefinition, ComesBackWithItsFolderWhenAllOfItIsGone) {
  keep();
  const auto paths = std::vector{unit_.fragment_path, unit_.drop_in_paths.front()};
  for (const std::string& path : paths) ::unlink(path.c_str());
  ::rmdir(units_.path("x.service.d").c_str());
  unit_ = {};
  EXPECT_THAT(changed(), ElementsAre(paths[0], paths[1]));
  EXPECT_THAT(restore(), ElementsAre(paths[0], paths[1]));
  EXPECT_EQ(units_.read("x.service.d/10.conf"), "[Service]\nEnvironment=A=1\n");
}

TEST_F(UnitDefinition, LosesADropInThatWasAddedToASafePlace) {
  keep();
  unit_.drop_in_paths.push_back(units_.write("x.service.d/99.conf", "[Service]\nUser=root\n"));
  EXPECT_THAT(changed(), ElementsAre(unit_.drop_in_paths[1]));
  EXPECT_THAT(restore(), ElementsAre(unit_.drop_in_paths[1]));
  EXPECT_FALSE(units_.exists("x.service.d/99.conf"));
  const auto aside = folder_.names("set-aside");
  ASSERT_EQ(aside.size(), 1u);
  EXPECT_EQ(folder_.read("set-aside/" + aside[0]), "[Service]\nUser=root\n");
  EXPECT_THAT(restore(), IsEmpty()) << "the manager has not looked again";
}

TEST_F(UnitDefinition, KeepsWhatStoodThereWheneverItIsPutBack) {
  keep();
  for (const char* const text : {"[Service]\nUser=a\n", "[Service]\nUser=b\n"}) {
    units_.write("x.service", text);
    const auto restored = update::restore_definition(folder_.fd(), unit_, files_);
    ASSERT_TRUE(restored) << restored.error().message;
    ASSERT_EQ(restored->files.size(), 1u);
    EXPECT_EQ(folder_.read("set-aside/" + restored->files[0].set_aside), text);
    EXPECT_THAT(update::describe(restored->files, "transactions/1"),
                testing::AllOf(HasSubstr(unit_.fragment_path),
                               HasSubstr("transactions/1/set-aside/" + restored->files[0].set_aside)));
  }
  EXPECT_EQ(folder_.names("set-aside").size(), 2u) << "none in the place of another";
  EXPECT_EQ(folder_.mode("set-aside"), 0700u) << "it may hold a secret";
}

// Files of packages, of set-property, of the current boot, and of several units.
TEST_F(UnitDefinition, IsNeitherWrittenNorMovedElsewhere) {
  test_support::TemporaryDirectory elsewhere;
  unit_.drop_in_paths.push_back(elsewhere.write("x.service.d/50.conf", "[Service]\n"));
  unit_.drop_in_paths.push_back(units_.write("service.d/50.conf", "[Service]\n"));
  keep();
  const std::vector<std::string> edited{elsewhere.write("x.service.d/50.conf", "[Service]\nNice=1\n"),
                                        units_.write("service.d/50.conf", "[Service]\nNice=1\n")};
  std::vector<std::string> left = edited;
  for (const char* const name : {"x.service.d/60.conf", "x-.service.d/60.conf"}) {
    left.push_back(elsewhere.write(name, "[Service]\n"));
    unit_.drop_in_paths.push_back(left.back());
  }
  left.push_back(units_.write("x-.service.d/70.conf", "[Service]\n"));
  unit_.drop_in_paths.push_back(left.back());
  EXPECT_THAT(changed(), testing::UnorderedElementsAreArray(left));
  const auto restored = update::restore_definition(folder_.fd(), unit_, files_);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(restored->files, IsEmpty());
  EXPECT_THAT(restored->left, testing::UnorderedElementsAreArray(left));
  EXPECT_EQ(units_.read("service.d/50.conf"), "[Service]\nNice=1\n");
  EXPECT_TRUE(elsewhere.exists("x.service.d/60.conf"));
}

// A file that cannot be written does not prevent the restoration of the others.
TEST_F(UnitDefinition, IsPutBackAsFarAsItCanBe) {
  keep();
  ::unlink(units_.path("x.service").c_str());
  units_.mkdir("x.service");
  units_.write("x.service.d/10.conf", "[Service]\n");
  const auto restored = update::restore_definition(folder_.fd(), unit_, files_);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(restored->left, ElementsAre(HasSubstr(unit_.fragment_path)));
  EXPECT_EQ(units_.read("x.service.d/10.conf"), "[Service]\nEnvironment=A=1\n");
}

// A drop-in that came back with the power would change how the restored gateway starts.
TEST_F(UnitDefinition, LosesADropInForGood) {
  keep();
  unit_.drop_in_paths.push_back(units_.write("x.service.d/20.conf", "[Service]\nNice=1\n"));
  const test_support::DiskWitness disk;
  EXPECT_THAT(restore(), ElementsAre(units_.path("x.service.d/20.conf")));
  EXPECT_NE(disk.durably_removed("x.service.d/20.conf"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(UnitDefinition, ComesBackWithAFolderThatIsOnTheDisk) {
  keep();
  ::unlink(units_.path("x.service.d/10.conf").c_str());
  ASSERT_EQ(::rmdir(units_.path("x.service.d").c_str()), 0);
  const test_support::DiskWitness disk;
  EXPECT_THAT(restore(), ElementsAre(units_.path("x.service.d/10.conf")));
  EXPECT_NE(disk.durably_made("x.service.d"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(UnitDefinition, IsNotKeptASecondTimeOverTheFirst) {
  keep();
  units_.write("x.service", "changed");
  keep();
  EXPECT_THAT(changed(), ElementsAre(unit_.fragment_path));
}

TEST_F(UnitDefinition, ThatCannotBeReadIsNotKept) {
  unit_.drop_in_paths.push_back(units_.path("gone.conf"));
  const auto kept = update::keep_definition(folder_.fd(), unit_);
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().message, HasSubstr("gone.conf"));
}

TEST_F(UnitDefinition, IsNotRestoredFromADamagedCopy) {
  keep();
  for (const std::string& name : folder_.names("definition")) {
    if (name != "index.json") folder_.write("definition/" + name, "damaged");
  }
  units_.write("x.service", "changed");
  const auto restored = update::restore_definition(folder_.fd(), unit_, files_);
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().message, HasSubstr("damaged"));
  EXPECT_EQ(units_.read("x.service"), "changed");
}

TEST_F(UnitDefinition, IsNotRestoredByADamagedIndex) {
  keep();
  for (const char* const text : {"", "{", "[]", "{}", R"({"files":[7]})", R"({"files":[{"path":1}]})"}) {
    folder_.write("definition/index.json", text);
    EXPECT_FALSE(update::restore_definition(folder_.fd(), unit_, files_)) << text;
    EXPECT_FALSE(update::changed_definition(folder_.fd(), unit_, files_)) << text;
  }
}

TEST_F(UnitDefinition, HasTheKeysOfItsFilesOnceEach) {
  bus::ServiceDefinition definition;
  definition.environment_keys = {"Z", "A"};
  definition.environment_files = {{units_.write("env", "A=secret\nM=secret\n"), false},
                                  {units_.path("absent"), true}};
  const auto keys = update::environment_keys_of(definition);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_THAT(*keys, ElementsAre("A", "EnvironmentFile=" + units_.path("absent"),
                                 "EnvironmentFile=" + units_.path("env"), "M", "Z"))
      << "the file of the gateway's secrets cannot be read by the updater, and must not get lost either";
}

TEST_F(UnitDefinition, HasKeysThatAreNotKnownWhileAFileCannotBeRead) {
  bus::ServiceDefinition definition;
  definition.environment_keys = {"A"};
  definition.environment_files = {{failing_file, false}};
  const auto keys = update::environment_keys_of(definition);
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().number, EIO);
  EXPECT_THAT(keys.error().message, HasSubstr(failing_file));
}

TEST_F(UnitDefinition, IsNotTakenForUnchangedWhileItsCopyCannotBeRead) {
  keep();
  units_.write("x.service", "changed");
  for (const char* const lost : {"definition", "index.json"}) {
    const test_support::Refusals disk([&](fs::syscalls::Call call, std::string_view name) {
      return call == fs::syscalls::Call::openat2 && name == lost ? EIO : 0;
    });
    EXPECT_FALSE(update::changed_definition(folder_.fd(), unit_, files_)) << lost;
    EXPECT_FALSE(update::restore_definition(folder_.fd(), unit_, files_)) << lost;
  }
  EXPECT_EQ(units_.read("x.service"), "changed");
}

TEST_F(UnitDefinition, IsNotTakenForChangedWhileItsFileCannotBeRead) {
  keep();
  ::unlink(units_.path("x.service").c_str());
  units_.symlink(failing_file, "x.service");
  const auto found = update::changed_definition(folder_.fd(), unit_, files_);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr(unit_.fragment_path));
  EXPECT_FALSE(update::restore_definition(folder_.fd(), unit_, files_));
  EXPECT_EQ(units_.read_link("x.service"), failing_file);
}

}  // namespace
