// SPDX-License-Identifier: MIT
// Questions to a registry, asked by an npm that is a shell script.
#include "npm/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using test_support::TemporaryDirectory;
using testing::HasSubstr;
using testing::Not;

class Query : public testing::Test {
 protected:
  Query() {
    toolchain_.node = folder_.write("bin/node", "#!/bin/sh\nexec /bin/sh \"$@\"\n", 0755);
    toolchain_.global_config = folder_.write("etc/npmrc", "registry=https://registry.example/\n");
  }
  npm::Registry with(const std::string& script) {
    toolchain_.npm_cli = folder_.write("npm-cli.js", script);
    return {toolchain_, folder_.path("cache"), settings_};
  }

  TemporaryDirectory folder_;
  npm::Toolchain toolchain_;
  npm::RegistrySettings settings_{"", {}, 20s, 1s};
};

TEST_F(Query, ReadsTheAnswerWhateverNpmSaysBesideIt) {
  const auto answer =
      with("echo 'npm warn Unknown env config' >&2; echo '{\"version\":\"1.2.3\"}'; echo 'npm notice' >&2\n")
          .view("zod@latest", {"version"}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["version"], "1.2.3");
}

// npm 12.2.2: a list of one, where npm 6 to 11 print what is in it.
TEST_F(Query, ReadsTheListOfOneThatNpm12PrintsOfOneVersion) {
  const auto facts = with("echo '[{\"version\":\"1.2.3\",\"dist.integrity\":\"sha512-AA\"}]'\n")
                         .view("zod@latest", {"version", "dist.integrity"}, {});
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ((*facts)["version"], "1.2.3");
  const auto version = with("echo '[\"1.2.3\"]'\n").view("@types/node@1.2.3", {"version"}, {});
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_EQ(*version, "1.2.3");
  const auto tags = with("echo '[{\"versions\":[\"1.2.3\"],\"dist-tags\":{\"latest\":\"1.2.3\"}}]'\n")
                        .view("zod", {"versions", "dist-tags"}, {});
  ASSERT_TRUE(tags) << tags.error().message;
  EXPECT_EQ((*tags)["dist-tags"]["latest"], "1.2.3");
}

TEST_F(Query, LeavesTheListsOfARangeAndOfVersionsAsTheyAre) {
  const auto range = with("echo '[\"1.2.3\",\"1.2.4\"]'\n").view("zod@^1.2.3", {"version"}, {});
  ASSERT_TRUE(range) << range.error().message;
  EXPECT_EQ(range->size(), 2U);
  const auto versions = with("echo '[\"1.2.3\"]'\n").view("@types/node", {"versions"}, {});
  ASSERT_TRUE(versions) << versions.error().message;
  EXPECT_TRUE(versions->is_array());
}

TEST_F(Query, ReadsAnAnswerThatIsLargerThanWhatIsKeptOfAnOutput) {
  const auto answer =
      with(
          "printf '['; i=0; while [ $i -lt 20000 ]; do printf '\"%010d\",' $i; i=$((i+1)); done; echo '0]'\n")
          .view("zod", {"versions"}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->size(), 20001U);
}

TEST_F(Query, UsesTheAdministratorsSettingsAndNothingOfTheEnvironment) {
  settings_.registry = "https://other.example/";
  settings_.extra_arguments = {"--strict-ssl=true"};
  ::setenv("npm_config_registry", "https://elsewhere.example/", 1);
  const auto answer =
      with("printf '[\"%s\",\"%s\"]' \"$*\" \"$npm_config_registry\"\n").view("zod", {"x"}, {});
  ::unsetenv("npm_config_registry");
  ASSERT_TRUE(answer) << answer.error().message;
  const auto arguments = (*answer)[0].get<std::string>();
  EXPECT_THAT(arguments, HasSubstr("--globalconfig=" + folder_.path("etc/npmrc")));
  EXPECT_THAT(arguments, HasSubstr("--registry=https://other.example/"));
  EXPECT_THAT(arguments, HasSubstr("--strict-ssl=true"));
  EXPECT_EQ((*answer)[1], "");
}

