// SPDX-License-Identifier: MIT
#include "fs/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "fs/child_process.hpp"
#include "fs/draft.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using test_support::TemporaryDirectory;
using testing::HasSubstr;
using Names = std::vector<std::string>;

TEST(ReadFile, AnswersTheWholeContent) {
  const TemporaryDirectory root;
  std::string large(300'000, 'x');
  large += '\0';
  large += "end";
  root.write("folder/large", large);
  root.write("empty");
  EXPECT_EQ(fs::read_file(root.fd(), "folder/large"), large);
  EXPECT_EQ(fs::read_file(root.fd(), "empty"), "");
}

TEST(ReadFile, TakesAFileOfExactlyTheLimitAndNotOneByteMore) {
  const TemporaryDirectory root;
  root.write("package.json", "123456789");
  EXPECT_EQ(fs::read_file(root.fd(), "package.json", 9), "123456789");
  const auto refused = fs::read_file(root.fd(), "package.json", 8);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(refused.error().message, "cannot read 'package.json': larger than the limit of 8 B");
}

// A sparse file costs nothing to make.
TEST(ReadFile, TakesNoMemoryForAFileBeyondTheLimit) {
  const TemporaryDirectory root;
  root.write("package.json");
  ASSERT_EQ(::truncate(root.path("package.json").c_str(), off_t{1} << 40U), 0);
  const auto refused = fs::read_file(root.fd(), "package.json", 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "cannot read 'package.json': larger than the limit of 100 B");
}

TEST(ReadFile, HoldsToTheLimitWhereTheSizeIsNotTold) {
  const auto all = fs::read_trusted_file("/proc/self/status");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_THAT(*all, HasSubstr("Pid:"));
  EXPECT_FALSE(fs::read_trusted_file("/proc/self/status", 100));
}

TEST(ReadFile, RefusesAFifoInsteadOfWaitingForAWriter) {
  const TemporaryDirectory root;
  ASSERT_EQ(::mkfifo(root.path("package.json").c_str(), 0644), 0);
  const auto refused = fs::read_file(root.fd(), "package.json");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "cannot read 'package.json': not a regular file");
  EXPECT_FALSE(fs::read_trusted_file(root.path("package.json")));
  EXPECT_FALSE(fs::read_trusted_file("/dev/zero"));
}

TEST(ReadFile, RefusesADirectoryAndNamesIt) {
  const TemporaryDirectory root;
  root.mkdir("package.json");
  const auto refused = fs::read_file(root.fd(), "package.json");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'package.json'"));
}

TEST(ReadFile, FollowsNoLinkUnlessTheFileIsTrusted) {
  const TemporaryDirectory root;
  const TemporaryDirectory outside;
  outside.write("secret", "outside");
  root.symlink(outside.path("secret"), "link");
  const auto refused = fs::read_file(root.fd(), "link");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_EQ(fs::read_trusted_file(root.path("link")), "outside");
}

