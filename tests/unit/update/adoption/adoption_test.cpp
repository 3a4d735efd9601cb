// SPDX-License-Identifier: MIT
// What an adoption would write, and what it refuses.
#include "update/adoption/adoption.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using update::quoted_for_unit;

constexpr const char* package = "/usr/lib/node_modules/openclaw";
constexpr const char* current = "/var/lib/openclaw-update/current";

// Like the survey for a command that names Node and the package.
void runs(update::Installation& found, std::vector<std::string> words) {
  found.definition.exec_start = std::move(words);
  found.resolved_command = found.definition.exec_start;
  found.command = openclaw::read_launch_command(found.definition.exec_start);
  found.launch = {};
  found.launch.package_root = found.package_root;
  if (found.command.runs == openclaw::LaunchCommand::Runs::node) found.launch.node = found.command.program;
  found.launch.in_front = found.command.in_front;
  found.launch.giving_environment = found.command.giving_environment;
  found.launch.node_options = found.command.node_options;
  found.launch.arguments = found.command.arguments;
  found.resolved_node = found.launch.node;
}

// The gateway of an operator who has followed the documentation: npm -g, a user, a hardened unit.
update::Installation installation() {
  update::Installation found;
  found.unit = "claw.service";
  found.status.load_state = "loaded";
  found.status.fragment_path = "/etc/systemd/system/claw.service";
  found.definition.user = "claw";
  found.definition.environment_keys = {"HOME", "OPENCLAW_NO_AUTO_UPDATE"};
  found.definition.locations = {{"HOME", "/home/claw"}};
  found.account_home = "/home/claw";
  found.package_root = package;
  runs(found, {"/usr/bin/node", "/usr/lib/node_modules/openclaw/dist/index.js", "gateway", "--port", "4711"});
  found.unit_files = {{found.status.fragment_path, "[Service]\nUser=claw\nExecStart=/usr/bin/node ...\n"}};
  return found;
}

update::AdoptionPlan plan_of(const update::Installation& found) {
  const auto plan = update::plan_adoption(found);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan.value_or(update::AdoptionPlan{});
}

// The message of the refusal, which is expected.
std::string refusal_of(const update::Installation& found) {
  const auto plan = update::plan_adoption(found);
  EXPECT_FALSE(plan);
  if (plan) return "";
  EXPECT_EQ(plan.error().kind, ErrorKind::refused) << plan.error().message;
  return plan.error().message;
}

// The planned text of the file whose path ends with this.
std::string text_of(const update::AdoptionPlan& plan, const std::string& end) {
  for (const auto& file : plan.files) {
    if (file.path.ends_with(end)) return file.text;
  }
  ADD_FAILURE() << "no file " << end << " is planned";
  return "";
}
std::string gateway_text(const update::AdoptionPlan& plan) {
  return text_of(plan, "claw.service.d/50-openclaw-update.conf");
}
std::string settings_text(const update::AdoptionPlan& plan) {
  return text_of(plan, "helpers.ini.d/50-adopted.ini");
}
std::string worker_text(const update::AdoptionPlan& plan, const std::string& worker) {
  return text_of(plan, worker + "@.service.d/50-openclaw-update.conf");
}

TEST(AdoptionPlan, StartsTheSameCommandFromCurrent) {
  const auto plan = plan_of(installation());
  EXPECT_THAT(plan.command, ElementsAre("/usr/bin/node", std::string(current) + "/dist/index.js", "gateway",
                                        "--port", "4711"));
  EXPECT_THAT(
      gateway_text(plan),
      HasSubstr("\nExecStart=\nExecStart=/usr/bin/node /var/lib/openclaw-update/current/dist/index.js "
                "gateway --port 4711\n"));
}

TEST(AdoptionPlan, FollowsTheLinkInTheFoldersOfProgramsToThePackage) {
  auto found = installation();
  runs(found, {"openclaw", "gateway"});
  found.resolved_command = {std::string(package) + "/openclaw.mjs", "gateway"};
  EXPECT_THAT(plan_of(found).command, ElementsAre(std::string(current) + "/openclaw.mjs", "gateway"));
}

