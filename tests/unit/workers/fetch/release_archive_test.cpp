// SPDX-License-Identifier: MIT
// The archive of a release, written and read by the real tar. A plain file takes the place of the pipe.
#include "workers/fetch/release_archive.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "contract/requests.hpp"
#include "contract/results.hpp"
#include "support/recording_notifier.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* release_name = "2026.9.6-1f3a9c2e";

class ReleaseArchive : public testing::Test {
 protected:
  ReleaseArchive() {
    folder_.mkdir("state");
    folder_.write("release/package.json", "{}", 0444);
    folder_.write("release/openclaw.mjs", "#!/usr/bin/env node\n", 0555);
    folder_.write("release/dist/chunk.js", std::string(100'000, 'c'), 0444);
    folder_.write("release/.openclaw-systemd/node", "a program", 0555);
    folder_.write("release/node_modules/zod/cli.js", "module.exports = 1;\n", 0444);
    folder_.symlink("../zod/cli.js", "release/node_modules/.bin/zod");
    folder_.mkdir("release/node_modules/zod/empty", 0555);
    folder_.mkdir("release/dist", 0555);
    const struct timespec then[] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, folder_.path("release/package.json").c_str(), then, 0), 0);
  }
  [[nodiscard]] std::string archive() const { return folder_.path("archive.tar"); }
  base::Result<json> pack(const std::string& name = release_name) {
    contract::PackRequest request;
    request.pipe = archive();
    request.package = folder_.path("release");
    request.release = {.format = contract::release_archive_format,
                       .name = name,
                       .version = "2026.9.6",
                       .digest = std::string(64, 'd'),
                       .integrity = "sha512-x",
                       .client = "bun 1.4.5",
                       .node = "v24.16.0",
                       .made_at = "2026-11-21T10:15:00Z"};
    return workers::pack_release(context_, contract::to_json(request));
  }
  base::Result<json> unpack(std::int64_t bytes = 0) {
    return workers::unpack_release(context_, {{"pipe", archive()}, {"bytes", bytes}});
  }
  // Neither the state has anything of it, nor what is beside it.
  base::Error failure(std::int64_t bytes = 0) {
    const auto beside = folder_.names();
    const auto unpacked = unpack(bytes);
    EXPECT_FALSE(unpacked);
    EXPECT_THAT(folder_.names("state"), IsEmpty());
    EXPECT_EQ(folder_.names(), beside);
    return unpacked ? base::Error{} : unpacked.error();
  }
  void run(const std::string& script) {
    ASSERT_EQ(std::system(("cd " + folder_.path() + " && " + script).c_str()), 0) << script;
  }
  // Another archive, of what `script` has changed in the folders of this one.
  void repack(const std::string& script) {
    ASSERT_TRUE(pack());
    run("mkdir open && tar -C open -xf archive.tar && cd open/" + std::string(release_name) + " && " +
        script + " && cd .. && tar -cf ../archive.tar * && cd .. && rm -rf open");
  }
  // The same, with one more member, whose name tar is told as it is.
  void append(const std::string& name) {
    ASSERT_TRUE(pack());
    folder_.write("more", "evil");
    run("tar -rPf archive.tar --transform='s|^more$|" + name + "|' more");
  }

  test_support::TemporaryDirectory folder_;
  test_support::RecordingNotifier statuses_;
  workers::FetchContext context_{statuses_, {}, {}, folder_.path("state"), {}};
};

