// SPDX-License-Identifier: MIT
// A file that is there whole or not at all, whatever the file system can do.
#include "fs/new_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using fs::syscalls::Call;
using test_support::Refusals;
using test_support::TemporaryDirectory;
using testing::HasSubstr;
using testing::IsEmpty;
using Names = std::vector<std::string>;

// What the file system lacks.
enum class Lacks { nothing, files_without_a_name, renames_that_replace_nothing };

class NewFile : public testing::TestWithParam<Lacks> {
 protected:
  NewFile() {
    if (GetParam() == Lacks::nothing) return;
    refusals_ = std::make_unique<Refusals>([](Call call, std::string_view) {
      if (call == Call::nameless) return EOPNOTSUPP;
      const bool renames = GetParam() == Lacks::files_without_a_name;
      return call == Call::rename_new && !renames ? EINVAL : 0;
    });
  }
  [[nodiscard]] std::string path() const { return root_.path("backup.tar"); }

  TemporaryDirectory root_;

 private:
  std::unique_ptr<Refusals> refusals_;
};

TEST_P(NewFile, IsThereForItsOwnerAloneOnceItIsPublished) {
  auto made = fs::NewFile::make(path());
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(::write(made->fd(), "whole", 5), 5);
  EXPECT_FALSE(root_.exists("backup.tar"));
  const auto published = made->publish();
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(root_.read("backup.tar"), "whole");
  EXPECT_EQ(root_.mode("backup.tar"), 0600U);
  EXPECT_EQ(root_.names(), Names{"backup.tar"});
}

TEST_P(NewFile, ThatIsNotPublishedLeavesNothing) {
  { ASSERT_TRUE(fs::NewFile::make(path())); }
  EXPECT_THAT(root_.names(), IsEmpty());
}

TEST_P(NewFile, TakesNobodysPlace) {
  root_.write("backup.tar", "older");
  const auto refused = fs::NewFile::make(path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, HasSubstr("backup.tar"));
  EXPECT_EQ(root_.read("backup.tar"), "older");
}

TEST_P(NewFile, TakesNobodysPlaceWhoCameMeanwhile) {
  auto made = fs::NewFile::make(path());
  ASSERT_TRUE(made);
  root_.symlink("elsewhere", "backup.tar");
  const auto published = made->publish();
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::refused);
  EXPECT_TRUE(root_.is_symlink("backup.tar"));
  EXPECT_FALSE(root_.exists("elsewhere"));
}

TEST_P(NewFile, NamesTheFolderThatIsNotThere) {
  const auto refused = fs::NewFile::make(root_.path("none/backup.tar"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("/none'"));
}

std::string name_of(const testing::TestParamInfo<Lacks>& file_system) {
  switch (file_system.param) {
    case Lacks::nothing:
      return "ThatCanAll";
    case Lacks::files_without_a_name:
      return "WithoutNamelessFiles";
    case Lacks::renames_that_replace_nothing:
      return "ThatReplacesOnRename";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(OnAFileSystem, NewFile,
                         testing::Values(Lacks::nothing, Lacks::files_without_a_name,
                                         Lacks::renames_that_replace_nothing),
                         name_of);

}  // namespace