TEST(AdoptionPlan, ChangesTheGatewaysUnitLast) {
  EXPECT_THAT(plan_of(installation()).files.back().path,
              "/etc/systemd/system/claw.service.d/50-openclaw-update.conf");
}

TEST(AdoptionPlan, KeepsAProcessFromUpdatingItselfUnlessTheUnitSaysHowAlready) {
  const auto text = gateway_text(plan_of(installation()));
  EXPECT_THAT(text, AllOf(HasSubstr("Environment=OPENCLAW_SUPERVISOR_MODE=external\n"),
                          HasSubstr("Environment=OPENCLAW_SERVICE_REPAIR_POLICY=external\n"),
                          Not(HasSubstr("OPENCLAW_NO_AUTO_UPDATE"))));
}

TEST(AdoptionPlan, RecoversAnUpdateBeforeTheGatewayStarts) {
  EXPECT_THAT(gateway_text(plan_of(installation())), HasSubstr("\nAfter=openclaw-update-recover.service\n"));
}

TEST(AdoptionPlan, StartsTheGatewayAfterTheFileSystemOfItsReleasesIsMounted) {
  EXPECT_THAT(gateway_text(plan_of(installation())),
              HasSubstr("\nRequiresMountsFor=/var/lib/openclaw-update\n"));
  auto own = installation();
  own.is_own = true;
  EXPECT_THAT(gateway_text(plan_of(own)), Not(HasSubstr("RequiresMountsFor")));
}

TEST(AdoptionPlan, TellsTheSettingsWhichGatewayItIs) {
  EXPECT_THAT(settings_text(plan_of(installation())),
              AllOf(HasSubstr("\nunit = claw.service\n"), HasSubstr("\nport = 4711\n"),
                    HasSubstr("\nstate-directory = /home/claw\n"), HasSubstr("\nnode = /usr/bin/node\n"),
                    HasSubstr("\npackage-root = /var/lib/openclaw-update/current\n")));
}

TEST(AdoptionPlan, SaysThatItAssumesThePort) {
  auto found = installation();
  runs(found, {"/usr/bin/node", std::string(package) + "/dist/index.js", "gateway"});
  const auto plan = plan_of(found);
  EXPECT_THAT(settings_text(plan), HasSubstr("\nport = 18789\n"));
  EXPECT_THAT(plan.notes, Contains(HasSubstr("has no readable --port")));
}

TEST(AnAdoptionOfARunningGateway, ExpectsItWhereItListens) {
  auto found = installation();
  runs(found, {"/usr/bin/node", "/usr/lib/node_modules/openclaw/dist/index.js", "gateway"});
  found.sockets = {{"127.0.0.1", 19503, 0, 0, 1}, {"0.0.0.0", 19501, 0, 0, 1}};
  const auto plan = plan_of(found);
  EXPECT_THAT(settings_text(plan), HasSubstr("\nport = 19501\n"));
  EXPECT_THAT(plan.notes, Not(Contains(HasSubstr("--port"))));
}