TEST_F(ReleaseArchive, IsUnpackedAsItWasPacked) {
  ASSERT_TRUE(pack());
  const auto unpacked = unpack();
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  const auto answer = contract::read_leniently<contract::ReleaseUnpacked>(*unpacked);
  EXPECT_EQ(answer.archived.name, release_name);
  EXPECT_EQ(answer.archived.version, "2026.9.6");
  EXPECT_EQ(answer.archived.digest, std::string(64, 'd'));
  EXPECT_EQ(answer.archived.node, "v24.16.0");
  EXPECT_EQ(answer.size.files, 6);
  EXPECT_THAT(folder_.names("state"), ElementsAre("package"));
  EXPECT_THAT(folder_.names("state/package"),
              ElementsAre(".openclaw-systemd", "dist", "node_modules", "openclaw.mjs", "package.json"));
  EXPECT_EQ(folder_.read("state/package/dist/chunk.js"), std::string(100'000, 'c'));
  EXPECT_EQ(folder_.mode("state/package/package.json"), 0644U);
  EXPECT_EQ(folder_.mode("state/package/openclaw.mjs"), 0755U);
  EXPECT_EQ(folder_.mode("state/package/.openclaw-systemd/node"), 0755U);
  EXPECT_EQ(folder_.read_link("state/package/node_modules/.bin/zod"), "../zod/cli.js");
  EXPECT_TRUE(folder_.is_directory("state/package/node_modules/zod/empty"));
  EXPECT_EQ(folder_.status("state/package/package.json").st_mtime, 1'700'000'000);
}

TEST_F(ReleaseArchive, HasItsContentInOneFolderWithItsName) {
  ASSERT_TRUE(pack());
  EXPECT_THAT(folder_.names("state"), IsEmpty());
  run("tar -tf archive.tar | cut -d/ -f1,2 | sort -u | tr '\\n' ' ' > seen");
  const std::string name = release_name;
  EXPECT_EQ(folder_.read("seen"), name + "/openclaw-release.json " + name + "/package ");
}

// A file of the package may have the name of the record.
TEST_F(ReleaseArchive, DoesNotConfuseItsRecordWithAFileOfThePackage) {
  folder_.write("release/openclaw-release.json", "of the package", 0444);
  ASSERT_TRUE(pack());
  const auto unpacked = unpack();
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ((*unpacked)["name"], release_name);
  EXPECT_EQ(folder_.read("state/package/openclaw-release.json"), "of the package");
}

TEST_F(ReleaseArchive, IsNotMadeUnderANameThatIsNone) {
  for (const char* name : {"a|b", "../x", "x/y", ".draft.x", "a&b"}) {
    const auto packed = pack(name);
    ASSERT_FALSE(packed) << name;
    EXPECT_EQ(packed.error().kind, ErrorKind::bad_input);
    EXPECT_FALSE(folder_.exists("archive.tar"));
  }
}

TEST_F(ReleaseArchive, ThatIsCutOffIsRefusedAndLeavesNothing) {
  ASSERT_TRUE(pack());
  const std::string whole = folder_.read("archive.tar");
  const std::size_t block = 512;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, block, 2 * block, whole.size() / 3, whole.size() / 2}) {
    folder_.write("archive.tar", whole.substr(0, size));
    EXPECT_EQ(failure().kind, ErrorKind::integrity) << size;
  }
}

// Only the blocks that mark the end may be missing: everything of importance is there.
TEST_F(ReleaseArchive, WithoutItsLastZerosIsWhole) {
  ASSERT_TRUE(pack());
  std::string whole = folder_.read("archive.tar");
  whole.erase(whole.find_last_not_of('\0') / 512 * 512 + 512);
  folder_.write("archive.tar", whole);
  const auto unpacked = unpack();
  EXPECT_TRUE(unpacked) << unpacked.error().message;
}

TEST_F(ReleaseArchive, ThatIsSomethingElseIsRefused) {
  folder_.write("archive.tar", "a letter to somebody");
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
  folder_.write("x/letter", "a letter to somebody");
  run("tar -cf archive.tar x");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("letter"));
}

TEST_F(ReleaseArchive, ThatIsCompressedIsRefusedAtOnceAndSaysSo) {
  ASSERT_TRUE(pack());
  run("gzip archive.tar && mv archive.tar.gz archive.tar");
  EXPECT_THAT(failure().message, HasSubstr("compressed"));
}

TEST_F(ReleaseArchive, WithMoreThanRecordAndPackageIsRefused) {
  repack("echo x > more");
  EXPECT_THAT(failure().message, HasSubstr("it contains 'more'"));
}

