// SPDX-License-Identifier: MIT
// A release that another host has sealed: exported there, imported here, and used by an update without a
// registry. The worker that writes and reads the archive has its own tests.
#include "update/release_transfer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/unique_fd.hpp"
#include "fs/refusals.hpp"
#include "update/standing.hpp"
#include "update/support/scene.hpp"
#include "update/wanted_release.hpp"

namespace {

using base::ErrorKind;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using update::ImportedRelease;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

constexpr const char* unpack = "openclaw-finish unpack";
constexpr const char* resolve = "openclaw-fetch resolve";

class ReleaseOfAnotherHost : public testing::Test {
 protected:
  ReleaseOfAnotherHost() : name_(elsewhere_.seal(new_version, "sha512-new")) {
    record_ = {{"format", 1},
               {"name", name_},
               {"version", new_version},
               {"digest", elsewhere_.store->digest(name_).value_or("")},
               {"integrity", "sha512-new"},
               {"node", "v24.16.0"},
               {"files", 5},
               {"bytes", 500}};
    here_.workers.answers[unpack] = [this](const json&, const update::Watching&) -> base::Result<json> {
      update_tests::plant_package(here_.root, unpacked(), new_version);
      if (change_) change_();
      return record_;
    };
  }
  [[nodiscard]] std::string unpacked() const {
    return "fetch/" + here_.workers.transaction + ".unpack/package";
  }
  [[nodiscard]] static base::UniqueFd archive() {
    base::UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
    EXPECT_EQ(::write(file.get(), "tar", 3), 3);
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
  }
  base::Result<ImportedRelease> import(const std::string& sha256 = "", std::uint64_t bytes = 3) {
    const base::UniqueFd file = archive();
    return update::import_release(here_.setup(), {file.get(), bytes, sha256});
  }
  // Nothing of it stays, wherever it failed.
  base::Error failure(const std::string& sha256 = "", std::uint64_t bytes = 3) {
    const auto before = here_.root.names("state/releases");
    const auto imported = import(sha256, bytes);
    EXPECT_FALSE(imported);
    EXPECT_EQ(here_.root.names("state/releases"), before);
    return imported ? base::Error{} : imported.error();
  }
  [[nodiscard]] std::ptrdiff_t times_cleaned() const {
    return std::count(here_.workers.cleaned.begin(), here_.workers.cleaned.end(), unpack);
  }
  void no_registry_in_reach() { here_.workers.fail(resolve, "connect ECONNREFUSED 127.0.0.1:9"); }

  Scene elsewhere_, here_;
  std::string name_;
  json record_;
  std::function<void()> change_;
};

TEST_F(ReleaseOfAnotherHost, IsSealedUnderItsNameAndDoesNotBecomeCurrent) {
  const auto imported = import();
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->release.name, name_);
  EXPECT_FALSE(imported->was_there);
  EXPECT_EQ(here_.workers.received, "tar");
  EXPECT_TRUE(here_.store->verify(name_));
  EXPECT_EQ(here_.current(), old_version);
  EXPECT_TRUE(here_.is_running());
  EXPECT_EQ(times_cleaned(), 1);
}

TEST_F(ReleaseOfAnotherHost, IsOneReleaseHoweverOftenItIsImported) {
  ASSERT_TRUE(import());
  const auto again = import();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_there);
  EXPECT_EQ(again->release.name, name_);
  const auto all = here_.store->list();
  ASSERT_TRUE(all);
  EXPECT_THAT(*all, SizeIs(2));
}

TEST_F(ReleaseOfAnotherHost, IsInstalledWithoutAQuestionToTheRegistry) {
  ASSERT_TRUE(import());
  no_registry_in_reach();
  EXPECT_EQ(here_.update(new_version), "updated") << here_.context.reason;
  EXPECT_EQ(here_.current(), new_version);
  EXPECT_EQ(here_.running_version, new_version);
  EXPECT_FALSE(here_.called(resolve));
  EXPECT_FALSE(here_.called("openclaw-fetch fetch"));
}

TEST_F(ReleaseOfAnotherHost, IsNotReplacedByThatOfTheRegistryWhileTheReleasesCannotBeListed) {
  ASSERT_TRUE(import());
  update::Context context;
  context.asked.wanted = new_version;
  const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view path) {
    return call == fs::syscalls::Call::openat2 && path == "." ? EIO : 0;
  });
  EXPECT_FALSE(update::find_wanted(here_.setup(), context));
  EXPECT_FALSE(here_.called(resolve));
}

TEST_F(ReleaseOfAnotherHost, IsRehearsedWithoutAQuestionToTheRegistry) {
  ASSERT_TRUE(import());
  no_registry_in_reach();
  EXPECT_EQ(here_.rehearse(new_version), "rehearsed") << here_.context.reason;
  EXPECT_FALSE(here_.called(resolve));
}

