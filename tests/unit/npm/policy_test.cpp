// SPDX-License-Identifier: MIT
// Which policies of npm's configuration hold, who sets them, and how they are said.
#include "npm/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace {

using npm::PolicyKind;
using test_support::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t now = 1'767'225'600;  // 2026-01-01
constexpr std::int64_t day = 86400;

class Policies : public testing::Test {
 protected:
  npm::Policies of(const std::string& global, const std::string& builtin = "",
                   const std::vector<std::string>& arguments = {}) {
    npm::Toolchain toolchain;
    toolchain.npm_cli = folder_.write("npm/bin/npm-cli.js", "");
    folder_.write("npm/npmrc", builtin);
    toolchain.global_config = folder_.write("etc/npmrc", global);
    return npm::read_policies(toolchain, arguments, now);
  }
  TemporaryDirectory folder_;
};

TEST_F(Policies, OfAnNpmrcThatSetsNoneAreNone) {
  const auto none = of("registry=https://registry.example/\nmin-release-age=0\nengine-strict=false\n");
  EXPECT_FALSE(none.release_age);
  EXPECT_TRUE(none.others.empty());
}

TEST_F(Policies, KnowAnAgeInDaysInMinutesAndAsADate) {
  EXPECT_EQ(of("min-release-age=1.5\n").release_age->seconds, 129600);
  EXPECT_EQ(of("minimum-release-age=90\n").release_age->seconds, 5400);
  EXPECT_EQ(of("before=2025-12-25\n").release_age->seconds, 7 * day);
  EXPECT_EQ(of("before=2025-12-31T12:00:00Z\n").release_age->seconds, day / 2);
  EXPECT_FALSE(of("before=Thu Dec 25\n").release_age->seconds);
  EXPECT_FALSE(of("min-release-age=${DAYS}\n").release_age->seconds);
  EXPECT_FALSE(of("min-release-age=1e300\n").release_age->seconds);
}

TEST_F(Policies, AreThoseOfTheFirstThatSaysSomethingAsForNpm) {
  EXPECT_EQ(of("min-release-age=3\nbefore=2025-12-25\n").release_age->setting.key, "before");
  const auto own = of("", "min-release-age=9\n");
  EXPECT_EQ(own.release_age->setting.file, folder_.path("npm/npmrc"));
  EXPECT_EQ(of("min-release-age=3\n", "min-release-age=9\n").release_age->setting.value, "3");
  EXPECT_FALSE(of("min-release-age=0\n", "min-release-age=9\n").release_age);
  const auto given = of("min-release-age=3\n", "", {"--min-release-age", "5"});
  EXPECT_EQ(given.release_age->setting.value, "5");
  EXPECT_THAT(given.release_age->setting.file, HasSubstr("extra-arguments"));
}

TEST_F(Policies, AreNamedByTheFileThatCanBeEdited) {
  npm::Toolchain toolchain;
  toolchain.global_config = folder_.write("credentials/npmrc", "min-release-age=3\n");
  toolchain.original_of_global_config = "the file that LoadCredential=npmrc: names";
  EXPECT_EQ(npm::read_policies(toolchain, {}, now).release_age->setting.file,
            "the file that LoadCredential=npmrc: names");
}

TEST_F(Policies, ExemptWhatNpmExempts) {
  EXPECT_THAT(of("min-release-age=3\nmin-release-age-exclude[]=@scope/*\nmin-release-age-exclude[]=a, b\n")
                  .release_age->exempt,
              ElementsAre("@scope/*", "a", "b"));
  EXPECT_THAT(of("min-release-age=3\nmin-release-age-exclude=a\n").release_age->exempt, ElementsAre("a"));
}

TEST_F(Policies, AreSaidWithTheirFileAndTheNextStep) {
  const auto policies = of("min-release-age=30\nengine-strict\n");
  const auto* age = policies.find(PolicyKind::release_age);
  const auto parsed = npm::parse_policy_line(npm::policy_line(*age));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(npm::policy_clause(*parsed),
            "npm is configured to refuse versions younger than 30 days (min-release-age in " +
                folder_.path("etc/npmrc") +
                "); wait, exempt the package with min-release-age-exclude[]=NAME there, or "
                "change that key");
  ASSERT_NE(policies.find(PolicyKind::engines), nullptr);
  EXPECT_EQ(policies.find(PolicyKind::network), nullptr);
  EXPECT_FALSE(npm::parse_policy_line("policy: registry=x in /etc/npmrc"));
}

}  // namespace
