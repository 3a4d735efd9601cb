// SPDX-License-Identifier: MIT
// install() with clients that are shell scripts: what they are given, and what becomes of what they leave.
#include "npm/clients.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "npm/blame.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using npm::ClientKind;
using test_support::TemporaryDirectory;
using testing::HasSubstr;
using testing::Not;

class FakeClient : public testing::Test {
 protected:
  FakeClient() {
    toolchain_.node = folder_.write("bin/node", "#!/bin/sh\nexec /bin/sh \"$@\"\n", 0755);
    toolchain_.global_config = folder_.write("etc/npmrc", "registry=https://registry.example/\n");
    toolchain_.searched = {folder_.path("bin")};
    request_.dependencies = {{"zod", "^4.3.6"}};
    request_.directory = folder_.path("stage");
    request_.cache_directory = folder_.path("cache");
    request_.stall_timeout = 5s;
  }

  // The script runs as the client; --version and --help are answered for it.
  npm::Toolchain& with(ClientKind kind, const std::string& body) {
    const std::string script = "#!/bin/sh\ncase \"$*\" in --version) echo " + version_ +
                               "; exit;; *--help) echo '" + help_ + "'; exit;; esac\n" + body;
    const std::string path = folder_.write(kind == ClientKind::npm    ? "npm-cli.js"
                                           : kind == ClientKind::pnpm ? "bin/pnpm"
                                                                      : "bin/bun",
                                           script, 0755);
    (kind == ClientKind::npm    ? toolchain_.npm_cli
     : kind == ClientKind::pnpm ? toolchain_.pnpm
                                : toolchain_.bun) = path;
    return toolchain_;
  }

  base::Result<npm::InstallReport> install(ClientKind kind, const npm::ProgressListener& progress = {}) {
    auto client = npm::client_of_kind(kind, toolchain_);
    if (!client) return base::pass(client.error());
    return (*client)->install(request_, progress);
  }

  // A tree as a client would leave it, with its own records.
  static constexpr const char* installs =
      "mkdir -p node_modules/zod node_modules/@s/p/node_modules/.bin node_modules/.bin node_modules/.pnpm/x\n"
      "echo '{}' > node_modules/zod/package.json; echo '{}' > node_modules/@s/p/package.json\n"
      "ln -s ../zod/cli.js node_modules/.bin/zod; ln -s ../q/cli.js node_modules/@s/p/node_modules/.bin/q\n"
      "touch node_modules/.package-lock.json node_modules/.modules.yaml "
      "node_modules/.pnpm-workspace-state-v1.json\n";

  TemporaryDirectory folder_;
  npm::Toolchain toolchain_;
  npm::InstallRequest request_;
  std::string version_ = "9.9.9", help_;
};

class AnyClient : public FakeClient, public testing::WithParamInterface<ClientKind> {};

TEST_P(AnyClient, ReportsASuccessAndLeavesPackagesAlone) {
  with(GetParam(), installs);
  const auto report = install(GetParam());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->client, testing::EndsWith(" 9.9.9"));
  EXPECT_EQ(folder_.names("stage"), (std::vector<std::string>{"node_modules", "package.json"}));
  EXPECT_EQ(folder_.names("stage/node_modules"), (std::vector<std::string>{"@s", "zod"}));
  EXPECT_EQ(folder_.names("stage/node_modules/@s/p/node_modules"), std::vector<std::string>{});
}

TEST_P(AnyClient, GetsACleanEnvironmentAndPrivateFolders) {
  ::setenv("OPENCLAW_GATEWAY_TOKEN", "secret-token", 1);
  ::setenv("SOME_PROVIDER_API_KEY", "secret-key", 1);
  ::setenv("npm_config_registry", "https://elsewhere.example/", 1);
  with(GetParam(), "env > \"$TMPDIR/../../environment\"; pwd > \"$TMPDIR/../../pwd\"\n");
  const auto report = install(GetParam());
  for (const char* name : {"OPENCLAW_GATEWAY_TOKEN", "SOME_PROVIDER_API_KEY", "npm_config_registry"})
    ::unsetenv(name);
  ASSERT_TRUE(report) << report.error().message;
  const std::string environment = folder_.read("cache/environment");
  EXPECT_THAT(environment, Not(HasSubstr("secret")));
  EXPECT_THAT(environment, Not(HasSubstr("elsewhere")));
  EXPECT_THAT(environment, HasSubstr("\nHOME=" + folder_.path("cache/")));
  EXPECT_EQ(folder_.read("cache/pwd"), folder_.path("stage") + "\n");
  EXPECT_EQ(folder_.mode("cache"), 0700U);
}

