// SPDX-License-Identifier: MIT
// Where the packages are that a package needs, and where they come in a tree as npm makes it.
#include "release/gathering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "fs/beneath.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;

class AGathering : public testing::Test {
 protected:
  std::string package(const std::string& folder, const std::string& more = "{}",
                      const std::string& key = "dependencies") {
    root.write(folder + "/package.json", R"({"name":"x","version":"1.0.0",")" + key + "\":" + more + "}");
    return root.path(folder);
  }
  base::Result<std::vector<release::Part>> gather(const std::string& folder) {
    const auto opened = fs::open_directory(root.path(folder));
    EXPECT_TRUE(opened) << folder;
    return release::gather_package(root.path(folder), opened ? opened->get() : -1);
  }
  std::vector<std::string> gathered(const std::string& folder) {
    const auto parts = gather(folder);
    EXPECT_TRUE(parts) << parts.error().message;
    std::vector<std::string> lines;
    if (!parts) return lines;
    for (const auto& part : *parts)
      lines.push_back(part.path + " <- " + part.folder.substr(root.path().size() + 1));
    return lines;
  }
  base::Error error(const std::string& folder) {
    const auto parts = gather(folder);
    EXPECT_FALSE(parts);
    return parts ? base::Error{} : parts.error();
  }
  test_support::TemporaryDirectory root;
};

TEST_F(AGathering, FollowsLinksAndFoldersAboveAsNodeDoes) {
  package("app/node_modules/main", R"({"linked":"1","@scope/beside":"1","Upper":"1"})");
  package("store/linked");
  root.symlink("../../store/linked", "app/node_modules/linked");
  package("app/node_modules/@scope/beside");
  package("node_modules/Upper");
  EXPECT_THAT(
      gathered("app/node_modules/main"),
      ElementsAre(" <- app/node_modules/main", "node_modules/@scope/beside <- app/node_modules/@scope/beside",
                  "node_modules/Upper <- node_modules/Upper", "node_modules/linked <- store/linked"));
}

TEST_F(AGathering, GivesAnotherVersionToWhoeverFoundThat) {
  package("m/node_modules/main", R"({"a":"1","b":"2"})");
  package("m/node_modules/a", R"({"b":"1"})");
  package("m/node_modules/b", R"({"a":"1"})");
  package("m/node_modules/a/node_modules/b", R"({"a":"1","c":"1"})");
  package("m/node_modules/c", R"({"b":"2"})");
  EXPECT_THAT(gathered("m/node_modules/main"),
              ElementsAre(" <- m/node_modules/main", "node_modules/a <- m/node_modules/a",
                          "node_modules/b <- m/node_modules/b",
                          "node_modules/a/node_modules/b <- m/node_modules/a/node_modules/b",
                          "node_modules/c <- m/node_modules/c"));
}

TEST_F(AGathering, TakesOptionalOnesAndPeersThatAreThere) {
  package("m/node_modules/main", R"({"there":"1","absent":"1"})", "optionalDependencies");
  package("m/node_modules/there", R"({"peer":"1","main":"1","none":"1"})", "peerDependencies");
  package("m/node_modules/peer");
  EXPECT_THAT(gathered("m/node_modules/main"),
              ElementsAre(" <- m/node_modules/main", "node_modules/there <- m/node_modules/there",
                          "node_modules/peer <- m/node_modules/peer"));
}

TEST_F(AGathering, NamesWhatIsRequiredAndNotThere) {
  package("main", R"({"gone":"1"})");
  EXPECT_EQ(error("main").kind, ErrorKind::integrity);
  EXPECT_THAT(error("main").message, HasSubstr("requires gone, which is missing"));
}

TEST_F(AGathering, TakesNoNameThatLeavesTheFolder) {
  package("m/main", R"({"../../etc":"1",".hidden":"1","@/x":"1","node_modules":"1"})");
  EXPECT_THAT(gathered("m/main"), ElementsAre(" <- m/main"));
}

// Each is in the one that requires it, since another one of its name is above it.
TEST_F(AGathering, EndsAtADepthThatNoOpenclawHas) {
  package("m/node_modules/main", R"({"x":"1"})");
  std::string folder = "m/node_modules/x";
  for (int level = 0; level < 40; ++level, folder += "/node_modules/x") package(folder, R"({"x":"1"})");
  package(folder);
  EXPECT_EQ(error("m/node_modules/main").kind, ErrorKind::refused);
  EXPECT_THAT(error("m/node_modules/main").message, HasSubstr("more dependencies than any OpenClaw"));
}

// Whoever owns the package can link to any folder that has a package.json, and everybody can read a release.
TEST_F(AGathering, TakesNoFolderOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to have a folder of another user";
  package("m/node_modules/main", R"({"a":"1"})");
  const auto theirs = package("m/node_modules/a");
  ASSERT_EQ(::chown(theirs.c_str(), 12345, 12345), 0);
  EXPECT_EQ(error("m/node_modules/main").kind, ErrorKind::refused);
  EXPECT_THAT(error("m/node_modules/main").message, HasSubstr("belongs to another user"));
}

// Whoever may rename it can put a link to any other package in its place.
TEST_F(AGathering, TakesNoOtherPackageThanTheOneThatWasFound) {
  package("m/node_modules/main");
  package("other");
  const auto found = fs::open_directory(root.path("m/node_modules/main"));
  ASSERT_TRUE(found);
  ASSERT_EQ(::rename(root.path("m/node_modules/main").c_str(), root.path("m/aside").c_str()), 0);
  root.symlink("../../other", "m/node_modules/main");
  const auto parts = release::gather_package(root.path("m/node_modules/main"), found->get());
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().kind, ErrorKind::refused);
}

// What is wrong with a file of somebody else's is not told either: it was not read.
TEST_F(AGathering, ReadsNoFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to have a folder of another user";
  package("m/node_modules/main", R"({"a":"1"})");
  root.write("theirs/package.json", "not JSON, but a secret", 0600);
  root.symlink("../../theirs", "m/node_modules/a");
  ASSERT_EQ(::chown(root.path("theirs").c_str(), 12345, 12345), 0);
  EXPECT_EQ(error("m/node_modules/main").kind, ErrorKind::refused);
  EXPECT_THAT(error("m/node_modules/main").message, HasSubstr("belongs to another user"));
}

TEST_F(AGathering, ReadsNoSecretOfAnotherUserThatHasASecondNameInThePackage) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to have a file of another user";
  package("m/node_modules/main");
  root.write("secret", "not JSON, but a secret", 0600);
  ASSERT_EQ(::chown(root.path("secret").c_str(), 12345, 12345), 0);
  ASSERT_EQ(::unlink(root.path("m/node_modules/main/package.json").c_str()), 0);
  ASSERT_EQ(::link(root.path("secret").c_str(), root.path("m/node_modules/main/package.json").c_str()), 0);
  EXPECT_EQ(error("m/node_modules/main").kind, ErrorKind::refused);
}

}  // namespace
