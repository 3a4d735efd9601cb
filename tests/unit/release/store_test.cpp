// SPDX-License-Identifier: MIT
#include "release/store.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/digest.hpp"
#include "fs/tree.hpp"
#include "release/manifest.hpp"
#include "release/support/release_fixture.hpp"
#include "support/disk_witness.hpp"

namespace {

using base::ErrorKind;
using release::SealStats;
using release::Store;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class SealedRelease : public test_support::ReleaseStoreTest {};
class ReleasePointer : public test_support::ReleaseStoreTest {};
class ReleaseVerification : public test_support::ReleaseStoreTest {
 protected:
  // What verify says of the one release there is.
  std::string complaint(const std::string& name) const {
    const auto verified = store().verify(name);
    EXPECT_FALSE(verified);
    if (verified) return "";
    EXPECT_EQ(verified.error().kind, ErrorKind::integrity) << verified.error().message;
    return verified.error().message;
  }
  void unseal_and_write(const std::string& release, const std::string& path, const std::string& text) const {
    const std::string file = state_.path(in(release, path));
    ::chmod(file.c_str(), 0644);
    const int fd = ::open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(fd);
    ::chmod(file.c_str(), 0444);
  }
};

TEST_F(SealedRelease, HasItsNameWhenItsFilesAreOnTheDisk) {
  const test_support::DiskWitness disk;
  const std::string name = seal();
  EXPECT_NE(disk.durably_made("releases"), test_support::DiskWitness::never) << disk.story();
  EXPECT_TRUE(disk.tree_was_named_durably("releases/" + name)) << disk.story();
}

TEST_F(SealedRelease, HasItsNameWhenTheManifestThatProvesItIsOnTheDisk) {
  using Kind = test_support::DiskEvent::Kind;
  const test_support::DiskWitness disk;
  const std::string name = seal();
  const std::size_t written = disk.first(Kind::renamed, "releases/" + name + ".manifest");
  ASSERT_NE(written, test_support::DiskWitness::never) << disk.story();
  EXPECT_LT(disk.first(Kind::folder_synced, "/releases", written),
            disk.first(Kind::renamed, "releases/" + name))
      << disk.story();
}

TEST_F(SealedRelease, IsNamedByVersionAndContentAndCanBeFound) {
  const std::string name = seal();
  EXPECT_THAT(name, testing::MatchesRegex("2026\\.9\\.5-[0-9a-f]{8}"));
  const auto found = store().find(name);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, state_.path("releases/" + name));
  EXPECT_EQ(found->description.version, "2026.9.5");
  EXPECT_EQ(found->description.integrity, "sha512-abc");
  EXPECT_EQ(found->description.client, "bun 1.4.5");
  EXPECT_EQ(found->description.node, "v24.16.0");
  EXPECT_EQ(found->description.made_at, "2026-11-21T10:00:00Z");
  EXPECT_THAT(state_.names("releases"), ElementsAre(name, name + ".manifest"));
}

TEST_F(SealedRelease, HasThePackagesContentWithoutAnyWriteBit) {
  const std::string name = seal();
  EXPECT_EQ(state_.read(in(name, "dist/index.js")), "export {};\n");
  EXPECT_EQ(state_.read_link(in(name, "node_modules/.bin/zod")), "../zod/index.js");
  EXPECT_TRUE(state_.is_directory(in(name, "node_modules/zod/empty")));
  EXPECT_EQ(state_.mode(in(name, "dist/index.js")), 0444U);
  EXPECT_EQ(state_.mode(in(name, "openclaw.mjs")), 0555U);
  EXPECT_EQ(state_.mode(in(name, "dist")), 0555U);
  EXPECT_EQ(state_.mode(in(name, "")), 0555U);
  EXPECT_TRUE(store().verify(name));
}