TEST_F(ReleaseOfAnotherHost, IsNotUsedForAnotherVersion) {
  ASSERT_TRUE(import());
  no_registry_in_reach();
  EXPECT_EQ(here_.update("2026.8.3"), "refused");
  EXPECT_THAT(here_.context.reason, HasSubstr("ECONNREFUSED"));
}

// Its archive alone says that it is what the registry has.
TEST_F(ReleaseOfAnotherHost, IsNotTakenForTheReleaseOfAChannel) {
  ASSERT_TRUE(import());
  EXPECT_EQ(here_.update("latest"), "updated") << here_.context.reason;
  EXPECT_TRUE(here_.called("openclaw-fetch fetch"));
}

TEST_F(ReleaseOfAnotherHost, IsHeldBackAsAnyOther) {
  ASSERT_TRUE(import());
  ASSERT_TRUE(update::set_hold(here_.state_fd(), {"release party"}));
  EXPECT_EQ(here_.update(new_version), "refused");
  EXPECT_TRUE(here_.context.held);
  EXPECT_EQ(here_.current(), old_version);
}

TEST_F(ReleaseOfAnotherHost, WhoseFilesAreNotTheStatedOnesIsRefused) {
  change_ = [this] { here_.root.write(unpacked() + "/dist/index.js", "export { another };"); };
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
  EXPECT_EQ(times_cleaned(), 1);
}

TEST_F(ReleaseOfAnotherHost, WithAFileLessThanItHadIsRefused) {
  change_ = [this] { ::unlink(here_.root.path(unpacked() + "/dist/entry.js").c_str()); };
  EXPECT_EQ(failure().kind, ErrorKind::integrity);
}

TEST_F(ReleaseOfAnotherHost, WithALinkThatLeadsOutIsRefusedByName) {
  for (const char* target : {"/etc/passwd", "../../../../outside", "dist/../../x"}) {
    change_ = [this, target] { here_.root.symlink(target, unpacked() + "/away"); };
    const auto error = failure();
    EXPECT_EQ(error.kind, ErrorKind::refused) << target;
    EXPECT_THAT(error.message, HasSubstr("away"));
  }
}

TEST_F(ReleaseOfAnotherHost, WithASpecialFileIsRefused) {
  change_ = [this] { ASSERT_EQ(::mkfifo(here_.root.path(unpacked() + "/pipe").c_str(), 0600), 0); };
  EXPECT_THAT(failure().message, HasSubstr("pipe"));
}

TEST_F(ReleaseOfAnotherHost, IsSealedWithoutSetuidBits) {
  change_ = [this] { ::chmod(here_.root.path(unpacked() + "/openclaw.mjs").c_str(), 06755); };
  ASSERT_TRUE(import());
  EXPECT_EQ(here_.root.mode("state/releases/" + name_ + "/openclaw.mjs"), 0555U);
}

TEST_F(ReleaseOfAnotherHost, WithoutADigestIsRefused) {
  for (const char* digest : {"", "abc", "../../../../../../../../../../../../../../../../../../../etc/x"}) {
    record_["digest"] = digest;
    EXPECT_EQ(failure().kind, ErrorKind::integrity) << digest;
  }
}

TEST_F(ReleaseOfAnotherHost, OfSomethingThatIsNoVersionIsRefused) {
  record_["version"] = "../../x";
  EXPECT_EQ(failure().kind, ErrorKind::bad_input);
}

TEST_F(ReleaseOfAnotherHost, ThatCouldNotBeUnpackedLeavesNothing) {
  here_.workers.fail(unpack, "the archive is incomplete");
  EXPECT_THAT(failure().message, HasSubstr("incomplete"));
  EXPECT_EQ(times_cleaned(), 1);
}

TEST_F(ReleaseOfAnotherHost, IsWhatWasSigned) {
  EXPECT_TRUE(import("of what was received"));
}

TEST_F(ReleaseOfAnotherHost, ThatChangedAfterItsSignatureWasVerifiedIsRefused) {
  const auto error = failure("of what was signed");
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("changed after its signature was verified"));
}

TEST_F(ReleaseOfAnotherHost, ThatIsLargerThanAnyOpenClawIsNotRead) {
  EXPECT_EQ(failure("", std::uint64_t{1} << 40U).kind, ErrorKind::refused);
  EXPECT_FALSE(here_.called(unpack));
}

TEST_F(ReleaseOfAnotherHost, ThatIsLargerThanWhatIsFreeIsNotRead) {
  constexpr std::uint64_t bytes = std::uint64_t{700} * 1000 * 1000;
  here_.space.bytes = bytes;
  const auto error = failure("", bytes);
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, HasSubstr("make room"));
  EXPECT_FALSE(here_.called(unpack));
  here_.space.bytes = 3 * bytes;
  EXPECT_TRUE(import("", bytes));
}

