// SPDX-License-Identifier: MIT
#include "fs/stamp.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "fs/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;

TEST(Stamp, StaysTheSameWhileNobodyTouchesTheFile) {
  const TemporaryDirectory root;
  root.write("file", "content");
  const std::string first = fs::stamp(root.fd(), "file");
  EXPECT_EQ(root.read("file"), "content");
  EXPECT_EQ(fs::stamp(root.fd(), "file"), first);
  EXPECT_EQ(fs::stamp_of(root.status("file")), first);
}

TEST(Stamp, TellsAReplacementOfTheSameSizeAndTime) {
  const TemporaryDirectory root;
  root.write("file", "old");
  root.write("other", "new");
  const struct timespec times[2] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
  ::utimensat(root.fd(), "file", times, 0);
  ::utimensat(root.fd(), "other", times, 0);
  const std::string before = fs::stamp(root.fd(), "file");
  ASSERT_EQ(::rename(root.path("other").c_str(), root.path("file").c_str()), 0);
  EXPECT_NE(fs::stamp(root.fd(), "file"), before);
}

TEST(Stamp, TellsAnotherSizeAndAnotherMode) {
  const TemporaryDirectory root;
  root.write("file", "old", 0644);
  const std::string before = fs::stamp(root.fd(), "file");
  ::chmod(root.path("file").c_str(), 0600);
  const std::string other_mode = fs::stamp(root.fd(), "file");
  EXPECT_NE(other_mode, before);
  ASSERT_EQ(::truncate(root.path("file").c_str(), 1), 0);
  EXPECT_NE(fs::stamp(root.fd(), "file"), other_mode);
}

TEST(Stamp, IsOfTheLinkAndNotOfWhatItLeadsTo) {
  const TemporaryDirectory root;
  root.write("file", "content");
  root.symlink("file", "link");
  EXPECT_EQ(fs::stamp(root.fd(), "link"), fs::stamp_of(root.status("link")));
  EXPECT_NE(fs::stamp(root.fd(), "link"), fs::stamp(root.fd(), "file"));
}

TEST(Stamp, SaysAbsentForWhatIsNotThere) {
  const TemporaryDirectory root;
  root.write("file");
  EXPECT_EQ(fs::stamp(root.fd(), "missing"), "absent");
  EXPECT_EQ(fs::stamp(root.fd(), "missing/file"), "absent");
  EXPECT_EQ(fs::stamp(root.fd(), "file/below"), "absent");
}

TEST(Stamp, NeverCallsAFileUnchangedThatItCannotSee) {
  const TemporaryDirectory root;
  root.write("closed/file");
  ::chmod(root.path("closed").c_str(), 0000);
  EXPECT_TRUE(test_support::true_without_root([&] {
    const std::string stamp = fs::stamp(root.fd(), "closed/file");
    return stamp != "absent" && stamp != fs::stamp(root.fd(), "closed/file");
  }));
}

}  // namespace
