// SPDX-License-Identifier: MIT
// A gateway that runs as root, and what adopt --to-user would do.
#include "update/adoption/home_move.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/text.hpp"
#include "support/temporary_directory.hpp"
#include "update/support/fake_accounts.hpp"

namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* package = "/usr/lib/node_modules/openclaw";

class HomeMove : public testing::Test {
 protected:
  HomeMove() {
    root_.mkdir("root", 0700);
    config("{}");
    found_.unit = "claw.service";
    found_.status.load_state = "loaded";
    found_.status.fragment_path = "/etc/systemd/system/claw.service";
    found_.definition.user = "root";
    found_.definition.locations = {{"HOME", home()}};
    found_.definition.environment_keys = {"HOME"};
    found_.package_root = package;
    runs({"/usr/bin/node", std::string(package) + "/dist/index.js", "gateway"});
    found_.unit_files = {{found_.status.fragment_path, "[Service]\n"}};
  }
  std::string home() const { return root_.path("root"); }
  std::string place() const { return root_.path("homes/claw"); }
  void config(const std::string& text) { root_.write("root/.openclaw/openclaw.json", text, 0600); }
  void runs(std::vector<std::string> words) {
    found_.definition.exec_start = std::move(words);
    found_.resolved_command = found_.definition.exec_start;
    found_.command = openclaw::read_launch_command(found_.definition.exec_start);
    found_.launch.package_root = package;
    found_.launch.node = found_.resolved_node = found_.definition.exec_start.front();
    found_.launch.arguments = found_.command.arguments;
  }
  update::AdoptionPlaces places() const {
    update::AdoptionPlaces places;
    places.homes = root_.path("homes");
    return places;
  }
  base::Result<update::HomeMove> plan(const std::string& user = "claw") {
    return update::plan_home_move(found_, user, accounts_, places());
  }
  update::HomeMove planned() {
    auto move = plan();
    EXPECT_TRUE(move) << move.error().message;
    return move.value_or(update::HomeMove{});
  }
  std::string refusal(const std::string& user = "claw") {
    const auto move = plan(user);
    EXPECT_FALSE(move);
    if (move) return "";
    EXPECT_EQ(move.error().kind, ErrorKind::refused) << move.error().message;
    return move.error().message;
  }
  update::AdoptionPlan adopted() {
    update::run_as_its_user(found_, planned().moved);
    auto plan = update::plan_adoption(found_, places());
    EXPECT_TRUE(plan) << plan.error().message;
    return plan.value_or(update::AdoptionPlan{});
  }
  static std::string text_of(const update::AdoptionPlan& plan, const std::string& end) {
    for (const auto& file : plan.files) {
      if (file.path.ends_with(end)) return file.text;
    }
    return "";
  }

  test_support::TemporaryDirectory root_;
  update_tests::FakeAccounts accounts_;
  update::Installation found_;
};

TEST_F(HomeMove, CarriesTheStateAndNothingElseOfTheHome) {
  root_.write("root/.ssh/id_ed25519", "key", 0600);
  const auto move = planned();
  EXPECT_THAT(move.moved.items, ElementsAre(".openclaw"));
  EXPECT_EQ(move.moved.home, home());
  EXPECT_EQ(move.moved.place, place());
  EXPECT_TRUE(move.moved.makes_account);
  EXPECT_THAT(move.notes, Contains(AllOf(HasSubstr("not copied"), HasSubstr(".ssh"), HasSubstr(place()))));
  EXPECT_THAT(accounts_.known, IsEmpty()) << "looking makes nobody";
}

TEST_F(HomeMove, SaysThatThereAreTwoCopiesOfTheSecrets) {
  EXPECT_THAT(planned().notes, Contains(AllOf(HasSubstr("the same secrets"),
                                              HasSubstr("adopt --undo is then no longer possible"))));
}

TEST_F(HomeMove, CarriesWhatTheConfigNamesInTheHome) {
  config(
      R"({agents: {defaults: {workspace: "~/work"}, list: [{workspace: "~/absent"}, {workspace: "~/.openclaw/ws"}]},
             skills: {load: {extraDirs: ["/srv/skills", ")" +
      home() + R"(/skills/mine"]}}})");
  root_.mkdir("root/work");
  root_.mkdir("root/skills/mine");
  root_.mkdir("root/.config/openclaw");
  EXPECT_THAT(planned().moved.items,
              UnorderedElementsAre(".openclaw", "work", "skills/mine", ".config/openclaw"));
}