TEST_P(AnyClient, FailsWithItsOwnWordsAndWhereToReadOn) {
  with(GetParam(),
       "echo 'npm error code ETARGET'; echo 'npm error notarget No matching version found for "
       "zod@^99.3.6.' >&2; exit 1\n");
  const auto report = install(GetParam());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, base::ErrorKind::unavailable);
  EXPECT_THAT(report.error().message,
              HasSubstr("9.9.9 failed (exit status 1): the registry has no version of zod"));
  EXPECT_THAT(report.error().message, HasSubstr("It said: npm error code ETARGET | npm error notarget"));
  EXPECT_THAT(report.error().message, HasSubstr(folder_.path("cache/logs/")));
  EXPECT_THAT(report.error().message, Not(HasSubstr("\n")));
}

// What each client really prints of an age that is not reached.
const char* too_young(ClientKind kind) {
  switch (kind) {
    case ClientKind::npm:
      return "echo 'npm error code ETARGET'; echo 'npm error notarget No matching version found for "
             "zod@^4.3.6 "
             "with a date before 1/1/2026, 9:00:00 AM.'; exit 1\n";
    case ClientKind::pnpm:
      return "echo ' ERR_PNPM_NO_MATURE_MATCHING_VERSION  Version 4.3.6 (released 24 hours ago) of zod does "
             "not "
             "meet the minimumReleaseAge constraint'; exit 1\n";
    case ClientKind::bun:
      break;
  }
  return "echo 'error: No version matching \"^4.3.6\" found for specifier \"zod\" (blocked by "
         "minimum-release-age: 315360000 seconds)'; echo 'error: zod@^4.3.6 failed to resolve'; exit 1\n";
}

TEST_P(AnyClient, NamesThePolicyThatForbidsAPackageAndTheFileThatSetsIt) {
  version_ = "10.34.9";
  help_ = "--minimum-release-age";
  folder_.write("etc/npmrc", "min-release-age=3650\n");
  with(GetParam(), too_young(GetParam()));
  const auto report = install(GetParam());
  ASSERT_FALSE(report);
  const std::string& message = report.error().message;
  const std::string policy =
      "npm is configured to refuse versions younger than 3650 days (min-release-age in " +
      folder_.path("etc/npmrc");
  EXPECT_THAT(message, HasSubstr("no version of zod in the requested range is old enough: " + policy));
  EXPECT_THAT(npm::explain_failure(message), HasSubstr(policy)) << "the engine has only the message";
  EXPECT_EQ(npm::blamed_packages(message), std::vector<std::string>{"zod"});
  EXPECT_FALSE(npm::is_lost(message)) << "an override is no way around a policy";
}

TEST_P(AnyClient, DoesNotSpeakOfAPolicyWhenTheVersionIsNotThere) {
  version_ = "10.34.9";
  help_ = "--minimum-release-age";
  folder_.write("etc/npmrc", "engine-strict=false\n");
  with(GetParam(), "echo 'npm error notarget No matching version found for zod@^4.3.6.'; exit 1\n");
  const auto report = install(GetParam());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, Not(HasSubstr("policy")));
  EXPECT_TRUE(npm::is_lost(report.error().message));
}

TEST_P(AnyClient, ThatWasKilledIsToldFromOneThatFailed) {
  with(GetParam(), "kill -9 $$\n");
  const auto report = install(GetParam());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("was killed, perhaps because memory ran out"));
  with(GetParam(), "exit 9\n");
  const auto other = install(GetParam());
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, Not(HasSubstr("killed")));
}

TEST_P(AnyClient, KeepsSecretsOutOfWhatItSaysAndOfItsLog) {
  const std::string canary = "SECRET-CANARY-";
  ::setenv("CI_TOKEN", (canary + "variable").c_str(), 1);
  folder_.write("etc/npmrc", "registry=https://registry.example/\n//a.example/:_authToken=" + canary +
                                 "npmrc\n//b.example/:_authToken=${CI_TOKEN}\n");
  with(GetParam(), "echo bare " + canary + "npmrc and \"$CI_TOKEN\"; echo 'GET https://ci:" + canary +
                       "url@c.example/zod - 500'; echo 'authorization: Bearer " + canary +
                       "bearer'; echo '{\"password\":\"" + canary + "json\"}' >&2; sleep 1; exit 1\n");
  std::string lines;
  const auto report =
      install(GetParam(), [&](const npm::Progress& progress) { lines += progress.last_line; });
  ::unsetenv("CI_TOKEN");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("bare *** and ***"));
  EXPECT_THAT(report.error().message, Not(HasSubstr(canary)));
  EXPECT_THAT(lines, Not(HasSubstr(canary)));
  for (const std::string& log : folder_.names("cache/logs"))
    EXPECT_THAT(folder_.read("cache/logs/" + log), Not(HasSubstr(canary)));
}