TEST(AnAdoptionOfAProfile, GivesWorkersItsState) {
  for (const auto& [arguments, profile] :
       {std::pair<std::vector<std::string>, std::string>{{"--profile", "work"}, "work"},
        {{"--profile=work"}, "work"},
        {{"--dev"}, "dev"}}) {
    auto found = installation();
    std::vector<std::string> command{"/usr/bin/node", "/usr/lib/node_modules/openclaw/dist/index.js"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.emplace_back("gateway");
    runs(found, command);
    const auto plan = plan_of(found);
    const std::string state = "/home/claw/.openclaw-" + profile;
    for (const char* const worker :
         {"openclaw-state@", "openclaw-probe@", "openclaw-canary@", "openclaw-validate@"}) {
      const std::string text =
          text_of(plan, std::string("/etc/systemd/system/") + worker + ".service.d/50-openclaw-update.conf");
      EXPECT_THAT(text, HasSubstr("\nEnvironment=OPENCLAW_STATE_DIR=" + state + "\n")) << worker;
      EXPECT_THAT(text, HasSubstr("\nEnvironment=OPENCLAW_CONFIG_PATH=" + state + "/openclaw.json\n"));
    }
  }
}

// Its state is in the place that the unit sets, as OpenClaw determines it.
TEST(AnAdoptionOfAProfile, KeepsAStateThatTheUnitSets) {
  auto found = installation();
  found.definition.locations["OPENCLAW_STATE_DIR"] = "/srv/claw";
  runs(found,
       {"/usr/bin/node", "/usr/lib/node_modules/openclaw/dist/index.js", "--profile", "work", "gateway"});
  const auto text =
      text_of(plan_of(found), "/etc/systemd/system/openclaw-state@.service.d/50-openclaw-update.conf");
  EXPECT_THAT(text, HasSubstr("\nEnvironment=OPENCLAW_STATE_DIR=/srv/claw\n"));
}

TEST(AdoptionPlan, TakesThePortInOneWordToo) {
  auto found = installation();
  runs(found, {"/usr/bin/node", std::string(package) + "/dist/index.js", "--port=81"});
  EXPECT_THAT(settings_text(plan_of(found)), HasSubstr("\nport = 81\n"));
}

TEST(AdoptionPlan, RunsTheWorkersAsTheGatewaysUserInItsHomeAlone) {
  const auto plan = plan_of(installation());
  EXPECT_THAT(
      worker_text(plan, "openclaw-state"),
      AllOf(HasSubstr("\nUser=claw\n"), HasSubstr("\nStateDirectory=\n"),
            HasSubstr("\nWorkingDirectory=/home/claw\n"), HasSubstr("\nEnvironment=HOME=/home/claw\n"),
            HasSubstr("\nProtectHome=tmpfs\nBindPaths=/home/claw\n"),
            HasSubstr("\nReadWritePaths=/home/claw\n")));
  EXPECT_THAT(worker_text(plan, "openclaw-migrate"), HasSubstr("\nReadWritePaths=/home/claw\n"));
  // A validating worker must not change what it examines.
  EXPECT_THAT(worker_text(plan, "openclaw-validate"),
              AllOf(HasSubstr("\nBindReadOnlyPaths=/home/claw\n"), Not(HasSubstr("ReadWritePaths="))));
  EXPECT_THAT(worker_text(plan, "openclaw-probe"),
              HasSubstr("Environment=OPENCLAW_SYSTEMD_UNIT=claw.service\n"));
}

TEST(AdoptionPlan, LetsTheWorkersIntoEveryFolderThatTheUnitNames) {
  auto found = installation();
  found.definition.state_directories = {"claw"};
  found.definition.locations = {{"HOME", "/var/lib/claw"}, {"OPENCLAW_STATE_DIR", "/srv/claw/state"}};
  const auto plan = plan_of(found);
  EXPECT_THAT(settings_text(plan), HasSubstr("\nstate-directory = /var/lib/claw\n"));
  EXPECT_THAT(
      worker_text(plan, "openclaw-state"),
      AllOf(HasSubstr("ReadWritePaths=/var/lib/claw\n"), HasSubstr("ReadWritePaths=/srv/claw/state\n"),
            HasSubstr("Environment=OPENCLAW_STATE_DIR=/srv/claw/state\n"), Not(HasSubstr("Bind"))));
}

TEST(AdoptionPlan, WaitsForRequestsWhereTheGatewayCanWrite) {
  EXPECT_THAT(text_of(plan_of(installation()), "openclaw-update-request.path.d/50-openclaw-update.conf"),
              HasSubstr("\nPathExists=\nPathExists=/home/claw/update-request\n"));
}

TEST(AdoptionPlan, GivesTheWorkersTheEnvironmentFilesOfTheUnit) {
  auto found = installation();
  found.definition.environment_files = {{"/etc/claw/100%.env", false}, {"/etc/claw/more.env", true}};
  EXPECT_THAT(worker_text(plan_of(found), "openclaw-probe"),
              HasSubstr("\nEnvironmentFile=\nEnvironmentFile=/etc/claw/100%%.env\n"
                        "EnvironmentFile=-/etc/claw/more.env\n"));
}

TEST(AdoptionPlan, NamesTheVariablesThatTheWorkersDoNotGetAndNoneOfTheirValues) {
  auto found = installation();
  found.definition.environment_keys.emplace_back("SITE_TOKEN");
  EXPECT_THAT(plan_of(found).notes, Contains(AllOf(HasSubstr("SITE_TOKEN"), HasSubstr("EnvironmentFile="))));
  EXPECT_THAT(plan_of(installation()).notes, IsEmpty());
}

TEST(AdoptionPlan, LetsTheWorkersSeeANodeInSomebodysHome) {
  auto found = installation();
  runs(found, {"/home/admin/.nvm/versions/node/v24.16.0/bin/node", std::string(package) + "/dist/index.js",
               "gateway", "--port", "1"});
  const auto plan = plan_of(found);
  for (const char* worker : {"openclaw-state", "openclaw-migrate", "openclaw-validate", "openclaw-canary",
                             "openclaw-stage", "openclaw-probe"}) {
    EXPECT_THAT(
        worker_text(plan, worker),
        AllOf(HasSubstr("BindReadOnlyPaths=-/home/admin/.nvm/versions/node/v24.16.0/bin\n"),
              HasSubstr("BindReadOnlyPaths=-/home/admin/.nvm/versions/node/v24.16.0/lib/node_modules\n")));
  }
  const auto lets_the_others_in = Contains(
      AllOf(HasSubstr("openclaw-finish@.service do not see /home/admin/.nvm/versions/node/v24.16.0/bin/node"),
            HasSubstr("BindReadOnlyPaths=-/home/admin/.nvm/versions/node/v24.16.0/bin "
                      "-/home/admin/.nvm/versions/node/v24.16.0/lib/node_modules")));
  EXPECT_THAT(plan.notes, lets_the_others_in);
  // The other workers still cannot see what the gateway's own workers write to.
  found.definition.locations["HOME"] = "/home/admin";
  EXPECT_THAT(plan_of(found).notes, lets_the_others_in);
}

TEST(AdoptionPlan, SaysNothingAboutANodeThatEverybodyCanUse) {
  auto found = installation();
  runs(found, {"/opt/node/bin/node", std::string(package) + "/dist/index.js", "gateway", "--port", "1"});
  EXPECT_THAT(plan_of(found).notes, IsEmpty());
}

TEST(AdoptionPlan, KeepsWhatStandsBeforeTheCommand) {
  auto found = installation();
  found.unit_files.push_back({"/etc/systemd/system/claw.service.d/20.conf",
                              "[Service]\nExecStart=\nExecStart = \\\n -:/usr/bin/node x\n"});
  EXPECT_THAT(gateway_text(plan_of(found)), HasSubstr("\nExecStart=-:/usr/bin/node "));
}

// systemd.syntax(7): a comment within a continued line, one that ends with a backslash, another section.
TEST(AdoptionPlan, ReadsUnitFilesAsSystemdDoes) {
  auto found = installation();
  auto& text = found.unit_files.front().text;
  text =
      "\xef\xbb\xbf[Service]\r\nUser=claw\r\n# an older one \\\r\nExecStart=\\\r\n# why\\\r\n  "
      "-/usr/bin/node x\r\n";
  EXPECT_THAT(gateway_text(plan_of(found)), HasSubstr("\nExecStart=-/usr/bin/node "));
  text =
      "[X-Site]\nExecStart=+/usr/bin/other\nDynamicUser=yes\n[Service]\n;ExecStart=+/x\nExecStart=/usr/bin/"
      "node x\n";
  EXPECT_THAT(gateway_text(plan_of(found)), HasSubstr("\nExecStart=/usr/bin/node "));
  text = "[Service]\nExecStart=/usr/bin/node \\\n  x\nDynamicUser\\\n = yes";
  EXPECT_THAT(refusal_of(found), HasSubstr("DynamicUser="));
}

TEST(AdoptionRefusal, OfAUnitThatIsNotThereIsNamedNotFound) {
  auto found = installation();
  found.status.load_state = "not-found";
  const auto plan = update::plan_adoption(found);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::not_found);
  EXPECT_THAT(plan.error().message, AllOf(HasSubstr("claw.service"), HasSubstr("adopt UNIT")));
}

