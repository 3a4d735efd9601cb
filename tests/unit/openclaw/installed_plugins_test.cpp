// SPDX-License-Identifier: MIT
#include "openclaw/installed_plugins.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using openclaw::Delivery;
using openclaw::InstalledPlugin;
using openclaw::PeerLink;
using testing::ElementsAre;

class Installed : public testing::Test {
 protected:
  Installed() { place.mkdir("core"); }

  void plugin(const std::string& root, const std::string& name, const std::string& version,
              const std::string& more = R"("peerDependencies":{"openclaw":">=2026.5.12"})") const {
    const std::string folder = "state/" + root + "/node_modules/@openclaw/" + name + "/";
    place.write("state/" + root + "/package.json",
                R"({"dependencies":{"@openclaw/)" + name + R"(":")" + version + R"("}})");
    place.write(folder + "package.json", R"({"name":"@openclaw/)" + name + R"(","version":")" + version +
                                             R"(","openclaw":{"extensions":["./dist/index.js"]},)" + more +
                                             "}");
    place.write(folder + "openclaw.plugin.json",
                R"({"id":")" + name + R"(","channels":[")" + name + R"("]})");
  }
  void link(const std::string& root, const std::string& name, const std::string& target) const {
    place.symlink(target, "state/" + root + "/node_modules/@openclaw/" + name + "/node_modules/openclaw");
  }
  void age(const std::string& root, time_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ::utimensat(AT_FDCWD, place.path("state/" + root + "/package.json").c_str(), times, 0);
  }
  [[nodiscard]] std::vector<InstalledPlugin> read(Delivery delivery) const {
    const auto found = openclaw::read_installed_plugins(place.path("state"), delivery, place.path("core"));
    if (!found) ADD_FAILURE() << found.error().message;
    return found ? *found : std::vector<InstalledPlugin>{};
  }
  [[nodiscard]] PeerLink link_of(Delivery delivery = Delivery::flat_npm_root) const {
    const auto found = read(delivery);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? PeerLink::not_declared : found.front().peer_link;
  }

  const std::string slack_project = "npm/projects/openclaw-slack-b25c10c1bd";
  const std::string slack_generation = slack_project + "__openclaw-generation__g-0123456789abcdef";
  test_support::TemporaryDirectory place;
};

TEST_F(Installed, NamesProjectsAsOpenClawDoes) {
  EXPECT_EQ(openclaw::project_name("@openclaw/slack"), "openclaw-slack-b25c10c1bd");
  EXPECT_EQ(openclaw::project_name("@openclaw/matrix"), "openclaw-matrix-e2adb32e7f");
  EXPECT_EQ(openclaw::project_name("plain.name_1"), "plain.name_1");
  EXPECT_EQ(openclaw::project_name(std::string(61, 'a')).substr(0, 51), std::string(50, 'a') + "-");
}

TEST_F(Installed, IsNothingWithoutAStateDirectory) {
  EXPECT_TRUE(read(Delivery::plugin_projects).empty());
}

TEST_F(Installed, ReadsTheFlatRootOf2026512) {
  plugin("npm", "matrix", "2026.5.12");
  const auto found = read(Delivery::flat_npm_root);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "matrix");
  EXPECT_EQ(found[0].package, "@openclaw/matrix");
  EXPECT_EQ(found[0].version, "2026.5.12");
  EXPECT_EQ(found[0].path, "npm/node_modules/@openclaw/matrix");
  EXPECT_THAT(found[0].channels, ElementsAre("matrix"));
}

TEST_F(Installed, DoesNotCountWhatIsListedButNotThere) {
  place.write("state/npm/package.json", R"({"dependencies":{"@openclaw/matrix":"1.0.0","../../x":"1.0.0"}})");
  EXPECT_TRUE(read(Delivery::flat_npm_root).empty());
}

TEST_F(Installed, JudgesTheLinkByWhereItLeads) {
  plugin("npm", "matrix", "2026.5.12");
  EXPECT_EQ(link_of(), PeerLink::absent);
  link("npm", "matrix", place.path("gone"));
  EXPECT_EQ(link_of(), PeerLink::dangling);
  place.mkdir("gone");
  EXPECT_EQ(link_of(), PeerLink::other_core);
}

TEST_F(Installed, TakesALinkByAStablePathForRight) {
  plugin("npm", "matrix", "2026.5.12");
  place.symlink(place.path("core"), "current");
  link("npm", "matrix", place.path("current"));
  EXPECT_EQ(link_of(), PeerLink::right);
}

TEST_F(Installed, LeavesARealFolderInThePlaceOfTheLinkAlone) {
  plugin("npm", "matrix", "2026.5.12");
  place.mkdir("state/npm/node_modules/@openclaw/matrix/node_modules/openclaw");
  EXPECT_EQ(link_of(), PeerLink::obstructed);
}