TEST_F(HomeMove, KnowsAFolderHoweverItIsWritten) {
  root_.mkdir("root/work");
  for (const char* text : {"~/work/", "${HOME}/work", "~/./a/../work"}) {
    config(base::concat({R"({agents: {defaults: {workspace: ")", text, R"("}}})"}));
    EXPECT_THAT(planned().moved.items, UnorderedElementsAre(".openclaw", "work")) << text;
  }
  config(R"({agents: {defaults: {workspace: "${CLAW_WORK}/x"}}})");
  EXPECT_THAT(planned().notes,
              Contains(HasSubstr("which folder the config means by ${CLAW_WORK}/x is not known")));
}

TEST_F(HomeMove, OfAUnitThatCouldNotBeAdoptedForAUserEitherSaysThatFirst) {
  found_.unit_files = {{found_.status.fragment_path, "[Service]\nDynamicUser=yes\n"}};
  EXPECT_THAT(refusal(), HasSubstr("DynamicUser=no"));
}

TEST_F(HomeMove, CarriesTheFolderThatTheUnitWorksIn) {
  found_.definition.working_directory = root_.mkdir("root/desk");
  EXPECT_THAT(planned().moved.items, UnorderedElementsAre(".openclaw", "desk"));
}

TEST_F(HomeMove, OfAnAgentThatWorksInTheHomeItselfIsRefused) {
  config(R"({agents: {defaults: {workspace: "~"}}})");
  EXPECT_THAT(refusal(), HasSubstr("agents.defaults.workspace"));
  config(R"({agents: {defaults: {workspace: "~/work"}}})");
  EXPECT_TRUE(plan());
}

TEST_F(HomeMove, NotesFoldersElsewhereThatAreRoots) {
  config(R"({agents: {defaults: {workspace: "/usr/share"}}})");
  EXPECT_THAT(planned().notes, Contains(HasSubstr("chown -R claw: /usr/share")));
}

TEST_F(HomeMove, NotesThatContainersNeedAGroupThatIsAsGoodAsRoot) {
  EXPECT_THAT(planned().notes, Not(Contains(HasSubstr("docker"))));
  config(R"({agents: {defaults: {sandbox: {mode: "off"}}}})");
  EXPECT_THAT(planned().notes, Not(Contains(HasSubstr("docker"))));
  config(R"({agents: {defaults: {sandbox: {mode: "all"}}}})");
  EXPECT_THAT(planned().notes, Contains(HasSubstr("usermod -aG docker claw")));
}

TEST_F(HomeMove, IsForAUnitThatRunsAsRootAlone) {
  found_.definition.user = "claw";
  EXPECT_THAT(refusal(), AllOf(HasSubstr("runs as claw"), HasSubstr("without --to-user")));
  found_.definition.user = "";
  EXPECT_TRUE(plan());
}

TEST_F(HomeMove, IsRefusedForAUserOfAnotherProgram) {
  for (const char* user : {"nobody", "openclaw-fetch", "openclaw-finish", "-x", "a/b", "Claw", "", "a.b"}) {
    EXPECT_THAT(refusal(user), HasSubstr("name another user")) << user;
  }
  accounts_.known["toor"] = {"toor", 0, 0, "/root"};
  accounts_.known["dynamic"] = {"dynamic", 61184, 61184, "/"};
  accounts_.known["claw-2"] = {"claw-2", 4711, 4711, "/home/claw"};
  EXPECT_THAT(refusal("toor"), HasSubstr("is another name of root"));
  EXPECT_THAT(refusal("dynamic"), HasSubstr("name another user"));
  const auto move = plan("claw-2");
  ASSERT_TRUE(move) << move.error().message;
  EXPECT_FALSE(move->moved.makes_account);
}