TEST(AdoptionRefusal, OfAMaskedUnit) {
  auto found = installation();
  found.status.load_state = "masked";
  EXPECT_THAT(refusal_of(found),
              AllOf(HasSubstr("claw.service is masked"), HasSubstr("unmask claw.service")));
}

TEST(AdoptionRefusal, OfOneThatSystemdHasNotReadAgain) {
  auto found = installation();
  found.status.need_daemon_reload = true;
  EXPECT_THAT(refusal_of(found), HasSubstr("daemon-reload"));
}

TEST(AdoptionRefusal, OfAGatewayThatRunsAsRoot) {
  for (const char* user : {"", "root", "0"}) {
    auto found = installation();
    found.definition.user = user;
    EXPECT_THAT(refusal_of(found), HasSubstr("runs as root")) << user;
  }
}

TEST(AdoptionRefusal, OfAUserWhoIsThereOnlyMeanwhile) {
  auto found = installation();
  found.unit_files.push_back(
      {"/etc/systemd/system/claw.service.d/user.conf", "[Service]\nDynamicUser = yes\n"});
  EXPECT_THAT(refusal_of(found), AllOf(HasSubstr("DynamicUser=no"), HasSubstr("User=")));
  // As the message requests: with User= alone, it would be refused again.
  found.unit_files.back().text = "[Service]\nDynamicUser=no\nUser=claw\n";
  EXPECT_TRUE(update::plan_adoption(found));
}

