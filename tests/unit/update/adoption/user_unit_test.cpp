// SPDX-License-Identifier: MIT
// A gateway in a user unit of OpenClaw's installer: what can be moved, and the result.
#include "update/adoption/user_unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/tasks.hpp"
#include "support/temporary_directory.hpp"
#include "update/adoption/support/user_unit.hpp"
#include "update/support/fake_workers.hpp"

namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using update_tests::claw;
using update_tests::unit_of_the_installer;
using update_tests::user_unit;

base::Result<update::UserUnitPlan> plan(const contract::UserUnitFound& seen,
                                        const std::vector<std::string>& known_secrets = {},
                                        bool strict = false) {
  return update::plan_user_unit(seen, claw(), {"claw", user_unit, strict}, known_secrets, {});
}

std::string refusal(const contract::UserUnitFound& seen, const std::vector<std::string>& known_secrets = {}) {
  const auto planned = plan(seen, known_secrets);
  return planned ? "" : planned.error().message;
}

// The text of the file whose path ends with this.
std::string text_of(const update::AdoptionPlan& adoption, const std::string& end) {
  for (const auto& file : adoption.files) {
    if (file.path.ends_with(end)) return file.link_target.empty() ? file.text : "-> " + file.link_target;
  }
  return "";
}

update::AdoptionPlan adoption_of(update::UserUnitPlan planned, const update::AdoptionPlaces& places = {}) {
  planned.found.package_root = "/home/claw/.npm-global/lib/node_modules/openclaw";
  planned.found.resolved_command = planned.found.definition.exec_start;
  planned.found.command = openclaw::read_launch_command(planned.found.definition.exec_start);
  planned.found.launch = openclaw::launch_of(planned.found.package_root, planned.found.command, {});
  auto adoption = update::plan_adoption(planned.found, places);
  EXPECT_TRUE(adoption) << adoption.error().message;
  return adoption.value_or(update::AdoptionPlan{});
}

constexpr const char* gateway_drop_in = "/openclaw-gateway.service.d/50-openclaw-update.conf";

TEST(UserUnit, BecomesTheShippedUnitAsThatUserWithTheSameHomeAndPort) {
  const auto planned = plan(unit_of_the_installer());
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_EQ(planned->found.unit, "openclaw-gateway.service");
  const auto adoption = adoption_of(*planned);
  EXPECT_THAT(adoption.command,
              ElementsAre("/usr/bin/node", "--max-old-space-size=8192",
                          "/var/lib/openclaw-update/current/dist/index.js", "gateway", "--port", "22345"));
  const std::string text = text_of(adoption, gateway_drop_in);
  EXPECT_THAT(text, AllOf(HasSubstr("\nUser=claw\nGroup=\n"), HasSubstr("\nEnvironment=HOME=/home/claw\n"),
                          HasSubstr("\nEnvironment=OPENCLAW_GATEWAY_PORT=22345\n"),
                          HasSubstr("\nEnvironment=PATH=/usr/bin:/home/claw/.npm-global/bin:")));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("TMPDIR")), Not(HasSubstr("NODE_OPTIONS"))));
  EXPECT_THAT(text_of(adoption, "/50-adopted.ini"), HasSubstr("\nport = 22345\n"));
}

TEST(UserUnit, WritesInItsStateAloneAndSeesNoOtherHome) {
  const auto planned = plan(unit_of_the_installer());
  ASSERT_TRUE(planned) << planned.error().message;
  const std::string text = text_of(adoption_of(*planned), gateway_drop_in);
  EXPECT_THAT(text, AllOf(HasSubstr("\nProtectHome=tmpfs\nBindReadOnlyPaths=/home/claw\n"),
                          HasSubstr("\nReadWritePaths=/home/claw/.openclaw\n"),
                          HasSubstr("\nStateDirectory=openclaw-user-claw\n")));
  EXPECT_THAT(text, Not(HasSubstr("ReadWritePaths=/home/claw\n")));
}

