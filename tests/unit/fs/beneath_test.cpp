// SPDX-License-Identifier: MIT
#include "fs/beneath.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using fs::syscalls::Call;
using test_support::Refusals;
using test_support::TemporaryDirectory;
using testing::HasSubstr;

// Everything here must hold on a kernel with openat2, on one without, and in a sandbox that forbids it.
enum class Kernel { with_openat2, without_openat2, openat2_forbidden };

class Beneath : public testing::TestWithParam<Kernel> {
 protected:
  Beneath() {
    if (GetParam() == Kernel::without_openat2) kernel_ = std::make_unique<Refusals>(Call::openat2, ENOSYS);
    if (GetParam() == Kernel::openat2_forbidden) kernel_ = std::make_unique<Refusals>(Call::openat2, EPERM);
    outside_.write("secret", "outside");
    root_.write("folder/deep/file", "inside");
  }

  // The error of opening `path`, 0 if it can be opened.
  [[nodiscard]] int error_of(std::string_view path, int flags = O_RDONLY) const {
    const auto opened = fs::open_beneath(root_.fd(), path, flags, 0644);
    return opened ? 0 : opened.error().number;
  }

  TemporaryDirectory root_;
  TemporaryDirectory outside_;

 private:
  std::unique_ptr<Refusals> kernel_;
};

class OpenBeneath : public Beneath {};
class MakeDirectoriesBeneath : public Beneath {};
class StatBeneath : public Beneath {};

TEST_P(OpenBeneath, OpensWhatLiesInRealFolders) {
  const auto file = fs::open_beneath(root_.fd(), "folder/deep/file", O_RDONLY);
  ASSERT_TRUE(file) << file.error().message;
  char first = 0;
  EXPECT_EQ(::read(file->get(), &first, 1), 1);
  EXPECT_EQ(first, 'i');
  EXPECT_EQ(::fcntl(file->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_P(OpenBeneath, ReadsPathsAsTheKernelDoes) {
  EXPECT_EQ(error_of("."), 0);
  EXPECT_EQ(error_of("folder//deep/./file"), 0);
  EXPECT_EQ(error_of("folder/deep/"), 0);
  EXPECT_EQ(error_of("folder/deep/file/"), ENOTDIR);
}

TEST_P(OpenBeneath, RefusesASymlinkedParentThatLeadsOutOfTheRoot) {
  root_.symlink(outside_.path(), "plugins");
  const auto opened = fs::open_beneath(root_.fd(), "plugins/secret", O_RDONLY);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().number, ELOOP);
  EXPECT_EQ(opened.error().kind, ErrorKind::refused);
  EXPECT_THAT(opened.error().message, HasSubstr("'plugins/secret'"));
}

TEST_P(OpenBeneath, RefusesASymlinkEvenWhereItStaysInside) {
  root_.symlink("folder", "alias");
  root_.symlink("folder/deep/file", "file-alias");
  EXPECT_EQ(error_of("alias/deep/file"), ELOOP);
  EXPECT_EQ(error_of("file-alias"), ELOOP);
  EXPECT_EQ(error_of("file-alias", O_PATH | O_NOFOLLOW), ELOOP);
  EXPECT_EQ(error_of("alias", O_RDONLY | O_DIRECTORY), ELOOP);
  EXPECT_EQ(error_of("alias", O_PATH | O_DIRECTORY | O_NOFOLLOW), ELOOP);
}

TEST_P(OpenBeneath, RefusesToLeaveByText) {
  EXPECT_EQ(error_of("../" + outside_.path().substr(outside_.path().rfind('/') + 1) + "/secret"), EXDEV);
  EXPECT_EQ(error_of("folder/../folder"), EXDEV);
  EXPECT_EQ(error_of(outside_.path("secret")), EXDEV);
  EXPECT_EQ(error_of(std::string("folder\0x", 8)), EINVAL);
  EXPECT_EQ(error_of(""), ENOENT);
}

TEST_P(OpenBeneath, SaysWhatIsMissingAndWhatIsNoFolder) {
  const auto missing = fs::open_beneath(root_.fd(), "folder/nothing/file", O_RDONLY);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_EQ(missing.error().message, "cannot open 'folder/nothing/file': No such file or directory");
  EXPECT_EQ(error_of("folder/deep/file/x"), ENOTDIR);
  EXPECT_EQ(error_of("folder/deep/file", O_RDONLY | O_DIRECTORY), ENOTDIR);
}

TEST_P(OpenBeneath, CreatesFilesButNotThroughALink) {
  EXPECT_EQ(error_of("folder/new", O_WRONLY | O_CREAT | O_EXCL), 0);
  EXPECT_TRUE(root_.is_file("folder/new"));
  root_.symlink(outside_.path("created"), "dangling");
  EXPECT_EQ(error_of("dangling", O_WRONLY | O_CREAT), ELOOP);
  EXPECT_EQ(error_of("dangling", O_WRONLY | O_CREAT | O_EXCL), EEXIST);
  EXPECT_FALSE(outside_.exists("created"));
}

TEST_P(OpenBeneath, MakesHostileNamesHarmlessInMessages) {
  const auto opened = fs::open_beneath(root_.fd(), "\x1b[2Jx\ny", O_RDONLY);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("'x y'"));
}

TEST_P(MakeDirectoriesBeneath, MakesWhatIsMissingAndKeepsWhatIsThere) {
  root_.mkdir("kept", 0700);
  const auto made = fs::make_directories_beneath(root_.fd(), "kept/a/b/c");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(root_.is_directory("kept/a/b/c"));
  EXPECT_EQ(root_.mode("kept"), 0700U);
  struct stat answered = {};
  ASSERT_EQ(::fstat(made->get(), &answered), 0);
  EXPECT_EQ(answered.st_ino, root_.status("kept/a/b/c").st_ino);
  EXPECT_TRUE(fs::make_directories_beneath(root_.fd(), "kept/a/b/c"));
}

TEST_P(MakeDirectoriesBeneath, RefusesALinkInTheWay) {
  root_.symlink(outside_.path(), "plugins");
  for (const std::string path : {"plugins/new", "plugins"}) {
    const auto made = fs::make_directories_beneath(root_.fd(), path);
    ASSERT_FALSE(made) << path;
    EXPECT_EQ(made.error().number, ELOOP) << path;
  }
  EXPECT_FALSE(outside_.exists("new"));
}

TEST_P(MakeDirectoriesBeneath, RefusesADanglingLinkInTheWay) {
  root_.symlink("/nonexistent/read-only/image", "plugins");
  const auto made = fs::make_directories_beneath(root_.fd(), "plugins/telegram/node_modules");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().number, ELOOP);
}