TEST(AdoptionRefusal, OfACommandThatALaterDropInSetsAgain) {
  auto found = installation();
  found.unit_files.push_back({"/etc/systemd/system/claw.service.d/override.conf",
                              "[Service]\nExecStart=\nExecStart=/usr/bin/node x\n"});
  EXPECT_THAT(refusal_of(found),
              AllOf(HasSubstr("override.conf sets ExecStart="), HasSubstr("40-override.conf")));
  found.unit_files.back().path = "/etc/systemd/system/claw.service.d/40-override.conf";
  EXPECT_TRUE(update::plan_adoption(found));
}

TEST(AdoptionRefusal, OfACommandWithPrivilegesOrAnotherName) {
  for (const char* prefix : {"@", "+", "!!", "-+", "|"}) {
    auto found = installation();
    found.unit_files.front().text = std::string("[Service]\nExecStart=") + prefix + "/usr/bin/node x\n";
    EXPECT_THAT(refusal_of(found), HasSubstr("begins with")) << prefix;
  }
}

// The line to write, with which such a refusal ends.
std::string line_of(const std::string& message) {
  const std::size_t at = message.rfind(": ExecStart=");
  EXPECT_NE(at, std::string::npos) << message;
  return at == std::string::npos ? "" : message.substr(at + 2);
}

TEST(AdoptionRefusal, OfAScriptHasTheLineToWriteAndWhere) {
  auto found = installation();
  runs(found, {"/home/claw/.local/share/pnpm/openclaw", "gateway", "--port", "18789"});
  found.launch.node = "/usr/bin/node";
  found.launch.shims = {"/home/claw/.local/share/pnpm/openclaw"};
  const auto message = refusal_of(found);
  EXPECT_THAT(message, AllOf(HasSubstr("/home/claw/.local/share/pnpm/openclaw"),
                             HasSubstr("/etc/systemd/system/claw.service.d/40-command.conf"),
                             HasSubstr("daemon-reload"), Not(HasSubstr("--package-root"))));
  EXPECT_EQ(line_of(message),
            "ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port 18789");
}

