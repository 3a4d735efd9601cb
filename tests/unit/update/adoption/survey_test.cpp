// SPDX-License-Identifier: MIT
// The facts about an installation, from its files and from a service manager that has its unit.
#include "update/adoption/survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include "openclaw/shell_words.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;

class Survey : public testing::Test {
 protected:
  Survey() {
    root_.write("lib/node_modules/openclaw/package.json", R"({"name":"openclaw","version":"2026.9.5"})");
    root_.write("lib/node_modules/openclaw/openclaw.mjs", "", 0755);
    root_.write("lib/node_modules/openclaw/dist/index.js");
    root_.symlink("../lib/node_modules/openclaw/openclaw.mjs", "bin/openclaw");
    root_.mkdir("state");
    auto& unit = manager_.add("claw.service");
    unit.status.fragment_path = root_.write("claw.service", "[Service]\nUser=claw\n");
    unit.status.drop_in_paths = {root_.write("claw.service.d/10.conf", "[Service]\n")};
    unit.definition.user = std::to_string(::geteuid());
    unit.definition.exec_start = {"/bin/sh", package() + "/dist/index.js", "gateway"};
  }
  base::Result<update::Installation> survey(const std::string& package_root = "") {
    return update::survey_installation(manager_, "claw.service", package_root, root_.path("state"));
  }
  update::Installation found() {
    auto answer = survey();
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(update::Installation{});
  }
  std::vector<std::string>& command() { return manager_.unit("claw.service").definition.exec_start; }
  std::string package() const { return root_.path("lib/node_modules/openclaw"); }

  test_support::TemporaryDirectory root_;
  bus_tests::FakeServiceManager manager_;
};

TEST_F(Survey, FindsThePackageThatTheCommandRuns) {
  EXPECT_EQ(found().package_root, package());
}

TEST_F(Survey, FollowsLinksToIt) {
  command() = {root_.path("bin/openclaw"), "gateway"};
  EXPECT_EQ(found().package_root, package());
  EXPECT_THAT(found().resolved_command, ElementsAre(package() + "/openclaw.mjs", "gateway"));
}

TEST_F(Survey, FindsAScriptByTheFolderThatTheUnitWorksIn) {
  manager_.unit("claw.service").definition.working_directory = package();
  command() = {"/bin/sh", "dist/index.js", "gateway"};
  EXPECT_EQ(found().package_root, package());
}

TEST_F(Survey, ReadsTheUnitAndItsDropInsInTheirOrder) {
  const auto files = found().unit_files;
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].text, "[Service]\nUser=claw\n");
  EXPECT_EQ(files[1].path, root_.path("claw.service.d/10.conf"));
}

TEST_F(Survey, KnowsTheHomeOfTheUnitsUser) {
  EXPECT_EQ(found().account_home, ::getpwuid(::geteuid())->pw_dir);
}

TEST_F(Survey, ReadsTheNamesInEnvironmentFilesAndSkipsThoseThatAreNotThere) {
  auto& files = manager_.unit("claw.service").definition.environment_files;
  files = {{root_.path("absent.env"), true}, {root_.write("site.env", "TOKEN=secret\n"), false}};
  EXPECT_THAT(found().environment_file_keys, ElementsAre("TOKEN"));
}

// This file of the kernel's is a regular one whose first bytes cannot be read (EIO).
TEST_F(Survey, EndsAtAnEnvironmentFileThatTheDiskDoesNotShow) {
  manager_.unit("claw.service").definition.environment_files = {{"/proc/self/mem", true}};
  const auto answer = survey();
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("EnvironmentFile=/proc/self/mem of claw.service"));
}

TEST_F(Survey, SaysWhyTheCommandLeadsToNoPackage) {
  command() = {"/bin/sh", "/etc/passwd"};
  ASSERT_TRUE(found().untold);
  EXPECT_THAT(found().untold->message, HasSubstr("/etc/passwd"));
  EXPECT_TRUE(survey(package()));
}

TEST_F(Survey, FindsTheNodeByTheUnitsPath) {
  const std::string node = root_.write("node/bin/node", "", 0755);
  root_.write("lib/node_modules/openclaw/openclaw.mjs", "#!/usr/bin/env node\n", 0755);
  manager_.unit("claw.service").definition.path = root_.path("node/bin") + ":/usr/bin";
  command() = {root_.path("bin/openclaw"), "gateway"};
  EXPECT_EQ(found().launch.node, node);
  EXPECT_TRUE(found().launch.by_path);
}

// --- the hint of a refusal is followed, and then the unit is adopted