TEST_F(ReleaseOfAnotherHost, TidiesUpWhatAKilledImportHasLeftAndNothingElse) {
  here_.root.mkdir("fetch/20261121T101500Z-4f2a.unpack");
  here_.root.mkdir("fetch/20261121T101500Z-4f2b-work.unpack");
  here_.root.mkdir("fetch/t00000017-20261121T101500Z.fetch");
  ASSERT_TRUE(import());
  EXPECT_EQ(times_cleaned(), 2);
  EXPECT_THAT(here_.workers.cleaned, Each(std::string(unpack)));
}

TEST_F(ReleaseOfAnotherHost, LeavesNothingBehindAnUpdateIfItsImportWasKilled) {
  ASSERT_EQ(here_.update(), "updated");
  const auto without = times_cleaned();
  here_.workers.cleaned.clear();
  here_.root.mkdir("fetch/20261121T101500Z-4f2a.unpack");
  ASSERT_EQ(here_.update(), "up-to-date");
  EXPECT_EQ(times_cleaned(), without + 1);
}

TEST_F(ReleaseOfAnotherHost, IsExportedByTheWorkerWhichIsToldWhatTheReleaseIs) {
  elsewhere_.workers.answer("openclaw-finish pack", json::object());
  elsewhere_.workers.sent = "the archive";
  const base::UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
  const auto exported = update::export_release(elsewhere_.setup(), new_version, file.get());
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_EQ(exported->release.name, name_);
  EXPECT_EQ(exported->archive_bytes, elsewhere_.workers.sent.size());
  const json& request = elsewhere_.workers.requests["openclaw-finish pack"];
  EXPECT_EQ(request["package"], elsewhere_.root.path("state/releases/" + name_));
  EXPECT_EQ(request["name"], name_);
  EXPECT_EQ(request["digest"], record_["digest"]);
  EXPECT_EQ(request["integrity"], "sha512-new");
  EXPECT_EQ(request["format"], 1);
}

TEST_F(ReleaseOfAnotherHost, IsNotExportedIfItWasChanged) {
  const std::string file = "state/releases/" + name_ + "/dist/index.js";
  elsewhere_.root.mkdir("state/releases/" + name_ + "/dist", 0755);
  elsewhere_.root.write(file, "export { another };", 0444);
  const base::UniqueFd archive(::memfd_create("archive", MFD_CLOEXEC));
  const auto exported = update::export_release(elsewhere_.setup(), name_, archive.get());
  ASSERT_FALSE(exported);
  EXPECT_EQ(exported.error().kind, ErrorKind::integrity);
  EXPECT_FALSE(elsewhere_.called("openclaw-finish pack"));
}

TEST_F(ReleaseOfAnotherHost, IsNotExportedIfThereIsNone) {
  const base::UniqueFd archive(::memfd_create("archive", MFD_CLOEXEC));
  const auto exported = update::export_release(elsewhere_.setup(), "2026.8.9", archive.get());
  ASSERT_FALSE(exported);
  EXPECT_EQ(exported.error().kind, ErrorKind::not_found);
}

class WithoutARegistry : public testing::Test {
 protected:
  WithoutARegistry() { scene_.workers.fail(resolve, "connect ECONNREFUSED 127.0.0.1:9"); }
  Scene scene_;
};

TEST_F(WithoutARegistry, AReleaseThatWasFetchedBeforeIsInstalledByItsVersionWithANote) {
  const std::string name = scene_.seal(new_version, "sha512-new");
  EXPECT_EQ(scene_.update(new_version), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.current(), new_version);
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr(name + " is on this host from an earlier update")));
}

TEST_F(WithoutARegistry, AChannelHasNoVersion) {
  scene_.seal(new_version, "sha512-new");
  EXPECT_EQ(scene_.update("latest"), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("ECONNREFUSED"));
}

// It has no checksum of a registry, and may have been changed before it was adopted.
TEST_F(WithoutARegistry, AnAdoptedReleaseIsNotTakenForTheVersion) {
  scene_.seal(new_version, "");
  EXPECT_EQ(scene_.update(new_version), "refused");
}

TEST_F(WithoutARegistry, AnAnswerThatTheVersionIsAnotherOneIsNotReplaced) {
  scene_.seal("2026.8.9", "sha512-9");
  scene_.workers.answer(resolve, {{"version", new_version}, {"integrity", "sha512-new"}});
  EXPECT_EQ(scene_.update("2026.8.9"), "refused");
  EXPECT_THAT(scene_.context.notes, Not(Contains(HasSubstr("earlier update"))));
}

}  // namespace
