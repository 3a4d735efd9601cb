// SPDX-License-Identifier: MIT
#include "openclaw/locate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/temporary_directory.hpp"

namespace {

using base::Environment;
using openclaw::locate_package;
using openclaw::locations_of;
using test_support::TemporaryDirectory;
using testing::Contains;
using testing::HasSubstr;

constexpr std::string_view package_json = R"({"name": "openclaw", "version": "2026.9.6"})";
const base::Environment environment = {{"HOME", "/home/oc"}};

std::string root_of(const base::Environment& variables, const TemporaryDirectory& root) {
  const auto located = locate_package(locations_of(variables), root.path());
  EXPECT_TRUE(located) << located.error().message;
  return located ? located->root : "";
}

TEST(Locate, ManagedReleaseComesFirst) {
  const TemporaryDirectory root;
  root.write("usr/lib/node_modules/openclaw/package.json", package_json);
  EXPECT_EQ(root_of(environment, root), root.path("usr/lib/node_modules/openclaw"));
  root.write("var/lib/openclaw-update/releases/1/package.json", package_json);
  root.symlink("releases/1", "var/lib/openclaw-update/current");
  EXPECT_EQ(root_of(environment, root), root.path("var/lib/openclaw-update/current"));
}

TEST(Locate, KnowsTheFoldersOfPackageClientsAndTheOfficialImage) {
  for (const char* place :
       {"usr/lib/node_modules/openclaw", "usr/local/lib/node_modules/openclaw", "opt/openclaw", "app",
        "home/oc/.local/lib/node_modules/openclaw", "home/oc/.npm-global/lib/node_modules/openclaw",
        "home/oc/.local/share/pnpm/global/5/node_modules/openclaw", "srv/npm/lib/node_modules/openclaw"}) {
    const TemporaryDirectory root;
    root.write(std::string(place) + "/package.json", package_json);
    EXPECT_EQ(root_of({{"HOME", "/home/oc"}, {"npm_config_prefix", "/srv/npm/"}}, root), root.path(place));
  }
}

TEST(Locate, FollowsOpenclawOnPathBeforeItGuesses) {
  const TemporaryDirectory root;
  root.write("usr/lib/node_modules/openclaw/package.json", package_json);
  const std::string nvm = "home/oc/.nvm/versions/node/v24.18.0";
  root.write(nvm + "/lib/node_modules/openclaw/package.json", package_json);
  root.write(nvm + "/lib/node_modules/openclaw/openclaw.mjs", "", 0755);
  root.symlink("../lib/node_modules/openclaw/openclaw.mjs", nvm + "/bin/openclaw");
  const auto located = locate_package(
      locations_of({{"HOME", "/home/oc"}, {"PATH", "/sbin:/" + nvm + "/bin:/bin"}}), root.path());
  ASSERT_TRUE(located) << located.error().message;
  EXPECT_EQ(located->root, root.path(nvm + "/lib/node_modules/openclaw"));
  // One that appears before it on PATH would be the one that counts.
  EXPECT_THAT(located->looked_at, Contains(root.path("sbin/openclaw")));
  EXPECT_EQ(located->looked_at.back(), located->root);
  EXPECT_EQ(root_of(environment, root), root.path("usr/lib/node_modules/openclaw"));
}

TEST(Locate, FindsWhatOnlyAProfileWouldPutOnPath) {
  const TemporaryDirectory root;
  root.write("home/oc/.volta/tools/image/packages/openclaw/lib/node_modules/openclaw/package.json",
             package_json);
  root.write("home/oc/.volta/bin/volta-shim",
             "\x7f"
             "ELF",
             0755);
  root.symlink("volta-shim", "home/oc/.volta/bin/openclaw");
  EXPECT_EQ(root_of(environment, root),
            root.path("home/oc/.volta/tools/image/packages/openclaw/lib/node_modules/openclaw"));
}

TEST(Locate, NamesAllThatItTriedAndTheWayOut) {
  const TemporaryDirectory root;
  const auto found = locate_package(locations_of({{"HOME", "/home/oc"}, {"PATH", "/usr/bin"}}), root.path());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, base::ErrorKind::not_found);
  for (const char* place :
       {"/var/lib/openclaw-update/current", "openclaw on PATH", "/usr/lib/node_modules/openclaw", "/app",
        "/home/oc/.npm-global/lib/node_modules/openclaw", "--package-root", "package-root= in [gateway]"}) {
    EXPECT_THAT(found.error().message, HasSubstr(place));
  }
}

TEST(Locate, PassesOverAnotherPackageAndSaysWhy) {
  const TemporaryDirectory root;
  root.write("opt/openclaw/package.json", R"({"name": "something-else", "version": "1.0.0"})");
  const auto found = locate_package(locations_of(environment), root.path());
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("something-else"));
}

}  // namespace
