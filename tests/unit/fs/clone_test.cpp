// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "fs/child_process.hpp"
#include "fs/refusals.hpp"
#include "fs/tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using fs::CloneOptions;
using fs::CloneStats;
using fs::Sharing;
using fs::syscalls::Call;
using test_support::Answer;
using test_support::Refusals;
using test_support::TemporaryDirectory;
using testing::HasSubstr;

// A small node_modules: a program, a scope, a hidden folder, links.
void plant(const TemporaryDirectory& tree) {
  tree.write("zod/index.js", "module.exports = 1", 0644);
  tree.write("zod/cli.js", "#!/usr/bin/env node", 0755);
  tree.write("@scope/name/package.json", std::string(100'000, 'j'), 0444);
  tree.symlink("../zod/cli.js", ".bin/zod");
  tree.symlink("/outside/of/everything", "stale");
  tree.mkdir("empty");
}

std::string digest_of(const TemporaryDirectory& tree) {
  const auto inventory = fs::take_inventory(tree.fd());
  EXPECT_TRUE(inventory) << inventory.error().message;
  return inventory ? fs::inventory_digest(*inventory) : "";
}

CloneOptions by(Sharing sharing) {
  CloneOptions options;
  options.sharing = sharing;
  return options;
}

class CloneTree : public testing::Test {
 protected:
  CloneTree() { plant(source_); }

  // The statistics of a clone that must succeed and be equal to its source.
  CloneStats clone(const CloneOptions& options) {
    const auto stats = fs::clone_tree(source_.fd(), target_.fd(), options);
    EXPECT_TRUE(stats) << stats.error().message;
    EXPECT_EQ(digest_of(target_), digest_of(source_));
    EXPECT_TRUE(target_.is_directory("empty"));
    return stats.value_or(CloneStats{});
  }

  [[nodiscard]] bool shares_inode(std::string_view path) const {
    return source_.status(path).st_ino == target_.status(path).st_ino &&
           source_.status(path).st_dev == target_.status(path).st_dev;
  }

  TemporaryDirectory source_;
  TemporaryDirectory target_;
};

TEST_F(CloneTree, SharesEveryFileWhenItMayLink) {
  const CloneStats stats = clone(by(Sharing::link));
  EXPECT_TRUE(shares_inode("zod/index.js"));
  EXPECT_FALSE(shares_inode(".bin/zod"));
  EXPECT_EQ(stats.files, 3U);
  EXPECT_EQ(stats.linked, 3U);
  EXPECT_EQ(stats.directories, 5U);
  EXPECT_EQ(stats.symlinks, 2U);
  EXPECT_EQ(target_.read_link("stale"), "/outside/of/everything");
}

TEST_F(CloneTree, IsTheSameWhereTwoThreadsShareIt) {
  CloneOptions options = by(Sharing::link);
  options.side_by_side = true;
  EXPECT_EQ(clone(options).files, 3U);  // too few to be shared
  for (int number = 0; number < 60; ++number)
    source_.write("package-" + std::to_string(number) + "/lib/index.js", std::to_string(number));
  const TemporaryDirectory large;
  const auto stats = fs::clone_tree(source_.fd(), large.fd(), options);
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(digest_of(large), digest_of(source_));
  EXPECT_EQ(stats->files, 63U);
  EXPECT_EQ(stats->linked, 63U);
  EXPECT_EQ(stats->symlinks, 2U);
}

TEST_F(CloneTree, TellsWhatEitherOfTwoThreadsHasMet) {
  CloneOptions options = by(Sharing::link);
  options.side_by_side = true;
  for (int number = 0; number < 60; ++number) source_.write("package-" + std::to_string(number) + "/a", "");
  for (int number = 0; number < 60; ++number) {
    const std::string name = "package-" + std::to_string(number) + "/a";
    const TemporaryDirectory there;
    there.write(name, "another's");
    const auto stats = fs::clone_tree(source_.fd(), there.fd(), options);
    ASSERT_FALSE(stats) << name;
    EXPECT_EQ(stats.error().number, EEXIST);
    EXPECT_EQ(there.read(name), "another's");
  }
}

TEST_F(CloneTree, MakesACopyThatCanBeChangedAlone) {
  const CloneStats stats = clone(by(Sharing::copy));
  EXPECT_EQ(stats.copied, 3U);
  EXPECT_FALSE(shares_inode("zod/index.js"));
  EXPECT_EQ(target_.mode("zod/cli.js"), 0755U);
  EXPECT_EQ(target_.mode("@scope/name/package.json"), 0444U);
  target_.write("zod/index.js", "changed");
  EXPECT_EQ(source_.read("zod/index.js"), "module.exports = 1");
}

TEST_F(CloneTree, NeverSharesAnInodeWhenReflinksAreAskedFor) {
  const CloneStats stats = clone(by(Sharing::reflink));
  EXPECT_EQ(stats.reflinked + stats.copied, 3U);
  EXPECT_EQ(stats.linked, 0U);
  EXPECT_FALSE(shares_inode("zod/index.js"));
}

TEST_F(CloneTree, KeepsModesWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  clone(by(Sharing::copy));
  ::umask(before);
  EXPECT_EQ(target_.mode("zod"), 0755U);
  EXPECT_EQ(target_.mode("zod/index.js"), 0644U);
  EXPECT_EQ(target_.mode("zod/cli.js"), 0755U);
}

TEST_F(CloneTree, FillsDirectoriesThatEndUpWithoutWriteBit) {
  source_.mkdir(".", 0755);
  target_.mkdir(".", 0777);
  CloneOptions options = by(Sharing::copy);
  options.directory_mode = 0555;
  EXPECT_TRUE(test_support::true_without_root(
      [&] { return fs::clone_tree(source_.fd(), target_.fd(), options).has_value(); }));
  EXPECT_EQ(target_.mode("@scope/name"), 0555U);
  EXPECT_EQ(target_.read("zod/index.js"), "module.exports = 1");
}

TEST_F(CloneTree, DropsSetuidFromWhatItCopies) {
  source_.write("zod/helper", "", 04755);
  ASSERT_TRUE(fs::clone_tree(source_.fd(), target_.fd(), by(Sharing::copy)));
  EXPECT_EQ(target_.mode("zod/helper"), 0755U);
}

TEST_F(CloneTree, LeavesOutWhatIsToBeSkipped) {
  CloneOptions options;
  options.skip = [](std::string_view path, bool is_directory) {
    return (is_directory && path == "@scope") || (!is_directory && path == "zod/cli.js");
  };
  ASSERT_TRUE(fs::clone_tree(source_.fd(), target_.fd(), options));
  EXPECT_FALSE(target_.exists("@scope"));
  EXPECT_FALSE(target_.exists("zod/cli.js"));
  EXPECT_TRUE(target_.exists("zod/index.js"));
}

TEST_F(CloneTree, FallsBackToReflinkOrCopyOnceForTheWholeTree) {
  int links = 0;
  const Refusals refusals(
      [&](Call call, std::string_view) { return call == Call::link ? ++links, EPERM : 0; });
  const CloneStats stats = clone(by(Sharing::link));
  EXPECT_EQ(links, 1);
  EXPECT_EQ(stats.linked, 0U);
  EXPECT_EQ(stats.reflinked + stats.copied, 3U);
}

TEST_F(CloneTree, KeepsWhatWasLinkedBeforeTheFallback) {
  int links = 0;
  const Refusals refusals(
      [&](Call call, std::string_view) { return call == Call::link && ++links > 1 ? EXDEV : 0; });
  const CloneStats stats = clone(by(Sharing::link));
  EXPECT_EQ(links, 2);
  EXPECT_EQ(stats.linked, 1U);
  EXPECT_EQ(stats.reflinked + stats.copied, 2U);
}

TEST_F(CloneTree, CopiesOnlyTheFileThatHasAllTheLinksItCanHave) {
  const Refusals refusals(
      [](Call call, std::string_view name) { return call == Call::link && name == "cli.js" ? EMLINK : 0; });
  const CloneStats stats = clone(by(Sharing::link));
  EXPECT_EQ(stats.linked, 2U);
  EXPECT_FALSE(shares_inode("zod/cli.js"));
  EXPECT_TRUE(shares_inode("zod/index.js"));
}

TEST_F(CloneTree, CopiesByHandWhereTheKernelCannot) {
  for (const int number : {EOPNOTSUPP, EXDEV, EINVAL, ENOTTY}) {
    const TemporaryDirectory target;
    int reflinks = 0;
    int ranges = 0;
    const Refusals refusals([&](Call call, std::string_view) {
      if (call == Call::reflink) return ++reflinks, number;
      if (call == Call::copy_range) return ++ranges, number == ENOTTY ? ENOSYS : number;
      return 0;
    });
    const auto stats = fs::clone_tree(source_.fd(), target.fd(), by(Sharing::reflink));
    ASSERT_TRUE(stats) << stats.error().message;
    EXPECT_EQ(stats->copied, 3U);
    EXPECT_EQ(reflinks, 1);
    EXPECT_EQ(ranges, 1);
    EXPECT_EQ(digest_of(target), digest_of(source_));
  }
}

// A user can make a file of a tebibyte in no time; a copy of it must not fill the disk.
TEST_F(CloneTree, KeepsHolesAsHoles) {
  constexpr off_t tebibyte = off_t{1} << 40;
  source_.write("sparse", "begin");
  ASSERT_EQ(::truncate(source_.path("sparse").c_str(), tebibyte), 0);
  const int file = ::open(source_.path("sparse").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(::pwrite(file, "middle", 6, tebibyte / 2), 6);
  ::close(file);
  for (const int number : {0, ENOSYS}) {
    const TemporaryDirectory target;
    const Refusals refusals([&](Call call, std::string_view) {
      return call == Call::reflink ? EOPNOTSUPP : call == Call::copy_range ? number : 0;
    });
    const auto stats = fs::clone_tree(source_.fd(), target.fd(), by(Sharing::copy));
    ASSERT_TRUE(stats) << stats.error().message;
    const struct stat made = target.status("sparse");
    EXPECT_EQ(made.st_size, tebibyte);
    EXPECT_LT(made.st_blocks, 1024);
    std::string middle(8, '-');
    const int copy = ::open(target.path("sparse").c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(::pread(copy, middle.data(), middle.size(), tebibyte / 2 - 1), 8);
    ::close(copy);
    EXPECT_EQ(middle, std::string("\0middle\0", 8));
  }
}

// Or a process that appends to it faster than it is read would keep the copy busy for ever.
TEST_F(CloneTree, LeavesOutWhatIsAppendedMeanwhile) {
  const Refusals refusals([&](Call call, std::string_view) {
    if (call != Call::copy_range) return call == Call::reflink ? EOPNOTSUPP : 0;
    const int file = ::open(source_.path("zod/index.js").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    EXPECT_EQ(::write(file, " + 1", 4), 4);
    ::close(file);
    return ENOSYS;
  });
  const auto stats = fs::clone_tree(source_.fd(), target_.fd(), by(Sharing::copy));
  ASSERT_TRUE(stats) << stats.error().message;
  const std::string copied = target_.read("zod/index.js");
  EXPECT_TRUE(copied == "module.exports = 1" || copied == "module.exports = 1 + 1") << copied;
}

TEST_F(CloneTree, CopiesWhatIsLeftOfAFileThatIsCutOffMeanwhile) {
  const Refusals refusals([&](Call call, std::string_view) {
    if (call != Call::copy_range) return call == Call::reflink ? EOPNOTSUPP : 0;
    EXPECT_EQ(::truncate(source_.path("@scope/name/package.json").c_str(), 10), 0);
    return 0;
  });
  const auto stats = fs::clone_tree(source_.fd(), target_.fd(), by(Sharing::copy));
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(target_.status("@scope/name/package.json").st_size, 10);
}

TEST_F(CloneTree, CrossesToAnotherFileSystemByCopying) {
  if (::access("/dev/shm", W_OK) != 0) GTEST_SKIP() << "no /dev/shm";
  const TemporaryDirectory memory("/dev/shm");
  if (memory.status(".").st_dev == source_.status(".").st_dev)
    GTEST_SKIP() << "/dev/shm is the same file system";
  const auto stats = fs::clone_tree(source_.fd(), memory.fd(), by(Sharing::link));
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->copied, 3U);
  EXPECT_EQ(digest_of(memory), digest_of(source_));
}

TEST_F(CloneTree, RefusesSpecialFilesByName) {
  ASSERT_EQ(::mkfifo(source_.path("zod/pipe").c_str(), 0644), 0);
  for (const Sharing sharing : {Sharing::link, Sharing::copy}) {
    const TemporaryDirectory target;
    const auto stats = fs::clone_tree(source_.fd(), target.fd(), by(sharing));
    ASSERT_FALSE(stats);
    EXPECT_EQ(stats.error().kind, ErrorKind::refused);
    EXPECT_EQ(stats.error().message, "cannot clone 'zod/pipe': it is a FIFO");
  }
}

TEST_F(CloneTree, DoesNotOverwriteWhatIsAlreadyThere) {
  target_.write("zod/index.js", "mine");
  const auto stats = fs::clone_tree(source_.fd(), target_.fd(), by(Sharing::copy));
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().number, EEXIST);
  EXPECT_EQ(target_.read("zod/index.js"), "mine");
}

TEST_F(CloneTree, FollowsNoLinkInTheTarget) {
  const TemporaryDirectory outside;
  target_.symlink(outside.path(), "zod");
  EXPECT_FALSE(fs::clone_tree(source_.fd(), target_.fd(), by(Sharing::copy)));
  EXPECT_TRUE(outside.names().empty());
}

// `skip` is asked when a file was listed and is not yet open.
TEST_F(CloneTree, ReadsNoLinkThatTookThePlaceOfAFile) {
  const TemporaryDirectory outside;
  outside.write("secret", "outside");
  CloneOptions options = by(Sharing::copy);
  options.skip = [&](std::string_view path, bool /*is_directory*/) {
    if (path != "zod/index.js") return false;
    EXPECT_EQ(::unlink(source_.path("zod/index.js").c_str()), 0);
    source_.symlink(outside.path("secret"), "zod/index.js");
    return false;
  };
  const auto stats = fs::clone_tree(source_.fd(), target_.fd(), options);
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().number, ELOOP);
  EXPECT_FALSE(target_.exists("zod/index.js"));
}

TEST_F(CloneTree, ReadsNoFifoThatTookThePlaceOfAFile) {
  CloneOptions options = by(Sharing::copy);
  options.skip = [&](std::string_view path, bool /*is_directory*/) {
    if (path != "zod/index.js") return false;
    EXPECT_EQ(::unlink(source_.path("zod/index.js").c_str()), 0);
    EXPECT_EQ(::mkfifo(source_.path("zod/index.js").c_str(), 0644), 0);
    return false;
  };
  const auto stats = fs::clone_tree(source_.fd(), target_.fd(), options);
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().number, EBUSY);
}

TEST_F(CloneTree, SaysWhichFileNoLongerFits) {
  const TemporaryDirectory& source = source_;
  const TemporaryDirectory& mount_point = target_;
  const Answer answer = test_support::ask_with_private_mounts([&] {
    if (::mount("tmpfs", mount_point.path().c_str(), "tmpfs", 0, "size=40k") != 0) return false;
    const base::UniqueFd full(::open(mount_point.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto stats = fs::clone_tree(source.fd(), full.get(), by(Sharing::copy));
    return !stats && stats.error().number == ENOSPC &&
           stats.error().message.find("'@scope/name/package.json'") != std::string::npos;
  });
  if (answer == Answer::impossible) GTEST_SKIP() << "private mounts are not allowed here";
  EXPECT_EQ(answer, Answer::yes);
}

TEST(CloneTreeDepth, StopsAtAClearLimit) {
  const TemporaryDirectory source;
  const TemporaryDirectory target;
  std::string path = "d";
  for (int level = 1; level < 200; ++level) path += "/d";
  source.mkdir(path);
  const auto stats = fs::clone_tree(source.fd(), target.fd(), {});
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().kind, ErrorKind::bad_input);
  EXPECT_THAT(stats.error().message, HasSubstr("more than 128 directories deep"));
}

// --- for somebody else

// root may give things away; anybody else only to themselves.
fs::Owner somebody() {
  return ::geteuid() == 0 ? fs::Owner{4711, 4712} : fs::Owner{::geteuid(), ::getegid()};
}

CloneOptions for_somebody() {
  CloneOptions options = by(Sharing::link);
  options.owner = somebody();
  return options;
}

TEST_F(CloneTree, ForSomebodyElseIsAllTheirsAndSharesNothing) {
  clone(for_somebody());
  for (const char* path : {".", "zod", "zod/cli.js", "@scope/name/package.json", "stale", "empty"}) {
    EXPECT_EQ(target_.status(path).st_uid, somebody().user) << path;
    EXPECT_EQ(target_.status(path).st_gid, somebody().group) << path;
    EXPECT_FALSE(shares_inode(path)) << path;
  }
  EXPECT_NE(source_.status("zod/cli.js").st_uid, 4711U) << "the source stays whose it is";
}

TEST_F(CloneTree, ForSomebodyElseKeepsModesAndTimes) {
  source_.mkdir("private", 0700);
  source_.write("private/token", "secret", 0600);
  const struct timespec long_ago[2] = {{1'700'000'000, 0}, {1'700'000'000, 5}};
  ASSERT_EQ(::utimensat(source_.fd(), "private/token", long_ago, 0), 0);
  ASSERT_EQ(::utimensat(source_.fd(), "private", long_ago, 0), 0);
  clone(for_somebody());
  EXPECT_EQ(target_.status("private").st_mode & 07777U, 0700U);
  EXPECT_EQ(target_.status("private/token").st_mode & 07777U, 0600U);
  EXPECT_EQ(target_.status("private/token").st_mtim.tv_sec, 1'700'000'000);
  EXPECT_EQ(target_.status("private/token").st_mtim.tv_nsec, 5);
  EXPECT_EQ(target_.status("private").st_mtim.tv_sec, 1'700'000'000);
}

TEST_F(CloneTree, LeavesOutASocketWhereThatIsToldAndRefusesItElse) {
  ASSERT_EQ(::mkfifoat(source_.fd(), "zod/pipe", 0600), 0);
  const auto refused = fs::clone_tree(source_.fd(), target_.fd(), for_somebody());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("zod/pipe"));
  const TemporaryDirectory other;
  CloneOptions options = for_somebody();
  std::vector<std::string> left_out;
  options.special = [&](std::string_view path) { left_out.emplace_back(path); };
  ASSERT_TRUE(fs::clone_tree(source_.fd(), other.fd(), options));
  EXPECT_THAT(left_out, testing::ElementsAre("zod/pipe"));
  EXPECT_TRUE(other.exists("zod/cli.js"));
  EXPECT_FALSE(other.exists("zod/pipe"));
}

}  // namespace
