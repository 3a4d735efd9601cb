// SPDX-License-Identifier: MIT
// The last steps of a package, which execute downloaded code for the first time.
#include "workers/fetch/finish.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

#include "workers/fetch/fetch.hpp"
#include "workers/support/fetching.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Finish : public worker_tests::Fetching {
 protected:
  base::Error failure() {
    const auto result = complete();
    EXPECT_FALSE(result);
    EXPECT_FALSE(folder_.exists("state/work"));
    return result ? base::Error{} : result.error();
  }
  void postinstall_also(const std::string& script) {
    folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs",
                  "rm .openclaw-lifecycle-pending\n" + script + "\n");
  }
  // Like its unit, whose environment contains the paths.
  base::Result<json> perform(const workers::Action& action, const json& request) {
    return action.perform({{}, request, statuses_});
  }
};

TEST_F(Finish, CompletesAPackageThatEverybodyMayRead) {
  const auto result = complete();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*result)["files"], 5);
  EXPECT_THAT(folder_.names("state"), ElementsAre("package"));
  EXPECT_EQ(folder_.mode("state/package/package.json"), 0644U);
  EXPECT_FALSE(folder_.exists("state/package/.openclaw-lifecycle-pending"));
}

TEST_F(Finish, WantsAPackageThatWasFetched) {
  const auto result = workers::finish(context_, {{"version", "2026.9.6"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::not_found);
}

TEST_F(Finish, LeavesNoSetuidFile) {
  folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs",
                "rm .openclaw-lifecycle-pending; cp /bin/true tool; chmod 6755 tool\n");
  pack();
  ASSERT_TRUE(complete());
  EXPECT_EQ(folder_.mode("state/package/tool"), 0755U);
}

// Only the fetch has the credential, because code that runs here could read everything that this process can
// read.
TEST_F(Finish, KnowsNothingOfTheRegistrysToken) {
  folder_.write("credentials/npmrc", "//registry.example/:_authToken=the-token\n");
  folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs",
                "cat /proc/self/environ > " + folder_.path("seen") + "\nrm .openclaw-lifecycle-pending\n");
  pack();
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder_.path("bin") + ":" + path).c_str(), 1);
  ::setenv("STATE_DIRECTORY", folder_.path("state").c_str(), 1);
  ::setenv("LOGS_DIRECTORY", folder_.path("logs").c_str(), 1);
  ::setenv("CREDENTIALS_DIRECTORY", folder_.path("credentials").c_str(), 1);
  const json request = {{"version", "2026.9.6"}};
  const auto fetched = perform(workers::fetch_actions()[1], request);
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_THAT(folder_.read("calls.txt"), HasSubstr("--globalconfig=" + folder_.path("credentials/npmrc")));
  run("mv calls.txt calls-of-the-fetch.txt");
  const auto finished = perform(workers::finish_actions()[0], request);
  for (const char* name : {"STATE_DIRECTORY", "LOGS_DIRECTORY", "CREDENTIALS_DIRECTORY"}) ::unsetenv(name);
  ::setenv("PATH", path.c_str(), 1);
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_FALSE(folder_.exists("calls.txt")) << "npm has nothing to do";
  EXPECT_TRUE(folder_.exists("seen"));
  EXPECT_THAT(folder_.read("seen"), Not(HasSubstr("credentials")));
}

TEST_F(Finish, RunsTheInstallScriptsThatAreAllowedAndNoOther) {
  context_.settings.packages.allow_scripts = {"zod"};
  folder_.write("rebuild", "echo built > node_modules/zod/built\n");
  const auto result = complete();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(was_asked_to("rebuild --ignore-scripts=false"));
  EXPECT_THAT(folder_.read("calls.txt"), HasSubstr(" -- zod\n"));
  EXPECT_EQ(folder_.read("state/package/node_modules/zod/built"), "built\n");
}

TEST_F(Finish, SaysWhichInstallScriptFailedAndKeepsItsOutput) {
  context_.settings.packages.allow_scripts = {"zod"};
  folder_.write("rebuild", "echo 'no compiler here' >&2; exit 1\n");
  const auto error = failure();
  EXPECT_THAT(error.message, HasSubstr("install scripts of zod"));
  EXPECT_THAT(error.message, HasSubstr("Its output is in " + folder_.path("logs") + "/npm-failed.log"));
  EXPECT_THAT(folder_.read("logs/npm-failed.log"), HasSubstr("no compiler here"));
}