TEST(ReadFile, SaysWhichFileIsMissing) {
  const TemporaryDirectory root;
  const auto missing = fs::read_file(root.fd(), "package.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("'package.json'"));
  EXPECT_EQ(fs::read_trusted_file(root.path("x")).error().kind, ErrorKind::not_found);
}

TEST(WriteFileDurably, ReplacesTheContentAndLeavesNothingElse) {
  const TemporaryDirectory root;
  root.write("state/journal", "old");
  ASSERT_TRUE(fs::write_file_durably(root.fd(), "state/journal", "new"));
  EXPECT_EQ(root.read("state/journal"), "new");
  EXPECT_EQ(root.names("state"), Names{"journal"});
}

TEST(WriteFileDurably, GivesTheModeWhateverTheUmask) {
  const TemporaryDirectory root;
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(fs::write_file_durably(root.fd(), "public", "", 0644));
  EXPECT_TRUE(fs::write_file_durably(root.fd(), "private", "", 0600));
  ::umask(before);
  EXPECT_EQ(root.mode("public"), 0644U);
  EXPECT_EQ(root.mode("private"), 0600U);
}

TEST(WriteFileDurably, LeavesAReaderOfTheOldFileWithTheOldContent) {
  const TemporaryDirectory root;
  root.write("file", "old");
  const base::UniqueFd reader(::open(root.path("file").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(fs::write_file_durably(root.fd(), "file", "new"));
  char content[4] = {};
  EXPECT_EQ(::read(reader.get(), content, 3), 3);
  EXPECT_STREQ(content, "old");
}

TEST(WriteFileDurably, ReplacesALinkInsteadOfWritingThroughIt) {
  const TemporaryDirectory root;
  const TemporaryDirectory outside;
  outside.write("target", "outside");
  root.symlink(outside.path("target"), "file");
  ASSERT_TRUE(fs::write_file_durably(root.fd(), "file", "new"));
  EXPECT_EQ(outside.read("target"), "outside");
  EXPECT_TRUE(root.is_file("file"));
}

TEST(WriteFileDurably, WritesThroughNoSymlinkedParent) {
  const TemporaryDirectory root;
  const TemporaryDirectory outside;
  root.symlink(outside.path(), "folder");
  EXPECT_FALSE(fs::write_file_durably(root.fd(), "folder/file", "new"));
  EXPECT_FALSE(fs::write_file_durably(root.fd(), "../file", "new"));
  EXPECT_EQ(outside.names(), Names{});
}

TEST(WriteFileDurably, KeepsTheOldContentWhenTheNewDoesNotFit) {
  const TemporaryDirectory root;
  root.write("journal", "old");
  const auto answer = test_support::ask_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = {4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto written = fs::write_file_durably(root.fd(), "journal", std::string(100'000, 'x'));
    const bool as_expected = !written && written.error().number == EFBIG &&
                             written.error().message.find("'journal'") != std::string::npos;
    return as_expected ? test_support::Answer::yes : test_support::Answer::no;
  });
  EXPECT_EQ(answer, test_support::Answer::yes);
  EXPECT_EQ(root.read("journal"), "old");
  EXPECT_EQ(root.names(), Names{"journal"});
}

TEST(WriteFileDurably, LeavesNothingWhenTheNameIsTakenByADirectory) {
  const TemporaryDirectory root;
  root.mkdir("journal");
  const auto written = fs::write_file_durably(root.fd(), "journal", "x");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("'" + root.path("journal") + "'"));
  EXPECT_EQ(root.names(), Names{"journal"});
}

TEST(WriteFileDurably, TakesTheLongestNamesThereAre) {
  const TemporaryDirectory root;
  const std::string name(255, 'n');
  ASSERT_TRUE(fs::write_file_durably(root.fd(), name, "x"));
  EXPECT_EQ(root.names(), Names{name});
}

TEST(AbandonedDrafts, AreRemovedAndNothingElse) {
  const TemporaryDirectory root;
  for (const char* name : {".counter.draft", ".counter.x3k9qp", ".counter", ".profile.backup-1", ".x3k9qp",
                           "counter.x3k9qp", "counter.draft"}) {
    root.write(name);
  }
  root.mkdir(".folder.draft");
  fs::remove_abandoned_drafts(root.fd());
  EXPECT_EQ(root.names(), (Names{".counter", ".folder.draft", ".profile.backup-1", ".x3k9qp", "counter.draft",
                                 "counter.x3k9qp"}));
}

TEST(AbandonedDrafts, AreThoseOfAWriterThatWasKilled) {
  const TemporaryDirectory root;
  const pid_t child = ::fork();
  if (child == 0) {
    // The kernel kills it at its first byte.
    const struct rlimit nothing = {0, 0};
    ::setrlimit(RLIMIT_FSIZE, &nothing);
    ::setrlimit(RLIMIT_CORE, &nothing);
    (void)fs::write_file_durably(root.fd(), "counter", "12");
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(root.names().size(), 1U);
  fs::remove_abandoned_drafts(root.fd());
  EXPECT_EQ(root.names(), Names{});
}

TEST(AbandonedDrafts, AreNotThoseOfAWriterAtWork) {
  const TemporaryDirectory root;
  {
    const auto first = fs::Draft::make(root.fd(), "counter", "counter", 0644);
    const auto second = fs::Draft::make(root.fd(), "counter", "counter", 0644);
    ASSERT_TRUE(first && second);
    fs::remove_abandoned_drafts(root.fd());
    EXPECT_EQ(root.names().size(), 2U);
  }
  EXPECT_EQ(root.names(), Names{});
}

TEST(WriteFileDurably, WorksByADescriptorThatOnlyNamesTheDirectory) {
  const TemporaryDirectory root;
  const base::UniqueFd path_only(::open(root.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto written = fs::write_file_durably(path_only.get(), "file", "x");
  EXPECT_TRUE(written) << written.error().message;
}

TEST(ChangeModeTolerantly, ChangesWhatIsOurs) {
  const TemporaryDirectory root;
  root.mkdir("state/credentials", 0755);
  EXPECT_EQ(fs::change_mode_tolerantly(root.fd(), "state/credentials", 0700), true);
  EXPECT_EQ(root.mode("state/credentials"), 0700U);
  EXPECT_EQ(fs::change_mode_tolerantly(root.fd(), ".", 0711), true);
  EXPECT_EQ(root.mode("."), 0711U);
}

// #83619: the state directory is an fsGroup volume that the kubelet owns.
TEST(ChangeModeTolerantly, LivesWithADirectoryOfSomebodyElses) {
  EXPECT_TRUE(test_support::true_without_root([] {
    const base::UniqueFd top(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fs::change_mode_tolerantly(top.get(), "etc", 0700) == false;
  }));
}

TEST(ChangeModeTolerantly, AsksNothingOfTheOwnerWhenTheModeIsRight) {
  EXPECT_TRUE(test_support::true_without_root([] {
    const base::UniqueFd top(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat etc = {};
    return ::stat("/etc", &etc) == 0 &&
           fs::change_mode_tolerantly(top.get(), "etc", etc.st_mode & 07777U) == true;
  }));
}

TEST(ChangeModeTolerantly, DoesNotTolerateWhatIsMissingOrALink) {
  const TemporaryDirectory root;
  const TemporaryDirectory outside;
  outside.write("target", "", 0644);
  root.symlink(outside.path("target"), "link");
  EXPECT_EQ(fs::change_mode_tolerantly(root.fd(), "missing", 0600).error().kind, ErrorKind::not_found);
  EXPECT_EQ(fs::change_mode_tolerantly(root.fd(), "link", 0600).error().kind, ErrorKind::refused);
  EXPECT_EQ(outside.mode("target"), 0644U);
}

}  // namespace