// The user could replace it by a link, and systemd would follow that as root.
TEST(UserUnit, BindsAndReadsNothingThatTheUserCouldExchange) {
  const auto planned = plan(unit_of_the_installer());
  ASSERT_TRUE(planned) << planned.error().message;
  for (const auto& file : adoption_of(*planned).files) {
    EXPECT_THAT(file.text,
                AllOf(Not(HasSubstr("BindPaths=/home")), Not(HasSubstr("BindReadOnlyPaths=/home/claw/")),
                      Not(HasSubstr("EnvironmentFile=/home")), Not(HasSubstr("EnvironmentFile=-/home"))))
        << file.path;
  }
}

TEST(UserUnit, MayStartExactlyWhereTheSystemUnitMayNot) {
  const auto planned = plan(unit_of_the_installer());
  ASSERT_TRUE(planned) << planned.error().message;
  const auto adoption = adoption_of(*planned);
  EXPECT_THAT(text_of(adoption, "/etc/systemd/user/openclaw-gateway.service.d/50-openclaw-update-1000.conf"),
              HasSubstr("\nAssertPathExists=!/var/lib/openclaw-update/moved/%U-%n\n"));
  EXPECT_THAT(
      text_of(adoption, gateway_drop_in),
      AllOf(HasSubstr("\nAssertPathExists=/var/lib/openclaw-update/moved/1000-openclaw-gateway.service\n"),
            HasSubstr("\nRequires=openclaw-user-unit-stop@1000.service\n"),
            HasSubstr("\nConflicts=openclaw-user-unit-start@1000.service\n")));
  EXPECT_EQ(text_of(adoption, "/multi-user.target.wants/openclaw-gateway.service"),
            "-> /usr/lib/systemd/system/openclaw-gateway.service");
  EXPECT_EQ(planned->found.moved_unit->mark(), "1000-openclaw-gateway.service");
}

TEST(UserUnit, OfAGatewayWithANameIsAUnitOfItsOwn) {
  update::AdoptionPlaces places;
  places.gateway = "work";
  places.current = "/var/lib/openclaw-update/gateways/work/current";
  auto seen = unit_of_the_installer();
  seen.environment.push_back({"OPENCLAW_PROFILE", "work"});
  const auto planned =
      update::plan_user_unit(seen, claw(), {"claw", update::user_unit_of_profile("work")}, {}, places);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_EQ(planned->found.unit, "openclaw-gateway-work.service");
  const auto adoption = adoption_of(*planned, places);
  EXPECT_EQ(text_of(adoption, "/etc/systemd/system/openclaw-gateway-work.service"),
            "-> /usr/share/openclaw-systemd/units/openclaw-gateway.service");
  EXPECT_THAT(text_of(adoption, "/openclaw-gateway-work.service.d/50-openclaw-update.conf"),
              AllOf(HasSubstr("\nAssertPathExists=\nAssertPathExists=" + places.current + "/dist/index.js\n"),
                    HasSubstr("\nEnvironmentFile=\nEnvironmentFile=-/etc/openclaw/gateway-work.env\n"),
                    HasSubstr("/moved/1000-openclaw-gateway-work.service\n")));
}

TEST(UserUnit, ThatIsNotThereIsNotFound) {
  auto seen = unit_of_the_installer();
  seen.load_state = "not-found";
  const auto planned = plan(seen);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().kind, ErrorKind::not_found);
  EXPECT_THAT(planned.error().message, HasSubstr("claw has no user unit openclaw-gateway.service"));
}

TEST(UserUnit, ThatDoesNotRunIsToBeStartedFirst) {
  auto seen = unit_of_the_installer();
  seen.active_state = "inactive";
  seen.sub_state = "dead";
  seen.main_pid = 0;
  EXPECT_THAT(refusal(seen), HasSubstr("systemctl --user --machine=claw@ start openclaw-gateway.service"));
}

