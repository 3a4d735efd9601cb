// SPDX-License-Identifier: MIT
#include "openclaw/environment.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using openclaw::resolve_path;
using openclaw::stage_root_name;

// Names that real gateways of 2026.4.29 and 2026.4.29-beta.1 made.
TEST(Environment, StageRootIsNamedByVersionAndPackagePath) {
  EXPECT_EQ(stage_root_name("2026.4.29", "/var/tmp/lab/inst/2026.4.29/node_modules/openclaw"),
            "openclaw-2026.4.29-27c5c248c572");
  EXPECT_EQ(stage_root_name("2026.4.29-beta.1", "/var/tmp/lab/inst/2026.4.29-beta.1/node_modules/openclaw"),
            "openclaw-2026.4.29-beta.1-7bdedd683a17");
  EXPECT_EQ(stage_root_name("2026.4.29", "/var/tmp/lab/inst//x/../2026.4.29/node_modules/openclaw/"),
            "openclaw-2026.4.29-27c5c248c572");
}

TEST(Environment, StageRootNameHoldsNoStrangeCharacters) {
  EXPECT_EQ(stage_root_name("--1.0/../x y--", "/a").substr(0, 20), "openclaw-1.0-..-x-y-");
  EXPECT_TRUE(stage_root_name("", "/a").starts_with("openclaw-unknown-"));
  EXPECT_TRUE(stage_root_name("///", "/a").starts_with("openclaw-unknown-"));
}

TEST(Environment, PathsAreResolvedWithoutLookingAtLinks) {
  EXPECT_EQ(resolve_path("/a/./b//../c/"), "/a/c");
  EXPECT_EQ(resolve_path("/.."), "/");
  EXPECT_EQ(resolve_path("/"), "/");
  EXPECT_TRUE(resolve_path("x").ends_with("/x"));
}

TEST(Environment, AVariableIsTrimmedAndAnAbsentOneIsEmpty) {
  EXPECT_EQ(openclaw::variable({{"OPENCLAW_HOME", " spaced = value "}}, "OPENCLAW_HOME"), "spaced = value");
  EXPECT_EQ(openclaw::variable({}, "OPENCLAW_HOME"), "");
}

}  // namespace
