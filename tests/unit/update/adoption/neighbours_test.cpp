// SPDX-License-Identifier: MIT
// Processes that replace the package while it is copied, and others that run it.
#include "update/adoption/neighbours.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "update/adoption/support/host.hpp"

namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Neighbours : public update_tests::Host {
 protected:
  Neighbours() {
    package(ours);
    package(others);
    definition().exec_start = {node("usr/bin/node"), root.path(ours + "/dist/index.js"), "gateway"};
    definition().locations = {{"HOME", root.path("home/claw")}};
    root.symlink("../lib/node_modules/openclaw/openclaw.mjs", "usr/bin/openclaw");
    root.symlink("../lib/node_modules/openclaw/openclaw.mjs", "other/bin/openclaw");
  }
  // A process of any user on the host, outside of the gateway's unit.
  void runs(int pid, const Words& arguments, const Words& environment = {},
            const std::string& group = "/user.slice/user-0.slice/session-3.scope") {
    const std::string folder = "proc/" + std::to_string(pid) + "/";
    const auto ended = [](const Words& words) {
      std::string text;
      for (const std::string& word : words) text += word + '\0';
      return text;
    };
    root.write(folder + "cgroup", "0::" + group + "\n");
    root.write(folder + "cmdline", ended(arguments));
    root.write(folder + "environ", ended(environment));
    root.write(folder + "status", "Name:\tnode\nPPid:\t1\nUid:\t0\t0\t0\t0\n");
    root.symlink("/usr/bin/node", folder + "exe");
    root.symlink("/", folder + "cwd");
    root.symlink("/", folder + "root");
  }
  Words npm(const std::string& prefix) const {
    return {"/usr/bin/node",   "/usr/bin/npm", "install",        "-g",
            "openclaw@latest", "--prefix",     root.path(prefix)};
  }
  Words update_of(const std::string& prefix) const {
    return {"/usr/bin/node", root.path(prefix + "/bin/openclaw"), "update", "--yes"};
  }
  static constexpr const char* of_cron = "/system.slice/cron.service";
  const std::string ours = "usr/lib/node_modules/openclaw", others = "other/lib/node_modules/openclaw";
};

TEST_F(Neighbours, WhoReplaceThePackageAreNamedAndWaitedFor) {
  runs(77, npm("usr"), {}, of_cron);
  const auto adopting = look();
  ASSERT_FALSE(adopting);
  EXPECT_EQ(adopting.error().kind, ErrorKind::busy);
  EXPECT_THAT(adopting.error().message,
              AllOf(HasSubstr(root.path(ours)), HasSubstr("process 77 of user root"),
                    HasSubstr("npm install --global openclaw"),
                    HasSubstr("wait until it has ended, then adopt again")));
}

TEST_F(Neighbours, WhoReplaceAnotherPackageAreNoneOfOurBusiness) {
  runs(77, npm("other"), {}, of_cron);
  runs(78, update_of("other"));
  EXPECT_THAT(notes(), Not(Contains(HasSubstr("process 7"))));
}

TEST_F(Neighbours, WhoRunOpenClawsOwnUpdaterOnItAreWaitedFor) {
  runs(77, update_of("usr"));
  EXPECT_THAT(refusal(), AllOf(HasSubstr("process 77"), HasSubstr("openclaw update")));
}

TEST_F(Neighbours, WhoUpdateWhatDoesNotShowAreANote) {
  runs(77, {"openclaw-update"}, {"PATH=/nowhere"});
  EXPECT_THAT(notes(), Contains(AllOf(HasSubstr("process 77"), HasSubstr("cannot be determined which one"))));
}

TEST_F(Neighbours, InAContainerAreNoneOfOurBusiness) {
  runs(77, {"openclaw-update"}, {"PATH=/nowhere"});
  ::unlink(root.path("proc/77/root").c_str());
  root.symlink(root.mkdir("container"), "proc/77/root");
  EXPECT_THAT(notes(), Not(Contains(HasSubstr("process 77"))));
}

TEST_F(Neighbours, WhoBeginWhileItIsCopiedLeaveNothingAdopted) {
  auto adopting = look();
  ASSERT_TRUE(adopting) << adopting.error().message;
  const auto begins = [&](std::uint64_t) {
    if (!root.exists("proc/77/cmdline")) runs(77, npm("usr"));
  };
  const auto done = update::carry_out_adoption(site(), {etc.path("helpers.ini"), 1, begins}, *adopting);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::busy);
  EXPECT_FALSE(etc.exists("system/claw.service.d"));
  EXPECT_FALSE(state.is_symlink("current"));
}

TEST_F(Neighbours, WhoHaveChangedItMeanwhileLeaveNothingAdopted) {
  auto adopting = look();
  ASSERT_TRUE(adopting) << adopting.error().message;
  root.write(ours + "/package.json", R"({"name":"openclaw","version":"2026.8.2"})");
  const auto done = update::carry_out_adoption(site(), {etc.path("helpers.ini"), 1, {}}, *adopting);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("adopt again"));
  EXPECT_FALSE(state.is_symlink("current"));
  EXPECT_TRUE(look()) << "and then it can be";
}

// --- other units that run the package

TEST_F(Neighbours, OfAnotherUnitThatRunThePackageAreANote) {
  runs(77, {"/usr/bin/node", root.path(ours + "/dist/index.js"), "gateway"}, {}, "/system.slice/b.service");
  runs(78, {"/usr/bin/node", root.path(ours + "/dist/index.js"), "gateway"}, {},
       "/user.slice/user-0.slice/user@0.service/app.slice/openclaw-gateway.service");
  const Words all = notes();
  EXPECT_THAT(all, Contains(AllOf(HasSubstr("b.service (process 77) runs " + root.path(ours)),
                                  HasSubstr("continues to use it"))));
  EXPECT_THAT(all, Contains(HasSubstr("the unit openclaw-gateway.service of user root (process 78)")));
}

TEST_F(Neighbours, WithATitleAreFoundByTheirPath) {
  runs(77, {"openclaw-gateway"}, {"PATH=" + root.path("usr/bin")}, "/system.slice/b.service");
  EXPECT_THAT(notes(), Contains(HasSubstr("b.service (process 77)")));
}

TEST_F(Neighbours, ThatRunAnotherPackageOrAreTheUnitItselfAreNotNamed) {
  runs(77, {"/usr/bin/node", root.path(others + "/dist/index.js"), "gateway"}, {}, "/system.slice/b.service");
  runs_as({"/usr/bin/node", {"/usr/bin/node", root.path(ours + "/dist/index.js"), "gateway"}, {}, ""});
  EXPECT_THAT(notes(), Not(Contains(HasSubstr("continues to use it"))));
}

}  // namespace