TEST(UserUnit, IsNotTakenForWhatRunsElsewhere) {
  auto seen = unit_of_the_installer();
  seen.control_group = "/system.slice/sshd.service";
  EXPECT_THAT(refusal(seen), HasSubstr("which is not a control group of claw"));
  seen.control_group = "/user.slice/user-1000.slice/user@1000.service.d/x";
  EXPECT_THAT(refusal(seen), HasSubstr("which is not a control group of claw"));
  seen.control_group = "/user.slice/user-1000.slice/user@1000.service/background.slice/x.service";
  EXPECT_EQ(refusal(seen), "");
}

TEST(UserUnit, GivesItsSecretsFromAFileThatRootAloneWrites) {
  auto seen = unit_of_the_installer();
  seen.environment_files = {{"/home/claw/.openclaw/gateway.systemd.env", true, {"OPENCLAW_GATEWAY_TOKEN"}}};
  seen.secrets = {"TELEGRAM_BOT_TOKEN"};
  const std::string message = refusal(seen);
  EXPECT_THAT(
      message,
      AllOf(
          HasSubstr("OPENCLAW_GATEWAY_TOKEN, TELEGRAM_BOT_TOKEN are given"),
          HasSubstr(
              "runuser -u claw -- cat /home/claw/.openclaw/gateway.systemd.env >>/etc/openclaw/gateway.env"),
          HasSubstr("chmod 0600 /etc/openclaw/gateway.env"), HasSubstr("^(TELEGRAM_BOT_TOKEN)=(.*)$"),
          HasSubstr("/proc/313/environ")));
  EXPECT_EQ(refusal(seen, {"OPENCLAW_GATEWAY_TOKEN", "TELEGRAM_BOT_TOKEN"}), "");
}

// The answer comes from the user, and is used in lines of a unit of root and in a command for root's shell.
TEST(UserUnit, IsGivenNoRightsByWhatItsUserSays) {
  auto seen = unit_of_the_installer();
  seen.exec_start.front() = "+/usr/bin/node";
  EXPECT_THAT(refusal(seen), HasSubstr("does not start a program with an absolute path"));
  seen = unit_of_the_installer();
  seen.secrets = {"A_TOKEN", "B'; reboot; '"};
  EXPECT_THAT(refusal(seen), AllOf(HasSubstr("A_TOKEN is given"), Not(HasSubstr("reboot"))));
  seen = unit_of_the_installer();
  seen.paths = {"/srv/x y", "/srv/%h"};
  seen.working_directory = "/srv/%h";
  const auto planned = plan(seen);
  ASSERT_TRUE(planned) << planned.error().message;
  const std::string text = text_of(adoption_of(*planned), gateway_drop_in);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("/srv/")), HasSubstr("\nWorkingDirectory=/home/claw\n")));
}

// ~/.config/environment.d, or systemctl --user import-environment of a desktop.
TEST(UserUnit, KeepsWhatItsServiceManagerGivesItAndOpenClawReads) {
  auto seen = unit_of_the_installer();
  seen.inherited = {{"OPENCLAW_HIDE_BANNER", "1"},
                    {"https_proxy", "http://proxy:3128"},
                    {"EDITOR", "vi"},
                    {"INVOCATION_ID", "0123"},
                    {"OPENCLAW_X\n[Service]", "1"}};
  const auto planned = plan(seen);
  ASSERT_TRUE(planned) << planned.error().message;
  const std::string text = text_of(adoption_of(*planned), gateway_drop_in);
  EXPECT_THAT(text,
              AllOf(HasSubstr("\nEnvironment=OPENCLAW_HIDE_BANNER=1\n"),
                    HasSubstr("\nEnvironment=https_proxy=http://proxy:3128\n"), Not(HasSubstr("EDITOR")),
                    Not(HasSubstr("INVOCATION_ID")), Not(HasSubstr("OPENCLAW_X"))));
  EXPECT_THAT(planned->notes, Contains(HasSubstr("claw's service manager gives the gateway EDITOR,")));
}