TEST(AdoptionRefusal, NamesTheDropInThatSetsTheCommandNow) {
  auto found = installation();
  runs(found, {"/bin/bash", "-lc", "openclaw gateway"});
  found.launch.node = "/usr/bin/node";
  found.unit_files.push_back(
      {"/etc/systemd/system/claw.service.d/45-x.conf", "[Service]\nExecStart=\nExecStart=x\n"});
  EXPECT_THAT(refusal_of(found), HasSubstr("into /etc/systemd/system/claw.service.d/45-x.conf"));
}

TEST(AdoptionRefusal, KeepsSecretsOutOfTheLine) {
  auto found = installation();
  runs(found,
       {"/bin/bash", "-lc",
        "API=s3cret-1 doppler run -t s3cret-2 -- openclaw gateway --token s3cret-3 --password=s3cret-4 "
        "--url ws://me:s3cret-5@host --key \"$(cat s3cret-6)\" --port 1 --gateway-token ${TOKEN}"});
  found.launch.node = "/usr/bin/node";
  const auto message = refusal_of(found);
  EXPECT_THAT(message, Not(HasSubstr("s3cret")));
  EXPECT_EQ(
      line_of(message),
      "ExecStart=/usr/bin/env API=… doppler run -t … -- /usr/bin/node "
      "/usr/lib/node_modules/openclaw/dist/index.js gateway --token … --password=… --url … --key … --port 1 "
      "--gateway-token ${TOKEN}");
  EXPECT_THAT(message, HasSubstr("… replaces"));
}

TEST(AdoptionRefusal, OfAContainerSaysThatItIsNotAdopted) {
  auto found = installation();
  runs(found, {"/usr/bin/docker", "run", "--rm", "-e", "TOKEN=s3cret", "ghcr.io/openclaw/openclaw:2026.9.6"});
  EXPECT_THAT(refusal_of(found), AllOf(HasSubstr("a container"), HasSubstr("openclaw-stage-deps(8)"),
                                       Not(HasSubstr("s3cret")), Not(HasSubstr("--package-root"))));
}

TEST(AdoptionRefusal, OfACommandThatOnlyAsksNamesIt) {
  auto found = installation();
  runs(found, {"/usr/lib/node_modules/openclaw/openclaw.mjs", "gateway", "start"});
  found.launch.node = "/usr/bin/node";
  found.definition.type = "oneshot";
  const auto message = refusal_of(found);
  EXPECT_THAT(message, AllOf(HasSubstr("\"openclaw gateway start\""), HasSubstr("Type=exec")));
  EXPECT_EQ(line_of(message), "ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway");
  runs(found, {"/usr/bin/systemctl", "--user", "start", "openclaw-gateway"});
  EXPECT_THAT(refusal_of(found), HasSubstr("runs systemctl"));
  runs(found, {"/usr/bin/sudo", "-u", "claw", "openclaw", "gateway"});
  EXPECT_THAT(refusal_of(found), HasSubstr("User="));
}

TEST(AdoptionRefusal, OfAOneshotThatRunsTheGateway) {
  auto found = installation();
  found.definition.type = "oneshot";
  EXPECT_THAT(refusal_of(found), HasSubstr("Type=exec"));
  found.definition.type = "notify";
  EXPECT_TRUE(update::plan_adoption(found));
}

TEST(AdoptionRefusal, OfLocationsThatTheCommandSets) {
  auto found = installation();
  runs(found, {"/usr/bin/env", "OPENCLAW_STATE_DIR=/srv/x", "/usr/bin/node",
               std::string(package) + "/dist/index.js", "gateway"});
  EXPECT_THAT(refusal_of(found), HasSubstr("Environment=OPENCLAW_STATE_DIR="));
}

