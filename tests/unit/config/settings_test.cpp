// SPDX-License-Identifier: MIT
#include "config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using config::FailurePolicy;
using config::PackageClient;
using config::Settings;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class Helpers : public testing::Test {
 protected:
  [[nodiscard]] base::Result<Settings> load() const { return config::load(folder.path("helpers.ini")); }
  // The settings of one file with this content.
  [[nodiscard]] Settings settings(std::string_view content) const {
    folder.write("helpers.ini", content);
    const auto loaded = load();
    if (!loaded) ADD_FAILURE() << loaded.error().message;
    return loaded.value_or(Settings{});
  }
  // The error of one file with this content, from the file's name on: "helpers.ini:2: ...".
  [[nodiscard]] std::string error(std::string_view content) const {
    folder.write("helpers.ini", content);
    return error();
  }
  [[nodiscard]] std::string error() const {
    const auto loaded = load();
    if (loaded) return "no error";
    EXPECT_EQ(loaded.error().kind, base::ErrorKind::bad_input);
    const std::string& message = loaded.error().message;
    const std::size_t start = message.find("helpers.ini");
    return start == std::string::npos ? message : message.substr(start);
  }

  test_support::TemporaryDirectory folder;
};

TEST_F(Helpers, AreDefaultsWithoutAnyFile) {
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->packages.client, PackageClient::automatic);
  EXPECT_EQ(loaded->packages.registry, "");
  EXPECT_EQ(loaded->packages.stall_timeout, 300s);
  EXPECT_EQ(loaded->stage.policy, FailurePolicy::degrade);
  EXPECT_EQ(loaded->stage.keep_closures, 3U);
  EXPECT_THAT(loaded->overrides, IsEmpty());
  EXPECT_THAT(loaded->files, IsEmpty());
}

TEST_F(Helpers, AreAllRead) {
  const Settings all = settings(R"(
[packages]
client = pnpm
registry = https://npm.example.org:4873/private/
extra-arguments = --prefer-offline "--cafile=/a b" ''
allow-scripts = sharp, @scope/native  other
stall-timeout = 1h 30min
[stage]
policy = fail
keep-closures = 0
[gateway]
package-root = /opt/openclaw
node = /opt/node/bin/node
[overrides]
some-package = 1.2.3
@scope/name = 4.5.6-beta.1+build
)");
  EXPECT_EQ(all.packages.client, PackageClient::pnpm);
  EXPECT_EQ(all.packages.registry, "https://npm.example.org:4873/private/");
  EXPECT_THAT(all.packages.extra_arguments, ElementsAre("--prefer-offline", "--cafile=/a b", ""));
  EXPECT_THAT(all.packages.allow_scripts, ElementsAre("sharp", "@scope/native", "other"));
  EXPECT_EQ(all.packages.stall_timeout, 90min);
  EXPECT_EQ(all.stage.policy, FailurePolicy::fail);
  EXPECT_EQ(all.stage.keep_closures, 0U);
  EXPECT_EQ(all.gateway.package_root, "/opt/openclaw");
  EXPECT_EQ(all.gateway.node, "/opt/node/bin/node");
  EXPECT_THAT(all.overrides,
              ElementsAre(Pair("@scope/name", "4.5.6-beta.1+build"), Pair("some-package", "1.2.3")));
  EXPECT_THAT(all.files, ElementsAre(EndsWith("/helpers.ini")));
}

TEST_F(Helpers, SetWhenTheWatchdogActs) {
  const auto watchdog = settings(R"(
[watchdog]
interval = 5s
deaf-after = 3min
start-patience = 30min
restarts-per-hour = 0
first-delay = 1min
probation = 2h
remedies = no
rollback = no
metrics = /run/x/openclaw.prom
)")
                            .watchdog;
  EXPECT_EQ(watchdog.interval, 5s);
  EXPECT_EQ(watchdog.deaf_after, 3min);
  EXPECT_EQ(watchdog.start_patience, 30min);
  EXPECT_EQ(watchdog.restarts_per_hour, 0U);
  EXPECT_EQ(watchdog.first_delay, 1min);
  EXPECT_EQ(watchdog.probation, 2h);
  EXPECT_FALSE(watchdog.remedies || watchdog.rollback);
  EXPECT_EQ(watchdog.metrics, "/run/x/openclaw.prom");
}

