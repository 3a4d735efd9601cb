// Who has a port: this process, nobody, or somebody who cannot be seen.
#include "watchdog/port_holder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"
#include "workers/support/http_server.hpp"

namespace {

using testing::HasSubstr;

TEST(PortHolder, NamesTheProcessThatListens) {
  const test_support::HttpServer server({});
  const std::string holder = watchdog::port_holder("/proc", server.port());
  EXPECT_THAT(holder, HasSubstr("(pid " + std::to_string(::getpid()) + ")"));
}

TEST(PortHolder, IsNobodyWhereNobodyListens) {
  std::uint16_t port = 0;
  {
    const test_support::HttpServer server({});
    port = server.port();
  }
  EXPECT_EQ(watchdog::port_holder("/proc", port), "");
}

TEST(PortHolder, NamesTheUserOfAProcessThatCannotBeSeen) {
  const test_support::TemporaryDirectory proc;
  proc.write(
      "net/tcp",
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 4711 1\n");
  EXPECT_THAT(watchdog::port_holder(proc.path(), 0x4965),
              HasSubstr("a process of user 33, which cannot be seen"));
  EXPECT_THAT(watchdog::port_holder(proc.path(), 0x4965), HasSubstr(":18789'"));
  EXPECT_EQ(watchdog::port_holder(proc.path(), 0x4966), "");
}

}  // namespace