TEST_P(MakeDirectoriesBeneath, RefusesAFileInTheWayAndPathsThatLeave) {
  EXPECT_FALSE(fs::make_directories_beneath(root_.fd(), "folder/deep/file/x"));
  EXPECT_FALSE(fs::make_directories_beneath(root_.fd(), "folder/../../x"));
  EXPECT_FALSE(fs::make_directories_beneath(root_.fd(), outside_.path("new")));
  EXPECT_FALSE(fs::make_directories_beneath(root_.fd(), ""));
  EXPECT_FALSE(outside_.exists("new"));
}

TEST_P(StatBeneath, ShowsALinkItselfAndNothingBehindOne) {
  root_.symlink(outside_.path(), "plugins");
  const auto link = fs::stat_beneath(root_.fd(), "plugins");
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_TRUE(S_ISLNK(link->st_mode));
  EXPECT_FALSE(fs::stat_beneath(root_.fd(), "plugins/secret"));
  EXPECT_TRUE(fs::exists_beneath(root_.fd(), "plugins"));
  EXPECT_FALSE(fs::exists_beneath(root_.fd(), "plugins/secret"));
  EXPECT_TRUE(fs::exists_beneath(root_.fd(), "folder/deep/file"));
  EXPECT_TRUE(fs::exists_beneath(root_.fd(), "."));
  EXPECT_FALSE(fs::exists_beneath(root_.fd(), ".."));
}