TEST_F(Helpers, MayBeWrittenOnOtherSystems) {
  const Settings dos = settings("\xef\xbb\xbf[stage]\r\npolicy = fail\r\nkeep-closures=7");
  EXPECT_EQ(dos.stage.policy, FailurePolicy::fail);
  EXPECT_EQ(dos.stage.keep_closures, 7U);
  EXPECT_EQ(settings("").stage.keep_closures, 3U);
  EXPECT_EQ(settings("\xef\xbb\xbf").stage.keep_closures, 3U);
}

TEST_F(Helpers, MayBeIndentedAndCommented) {
  const Settings indented = settings(
      "# a comment\n; another\n  [stage]  ; with one\n\tpolicy : fail ; why\n    keep-closures = 9\n   # "
      "more\n");
  EXPECT_EQ(indented.stage.policy, FailurePolicy::fail);
  EXPECT_EQ(indented.stage.keep_closures, 9U);
}

TEST_F(Helpers, MayHaveCommentsOfAnyLength) {
  EXPECT_EQ(settings("#" + std::string(5000, 'x') + "\n[stage]\nkeep-closures=9\n").stage.keep_closures, 9U);
}

TEST_F(Helpers, MayRepeatASection) {
  EXPECT_EQ(settings("[stage]\npolicy=fail\n[gateway]\n[stage]\nkeep-closures=9\n").stage.keep_closures, 9U);
}

TEST_F(Helpers, TakeALineOfJust197BytesAndRefuse198) {
  const std::string start = "[packages]\nextra-arguments=";
  const std::size_t room = 197 - std::string("extra-arguments=").size();
  EXPECT_EQ(settings(start + std::string(room, 'x')).packages.extra_arguments.at(0).size(), room);
  EXPECT_EQ(error(start + std::string(room + 1, 'x') + "\n"),
            "helpers.ini:2: the line is longer than 197 bytes");
}

// Errors, as a person reads them.
TEST_F(Helpers, NameAnUnknownKeyAndTheNearestOne) {
  EXPECT_EQ(error("[packages]\nclinet = npm\n"),
            "helpers.ini:2: [packages] clinet: unknown key; did you mean client?");
  EXPECT_EQ(error("[packages]\nStall_Timeout = 5\n"),
            "helpers.ini:2: [packages] Stall_Timeout: unknown key; did you mean stall-timeout?");
  EXPECT_EQ(error("[stage]\nregistry = https://x\n"),
            "helpers.ini:2: [stage] registry: unknown key; did you mean registry in [packages]?");
  EXPECT_EQ(
      error("[gateway]\ncompletely-different = 1\n"),
      "helpers.ini:2: [gateway] completely-different: unknown key; there are package-root, node, unit, port, "
      "state-directory");
}

TEST_F(Helpers, NameAnUnknownSectionAndTheNearestOne) {
  EXPECT_EQ(error("[package]\nclient = npm\n"),
            "helpers.ini:2: unknown section [package]; did you mean [packages]?");
  EXPECT_EQ(error("[zzzzzzzzz]\nclient = npm\n"),
            "helpers.ini:2: unknown section [zzzzzzzzz]; there are packages, stage, gateway, update, canary, "
            "rollback, node, watchdog, notify, overrides");
  EXPECT_EQ(error("client = npm\n"),
            "helpers.ini:1: client is before the first section; there are packages, stage, gateway, update, "
            "canary, "
            "rollback, node, watchdog, notify, overrides");
}

TEST_F(Helpers, NameBothLinesOfAKeyThatIsSetTwice) {
  EXPECT_EQ(error("[stage]\npolicy = fail\n\n[stage]\npolicy = fail\n"),
            "helpers.ini:5: [stage] policy: already set on line 2; remove one of the two");
  EXPECT_EQ(error("[overrides]\na = 1.2.3\na = 1.2.3\n"),
            "helpers.ini:3: [overrides] a: already set on line 2; remove one of the two");
}