TEST_F(ReleaseArchive, WithoutItsRecordOrItsPackageIsRefused) {
  repack("rm openclaw-release.json");
  EXPECT_THAT(failure().message, HasSubstr("openclaw-release.json"));
  run("rm -f archive.tar");
  repack("chmod -R u+w package && rm -r package");
  EXPECT_THAT(failure().message, HasSubstr("no folder package"));
}

TEST_F(ReleaseArchive, WithANameThatOccursTwiceIsRefused) {
  append(std::string(release_name) + "/package/package.json");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("package.json"));
}

TEST_F(ReleaseArchive, WithANameThatDoesNotOccurYetIsReadAndLeftToItsDigest) {
  append(std::string(release_name) + "/package/new.js");
  const auto unpacked = unpack();
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ((*unpacked)["files"], 7);
}

TEST_F(ReleaseArchive, WithANameThatLeadsOutWritesNothingThere) {
  for (const std::string& name : {folder_.path("evil"), std::string("x/package/../../../../evil"),
                                  std::string("../../evil"), std::string("/x/package/evil")}) {
    run("rm -f archive.tar more");
    append(name);
    EXPECT_EQ(failure().kind, ErrorKind::integrity) << name;
    EXPECT_FALSE(folder_.exists("evil"));
  }
}

TEST_F(ReleaseArchive, WritesNothingThroughALinkOfItsOwn) {
  folder_.mkdir("outside");
  repack("ln -s " + folder_.path("outside") + " package/out");
  run("mkdir -p " + std::string(release_name) + "/package/out && echo evil > " + release_name +
      "/package/out/evil && tar -rf archive.tar " + release_name + "/package/out/evil");
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
  EXPECT_THAT(folder_.names("outside"), IsEmpty());
}

TEST_F(ReleaseArchive, WithALinkInThePlaceOfItsPackageIsRefused) {
  repack("chmod -R u+w package && rm -r package && ln -s /etc package");
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
}

TEST_F(ReleaseArchive, WithASpecialFileIsRefused) {
  repack("mkfifo package/pipe");
  EXPECT_THAT(failure().message, HasSubstr("pipe"));
}

TEST_F(ReleaseArchive, LeavesNoSetuidFile) {
  repack("chmod 6755 package/openclaw.mjs");
  ASSERT_TRUE(unpack());
  EXPECT_EQ(folder_.mode("state/package/openclaw.mjs"), 0755U);
}

TEST_F(ReleaseArchive, WhoseRecordIsNotWhatItMustBeIsRefused) {
  for (const char* change : {"s/\"digest\"/\"diggest\"/", "s/\"name\": \"[^\"]*\"/\"name\": 7/", "s/{/[/"}) {
    run("rm -f archive.tar");
    repack("sed -i '" + std::string(change) + "' openclaw-release.json");
    EXPECT_EQ(failure().kind, ErrorKind::integrity) << change;
  }
}

TEST_F(ReleaseArchive, OfANewerFormatSaysWhatToUpdate) {
  repack("sed -i 's/\"format\": 1/\"format\": 2/' openclaw-release.json");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, HasSubstr("update openclaw-systemd"));
}

TEST_F(ReleaseArchive, ThatIsLargerThanWhatIsFreeIsNotBegunWith) {
  ASSERT_TRUE(pack());
  const auto error = failure(std::int64_t{1} << 62U);
  EXPECT_EQ(error.number, ENOSPC);
  EXPECT_THAT(error.message, HasSubstr("make room"));
}

TEST_F(ReleaseArchive, TakesThePlaceOfWhatAKilledRunHasLeft) {
  folder_.write("state/package/left", "x");
  folder_.write("state/work/archive/left", "x");
  ASSERT_TRUE(pack());
  ASSERT_TRUE(unpack());
  EXPECT_FALSE(folder_.exists("state/package/left"));
  EXPECT_FALSE(folder_.exists("state/work"));
}

}  // namespace