TEST_F(Finish, RunsThePostinstallWithoutSecretsAndWithoutNetworkForNpm) {
  ::setenv("OPENCLAW_GATEWAY_TOKEN", "secret-token", 1);
  ::setenv("STATE_DIRECTORY", "/elsewhere", 1);
  const auto result = complete();
  ::unsetenv("OPENCLAW_GATEWAY_TOKEN");
  ::unsetenv("STATE_DIRECTORY");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(folder_.read("environment"), Not(HasSubstr("secret")));
  EXPECT_THAT(folder_.read("environment"), Not(HasSubstr("elsewhere")));
  EXPECT_THAT(folder_.read("environment"), HasSubstr("npm_config_offline=true"));
}

TEST_F(Finish, NoticesAPostinstallThatDidNotFinish) {
  folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs", "true\n");
  pack();
  EXPECT_THAT(failure().message, HasSubstr("left .openclaw-lifecycle-pending"));
}

TEST_F(Finish, QuotesAPostinstallThatFails) {
  folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs",
                "echo 'Error: unsafe dist entry'; exit 3\n");
  pack();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_THAT(error.message,
              HasSubstr("OpenClaw's postinstall failed (exit status 3). It said: Error: unsafe dist entry"));
}

TEST_F(Finish, TellsALimitOfFileWatchersFromAFullDisk) {
  postinstall_also("echo 'Error: ENOSPC: System limit for number of file watchers reached'; exit 3\n");
  pack();
  EXPECT_EQ(failure().number, 0);
  postinstall_also("echo 'Error: ENOSPC: no space left on device, write'; exit 3\n");
  pack();
  EXPECT_EQ(failure().number, ENOSPC);
}

TEST_F(Finish, DoesNotGuessHowAnUnknownVersionFinishesItsInstallation) {
  run("rm content/package/scripts/postinstall-bundled-plugins.mjs");
  pack();
  EXPECT_THAT(failure().message, HasSubstr("which is unknown to this version"));
}

TEST_F(Finish, AsksTheFinishedPackageWhoItIs) {
  folder_.write("content/package/openclaw.mjs", "echo 'OpenClaw 2026.9.60 (abc1234)'\n");
  pack();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("should print 2026.9.6 but prints: OpenClaw 2026.9.60"));
}

// Changes of an install script, a postinstall or a disk to a tree that was right after it was unpacked.
TEST_F(Finish, NamesTheFileThatIsNotAsItWasPublishedAnyMore) {
  struct Damage {
    const char* done;
    const char* said;
  };
  for (const Damage& damage :
       {Damage{"rm dist/chunk-A1.js", "'dist/chunk-A1.js' is missing"},
        Damage{"echo x > dist/chunk-A1.js", "'dist/chunk-A1.js' has another size"},
        Damage{"echo changex > dist/chunk-A1.js", "'dist/chunk-A1.js' has another content"},
        Damage{"rm dist/chunk-A1.js; ln -s entry.js dist/chunk-A1.js", "'dist/chunk-A1.js' is missing"},
        Damage{"rm dist/entry.js; mkdir dist/entry.js", "'dist/entry.js' is no longer a file"},
        Damage{"echo '[]' > dist/postinstall-inventory.json",
               "'dist/postinstall-inventory.json' has another size"}}) {
    folder_.write("content/package/dist/chunk-A1.js", "changed\n");
    folder_.write("content/package/dist/entry.js", "changed\n");
    folder_.write("content/package/dist/postinstall-inventory.json",
                  R"(["dist/chunk-A1.js","dist/entry.js"])");
    postinstall_also(damage.done);
    pack();
    const auto error = failure();
    EXPECT_EQ(error.kind, ErrorKind::integrity) << damage.done;
    EXPECT_THAT(error.message, HasSubstr(damage.said));
  }
}

TEST_F(Finish, LetsPostinstallDoWhatItDoesInPublishedVersions) {
  folder_.write("content/package/dist/entry.js", "entry");
  folder_.write("content/package/dist/extensions/qa-lab/runtime-api.js", "named by no list");
  folder_.write("content/package/dist/postinstall-inventory.json", R"(["dist/entry.js"])");
  postinstall_also("rm dist/extensions/qa-lab/runtime-api.js; mkdir dist/new; echo x > dist/new/stub.js");
  pack();
  const auto result = complete();
  EXPECT_TRUE(result) << result.error().message;
}

}  // namespace