TEST_F(Helpers, NameALineThatIsNothing) {
  EXPECT_THAT(error("[stage]\npolicy\n"),
              HasSubstr("helpers.ini:2: neither a [section] nor a 'key = value'"));
  EXPECT_THAT(error("[stage\npolicy = fail\n"), HasSubstr("helpers.ini:1: neither"));
  EXPECT_THAT(error("[packages]\nallow-scripts = a,\n  b\n"), HasSubstr("helpers.ini:3: neither"));
  EXPECT_EQ(error("[stage] policy = fail\n"),
            "helpers.ini:1: 'policy = fail' after [stage]; put it on a separate line");
  EXPECT_THAT(error(std::string_view("[stage]\npol\0icy = fail\n", 22)),
              HasSubstr("helpers.ini:2: the line has a NUL"));
}

TEST_F(Helpers, NameTheFirstOfSeveralErrors) {
  EXPECT_THAT(error("[stage]\npolicy = maybe\nnonsense\n"),
              HasSubstr("helpers.ini:3:"));  // syntax comes first
  EXPECT_THAT(error("[stage]\npolicy = maybe\nkeep-closures = x\n"), HasSubstr("helpers.ini:2:"));
}

TEST_F(Helpers, NameTheKeyOfABadValue) {
  EXPECT_EQ(error("[stage]\npolicy = maybe\n"),
            "helpers.ini:2: [stage] policy: must be degrade or fail, not 'maybe'");
  EXPECT_EQ(error("[stage]\nkeep-closures = 101\n"),
            "helpers.ini:2: [stage] keep-closures: must be a number from 0 to 100, not '101'");
  EXPECT_EQ(error("[gateway]\nnode = bin/node\n"),
            "helpers.ini:2: [gateway] node: must be an absolute path, not 'bin/node'");
  EXPECT_THAT(error("[overrides]\nBad_Name = 1.2.3\n"),
              HasSubstr("[overrides] Bad_Name: 'Bad_Name' is not a package"));
  EXPECT_THAT(error("[overrides]\ngood = ^1.2.3\n"),
              HasSubstr("[overrides] good: must be one exact version"));
}

TEST_F(Helpers, NeverShowThePasswordThatTheyRefuse) {
  const std::string message = error("[packages]\nregistry = https://me:hunter2@npm.example.org/\n");
  EXPECT_THAT(message,
              AllOf(HasSubstr("helpers.ini:2: [packages] registry: must not contain a user or password"),
                    HasSubstr("globalconfig"), Not(HasSubstr("hunter2"))));
}