TEST_F(HomeMove, OfAGatewayWithANameIsToAUserThatIsThere) {
  auto named = places();
  named.gateway = "alice";
  const auto refused = update::plan_home_move(found_, "claw", accounts_, named);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("useradd -r claw"));
  ASSERT_TRUE(accounts_.make("claw", "/"));
  EXPECT_TRUE(update::plan_home_move(found_, "claw", accounts_, named));
}

TEST_F(HomeMove, OfAStateThatIsOutsideOfTheHomeIsRefusedWithWhatToDoInstead) {
  found_.definition.locations["OPENCLAW_STATE_DIR"] = root_.mkdir("srv/claw");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("a copy is not needed"), HasSubstr("chown -R claw: " + root_.path("srv/claw")),
                    HasSubstr("/etc/systemd/system/claw.service.d/40-user.conf")));
  found_.definition.locations["OPENCLAW_STATE_DIR"] = root_.mkdir("root/state");
  EXPECT_THAT(planned().moved.items, ElementsAre("state"));
}

TEST_F(HomeMove, OfAStateInTheUnitsStateDirectoryIsRefused) {
  found_.definition.locations["HOME"] = "/var/lib/claw-state";
  found_.definition.state_directories = {"claw-state"};
  EXPECT_THAT(refusal(), AllOf(HasSubstr("StateDirectory="), HasSubstr("User=claw")));
}

TEST_F(HomeMove, OfAStateThatIsALinkIsRefusedWithTheCommandsThatMakeItAFolder) {
  ::rename(root_.path("root/.openclaw").c_str(), root_.path("data").c_str());
  root_.symlink(root_.path("data"), "root/.openclaw");
  const std::string state = home() + "/.openclaw";
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("rm " + state), HasSubstr("mv " + root_.path("data") + " " + state)));
  ::unlink(state.c_str());
  ::rename(root_.path("data").c_str(), state.c_str());
  EXPECT_TRUE(plan()) << "the commands were followed";
}

TEST_F(HomeMove, OfANodeInTheHomeIsRefusedWithTheCommandThatHasOneElsewhere) {
  const std::string prefix = home() + "/.nvm/versions/node/v24.16.0";
  root_.write("root/.nvm/versions/node/v24.16.0/bin/node", "", 0755);
  runs({prefix + "/bin/node", std::string(package) + "/dist/index.js", "gateway"});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("cp -a " + prefix + " /opt/node-v24.16.0"),
                               HasSubstr("ExecStart=/opt/node-v24.16.0/bin/node " + std::string(package))));
  runs({"/opt/node-v24.16.0/bin/node", std::string(package) + "/dist/index.js", "gateway"});
  EXPECT_TRUE(plan()) << "the command was written";
}

TEST_F(HomeMove, OfAProgramInTheHomeIsRefusedAndAFileOfTheStateIsNot) {
  const std::string wrapper = root_.write("root/bin/wrapper", "", 0755);
  runs({"/usr/bin/node", "--require", wrapper, std::string(package) + "/dist/index.js", "gateway"});
  EXPECT_THAT(refusal(), HasSubstr(wrapper));
  const std::string own = root_.write("root/.openclaw/preload.js");
  runs({"/usr/bin/node", "--require", own, std::string(package) + "/dist/index.js", "gateway"});
  EXPECT_TRUE(plan());
}

TEST_F(HomeMove, ToAPlaceThatIsTakenIsRefused) {
  root_.write("homes/claw/precious");
  EXPECT_THAT(refusal(), HasSubstr("mv " + place() + " " + place() + ".old"));
  ::rename(place().c_str(), (place() + ".old").c_str());
  EXPECT_TRUE(plan());
}

