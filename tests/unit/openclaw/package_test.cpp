// SPDX-License-Identifier: MIT
#include "openclaw/package.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using openclaw::is_package_name;
using openclaw::Package;
using openclaw::read_package;
using test_support::TemporaryDirectory;

TEST(Package, IsReadFromItsPackageJson) {
  const TemporaryDirectory folder;
  folder.write("package.json", R"({"name": "openclaw", "version": "2026.4.29",
    "engines": {"node": ">=22.14.0"}, "dependencies": {"tslog": "^4.10.2", "semver": "7.7.4", "broken": 3},
    "optionalDependencies": {"semver": "7.8.0"},
    "openclaw": {"bundle": {"mirroredRootRuntimeDependencies":
      ["tslog", "absent", "../../x", "semver", "tslog"]}}})");
  const auto package = read_package(folder.path());
  ASSERT_TRUE(package) << package.error().message;
  EXPECT_EQ(package->version.text(), "2026.4.29");
  EXPECT_EQ(package->version_text, "2026.4.29");
  EXPECT_EQ(package->node_range, ">=22.14.0");
  EXPECT_EQ(package->dependencies, (openclaw::Dependencies{{"semver", "7.8.0"}, {"tslog", "^4.10.2"}}));
  EXPECT_EQ(package->mirrored_dependencies, (std::vector<std::string>{"semver", "tslog"}));
  EXPECT_TRUE(package->directory);
}

// Node resolves links before OpenClaw sees its own path, and the stage root's name is a hash of that.
TEST(Package, RootIsWhatTheLinkPointsTo) {
  const TemporaryDirectory folder;
  folder.write("releases/1/package.json", R"({"name": "openclaw", "version": "2026.9.6"})");
  folder.symlink("releases/1", "current");
  const auto package = read_package(folder.path("current"));
  ASSERT_TRUE(package) << package.error().message;
  EXPECT_TRUE(package->root.ends_with("/releases/1")) << package->root;
}

TEST(Package, MirroredNamesOfVersionsThatHaveThemInTheirCode) {
  const TemporaryDirectory folder;
  const auto mirrored = [&](const std::string& version) {
    folder.write("package.json",
                 R"({"name": "openclaw", "version": ")" + version +
                     R"(", "dependencies": {"tslog": "1.0.0", "semver": "7.0.0", "other": "1.0.0"}})");
    const auto package = read_package(folder.path());
    return package ? package->mirrored_dependencies : std::vector<std::string>{package.error().message};
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(mirrored("2026.4.25"), Names{});
  EXPECT_EQ(mirrored("2026.4.26"), Names{"tslog"});
  EXPECT_EQ(mirrored("2026.4.27"), (Names{"semver", "tslog"}));
  EXPECT_EQ(mirrored("2026.4.29-beta.1"), Names{});
}

TEST(Package, RefusesWhatIsNoOpenClaw) {
  const TemporaryDirectory folder;
  const auto message = [&] {
    const auto package = read_package(folder.path());
    return package ? std::string("read") : package.error().message;
  };
  EXPECT_NE(message().find("package.json"), std::string::npos) << message();
  folder.write("package.json", R"({"name": "clawdbot", "version": "2026.4.29"})");
  EXPECT_NE(message().find("clawdbot"), std::string::npos) << message();
  folder.write("package.json", R"({"name": "openclaw", "version": "latest"})");
  EXPECT_NE(message().find("\"latest\""), std::string::npos) << message();
  folder.write("package.json", "{\"name\": \"openclaw\",");
  EXPECT_NE(message().find("not JSON"), std::string::npos) << message();
  folder.write("package.json", "[]");
  EXPECT_NE(message().find("its name is"), std::string::npos) << message();
  EXPECT_FALSE(read_package(folder.path("absent")));
}

TEST(Package, TerminalCodesInTheVersionDoNotReachTheMessage) {
  const TemporaryDirectory folder;
  folder.write("package.json", R"({"name": "openclaw", "version": "\u001b[2J1"})");
  const auto package = read_package(folder.path());
  ASSERT_FALSE(package);
  EXPECT_EQ(package.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(package.error().message.find('\x1b'), std::string::npos);
}

TEST(Package, NamesThatBecomePathsHaveOneOrTwoPlainSegments) {
  for (const char* name : {"ws", "discord-api-types", "@slack/bolt", "@a/b.c_d", "7zip"}) {
    EXPECT_TRUE(is_package_name(name)) << name;
  }
  for (const char* name :
       {"", ".", "..", "../../x", "@scope", "@scope/", "@/x", "@scope/../x", "a/b", "a/b/c", "@a/b/c",
        "Upper", "/abs", "a b", ".hidden", "_x", "@.a/b", "a\\b", "a\n"}) {
    EXPECT_FALSE(is_package_name(name)) << name;
  }
  EXPECT_FALSE(is_package_name(std::string_view("a\0b", 3)));
}

}  // namespace
