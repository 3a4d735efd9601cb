#include "openclaw/locate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary_directory.hpp"

namespace {

using base::Environment;
using openclaw::candidate_roots;
using openclaw::find_package_root;
using test_support::TemporaryDirectory;

constexpr std::string_view package_json = R"({"name": "openclaw", "version": "2026.9.6"})";
const Environment environment = {{"HOME", "/home/oc"}};

TEST(Locate, ManagedReleaseComesFirst) {
  const TemporaryDirectory root;
  root.write("usr/lib/node_modules/openclaw/package.json", package_json);
  EXPECT_EQ(find_package_root(environment, root.path()).value_or(""),
            root.path("usr/lib/node_modules/openclaw"));
  root.write("var/lib/openclaw-update/releases/1/package.json", package_json);
  root.symlink("releases/1", "var/lib/openclaw-update/current");
  EXPECT_EQ(find_package_root(environment, root.path()).value_or(""),
            root.path("var/lib/openclaw-update/current"));
}

TEST(Locate, KnowsTheGlobalFoldersOfNpmAndPnpm) {
  for (const char* place :
       {"usr/lib/node_modules/openclaw", "usr/local/lib/node_modules/openclaw", "opt/openclaw",
        "home/oc/.local/lib/node_modules/openclaw", "home/oc/.npm-global/lib/node_modules/openclaw",
        "home/oc/.local/share/pnpm/global/5/node_modules/openclaw", "srv/npm/lib/node_modules/openclaw"}) {
    const TemporaryDirectory root;
    root.write(std::string(place) + "/package.json", package_json);
    const auto found =
        find_package_root({{"HOME", "/home/oc"}, {"npm_config_prefix", "/srv/npm/"}}, root.path());
    EXPECT_EQ(found.value_or(""), root.path(place));
  }
}

TEST(Locate, NamesAllThatItTriedAndTheWayOut) {
  const TemporaryDirectory root;
  const auto found = find_package_root(environment, root.path());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, base::ErrorKind::not_found);
  for (const std::string& candidate : candidate_roots(environment, root.path())) {
    EXPECT_NE(found.error().message.find(candidate), std::string::npos) << candidate;
  }
  EXPECT_NE(found.error().message.find("--package-root"), std::string::npos);
}

TEST(Locate, PassesOverAnotherPackageAndSaysWhy) {
  const TemporaryDirectory root;
  root.write("opt/openclaw/package.json", R"({"name": "something-else", "version": "1.0.0"})");
  const auto found = find_package_root(environment, root.path());
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("something-else"), std::string::npos) << found.error().message;
}

}  // namespace
