// SPDX-License-Identifier: MIT
// Paths that a config names outside of the state.
#include "openclaw/named_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

openclaw::NamedPaths paths_of(const char* config) {
  const test_support::TemporaryDirectory folder;
  openclaw::Locations locations;
  locations.home = "/home/claw";
  locations.config = folder.write("openclaw.json", config);
  auto paths = openclaw::read_named_paths(locations);
  EXPECT_TRUE(paths) << paths.error().message;
  return paths.value_or(openclaw::NamedPaths{});
}

TEST(NamedPaths, AreThoseOfAgentsSkillsAndPlugins) {
  EXPECT_THAT(paths_of(R"({"agents":{"defaults":{"workspace":"~/w"},"list":[{"workspace":"/srv/a/../b"}]},
                           "skills":{"load":{"extraDirs":["/srv/skills"]}},
                           "plugins":{"load":{"paths":["${HOME}/p"]}}})")
                  .known,
              UnorderedElementsAre("/home/claw/w", "/srv/b", "/srv/skills", "/home/claw/p"));
}

// As `openclaw onboard` of 2026.9.5 writes them.
TEST(NamedPaths, AreThoseOfAgentsByName) {
  const auto paths = paths_of(R"({"agents":{"entries":{"main":{"workspace":"/w","agentDir":"/d"},
                                                       "other":{"workspace":"/o","sandbox":{"mode":"all"}}}}})");
  EXPECT_THAT(paths.known, UnorderedElementsAre("/w", "/d", "/o"));
  EXPECT_TRUE(paths.of_sandbox);
}

TEST(NamedPaths, ThatNobodyCanTellAreNamedAsTheyAre) {
  const auto paths = paths_of(R"({"agents":{"defaults":{"workspace":"${WORK}/x"}}})");
  EXPECT_THAT(paths.unknown, ElementsAre("${WORK}/x"));
  EXPECT_THAT(paths.known, IsEmpty());
}

TEST(NamedPaths, AreNoneWhereThereIsNoConfig) {
  openclaw::Locations locations;
  locations.config = "/nowhere/openclaw.json";
  const auto paths = openclaw::read_named_paths(locations);
  ASSERT_TRUE(paths) << paths.error().message;
  EXPECT_THAT(paths->known, IsEmpty());
  EXPECT_FALSE(paths->of_sandbox);
}

}  // namespace