TEST_F(Query, NamesThePolicyThatForbidsAVersion) {
  folder_.write("etc/npmrc", "min-release-age=30\n");
  const std::string refuses =
      "echo '{\"error\":{\"code\":\"ETARGET\"}}'; echo 'npm error code ETARGET' >&2; echo 'npm error "
      "notarget No "
      "matching version found for zod@9.0.0 with a date before 10/29/2026, 5:43:28 AM.' >&2; exit 1\n";
  folder_.write("there/x", "");
  const auto young = with(refuses).fetch_tarball("zod@9.0.0", folder_.path("there"), {});
  ASSERT_FALSE(young);
  EXPECT_EQ(young.error().kind, ErrorKind::refused);
  EXPECT_THAT(young.error().message,
              HasSubstr("npm is configured to refuse versions younger than 30 days (min-release-age in " +
                        folder_.path("etc/npmrc")));
}

TEST_F(Query, TellsALimitOfFileWatchersFromAFullDisk) {
  const auto watchers = with(
                            "echo 'npm error nospc ENOSPC: System limit for number of file watchers reached, "
                            "watch /x' >&2; exit 1\n")
                            .view("zod@9", {"x"}, {});
  ASSERT_FALSE(watchers);
  EXPECT_NE(watchers.error().number, ENOSPC);
  const auto full = with("echo 'npm error nospc ENOSPC: no space left on device, write' >&2; exit 1\n")
                        .view("zod@9", {"x"}, {});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().number, ENOSPC);
}

TEST_F(Query, TellsAPackageThatIsNotThereFromARegistryThatIsNot) {
  const auto absent = with("echo '{\"error\":{\"code\":\"E404\"}}'; echo 'npm error code E404' >&2; exit 1\n")
                          .view("zod@9", {"x"}, {});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, ErrorKind::not_found);
  EXPECT_EQ(absent.error().message, "the registry does not have zod@9");
  const auto away = with("echo 'npm error code ENOTFOUND' >&2; exit 1\n").view("zod@9", {"x"}, {});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(away.error().message, HasSubstr("the registry's name cannot be resolved"));
}

// npm 8 and older.
TEST_F(Query, TakesSilenceForAVersionThatIsNotThere) {
  EXPECT_EQ(with("exit 0\n").view("zod@9", {"x"}, {}).error().kind, ErrorKind::not_found);
}

TEST_F(Query, IsGivenUpWhenItIsOnlyTriedAgainHoweverBusyNpmIs) {
  std::string retrying;
  const auto answer =
      with(
          "while :; do echo 'npm http fetch GET https://registry.example/zod attempt 1 failed with "
          "ECONNREFUSED' >&2; sleep 0.05; done\n")
          .view("zod", {"x"}, [&](const npm::Progress& progress) { retrying = progress.retrying; });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("nothing answers at the registry's address"));
  EXPECT_EQ(retrying, "ECONNREFUSED");
}

TEST_F(Query, DoesNotTakeHalfAnAnswerForOne) {
  const auto answer = with("printf '{\"version\":\"1.2'\n").view("zod", {"x"}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("is truncated"));
}

TEST_F(Query, FindsTheTarballThatNpmPacked) {
  const std::string place = folder_.mkdir("place");
  const auto tarball =
      with("for a in \"$@\"; do case $a in --pack-destination=*) echo x > ${a#*=}/zod-1.tgz;; esac; done\n")
          .fetch_tarball("zod@1.0.0", place, {});
  ASSERT_TRUE(tarball) << tarball.error().message;
  EXPECT_EQ(*tarball, place + "/zod-1.tgz");
}

TEST_F(Query, CallsATarballThatDiffersFromItsChecksumByItsName) {
  const auto tarball = with("echo 'npm error code EINTEGRITY' >&2; exit 1\n")
                           .fetch_tarball("zod@1.0.0", folder_.mkdir("place"), {});
  ASSERT_FALSE(tarball);
  EXPECT_EQ(tarball.error().kind, ErrorKind::integrity);
}

TEST_F(Query, WithoutNpmSaysWhereItWasLookedFor) {
  toolchain_.searched = {"/usr/local/bin"};
  const npm::Registry registry(toolchain_, folder_.path("cache"), settings_);
  const auto answer = registry.view("zod", {"x"}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::not_found);
  EXPECT_THAT(answer.error().message, HasSubstr("/usr/local/bin"));
}

}  // namespace