TEST_P(AnyClient, IsStoppedWhenItStalls) {
  with(GetParam(),
       "while :; do echo 'npm http fetch GET https://registry.example/zod attempt 1 failed with "
       "SELF_SIGNED_CERT_IN_CHAIN'; sleep 0.3; done\n");
  request_.stall_timeout = 1s;
  std::string retrying;
  const auto report =
      install(GetParam(), [&](const npm::Progress& progress) { retrying = progress.retrying; });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, base::ErrorKind::unavailable);
  EXPECT_THAT(report.error().message, HasSubstr("made no progress and was stopped"));
  EXPECT_THAT(report.error().message, HasSubstr("certificate is not trusted (SELF_SIGNED_CERT_IN_CHAIN)"));
  EXPECT_EQ(retrying, "SELF_SIGNED_CERT_IN_CHAIN");
}

TEST_P(AnyClient, ThatSaysSuccessWithHalfATreeIsLeftToTheVerifier) {
  with(GetParam(), "mkdir node_modules\n");
  EXPECT_TRUE(install(GetParam()));
}

// npm 11 on a full disk.
TEST_P(AnyClient, IsNotBelievedWhenItLeftFilesOut) {
  with(GetParam(),
       "echo 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write'\n"
       "i=0; while [ $i -lt 3000 ]; do echo 'npm http fetch GET 200 https://registry.example/zod'; "
       "i=$((i+1)); done; echo 'added 1 package in 744ms'\n");
  const auto report = install(GetParam());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("reported success but omitted files"));
}

INSTANTIATE_TEST_SUITE_P(clients, AnyClient,
                         testing::Values(ClientKind::npm, ClientKind::pnpm, ClientKind::bun),
                         [](const auto& test) {
                           return test.param == ClientKind::npm    ? "npm"
                                  : test.param == ClientKind::pnpm ? "pnpm"
                                                                   : "bun";
                         });

TEST_F(FakeClient, KeepsNpmsCacheAndEmptiesOneThatWasLinkedFrom) {
  for (const ClientKind kind : {ClientKind::npm, ClientKind::pnpm, ClientKind::bun}) {
    with(kind, "mkdir -p \"$TMPDIR/../packages/x\"\n");
    ASSERT_TRUE(install(kind));
  }
  EXPECT_TRUE(folder_.exists("cache/npm/packages/x"));
  EXPECT_FALSE(folder_.exists("cache/pnpm/packages"));
  EXPECT_FALSE(folder_.exists("cache/bun/packages"));
  request_.keep_cache = true;
  ASSERT_TRUE(install(ClientKind::bun));
  EXPECT_TRUE(folder_.exists("cache/bun/packages/x"));
}

TEST_F(FakeClient, KeepsTheCacheOfAFailedRunForTheNext) {
  with(ClientKind::bun, "mkdir -p \"$TMPDIR/../packages/x\"; exit 1\n");
  ASSERT_FALSE(install(ClientKind::bun));
  EXPECT_TRUE(folder_.exists("cache/bun/packages/x"));
}

TEST_F(FakeClient, GivesPnpmAndBunTheAdministratorsNpmrcByALink) {
  with(ClientKind::bun, "cat \"$HOME/.npmrc\" > \"$TMPDIR/../../npmrc\"\n");
  ASSERT_TRUE(install(ClientKind::bun));
  EXPECT_EQ(folder_.read("cache/npmrc"), "registry=https://registry.example/\n");
  EXPECT_EQ(folder_.read_link("cache/bun/home/.npmrc"), toolchain_.global_config);
}

// What a client ran could have put it there.
TEST_F(FakeClient, WritesAndRemovesNothingThroughALinkInThePlaceOfItsHome) {
  with(ClientKind::bun, installs);
  folder_.write("elsewhere/.npmrc", "mine");
  folder_.mkdir("cache/bun");
  ASSERT_EQ(::symlink(folder_.path("elsewhere").c_str(), folder_.path("cache/bun/home").c_str()), 0);
  EXPECT_FALSE(install(ClientKind::bun));
  EXPECT_EQ(folder_.read("elsewhere/.npmrc"), "mine");
}

TEST_F(FakeClient, RefusesOfflineForABunThatCannot) {
  with(ClientKind::bun, "exit 0\n");
  request_.offline = true;
  const auto report = install(ClientKind::bun);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, base::ErrorKind::refused);
  EXPECT_THAT(report.error().message, HasSubstr("cannot install without network"));
}

