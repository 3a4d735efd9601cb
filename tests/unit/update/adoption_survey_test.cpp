// What is found out about an installation, with the files of one and a service manager that knows its unit.
#include "update/adoption_survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

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
  systemd_tests::FakeServiceManager manager_;
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

TEST_F(Survey, AsksForThePackageWhereTheCommandNamesNone) {
  command() = {"/bin/sh", "/etc/passwd"};
  const auto answer = survey();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::not_found);
  EXPECT_THAT(answer.error().message, HasSubstr("--package-root"));
  EXPECT_TRUE(survey(package()));
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