// OpenClaw reads <state>/.env itself, as the user.
TEST(UserUnit, NeedsNoFileForSecretsThatOpenClawReadsItself) {
  auto seen = unit_of_the_installer();
  seen.environment_files = {{"/home/claw/.openclaw/gateway.systemd.env", true, {"OPENROUTER_API_KEY"}}};
  EXPECT_EQ(refusal(seen), "");
}

TEST(UserUnit, LetsInWhatTheConfigNamesOutsideOfTheState) {
  auto seen = unit_of_the_installer();
  seen.paths = {"/home/claw/work", "/srv/skills", "/home/other/x", "/home/claw/.openclaw/workspace"};
  const auto planned = plan(seen);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_THAT(planned->notes,
              Contains(HasSubstr("is made writable with ReadWritePaths=-/home/claw/work; --strict")));
  EXPECT_THAT(planned->notes,
              Contains(HasSubstr("/home/other/x, which the config names, is no longer visible")));
  const std::string text = text_of(adoption_of(*planned), gateway_drop_in);
  EXPECT_THAT(text, AllOf(HasSubstr("\nReadWritePaths=-/home/claw/work\n"),
                          HasSubstr("\nReadWritePaths=-/srv/skills\n"), Not(HasSubstr("/home/other"))));
}

TEST(UserUnit, LetsNothingMoreInWhereThatIsWanted) {
  auto seen = unit_of_the_installer();
  seen.paths = {"/home/claw/work"};
  const auto planned = plan(seen, {}, /*strict=*/true);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_THAT(planned->notes, Contains(AllOf(HasSubstr("is read-only for the gateway"),
                                             HasSubstr("ReadWritePaths=-/home/claw/work"))));
  EXPECT_THAT(text_of(adoption_of(*planned), gateway_drop_in), Not(HasSubstr("/home/claw/work")));
}

TEST(UserUnit, TellsWhatASystemUnitCannot) {
  auto seen = unit_of_the_installer();
  seen.other_settings = {"MemoryMax"};
  seen.of_sandbox = true;
  const auto planned = plan(seen);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_THAT(planned->notes, Contains(HasSubstr("can no longer access claw's session (/run/user/1000)")));
  EXPECT_THAT(planned->notes, Contains(HasSubstr("not copied: MemoryMax=")));
  EXPECT_THAT(planned->notes, Contains(HasSubstr("in the group docker")));
}

TEST(UserUnit, OfAUserWithoutAManagerNamesLinger) {
  std::vector<std::string> calls;
  update_tests::FakeWorkers workers(calls);
  workers.answers["openclaw-user-unit serve"] = [](const nlohmann::json&, const update::Watching&) {
    return base::fail(ErrorKind::not_found, "cannot reach systemd at /run/user/1000/systemd/private");
  };
  const auto seen = update::ask_for_user_unit(workers, claw(), user_unit);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().kind, ErrorKind::refused);
  EXPECT_THAT(seen.error().message, HasSubstr("loginctl enable-linger claw"));
}

TEST(UserUnit, IsAskedForInItsOwnUsersWorker) {
  std::vector<std::string> calls;
  update_tests::FakeWorkers workers(calls);
  workers.answer("openclaw-user-unit serve", contract::to_json(unit_of_the_installer()));
  const auto seen = update::ask_for_user_unit(workers, claw(), user_unit);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->exec_start, unit_of_the_installer().exec_start);
  EXPECT_EQ(workers.requests["openclaw-user-unit serve"]["act"], "look");
  EXPECT_EQ(contract::Task(contract::tasks::user_unit, "1000").unit(), "openclaw-user-unit@1000.service");
}

}  // namespace