TEST(AdoptionRefusal, OfWhatCannotBeToldSaysWhy) {
  auto found = installation();
  runs(found, {"/opt/start"});
  found.package_root.clear();
  found.untold =
      base::Error{ErrorKind::not_found, 0, "/opt/start is a program, and what it runs cannot be determined"};
  const auto plan = update::plan_adoption(found);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::not_found);
  EXPECT_THAT(plan.error().message, AllOf(HasSubstr("/opt/start is a program"), HasSubstr("--package-root")));
}

TEST(AdoptionPlan, UsesTheNodeThatRunsWhateverItIsCalled) {
  for (const char* node : {"/usr/local/bin/node24", "/usr/bin/nodejs"}) {
    auto found = installation();
    runs(found, {node, std::string(package) + "/dist/index.js", "gateway"});
    EXPECT_THAT(settings_text(plan_of(found)), HasSubstr(std::string("\nnode = ") + node + "\n"));
  }
}

TEST(AdoptionPlan, KeepsASecretsRunnerAndSaysWhatTheWorkersDoNotSee) {
  auto found = installation();
  runs(found, {"/usr/bin/op", "run", "--env-file=/etc/openclaw/op.env", "--", "/usr/bin/node",
               std::string(package) + "/dist/index.js", "gateway", "--port", "1"});
  const auto plan = plan_of(found);
  EXPECT_THAT(gateway_text(plan),
              HasSubstr("ExecStart=/usr/bin/op run --env-file=/etc/openclaw/op.env -- "
                        "/usr/bin/node /var/lib/openclaw-update/current/dist/index.js gateway"));
  EXPECT_THAT(settings_text(plan), HasSubstr("\nnode = /usr/bin/node\n"));
  EXPECT_THAT(plan.notes,
              Contains(AllOf(HasSubstr("gives the gateway through op"), HasSubstr("EnvironmentFile="))));
}

TEST(AdoptionPlan, NamesNodeWhereTheScriptsFirstLineDid) {
  auto found = installation();
  runs(found, {std::string(package) + "/openclaw.mjs", "gateway", "--port", "1"});
  found.launch.node = "/home/linuxbrew/.linuxbrew/opt/node/bin/node";
  EXPECT_THAT(plan_of(found).command, ElementsAre(found.launch.node, std::string(current) + "/openclaw.mjs",
                                                  "gateway", "--port", "1"));
  found.launch.by_path = true;
  EXPECT_THAT(plan_of(found).command,
              ElementsAre(std::string(current) + "/openclaw.mjs", "gateway", "--port", "1"));
}

TEST(AdoptionRefusal, OfAHomeInAnEnvironmentFile) {
  auto found = installation();
  found.environment_file_keys = {"TOKEN", "OPENCLAW_HOME"};
  EXPECT_THAT(refusal_of(found), AllOf(HasSubstr("OPENCLAW_HOME is set in an environment file"),
                                       HasSubstr("remove it from the file")));
  // As the message requests: the file takes precedence, so Environment= alone is not sufficient.
  found.environment_file_keys = {"TOKEN"};
  found.definition.locations["OPENCLAW_HOME"] = "/srv/claw";
  EXPECT_TRUE(update::plan_adoption(found));
}

TEST(AdoptionRefusal, OfAStateFolderThatIsTheWholeSystemOrNoPlainName) {
  for (const char* home : {"/", "/srv/a b", "/srv/%h", "/srv/x\ny"}) {
    auto found = installation();
    found.definition.locations["HOME"] = home;
    EXPECT_THAT(refusal_of(found), AllOf(HasSubstr("not a separate folder with a plain name"),
                                         HasSubstr("Environment=HOME= of claw.service")))
        << home;
  }
  // HOME would not help if another variable sets the place.
  auto found = installation();
  found.definition.locations["OPENCLAW_STATE_DIR"] = "/srv/a b";
  EXPECT_THAT(refusal_of(found), HasSubstr("Environment=OPENCLAW_STATE_DIR= of claw.service"));
}

