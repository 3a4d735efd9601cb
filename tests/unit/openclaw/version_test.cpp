// SPDX-License-Identifier: MIT
#include "openclaw/version.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using openclaw::Version;

Version version(std::string_view text) {
  const auto parsed = Version::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Version{});
}

TEST(Version, OrdersBetasBeforeTheReleaseAndCorrectionsAfterIt) {
  const std::vector<std::string> in_order = {
      "2025.12.31",       "2026.4.9",          "2026.4.15", "2026.4.29-alpha.1", "2026.4.29-beta.1",
      "2026.4.29-beta.2", "2026.4.29-beta.10", "2026.4.29", "2026.5.3-beta",     "2026.5.3",
      "2026.5.3-1",       "2026.5.3-2",        "2026.5.12", "2026.10.1",
  };
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    for (std::size_t j = 0; j < in_order.size(); ++j) {
      EXPECT_EQ(version(in_order[i]) < version(in_order[j]), i < j) << in_order[i] << " < " << in_order[j];
    }
  }
}

TEST(Version, GivesBackTheTextThatItWasReadFrom) {
  for (const char* text : {"2026.4.29", "2026.4.29-beta.1", "2026.5.3-1", "0.0.0"}) {
    EXPECT_EQ(version(text).text(), text);
  }
}

TEST(Version, TakesTheVOfAGitTag) {
  EXPECT_EQ(version("v2026.4.29"), version("2026.4.29"));
}

TEST(Version, KeepsABetaAndItsReleaseApart) {
  EXPECT_NE(version("2026.4.29-beta.1"), version("2026.4.29"));
  EXPECT_EQ(version("2026.4.29-beta.1"), version("2026.4.29-beta.1"));
}

TEST(Version, RefusesWhatIsNone) {
  for (const char* text : {"", "latest", "2026", "2026.4", "2026.4.29.1", "2026.04.29", "2026.4.29-",
                           "2026.4.29-0", "2026.4.29-beta..1", "2026.4.29-.1", "2026.4.29+build",
                           " 2026.4.29", "2026.4.-1", "99999999999.1.1", "2026.4.29-be/ta", "../../etc"}) {
    EXPECT_FALSE(Version::parse(text)) << text;
  }
}

}  // namespace