TEST_F(SealedRelease, SharesNoInodeWithItsSource) {
  const std::string name = seal();
  EXPECT_NE(state_.status(in(name, "dist/index.js")).st_ino, package_.status("dist/index.js").st_ino);
  package_.write("dist/index.js", "evil");
  EXPECT_EQ(state_.read(in(name, "dist/index.js")), "export {};\n");
}

TEST_F(SealedRelease, KeepsTheTimesOfFiles) {
  const struct timespec times[] = {{499162500, 0}, {499162500, 0}};  // 1985, as npm's tarballs have it
  ASSERT_EQ(::utimensat(package_.fd(), "dist/index.js", times, 0), 0);
  EXPECT_EQ(state_.status(in(seal(), "dist/index.js")).st_mtim.tv_sec, 499162500);
}

TEST_F(SealedRelease, CanBeReachedByTheGatewaysUserWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  const std::string name = seal();
  ::umask(before);
  EXPECT_EQ(state_.mode("releases"), 0755U);
  EXPECT_EQ(state_.mode(in(name, "dist")), 0555U);
  EXPECT_EQ(state_.mode("releases/" + name + ".manifest"), 0444U);
}

TEST_F(SealedRelease, CostsWhatItChangedWhenAnEarlierOneHasTheRest) {
  const std::string first = seal();
  package_.write("package.json", R"({"name":"openclaw","version":"2026.9.6"})");
  package_.write("dist/chunk-XyZ789.js", "new");
  SealStats stats;
  const std::string second = seal("2026.9.6", &stats);
  EXPECT_EQ(stats.files, 6U);
  EXPECT_EQ(stats.shared, 4U);
  EXPECT_EQ(stats.bytes_written, package_.status("package.json").st_size + 3U);
  EXPECT_EQ(state_.status(in(second, "dist/chunk-AbC123.js")).st_ino,
            state_.status(in(first, "dist/chunk-AbC123.js")).st_ino);
  EXPECT_TRUE(store().verify(first));
  EXPECT_TRUE(store().verify(second));
}

TEST_F(SealedRelease, SharesNothingThatDiffersInModeOrInOneByte) {
  seal();
  package_.write("openclaw.mjs", "#!/usr/bin/env node\n", 0644);
  package_.write("dist/index.js", "export{} ;\n");
  SealStats stats;
  const std::string second = seal("2026.9.5", &stats);
  EXPECT_EQ(stats.shared, 3U);
  EXPECT_EQ(state_.mode(in(second, "openclaw.mjs")), 0444U);
  EXPECT_EQ(state_.read(in(second, "dist/index.js")), "export{} ;\n");
}

