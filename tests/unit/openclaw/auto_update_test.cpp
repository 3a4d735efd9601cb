// SPDX-License-Identifier: MIT
// OpenClaw's automatic update, switched on by its config and off by what each version heeds.
#include "openclaw/auto_update.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using openclaw::auto_update_is_off_by;
using testing::Contains;
using testing::Not;

openclaw::Version version(const char* text) {
  return openclaw::Version::parse(text).value_or(openclaw::Version());
}

bool wants(const std::string& config, const char* of_version = "2026.9.6") {
  const test_support::TemporaryDirectory folder;
  const auto read = openclaw::read_gateway_config(folder.write("openclaw.json", config));
  EXPECT_TRUE(read) << read.error().message;
  return read && openclaw::wants_auto_update(*read, version(of_version));
}

TEST(AnAutomaticUpdate, IsWantedByTheConfigAlone) {
  EXPECT_TRUE(wants(R"({update:{auto:{enabled:true}}})"));
  EXPECT_FALSE(wants(R"({update:{auto:{enabled:false}}})"));
  EXPECT_FALSE(wants(R"({update:{channel:"beta"}})"));
  EXPECT_FALSE(wants("{}"));
}

TEST(AnAutomaticUpdate, EndsWithTheChecksWhereTheVersionHasOneSwitchForBoth) {
  const std::string config = R"({update:{checkOnStart:false,auto:{enabled:true}}})";
  EXPECT_FALSE(wants(config));
  EXPECT_TRUE(wants(config, "2026.4.20"));
}

TEST(AnAutomaticUpdate, IsSwitchedOffByVariablesThatTheVersionHeeds) {
  EXPECT_EQ(auto_update_is_off_by({{"OPENCLAW_NO_AUTO_UPDATE", "1"}}, version("2026.5.2")),
            "OPENCLAW_NO_AUTO_UPDATE");
  EXPECT_EQ(auto_update_is_off_by({{"OPENCLAW_NO_AUTO_UPDATE", "0"}}, version("2026.5.2")), "");
  EXPECT_EQ(auto_update_is_off_by({{"OPENCLAW_NO_AUTO_UPDATE", "1"}}, version("2026.4.20")), "");
  EXPECT_EQ(auto_update_is_off_by({{"OPENCLAW_SUPERVISOR_MODE", "external"}}, version("2026.8.1")),
            "OPENCLAW_SUPERVISOR_MODE");
  EXPECT_EQ(auto_update_is_off_by({{"OPENCLAW_SUPERVISOR_MODE", "external"}}, version("2026.7.1")), "");
  EXPECT_THAT(openclaw::auto_update_switches(version("2026.4.20")), Not(Contains("OPENCLAW_NO_AUTO_UPDATE")));
}

}  // namespace