TEST(AnotherOpenClaw, IsWhatAUnitStartsThatDoesNotNameCurrent) {
  bus::ServiceDefinition unit;
  for (const char* path : {"/usr/lib/node_modules/openclaw/dist/index.js", "/usr/bin/openclaw",
                           "/var/lib/openclaw-update/current-old/openclaw.mjs"}) {
    unit.exec_start = {"/usr/bin/node", path};
    EXPECT_TRUE(update::starts_another(unit, current)) << path;
  }
  for (const char* path : {"/var/lib/openclaw-update/current/dist/index.js", "/opt/start.sh", "gateway"}) {
    unit.exec_start = {"/usr/bin/node", path};
    EXPECT_FALSE(update::starts_another(unit, current)) << path;
  }
}

TEST(AnotherOpenClaw, IsFollowedThroughLinksAndScripts) {
  const test_support::TemporaryDirectory root;
  for (const char* folder : {"releases/1", "global"}) {
    root.write(std::string(folder) + "/package.json", R"({"name":"openclaw","version":"2026.9.5"})");
    root.write(std::string(folder) + "/openclaw.mjs", "", 0755);
  }
  root.symlink("releases/1", "current");
  root.symlink("../../current/openclaw.mjs", "ours/bin/openclaw");
  root.symlink("../global/openclaw.mjs", "theirs/openclaw");
  bus::ServiceDefinition unit;
  unit.exec_start = {root.path("ours/bin/openclaw"), "gateway"};
  EXPECT_FALSE(update::starts_another(unit, root.path("current")));
  unit.exec_start = {"/bin/bash", "-lc", "exec openclaw gateway"};
  unit.path = root.path("nowhere");
  EXPECT_FALSE(update::starts_another(unit, root.path("current"))) << "what it starts is not known";
  unit.path = root.path("theirs");
  EXPECT_TRUE(update::starts_another(unit, root.path("current")));
  unit.path = root.path("ours/bin");
  EXPECT_FALSE(update::starts_another(unit, root.path("current")));
}

// WorkingDirectory=~, as reported by the manager.
TEST(AnotherOpenClaw, IsFoundInTheHomeThatTheUnitWorksIn) {
  const test_support::TemporaryDirectory root;
  root.write("home/openclaw.mjs", "", 0755);
  root.write("home/package.json", R"({"name":"openclaw","version":"2026.9.5"})");
  bus::ServiceDefinition unit;
  unit.locations = {{"HOME", root.path("home")}};
  unit.working_directory = "~";
  unit.exec_start = {"node", "openclaw.mjs", "gateway"};
  EXPECT_TRUE(update::starts_another(unit, root.path("current")));
}

struct Quoting {
  const char* text;
  const char* quoted;
};
class UnitQuoting : public testing::TestWithParam<Quoting> {};

TEST_P(UnitQuoting, IsReadBySystemdAsItWas) {
  EXPECT_EQ(quoted_for_unit(GetParam().text), GetParam().quoted);
}

INSTANTIATE_TEST_SUITE_P(Words, UnitQuoting,
                         testing::Values(Quoting{"/usr/bin/node", "/usr/bin/node"}, Quoting{"", "\"\""},
                                         Quoting{"100%", "100%%"}, Quoting{"${PORT}", "${PORT}"},
                                         Quoting{"a b", "\"a b\""}, Quoting{";", "\";\""},
                                         Quoting{"#", "\"#\""}, Quoting{"say \"x\"", "\"say \\\"x\\\"\""},
                                         Quoting{"it's", "\"it's\""}, Quoting{"a\\b", "\"a\\\\b\""},
                                         Quoting{"a\nb\x7f", "\"a\\x0ab\\x7f\""}, Quoting{"ü", "\"ü\""}));

}  // namespace
