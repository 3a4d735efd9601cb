// SPDX-License-Identifier: MIT
// What a killed writer leaves beside a file is gone with the next write, and a writer that lives is left
// alone.
#include "fs/draft.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "fs/child_process.hpp"
#include "fs/file.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(Draft, OfAKilledWriterGoesWithTheNextWrite) {
  const TemporaryDirectory root;
  root.write("record", "old");
  root.write(".record.draft", "half of a new", 0444);
  ASSERT_TRUE(fs::write_file_durably(root.fd(), "record", "new"));
  EXPECT_EQ(root.read("record"), "new");
  EXPECT_THAT(root.names("."), ElementsAre("record"));
  root.write(".record.draft", "half of a new");
  ASSERT_TRUE(fs::replace_file(root.fd(), "record", "newer"));
  EXPECT_THAT(root.names("."), ElementsAre("record"));
}

TEST(Draft, OfAWriterAtWorkIsNotTouched) {
  const TemporaryDirectory root;
  auto first = fs::Draft::make(root.fd(), "record", "record", 0644);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(::write(first->fd(), "first", 5), 5);
  ASSERT_TRUE(fs::write_file_durably(root.fd(), "record", "second"));
  EXPECT_EQ(root.read("record"), "second");
  ASSERT_TRUE(first->publish());
  EXPECT_EQ(root.read("record"), "first");
  EXPECT_THAT(root.names("."), ElementsAre("record"));
}

// Otherwise, it would be removed twice, and the second time it is what somebody has made under its name.
TEST(Draft, ThatIsBeingRemovedIsLeftToTheOneThatRemovesIt) {
  const TemporaryDirectory root;
  root.write(".record.draft", "half");
  const base::UniqueFd other(::open(root.path(".record.draft").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  ASSERT_TRUE(fs::write_file_durably(root.fd(), "record", "new"));
  fs::remove_abandoned_drafts(root.fd());
  EXPECT_EQ(root.read("record"), "new");
  EXPECT_THAT(root.names("."), ElementsAre(".record.draft", "record"));
}

TEST(Draft, IsGoneWhenItIsGivenUp) {
  const TemporaryDirectory root;
  {
    const auto draft = fs::Draft::make(root.fd(), "record", "record", 0644);
    ASSERT_TRUE(draft);
    EXPECT_THAT(root.names("."), ElementsAre(".record.draft"));
  }
  EXPECT_THAT(root.names("."), testing::IsEmpty());
}

TEST(Draft, LeavesAloneWhatIsNoFileUnderItsName) {
  const TemporaryDirectory root;
  root.write("elsewhere", "whole");
  root.symlink("elsewhere", ".linked.draft");
  root.mkdir(".folder.draft");
  ASSERT_EQ(::mkfifo(root.path(".fifo.draft").c_str(), 0644), 0);
  for (const char* name : {"linked", "folder", "fifo"}) {
    ASSERT_TRUE(fs::write_file_durably(root.fd(), name, "new"));
    EXPECT_EQ(root.read(name), "new");
  }
  EXPECT_EQ(root.read("elsewhere"), "whole");
  EXPECT_THAT(root.names("."), UnorderedElementsAre(".linked.draft", ".folder.draft", ".fifo.draft",
                                                    "elsewhere", "linked", "folder", "fifo"));
}

TEST(Draft, OfALongNameIsNoLongerThanANameMayBe) {
  const TemporaryDirectory root;
  const std::string name(255, 'x');
  ASSERT_TRUE(fs::write_file_durably(root.fd(), name, "new"));
  EXPECT_EQ(root.read(name), "new");
}

TEST(Draft, OfALinkGoesWithTheNextOne) {
  const TemporaryDirectory root;
  root.symlink("half", ".current.draft");
  root.symlink("old", "current");
  ASSERT_TRUE(fs::replace_link(root.fd(), "new", "current", "current"));
  EXPECT_EQ(root.read_link("current"), "new");
  EXPECT_THAT(root.names("."), ElementsAre("current"));
}

}  // namespace
