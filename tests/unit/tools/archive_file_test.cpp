// SPDX-License-Identifier: MIT
// The file that an export or an import names.
#include "tools/archive_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using testing::HasSubstr;
using testing::IsEmpty;

class ArchiveFile : public testing::Test {
 protected:
  test_support::TemporaryDirectory folder_;
};

TEST_F(ArchiveFile, AppearsOnlyWhenItIsComplete) {
  auto out = tools::open_archive_to_write(folder_.path("release.tar"), /*json=*/true);
  ASSERT_TRUE(out) << out.error().message;
  ASSERT_EQ(::write(out->fd(), "tar", 3), 3);
  EXPECT_FALSE(folder_.exists("release.tar"));
  ASSERT_TRUE(out->file);
  ASSERT_TRUE(out->file->publish());
  EXPECT_EQ(folder_.read("release.tar"), "tar");
}

TEST_F(ArchiveFile, ThatIsGivenUpLeavesNothing) {
  { EXPECT_TRUE(tools::open_archive_to_write(folder_.path("release.tar"), /*json=*/false)); }
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(ArchiveFile, IsNotReplaced) {
  folder_.write("release.tar", "another");
  const auto out = tools::open_archive_to_write(folder_.path("release.tar"), /*json=*/false);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorKind::refused);
  EXPECT_EQ(folder_.read("release.tar"), "another");
}

TEST_F(ArchiveFile, IsNotStandardOutputIfThatHasTheResult) {
  const auto out = tools::open_archive_to_write("-", /*json=*/true);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorKind::usage);
  EXPECT_THAT(out.error().message, HasSubstr("specify a file"));
}

TEST_F(ArchiveFile, IsReadWithItsSize) {
  folder_.write("release.tar", "tar");
  const auto in = tools::open_archive_to_read(folder_.path("release.tar"), "openclaw-update");
  ASSERT_TRUE(in) << in.error().message;
  EXPECT_EQ(in->bytes, 3U);
}

TEST_F(ArchiveFile, ThatIsAFolderIsRefusedWithTheCommandThatWritesOne) {
  const auto in = tools::open_archive_to_read(folder_.path(), "openclaw-update");
  ASSERT_FALSE(in);
  EXPECT_EQ(in.error().kind, ErrorKind::usage);
  EXPECT_THAT(in.error().message, HasSubstr("a file that openclaw-update export has written"));
}

TEST_F(ArchiveFile, ThatIsCompressedIsRefusedWithTheCommandThatImportsIt) {
  for (const auto& [start, program] : {std::pair<std::string, std::string>{"\x1f\x8b\x08", "gzip -dc "},
                                       {"\x28\xb5\x2f\xfd\x04", "zstd -dc "},
                                       {std::string("\xfd\x37zXZ\0\0", 7), "xz -dc "},
                                       {"BZh91AY", "bzip2 -dc "},
                                       {"\x04\x22\x4d\x18\x64", "lz4 -dc "}}) {
    folder_.write("release.tar", start);
    const auto in = tools::open_archive_to_read(folder_.path("release.tar"), "openclaw-update snapshot");
    ASSERT_FALSE(in) << program;
    EXPECT_EQ(in.error().kind, ErrorKind::usage);
    EXPECT_THAT(in.error().message, HasSubstr(program + folder_.path("release.tar")));
    EXPECT_THAT(in.error().message, HasSubstr(" | openclaw-update snapshot import -"));
  }
  folder_.write("release.tar", "BZ-archive/");
  EXPECT_TRUE(tools::open_archive_to_read(folder_.path("release.tar"), "openclaw-update"))
      << "a name in an archive";
}

TEST_F(ArchiveFile, ThatIsNotThereIsNamed) {
  const auto in = tools::open_archive_to_read(folder_.path("none.tar"), "openclaw-update");
  ASSERT_FALSE(in);
  EXPECT_EQ(in.error().number, ENOENT);
  EXPECT_THAT(in.error().message, HasSubstr("none.tar"));
}

}  // namespace