TEST_P(StatBeneath, TakesNoErrorForAnAbsence) {
  root_.symlink(outside_.path(), "plugins");
  for (const char* absent : {"none", "none/file", "folder/deep/file/beneath", "plugins/secret", "../etc"}) {
    const auto is_there = fs::is_there_beneath(root_.fd(), absent);
    ASSERT_TRUE(is_there) << absent << ": " << is_there.error().message;
    EXPECT_FALSE(*is_there) << absent;
    EXPECT_FALSE(fs::may_exist_beneath(root_.fd(), absent)) << absent;
  }
  constexpr int no_folder = -1;
  EXPECT_FALSE(fs::is_there_beneath(no_folder, "file"));
  EXPECT_FALSE(fs::exists_beneath(no_folder, "file"));
  EXPECT_TRUE(fs::may_exist_beneath(no_folder, "file"));
}

std::string name_of(const testing::TestParamInfo<Kernel>& info) {
  switch (info.param) {
    case Kernel::with_openat2:
      return "Openat2";
    case Kernel::without_openat2:
      return "NoOpenat2";
    default:
      return "Openat2Forbidden";
  }
}
constexpr auto kernels = {Kernel::with_openat2, Kernel::without_openat2, Kernel::openat2_forbidden};
INSTANTIATE_TEST_SUITE_P(Kernels, OpenBeneath, testing::ValuesIn(kernels), name_of);
INSTANTIATE_TEST_SUITE_P(Kernels, MakeDirectoriesBeneath, testing::ValuesIn(kernels), name_of);
INSTANTIATE_TEST_SUITE_P(Kernels, StatBeneath, testing::ValuesIn(kernels), name_of);

TEST(OpenBeneathWithOpenat2, TakesAGenuineEpermForWhatItIs) {
  const TemporaryDirectory root;
  root.write("immutable");
  int walks = 0;
  const Refusals refusals([&](Call call, std::string_view name) {
    if (call == Call::openat2 && name == "immutable") return ++walks, EPERM;
    return 0;
  });
  const auto opened = fs::open_beneath(root.fd(), "immutable", O_WRONLY);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().number, EPERM);
  EXPECT_EQ(walks, 1);
}

// Beneath what open_beneath() says by itself of the text of a path.
TEST(OpenBeneathWithOpenat2, IsKeptBeneathByTheKernelToo) {
  const TemporaryDirectory root;
  root.mkdir("folder");
  for (const std::string& path : {std::string(".."), std::string("folder/../.."), root.path("folder")}) {
    EXPECT_EQ(fs::syscalls::open_beneath(root.fd(), path.c_str(), O_PATH | O_DIRECTORY, 0), -1) << path;
    EXPECT_EQ(errno, EXDEV) << path;
  }
}

TEST(OpenDirectory, IsForNoProgramThatIsStarted) {
  const TemporaryDirectory root;
  const auto opened = fs::open_directory(root.path());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(::fcntl(opened->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(OpenDirectory, FollowsTheAdministratorsLinkAndRefusesAFile) {
  const TemporaryDirectory root;
  root.mkdir("real");
  root.write("file");
  root.symlink("real", "link");
  EXPECT_TRUE(fs::open_directory(root.path("link")));
  const auto file = fs::open_directory(root.path("file"));
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr(root.path("file")));
}

TEST(MakeTemporaryDirectory, IsPrivateAndEachTimeAnother) {
  const TemporaryDirectory root;
  const auto one = fs::make_temporary_directory(root.fd(), ".staging.");
  const auto two = fs::make_temporary_directory(root.fd(), ".staging.");
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
  EXPECT_EQ(one->rfind(".staging.", 0), 0U);
  EXPECT_EQ(root.mode(*one), 0700U);
  EXPECT_FALSE(fs::make_temporary_directory(root.fd(), "../escape."));
}

TEST(IsSafeRelative, TakesOnlyPathsThatStay) {
  for (const char* path : {"a", "a/b", ".hidden", "..a", "a..", "@scope/name", "a b"}) {
    EXPECT_TRUE(fs::is_safe_relative(path)) << path;
  }
  for (const char* path : {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "./a", "a/../b"}) {
    EXPECT_FALSE(fs::is_safe_relative(path)) << path;
  }
  EXPECT_FALSE(fs::is_safe_relative(std::string_view("a\0b", 3)));
}

}  // namespace
