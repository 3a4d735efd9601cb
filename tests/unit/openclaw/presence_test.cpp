// SPDX-License-Identifier: MIT
#include "openclaw/presence.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <string>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using openclaw::Completeness;
using test_support::Refusals;

class Presence : public ::testing::Test {
 protected:
  Presence() {
    modules_.write("ws/package.json", R"({"name": "ws", "version": "8.20.0", "main": "index.js"})");
    modules_.write("ws/index.js", "");
  }
  [[nodiscard]] openclaw::Presence of_ws() const {
    return openclaw::look_up(modules_.fd(), "ws", "^8.0.0", Completeness::version_ranges);
  }

  test_support::TemporaryDirectory modules_;
};

TEST_F(Presence, OfWhatIsNotThereIsKnown) {
  const auto absent = openclaw::look_up(modules_.fd(), "zod", "4", Completeness::version_ranges);
  EXPECT_EQ(absent.problem, "not installed");
  EXPECT_EQ(absent.unknown, 0);
  EXPECT_TRUE(of_ws().usable());
}

// "not installed" would be fetched again, and counted as a failure of the registry.
TEST_F(Presence, OfWhatTheDiskDoesNotShowIsUnknown) {
  for (const char* file : {"ws/package.json", "ws"}) {
    const Refusals disk([&](fs::syscalls::Call, std::string_view name) { return name == file ? EMFILE : 0; });
    EXPECT_EQ(of_ws().unknown, EMFILE) << file;
    EXPECT_NE(of_ws().problem.find("ws"), std::string::npos) << of_ws().problem;
    std::map<std::string, std::string> packages;
    const auto complaints = openclaw::verify_tree(modules_.fd(), {{"ws", "^8.0.0"}}, packages);
    ASSERT_FALSE(complaints) << file;
    EXPECT_EQ(complaints.error().number, EMFILE);
  }
}

}  // namespace