TEST_F(SealedRelease, DoesNotInheritWhatHasRottedInAnEarlierOne) {
  const std::string first = seal();
  const std::string file = state_.path(in(first, "dist/chunk-AbC123.js"));
  ::chmod(file.c_str(), 0644);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(::pwrite(fd, "X", 1, 50'000), 1);
  ::close(fd);
  ::chmod(file.c_str(), 0444);
  const std::string second = seal("2026.9.6");
  EXPECT_FALSE(store().verify(first));
  EXPECT_TRUE(store().verify(second));
}

TEST_F(SealedRelease, IsAnsweredAgainWhenTheSameTreeIsSealedTwice) {
  const std::string first = seal("2026.9.5", nullptr, "2026-11-01T00:00:00Z");
  const auto inode = state_.status("releases/" + first).st_ino;
  EXPECT_EQ(seal("2026.9.5", nullptr, "2026-11-02T00:00:00Z"), first);
  EXPECT_EQ(state_.status("releases/" + first).st_ino, inode);
  EXPECT_EQ(store().find(first)->description.made_at, "2026-11-01T00:00:00Z");
  EXPECT_THAT(state_.names("releases"), ElementsAre(first, first + ".manifest"));
}

TEST_F(SealedRelease, IsRepairedBySealingAgainWhenItIsDamaged) {
  const std::string name = seal();
  ::chmod(state_.path(in(name, "dist")).c_str(), 0755);
  ASSERT_EQ(::unlink(state_.path(in(name, "dist/index.js")).c_str()), 0);
  EXPECT_EQ(seal(), name);
  EXPECT_TRUE(store().verify(name));
  EXPECT_THAT(state_.names("releases"), ElementsAre(name, name + ".manifest"));
}

TEST_F(SealedRelease, ReportsProgressFileByFile) {
  std::vector<std::uint64_t> seen;
  const auto note = [&](std::uint64_t files) { seen.push_back(files); };
  ASSERT_TRUE(store().seal(package_.fd(), describe("2026.9.5"), note));
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(SealedRelease, IsNotMadeOfSomethingThatIsNoVersion) {
  for (const char* const version : {"", "latest", "../../etc", "v2026.9.5", "2026.9.5/x"}) {
    const auto release = store().seal(package_.fd(), describe(version), {});
    ASSERT_FALSE(release) << version;
    EXPECT_EQ(release.error().kind, ErrorKind::bad_input);
  }
  EXPECT_THAT(state_.names("releases"), IsEmpty());
}

TEST_F(SealedRelease, ThatIsNotThereIsReportedWithThoseThatAre) {
  EXPECT_THAT(store().find("2026.9.5-00000000").error().message, HasSubstr("none is sealed yet"));
  const std::string name = seal();
  const auto found = store().find("2026.9.9-00000000");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  EXPECT_THAT(found.error().message, HasSubstr(name));
}

TEST_F(SealedRelease, IsListedByVersionAndNotByText) {
  const std::string ten = seal("2026.10.1");
  const std::string beta = seal("2026.9.5-beta.1");
  const std::string nine = seal("2026.9.5");
  EXPECT_THAT(listed(), ElementsAre(beta, nine, ten));
}

TEST_F(SealedRelease, IsNotStoredInAFolderThatOthersCanWrite) {
  state_.mkdir("open", 0777);
  const auto opened = Store::open(state_.path("open"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::refused);
  EXPECT_THAT(opened.error().message, HasSubstr("chmod go-w"));
}

TEST_F(ReleasePointer, LeadsToARelease) {
  const std::string name = seal();
  EXPECT_EQ(*store().target(Store::Pointer::current), std::nullopt);
  ASSERT_TRUE(store().point(Store::Pointer::current, name));
  EXPECT_EQ(state_.read_link("current"), "releases/" + name);
  EXPECT_EQ(state_.read("current/dist/index.js"), "export {};\n");
  EXPECT_EQ(*store().target(Store::Pointer::current), name);
  EXPECT_EQ(*store().target(Store::Pointer::previous), std::nullopt);
  ASSERT_TRUE(store().remove_pointer(Store::Pointer::current));
  ASSERT_TRUE(store().remove_pointer(Store::Pointer::current));
  EXPECT_FALSE(state_.exists("current"));
}

TEST_F(ReleasePointer, MovesToAnotherReleaseAndLeavesNothingBehind) {
  const std::string first = seal("2026.9.5");
  const std::string second = seal("2026.9.6");
  ASSERT_TRUE(store().point(Store::Pointer::current, first));
  ASSERT_TRUE(store().point(Store::Pointer::current, second));
  EXPECT_EQ(*store().target(Store::Pointer::current), second);
  EXPECT_THAT(state_.names(), ElementsAre("current", "releases"));
}

TEST_F(ReleasePointer, IsNotLedToWhatIsNoRelease) {
  seal();
  for (const char* const name : {"2026.9.9-00000000", "../..", ".", ""}) {
    EXPECT_FALSE(store().point(Store::Pointer::current, name)) << name;
  }
  EXPECT_FALSE(state_.exists("current"));
}

TEST_F(ReleasePointer, ThatCannotBeFollowedIsAnErrorWithARemedy) {
  seal();
  for (const char* const target : {"releases/2026.9.9-00000000", "/usr/lib/node_modules/openclaw",
                                   "releases/../..", "releases/.draft.abcdef", "releases"}) {
    ::unlink(state_.path("current").c_str());
    state_.symlink(target, "current");
    const auto found = store().target(Store::Pointer::current);
    ASSERT_FALSE(found) << target;
    EXPECT_EQ(found.error().kind, ErrorKind::integrity);
    EXPECT_THAT(found.error().message, StartsWith(state_.path("current") + " points to "));
    EXPECT_THAT(found.error().message, HasSubstr("ln -sfn"));
  }
}

// Of as many letters as releases/.
TEST_F(ReleasePointer, IntoAnotherFolderIsNoneToTheReleaseOfThatName) {
  state_.symlink("../other/" + seal(), "current");
  const auto found = store().target(Store::Pointer::current);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::integrity);
}

TEST_F(ReleasePointer, DoesNotTakeThePlaceOfSomebodysFile) {
  const std::string name = seal();
  state_.write("current", "mine");
  const auto pointed = store().point(Store::Pointer::current, name);
  ASSERT_FALSE(pointed);
  EXPECT_EQ(pointed.error().kind, ErrorKind::refused);
  EXPECT_EQ(state_.read("current"), "mine");
  EXPECT_EQ(store().target(Store::Pointer::current).error().kind, ErrorKind::integrity);
}

TEST_F(ReleaseVerification, NamesAChangedFile) {
  const std::string name = seal();
  unseal_and_write(name, "dist/index.js", "import evil\n");
  EXPECT_THAT(complaint(name), HasSubstr("'dist/index.js' was changed"));
}

TEST_F(ReleaseVerification, NamesAChangeThatKeepsTheSize) {
  const std::string name = seal();
  unseal_and_write(name, "dist/index.js", "export [];\n");
  EXPECT_THAT(complaint(name), HasSubstr("'dist/index.js' was changed: its content"));
}

TEST_F(ReleaseVerification, NamesAMissingAndAnAddedFile) {
  const std::string name = seal();
  ::chmod(state_.path(in(name, "dist")).c_str(), 0755);
  ::rename(state_.path(in(name, "dist/index.js")).c_str(), state_.path(in(name, "dist/zzz.js")).c_str());
  EXPECT_THAT(complaint(name), HasSubstr("'dist/index.js' is missing"));
  ASSERT_EQ(0, ::link(state_.path(in(name, "dist/zzz.js")).c_str(),
                      state_.path(in(name, "dist/index.js")).c_str()));
  EXPECT_THAT(complaint(name), HasSubstr("'dist/zzz.js' was added"));
}

TEST_F(ReleaseVerification, NamesWhatCanBeWrittenAgain) {
  const std::string name = seal();
  ::chmod(state_.path(in(name, "dist/index.js")).c_str(), 0644);
  EXPECT_THAT(complaint(name), HasSubstr("'dist/index.js' is no longer sealed: its mode is 0644"));
  ::chmod(state_.path(in(name, "dist/index.js")).c_str(), 0444);
  ::chmod(state_.path(in(name, "dist")).c_str(), 0777);
  EXPECT_THAT(complaint(name), HasSubstr("'dist' is no longer sealed: its mode is 0777"));
}

TEST_F(ReleaseVerification, NamesWhatBecameAProgram) {
  const std::string name = seal();
  ::chmod(state_.path(in(name, "dist/index.js")).c_str(), 0555);
  EXPECT_THAT(complaint(name), HasSubstr("'dist/index.js' was changed: its executable bit differs"));
}

// A manifest has for a file what a link can have for its target, and may even state the same size.
TEST_F(ReleaseVerification, NamesAFileThatBecameALinkOfTheSameText) {
  const std::string content(64, 'c');
  package_.write("dist/sixty-four.js", content);
  const std::string name = seal(), file = in(name, "dist/sixty-four.js");
  ::chmod(state_.path(in(name, "dist")).c_str(), 0755);
  ASSERT_EQ(::unlink(state_.path(file).c_str()), 0);
  state_.symlink(base::sha256_hex(content), file);
  ::chmod(state_.path(in(name, "dist")).c_str(), 0555);
  EXPECT_THAT(complaint(name), HasSubstr("'dist/sixty-four.js' was replaced by a symlink"));
}

TEST_F(ReleaseVerification, NamesWhatBelongsToAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const std::string name = seal();
  ASSERT_EQ(::chown(state_.path(in(name, "dist/index.js")).c_str(), 4711, 4711), 0);
  EXPECT_THAT(complaint(name), HasSubstr("'dist/index.js' belongs to user 4711"));
}

TEST_F(ReleaseVerification, NoticesAManifestThatWasEditedCutOffOrTaken) {
  const std::string name = seal();
  const std::string manifest = "releases/" + name + ".manifest";
  const std::string text = state_.read(manifest);
  std::string edited = text;
  edited.replace(edited.find("\"sha256\":\"") + 10, 4, "0000");
  state_.write(manifest, edited);
  EXPECT_THAT(complaint(name), HasSubstr("was edited"));
  state_.write(manifest, text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  EXPECT_THAT(complaint(name), HasSubstr("entries instead of"));
  state_.write(manifest, "not json at all");
  EXPECT_THAT(complaint(name), HasSubstr("is not a release manifest"));
  ::unlink(state_.path(manifest).c_str());
  EXPECT_THAT(complaint(name), HasSubstr("is missing"));
  EXPECT_THAT(listed(), ElementsAre(name));
}

TEST(ReleaseManifest, NamesNoPathOutsideOfItsRelease) {
  for (const char* const path : {"../x", "/etc/passwd", "dist/../../x", ""}) {
    release::Manifest manifest;
    manifest.description.version = "2026.9.5";
    manifest.entries.emplace_back().path = path;
    manifest.entries.back().content = base::sha256_hex("x");
    const auto read = release::parse_manifest(release::to_text(manifest), "a.manifest");
    ASSERT_FALSE(read) << path;
    EXPECT_THAT(read.error().message, StartsWith("a.manifest is damaged in line 2"));
  }
}

TEST_F(ReleaseVerification, NoticesTheManifestOfAnotherRelease) {
  const std::string first = seal("2026.9.5");
  package_.write("dist/index.js", "other");
  const std::string second = seal("2026.9.5");
  state_.write("releases/" + first + ".manifest", state_.read("releases/" + second + ".manifest"));
  EXPECT_THAT(complaint(first), HasSubstr("manifest of another release"));
}

TEST_F(SealedRelease, SealsTheTreeOfAnArchiveUnderTheNameThatItHasElsewhere) {
  const std::string name = seal();
  const auto digest = store().digest(name);
  ASSERT_TRUE(digest) << digest.error().message;
  const test_support::TemporaryDirectory elsewhere(test_support::TemporaryDirectory::fast_place());
  const auto opened = release::Store::open(elsewhere.path());
  ASSERT_TRUE(opened) << opened.error().message;
  release::Description description = describe("2026.9.5");
  description.origin = "import";
  const auto sealed = opened->seal_stated(package_.fd(), description, *digest, {});
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(sealed->name, name);
  EXPECT_TRUE(opened->verify(name));
  const auto found = opened->find(name);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->description.origin, "import");
}

TEST_F(SealedRelease, SealsNothingOfATreeThatIsNotTheStatedOne) {
  const std::string name = seal();
  const auto digest = store().digest(name);
  ASSERT_TRUE(digest) << digest.error().message;
  package_.write("dist/index.js", "export { another };\n");
  const auto sealed = store().seal_stated(package_.fd(), describe("2026.9.5"), *digest, {});
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().kind, ErrorKind::integrity);
  EXPECT_THAT(state_.names("releases"), ElementsAre(name, name + ".manifest"));
}

}  // namespace