TEST_F(FakeClient, DoesNotUseAClientThatCannotBeToldAPolicy) {
  struct Case {
    const char* npmrc;
    bool pnpm, bun;
  };
  for (const auto& [npmrc, pnpm, bun] :
       {Case{"allow-git=none\n", false, false}, Case{"engine-strict=true\n", true, false},
        Case{"offline=true\n", true, false}, Case{"min-release-age=${DAYS}\n", false, false},
        Case{"before=tomorrow\n", false, false}, Case{"allow-git=all\nmin-release-age=0\n", true, true},
        Case{"min-release-age=7\n", true, true}, Case{"before=2026-01-31\n", true, true}}) {
    version_ = "10.34.9";
    help_ = "--minimum-release-age";
    folder_.write("etc/npmrc", npmrc);
    with(ClientKind::pnpm, "exit 0\n");
    with(ClientKind::bun, "exit 0\n");
    with(ClientKind::npm, "exit 0\n");
    EXPECT_TRUE(install(ClientKind::npm)) << npmrc;
    EXPECT_EQ(install(ClientKind::pnpm).has_value(), pnpm) << npmrc;
    const auto of_bun = install(ClientKind::bun);
    EXPECT_EQ(of_bun.has_value(), bun) << npmrc;
    if (!of_bun) {
      EXPECT_THAT(of_bun.error().message, HasSubstr(", which " + folder_.path("etc/npmrc") + " sets"));
    }
  }
}

TEST_F(FakeClient, DoesNotUseAClientThatIsTooOldForAReleaseAge) {
  folder_.write("etc/npmrc", "min-release-age=7\n");
  version_ = "10.15.1";
  for (const ClientKind kind : {ClientKind::pnpm, ClientKind::bun}) {
    with(kind, "exit 0\n");
    const auto report = install(kind);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, base::ErrorKind::refused);
    EXPECT_THAT(report.error().message, HasSubstr("does not support min-release-age=7"));
  }
}

TEST_F(FakeClient, RefusesNpmArgumentsForOthers) {
  with(ClientKind::pnpm, "exit 0\n");
  request_.extra_arguments = {"--strict-ssl=false"};
  const auto report = install(ClientKind::pnpm);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, base::ErrorKind::refused);
}

TEST_F(FakeClient, RunsTheScriptsOfNamedPackagesByNpm) {
  with(ClientKind::npm, "echo \"$@\" > \"$TMPDIR/../../rebuild\"\n");
  with(ClientKind::bun, installs);
  request_.allow_scripts = {"zod"};
  const auto report = install(ClientKind::bun);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(folder_.read("cache/rebuild"), testing::StartsWith("rebuild --ignore-scripts=false"));
  EXPECT_THAT(folder_.read("cache/rebuild"), testing::EndsWith(" -- zod\n"));
}

TEST_F(FakeClient, SaysThatScriptsNeedNpm) {
  with(ClientKind::bun, installs);
  request_.allow_scripts = {"zod"};
  const auto report = install(ClientKind::bun);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("install scripts of zod need npm"));
}

TEST_F(FakeClient, NamesTheGitPackagesThatNpmOnlyHasInItsLog) {
  with(ClientKind::npm,
       "for a in \"$@\"; do case $a in --logs-dir=*) logs=${a#--logs-dir=};; esac; done\n"
       "echo '36 silly fetch manifest libsignal@git+https://github.com/whiskeysockets/libsignal-node' > "
       "$logs/d.log\n"
       "echo 'npm error syscall spawn git'\n"
       "echo \"npm error A complete log of this run can be found in: $logs/d.log\"; exit 254\n");
  const auto report = install(ClientKind::npm);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("git is needed for a dependency and is not installed"));
  EXPECT_THAT(report.error().message, HasSubstr("libsignal@git+https"));
}

class Git : public FakeClient {
 protected:
  // As the first git on the PATH of a client, which begins with the folder of its Node.
  base::Result<void> reach(const std::string& script) {
    folder_.write("bin/git", "#!/bin/sh\n" + script, 0755);
    with(ClientKind::npm, "");
    const auto client = npm::client_of_kind(ClientKind::npm, toolchain_);
    if (!client) return base::pass(client.error());
    return (*client)->reach("https://git.example/a/b.git", folder_.path("cache"));
  }
};

TEST_F(Git, IsAskedWithoutAPasswordForTheRepositoryAlone) {
  EXPECT_TRUE(
      reach("[ \"$GIT_TERMINAL_PROMPT $*\" = "
            "'0 ls-remote --quiet --exit-code https://git.example/a/b.git HEAD' ]"));
}

TEST_F(Git, ThatGetsNoAnswerNamesTheRepository) {
  const auto reached = reach("exit 128");
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(reached.error().message, "git could not reach https://git.example/a/b.git");
}

// 127 is what env(1) says of a program that is not there.
TEST_F(Git, ThatIsNotInstalledIsNamed) {
  const auto reached = reach("exit 127");
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().kind, base::ErrorKind::unavailable);
  EXPECT_THAT(reached.error().message, HasSubstr("git is needed for a dependency and is not installed"));
}

}  // namespace