TEST_F(HomeMove, KeepsTheStateWhereOpenClawHasItAndPutsTheCopyThere) {
  const auto plan = adopted();
  const std::string gateway = text_of(plan, "claw.service.d/50-openclaw-update.conf");
  EXPECT_THAT(gateway,
              AllOf(HasSubstr("\nUser=claw\nGroup=\n"), HasSubstr("\nEnvironment=HOME=" + home() + "\n"),
                    HasSubstr("\nBindPaths=" + place() + ":" + home() + "\n")));
  EXPECT_THAT(gateway,
              AllOf(HasSubstr("\nNoNewPrivileges=yes\n"), HasSubstr("\nPrivateTmp=yes\n"),
                    HasSubstr("\nCapabilityBoundingSet=\n"), Not(HasSubstr("CAP_NET_BIND_SERVICE"))));
  const std::string state = text_of(plan, "openclaw-state@.service.d/50-openclaw-update.conf");
  EXPECT_THAT(
      state,
      AllOf(HasSubstr("\nUser=claw\nGroup=\n"), HasSubstr("\nEnvironment=HOME=" + home() + "\n"),
            HasSubstr("\nBindPaths=" + place() + ":" + home() + "\n"),
            HasSubstr("\nTemporaryFileSystem=/home:ro\n"), HasSubstr("\nReadWritePaths=" + place() + "\n"),
            HasSubstr("\nReadWritePaths=" + home() + "\n")));
  EXPECT_THAT(text_of(plan, "openclaw-canary@.service.d/50-openclaw-update.conf"),
              AllOf(HasSubstr("\nBindReadOnlyPaths=" + place() + ":" + home() + "\n"),
                    Not(HasSubstr("ReadWritePaths="))));
  // Outside of those units, it is at its real place.
  EXPECT_EQ(plan.state_directory, place());
  EXPECT_THAT(text_of(plan, "openclaw-update-request.path.d/50-openclaw-update.conf"),
              HasSubstr("PathExists=" + place() + "/update-request\n"));
}

// With systemd 257 and later, what is bound over /root itself is read-only beneath ProtectHome=tmpfs.
TEST_F(HomeMove, HidesOtherHomesWithoutMakingItsOwnReadOnly) {
  const auto plan = adopted();
  for (const char* unit : {"claw.service", "openclaw-state@.service", "openclaw-canary@.service"}) {
    EXPECT_THAT(
        text_of(plan, std::string(unit) + ".d/50-openclaw-update.conf"),
        AllOf(HasSubstr("\nProtectHome=no\nTemporaryFileSystem=/home:ro\nTemporaryFileSystem=/root:ro\n"),
              Not(HasSubstr("ProtectHome=tmpfs"))))
        << unit;
  }
  found_.moved_home->home = "/root";
  found_.definition.locations["HOME"] = "/root";
  const auto of_root = update::plan_adoption(found_, places());
  ASSERT_TRUE(of_root) << of_root.error().message;
  EXPECT_THAT(
      text_of(*of_root, "claw.service.d/50-openclaw-update.conf"),
      AllOf(HasSubstr("\nBindPaths=" + place() + ":/root\n"), Not(HasSubstr("TemporaryFileSystem=/root"))));
}

TEST_F(HomeMove, LetsAGatewayWithALowPortListenThere) {
  runs({"/usr/bin/node", std::string(package) + "/dist/index.js", "gateway", "--port", "443"});
  EXPECT_THAT(text_of(adopted(), "claw.service.d/50-openclaw-update.conf"),
              HasSubstr("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"));
}

TEST_F(HomeMove, HasAUnitThatWorksInItsHomeWorkThere) {
  found_.definition.working_directory = home();  // as the survey reports "~"
  EXPECT_THAT(text_of(adopted(), "claw.service.d/50-openclaw-update.conf"),
              HasSubstr("\nWorkingDirectory=" + home() + "\n"));
}

TEST_F(HomeMove, NotesEnvironmentFilesThatSystemdReadsFromTheOriginal) {
  found_.definition.environment_files = {{home() + "/.openclaw/gateway.env", false},
                                         {"/etc/claw.env", false}};
  const auto notes = planned().notes;
  EXPECT_THAT(notes,
              Contains(HasSubstr("EnvironmentFile=" + home() + "/.openclaw/gateway.env is read by systemd")));
  EXPECT_THAT(notes, Not(Contains(HasSubstr("/etc/claw.env"))));
}

// The refusal for a unit that runs as root contains the command.
TEST_F(HomeMove, IsWhatTheRefusalOfAGatewayOfRootsSays) {
  const auto plan = update::plan_adoption(found_, places());
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("openclaw-update adopt --to-user openclaw claw.service"));
  update::run_as_its_user(found_, planned().moved);
  EXPECT_TRUE(update::plan_adoption(found_, places()));
}

}  // namespace