TEST_F(Helpers, ShowNoControlCharactersOfWhatTheyRefuse) {
  EXPECT_THAT(error("[st\x1b[31mage]\npolicy = fail\n"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(error("[stage]\n\x1b[2Jx = fail\n"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(error("[stage]\npolicy = \x1b[2J\n"), Not(HasSubstr("\x1b")));
}

// Drop-ins.
TEST_F(Helpers, AreOverriddenByDropInsInTheOrderOfTheirNames) {
  folder.write("helpers.ini",
               "[stage]\npolicy = fail\nkeep-closures = 1\n[overrides]\na = 1.0.0\nb = 1.0.0\n");
  folder.write("helpers.ini.d/20-b.ini", "[stage]\nkeep-closures = 20\n[overrides]\na = 2.0.0\n");
  folder.write("helpers.ini.d/10-a.ini", "[stage]\nkeep-closures = 10\npolicy = degrade\n");
  folder.write("helpers.ini.d/.30-hidden.ini", "nonsense");
  folder.write("helpers.ini.d/40-backup.ini~", "nonsense");
  folder.write("helpers.ini.d/README", "nonsense");
  folder.write("helpers.ini.d/.ini", "nonsense");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->stage.policy, FailurePolicy::degrade);
  EXPECT_EQ(loaded->stage.keep_closures, 20U);
  EXPECT_THAT(loaded->overrides, ElementsAre(Pair("a", "2.0.0"), Pair("b", "1.0.0")));
  EXPECT_THAT(loaded->files,
              ElementsAre(EndsWith("helpers.ini"), EndsWith("10-a.ini"), EndsWith("20-b.ini")));
}

TEST_F(Helpers, AreReadFromDropInsAlone) {
  folder.write("helpers.ini.d/10.ini", "[stage]\npolicy = fail\n");
  ASSERT_TRUE(load());
  EXPECT_EQ(load()->stage.policy, FailurePolicy::fail);
}

TEST_F(Helpers, AreSetBackToTheDefaultByAnEmptyValue) {
  folder.write(
      "helpers.ini",
      "[packages]\nclient=bun\nregistry=https://x\nextra-arguments=a\nallow-scripts=b\nstall-timeout=1\n"
      "[stage]\npolicy=fail\nkeep-closures=9\n[gateway]\nnode=/n\n[overrides]\na=1.0.0\n");
  folder.write("helpers.ini.d/10.ini",
               "[packages]\nclient=\nregistry=\nextra-arguments=\nallow-scripts=\nstall-timeout=\n"
               "[stage]\npolicy=\nkeep-closures=\n[gateway]\nnode=\n[overrides]\na=\n");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->packages.client, PackageClient::automatic);
  EXPECT_EQ(loaded->packages.registry, "");
  EXPECT_THAT(loaded->packages.extra_arguments, IsEmpty());
  EXPECT_THAT(loaded->packages.allow_scripts, IsEmpty());
  EXPECT_EQ(loaded->packages.stall_timeout, 300s);
  EXPECT_EQ(loaded->stage.policy, FailurePolicy::degrade);
  EXPECT_EQ(loaded->stage.keep_closures, 3U);
  EXPECT_EQ(loaded->gateway.node, "");
  EXPECT_THAT(loaded->overrides, IsEmpty());
}

TEST_F(Helpers, NameTheDropInThatIsWrong) {
  folder.write("helpers.ini.d/10-a.ini", "[stage]\npolcy = fail\n");
  EXPECT_EQ(error(), "helpers.ini.d/10-a.ini:2: [stage] polcy: unknown key; did you mean policy?");
}

// What stands in place of a file.
TEST_F(Helpers, FollowTheLinksOfAnAdministrator) {
  folder.write("elsewhere", "[stage]\npolicy = fail\n");
  folder.symlink("elsewhere", "helpers.ini");
  EXPECT_EQ(load()->stage.policy, FailurePolicy::fail);
}

TEST_F(Helpers, DoNotTakeADanglingLinkForAbsence) {
  folder.symlink("nowhere", "helpers.ini");
  EXPECT_THAT(error(), HasSubstr("the target of the link does not exist"));
}

TEST_F(Helpers, DoNotWaitForAFifo) {
  folder.mkdir("helpers.ini.d");
  ASSERT_EQ(::mkfifo(folder.path("helpers.ini.d/10.ini").c_str(), 0600), 0);
  EXPECT_THAT(error(), AllOf(HasSubstr("10.ini"), HasSubstr("not a regular file")));
}

TEST_F(Helpers, ReadNoDevice) {
  folder.symlink("/dev/zero", "helpers.ini.d/10.ini");
  EXPECT_THAT(error(), HasSubstr("not a regular file"));
}

TEST_F(Helpers, ReadNoFolder) {
  folder.mkdir("helpers.ini");
  EXPECT_THAT(error(), HasSubstr("not a regular file"));
}

TEST_F(Helpers, ReadNothingLargerThanAMebibyte) {
  folder.write("helpers.ini", "#" + std::string(1024 * 1024, 'x'));
  EXPECT_THAT(error(), HasSubstr("larger than the limit"));
  folder.write("helpers.ini", "#" + std::string(1024 * 1024 - 1, 'x'));
  EXPECT_TRUE(load());
}

TEST_F(Helpers, RefuseAFileInPlaceOfTheFolder) {
  folder.write("helpers.ini.d", "");
  EXPECT_THAT(error(), HasSubstr("helpers.ini.d"));
}

TEST_F(Helpers, ThatMayNotBeReadAreAnError) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  folder.write("helpers.ini", "", 0600);
  ::chmod(folder.path().c_str(), 0755);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setresuid(65534, 65534, 65534) == 0;
    const auto loaded = load();
    const bool told = !loaded && loaded.error().kind == base::ErrorKind::bad_input &&
                      loaded.error().message.find("must be able to read") != std::string::npos;
    ::_exit(dropped && told ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