class FollowedHint : public Survey {
 protected:
  FollowedHint() {
    node_ = root_.write("node/bin/node", "", 0755);
    auto& unit = manager_.unit("claw.service");
    unit.definition.user = ::getpwuid(::geteuid())->pw_name;
    unit.definition.locations = {{"HOME", "/home/claw"}};
    unit.definition.path = root_.path("node/bin");
    unit.definition.type = "simple";
  }
  base::Result<update::AdoptionPlan> plan(const std::string& package_root = "") {
    auto found = survey(package_root);
    if (!found) return base::pass(found.error());
    found->definition.user = "claw";  // the tests may run as root
    update::AdoptionPlaces places;
    places.units = root_.path();
    return update::plan_adoption(*found, places);
  }
  std::string refusal(const std::string& package_root = "") {
    const auto planned = plan(package_root);
    EXPECT_FALSE(planned);
    return planned ? "" : planned.error().message;
  }
  // Writes the line to the file that the message names, and sets what systemd would read from it.
  void follow(const std::string& message) {
    const std::size_t into = message.find("into ");
    const std::size_t line = message.rfind(": ExecStart=");
    ASSERT_NE(into, std::string::npos) << message;
    ASSERT_NE(line, std::string::npos) << message;
    const std::string file = message.substr(into + 5, message.find(',', into) - into - 5);
    ASSERT_TRUE(file.starts_with(root_.path() + "/claw.service.d/")) << file;
    const std::string text = message.substr(line + 2);
    auto& unit = manager_.unit("claw.service");
    unit.status.drop_in_paths.push_back(
        root_.write(file.substr(root_.path().size() + 1), "[Service]\nExecStart=\n" + text + "\n"));
    const auto words = openclaw::plain_commands(text.substr(10));
    ASSERT_TRUE(words && words->size() == 1) << text;
    unit.definition.exec_start = words->front();
  }
  void expect_adopted_after(const std::string& message, const std::vector<std::string>& arguments) {
    follow(message);
    const auto planned = plan();
    ASSERT_TRUE(planned) << planned.error().message;
    std::vector<std::string> expected{node_, "/var/lib/openclaw-update/current/dist/index.js"};
    expected.insert(expected.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(planned->command, expected);
    EXPECT_THAT(planned->files.front().text, HasSubstr("node = " + node_ + "\n"));
  }

  std::string node_;
};

TEST_F(FollowedHint, OfALoginShell) {
  manager_.unit("claw.service").definition.path = root_.path("bin") + ":" + root_.path("node/bin");
  command() = {"/bin/bash", "-lc", "exec openclaw gateway --port 4711"};
  expect_adopted_after(refusal(), {"gateway", "--port", "4711"});
}

TEST_F(FollowedHint, OfAPackageRunner) {
  manager_.unit("claw.service").definition.path = root_.path("bin") + ":" + root_.path("node/bin");
  command() = {"/usr/bin/npx", "openclaw", "gateway", "--port", "1"};
  expect_adopted_after(refusal(), {"gateway", "--port", "1"});
}

TEST_F(FollowedHint, OfAStartScript) {
  const std::string script =
      root_.write("start.sh", "#!/bin/bash\nexport A=b\nexec openclaw gateway --port 4711\n", 0755);
  manager_.unit("claw.service").definition.path = root_.path("bin") + ":" + root_.path("node/bin");
  command() = {"/bin/bash", script};
  expect_adopted_after(refusal(), {"gateway", "--port", "4711"});
}

TEST_F(FollowedHint, OfACommandThatOnlyAsks) {
  auto& definition = manager_.unit("claw.service").definition;
  definition.type = "oneshot";
  command() = {package() + "/openclaw.mjs", "gateway", "start"};
  const auto message = refusal();
  definition.type = "exec";  // as the message requests
  expect_adopted_after(message, {"gateway"});
}

TEST_F(FollowedHint, OfAProgramThatDoesNotTell) {
  command() = {root_.write("opt/launcher", "\x7f", 0755), "--fast"};
  EXPECT_THAT(refusal(), HasSubstr("name the package's folder with --package-root"));
  expect_adopted_after(refusal(package()), {"gateway"});
}

TEST_F(FollowedHint, OfAPackageThatTheCommandDoesNotRun) {
  root_.write("other/package.json", R"({"name":"openclaw","version":"2026.9.5"})");
  command() = {node_, package() + "/dist/index.js", "gateway"};
  EXPECT_THAT(refusal(root_.path("other")), HasSubstr("omit --package-root"));
  EXPECT_TRUE(plan());
}

TEST_F(Survey, RefusesAFolderThatIsNoPackage) {
  const auto answer = survey(root_.path("lib"));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr(root_.path("lib")));
}

TEST_F(Survey, RefusesAReleaseOfOurs) {
  root_.write("state/releases/x/package.json", R"({"name":"openclaw","version":"2026.9.5"})");
  command() = {"/bin/sh", root_.write("state/releases/x/dist/index.js")};
  const auto answer = survey();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::refused);
  EXPECT_THAT(answer.error().message, HasSubstr("nothing to adopt"));
}

TEST_F(Survey, RefusesAUserWhoIsNotThere) {
  manager_.unit("claw.service").definition.user = "no-such-user";
  const auto answer = survey();
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("no user no-such-user"));
}

TEST_F(Survey, LeavesAnAbsentUnitToThePlan) {
  manager_.remove("claw.service");
  EXPECT_EQ(found().status.load_state, "not-found");
}

}  // namespace