TEST_F(Installed, NeverLooksThroughALinkedModulesFolder) {
  plugin("npm", "matrix", "2026.5.12");
  place.mkdir("elsewhere");
  place.symlink(place.path("elsewhere"), "state/npm/node_modules/@openclaw/matrix/node_modules");
  EXPECT_EQ(link_of(), PeerLink::obstructed);
}

// Nobody is told to remove a link because a disk failed.
TEST_F(Installed, TakesNoLinkThatTheDiskDoesNotShowForAFolder) {
  plugin("npm", "matrix", "2026.5.12");
  const std::string folder = "npm/node_modules/@openclaw/matrix/node_modules";
  place.symlink(place.path("core"), "state/" + folder + "/openclaw");
  const test_support::Refusals disk([&](fs::syscalls::Call call, std::string_view name) {
    return call == fs::syscalls::Call::openat2 && name == folder ? EIO : 0;
  });
  EXPECT_EQ(link_of(), PeerLink::unreadable);
}

// It would be installed again, over the one that is there.
TEST_F(Installed, TakesNoPluginThatTheDiskDoesNotShowForMissing) {
  plugin("npm", "matrix", "2026.5.12");
  for (const char* file : {"npm/package.json", "npm/node_modules/@openclaw/matrix/package.json",
                           "npm/node_modules/@openclaw/matrix/openclaw.plugin.json", "extensions"}) {
    const test_support::Refusals disk(
        [&](fs::syscalls::Call, std::string_view name) { return name == file ? EIO : 0; });
    const auto found =
        openclaw::read_installed_plugins(place.path("state"), Delivery::flat_npm_root, place.path("core"));
    ASSERT_FALSE(found) << file;
    EXPECT_NE(found.error().message.find("Input/output error"), std::string::npos) << found.error().message;
  }
}

TEST_F(Installed, AsksForALinkWhereOneIsDeclared) {
  plugin("npm", "matrix", "2026.5.12", R"("dependencies":{"openclaw":"*"})");
  EXPECT_EQ(link_of(Delivery::flat_npm_root), PeerLink::not_declared);
  EXPECT_EQ(link_of(Delivery::plugin_projects), PeerLink::absent);
}

TEST_F(Installed, TakesTheNewestGeneration) {
  plugin(slack_project, "slack", "2026.9.5");
  plugin(slack_generation, "slack", "2026.9.6");
  age(slack_project, 1000);
  age(slack_generation, 2000);
  auto found = read(Delivery::plugin_projects);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].version, "2026.9.6");
  EXPECT_TRUE(found[0].active);
  EXPECT_FALSE(found[1].active);
  EXPECT_TRUE(read(Delivery::flat_npm_root).empty()) << "5.12 does not look into projects";
}

TEST_F(Installed, PassesOverRetainedCopies) {
  plugin("npm", "matrix", "2026.5.12");
  plugin("npm/projects/openclaw-matrix-e2adb32e7f", "matrix", "2026.9.6");
  age("npm/projects/openclaw-matrix-e2adb32e7f", 1000);
  place.write("state/npm/.openclaw-retained-npm-installs/openclaw-matrix-e2adb32e7f.json", "{}");
  const auto found = read(Delivery::plugin_projects);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].version, "2026.9.6");
  EXPECT_EQ(read(Delivery::flat_npm_root).size(), 1U) << "5.12 knows no markers and loads it";
}

TEST_F(Installed, PassesOverFoldersThatAreNoProject) {
  plugin("npm/projects/.openclaw-install-stage-AbCdEf", "slack", "2026.9.6");
  plugin("npm/projects/openclaw-slack-0000000000", "slack", "2026.9.6");
  plugin(slack_project + "__openclaw-generation__g-short", "slack", "2026.9.6");
  EXPECT_TRUE(read(Delivery::plugin_projects).empty());
}

TEST_F(Installed, ReadsWhatTheCoreChecksBeforeItLoads) {
  plugin("npm", "matrix", "2026.9.9", R"("extra":1)");
  place.write("state/npm/node_modules/@openclaw/matrix/package.json",
              R"({"name":"@openclaw/matrix","version":"2026.9.9","openclaw":{"extensions":["./a.js"],
                  "install":{"minHostVersion":">=2026.4.10"},"compat":{"pluginApi":">=2026.9.9"}}})");
  EXPECT_EQ(read(Delivery::flat_npm_root)[0].required_core, "2026.4.10");
  EXPECT_EQ(read(Delivery::plugin_projects)[0].required_core, "2026.9.9");
}

TEST_F(Installed, FindsExtensionsButFollowsNoLink) {
  place.write(
      "state/extensions/own/package.json",
      R"({"name":"own","version":"1.0.0","openclaw":{"extensions":["./a.js"]},"peerDependencies":{"openclaw":"*"}})");
  place.write("state/extensions/own/openclaw.plugin.json", R"({"id":"own"})");
  place.symlink(place.path("state/extensions/own"), "state/extensions/linked");
  const auto found = read(Delivery::flat_npm_root);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "extensions/own");
  EXPECT_EQ(found[0].peer_link, PeerLink::absent);
}

}  // namespace
