// SPDX-License-Identifier: MIT
// The holder of a port: this process, a unit whose processes are not visible, no process, or an unknown one.
#include "watchdog/port_holder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/support/http_server.hpp"
#include "support/temporary_directory.hpp"

namespace {

using testing::Eq;
using testing::HasSubstr;
using watchdog::describe;
using watchdog::holder_in_cgroup;
using watchdog::port_holder;

TEST(PortHolder, NamesTheProcessThatListens) {
  const test_support::HttpServer server({});
  const auto holder = port_holder(server.port());
  ASSERT_TRUE(holder);
  EXPECT_THAT(holder->description, HasSubstr("(pid " + std::to_string(::getpid()) + ")"));
}

TEST(PortHolder, IsEmptyWhereNoProcessListens) {
  std::uint16_t port = 0;
  {
    const test_support::HttpServer server({});
    port = server.port();
  }
  EXPECT_FALSE(port_holder(port));
}

TEST(PortHolder, IsNamedByItsUserWhereNothingElseCanBeSeen) {
  const test_support::HttpServer server({});
  const test_support::TemporaryDirectory nothing;
  const auto holder = port_holder(server.port(), {nothing.path(), nothing.path()});
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->unit, "");
  EXPECT_THAT(holder->description, HasSubstr("a process of user " + std::to_string(::getuid()) +
                                             ", which the watchdog cannot see"));
  EXPECT_THAT(holder->description, HasSubstr(":" + std::to_string(server.port()) + "'"));
}

TEST(PortHolder, IsFoundInTheTableOfProcWhereTheKernelDoesNotTell) {
  const test_support::TemporaryDirectory proc;
  proc.write(
      "net/tcp",
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 4711 1\n");
  const auto holder = port_holder(1, {proc.path(), proc.path()});
  ASSERT_TRUE(holder);
  EXPECT_THAT(holder->description, HasSubstr("a process of user 33, which"));
  EXPECT_FALSE(port_holder(2, {proc.path(), proc.path()}));
}

TEST(PortHolder, IsAskedForThePortThatTheLineNames) {
  using watchdog::port_named_in;
  EXPECT_EQ(port_named_in("Error: listen EADDRINUSE: address already in use 127.0.0.1:19501"), 19501);
  EXPECT_EQ(port_named_in("Error: listen EADDRINUSE: address already in use :::19501"), 19501);
  EXPECT_EQ(port_named_in("another gateway instance is already listening on ws://127.0.0.1:19501"), 19501);
  EXPECT_EQ(port_named_in("another gateway instance is already listening on wss://127.0.0.1:19501"), 19501);
  EXPECT_EQ(port_named_in("Port 19501 is already in use by node (pid 7)"), 19501);
  EXPECT_FALSE(port_named_in("gateway already running under systemd; waiting 5000ms before retry"));
  EXPECT_FALSE(port_named_in("Error: listen EADDRINUSE: address already in use /run/x.sock"));
  EXPECT_FALSE(port_named_in("address already in use 127.0.0.1:99999"));
}

class ControlGroup : public testing::Test {
 protected:
  std::uint64_t group(const std::string& path, const std::string& processes) {
    folder_.write(path + "/cgroup.procs", processes);
    struct stat status {};
    EXPECT_EQ(::stat(folder_.path(path).c_str(), &status), 0);
    return status.st_ino;
  }
  [[nodiscard]] watchdog::PortHolder holder(std::uint64_t inode) const {
    return holder_in_cgroup(folder_.path(), inode);
  }
  [[nodiscard]] std::string named(std::uint64_t inode) const { return holder(inode).description; }

  const test_support::TemporaryDirectory folder_;
};

TEST_F(ControlGroup, IsNamedByItsUnitAndItsProcesses) {
  group("system.slice/cron.service", "7\n");
  EXPECT_EQ(named(group("system.slice/nginx.service", "812\n813\n")), "nginx.service (pid 812, 813)");
}

TEST_F(ControlGroup, OfAServiceBelowItsUnitIsNamedByThatUnit) {
  EXPECT_EQ(named(group("system.slice/podman.service/payload", "812\n")), "podman.service (pid 812)");
}

TEST_F(ControlGroup, OfAUsersServiceManagerSaysWhose) {
  const auto inode =
      group("user.slice/user-1000.slice/user@1000.service/app.slice/openclaw-gateway.service", "90\n");
  EXPECT_EQ(named(inode), "openclaw-gateway.service of user@1000.service (pid 90)");
  EXPECT_EQ(holder(inode).unit, "openclaw-gateway.service of user@1000.service");
}

TEST_F(ControlGroup, OfManyProcessesNamesSomeOfThem) {
  EXPECT_EQ(named(group("system.slice/a.service", "1\n2\n3\n4\n")), "a.service (pid 1, 2, 3 and more)");
}

TEST_F(ControlGroup, OfNoUnitHasNoName) {
  EXPECT_THAT(named(group("lxc/web", "1\n")), Eq(""));
  EXPECT_THAT(named(0), Eq(""));
}

TEST(PortHolder, IsToldWithTheNextStepWhereItIsOfTheGatewaysOwnUnit) {
  EXPECT_EQ(describe(std::nullopt, "openclaw.service"), "no process listens there now");
  EXPECT_EQ(describe(watchdog::PortHolder{"nginx.service (pid 812)", "nginx.service"}, "openclaw.service"),
            "its holder is nginx.service (pid 812)");
  EXPECT_EQ(
      describe(watchdog::PortHolder{"openclaw.service (pid 7)", "openclaw.service"}, "openclaw.service"),
      "its holder is openclaw.service (pid 7), which is the gateway itself or a remainder of an earlier "
      "one: systemctl status openclaw.service shows its processes");
}

TEST(PortHolder, OfAUsersUnitOfTheSameNameIsAnotherProgram) {
  const watchdog::PortHolder users = {"openclaw.service of user@1000.service (pid 7)",
                                      "openclaw.service of user@1000.service"};
  EXPECT_THAT(describe(users, "openclaw.service"), testing::Not(HasSubstr("a remainder of")));
}

TEST(PortHolder, IsTheGatewaysOwnUnitOfAUserForThatUsersWatchdog) {
  const std::string own = watchdog::unit_of_user("openclaw.service", 1000);
  const watchdog::PortHolder users = {"openclaw.service of user@1000.service (pid 7)", own};
  EXPECT_EQ(own, "openclaw.service of user@1000.service");
  EXPECT_THAT(describe(users, own), HasSubstr("systemctl status openclaw.service shows"));
  EXPECT_THAT(describe(users, watchdog::unit_of_user("openclaw.service", 1001)),
              testing::Not(HasSubstr("a remainder of")));
}

TEST(PortHolder, ThatIsAUsersOwnGatewayIsToldWithWhatEndsIt) {
  const std::string unit = watchdog::unit_of_user("openclaw-gateway.service", 1000);
  EXPECT_THAT(describe(watchdog::PortHolder{unit + " (pid 7)", unit}, "openclaw-gateway.service"),
              HasSubstr("systemctl --user --machine=1000@ disable --now openclaw-gateway.service"));
  EXPECT_THAT(
      describe(watchdog::PortHolder{"x", watchdog::unit_of_user("web.service", 1000)}, "openclaw.service"),
      testing::Not(HasSubstr("disable")));
}

}  // namespace
