// SPDX-License-Identifier: MIT
// A user's own manager is there while they are logged in, or for good with linger.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/unique_fd.hpp"
#include "bus/service_manager.hpp"
#include "support/temporary_directory.hpp"

namespace {

TEST(UserManager, ThatIsNotThereIsNotFound) {
  const test_support::TemporaryDirectory runtime;
  const auto manager = bus::connect_to_user_manager(runtime.path());
  ASSERT_FALSE(manager);
  EXPECT_EQ(manager.error().kind, base::ErrorKind::not_found) << manager.error().message;
}

TEST(UserManager, ThatHasDiedIsNotFound) {
  const test_support::TemporaryDirectory runtime;
  runtime.mkdir("systemd");
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, runtime.path("systemd/private").c_str(), sizeof(address.sun_path) - 1);
  {
    const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  const auto manager = bus::connect_to_user_manager(runtime.path());
  ASSERT_FALSE(manager);
  EXPECT_EQ(manager.error().kind, base::ErrorKind::not_found) << manager.error().message;
}

}  // namespace
