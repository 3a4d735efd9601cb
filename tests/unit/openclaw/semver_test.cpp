// SPDX-License-Identifier: MIT
#include "openclaw/semver.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace {

using openclaw::is_exact_caret_or_tilde;
using openclaw::satisfies;

enum class Answer { in, out, unjudged };

Answer ask(std::string_view version, std::string_view range) {
  const std::optional<bool> answer = satisfies(version, range);
  if (!answer) return Answer::unjudged;
  return *answer ? Answer::in : Answer::out;
}

struct Row {
  const char* version;
  const char* range;
  Answer expected;
};

// Every answer is what node-semver 7 gives for satisfies(version, range, {includePrerelease: true}), and
// "unjudged" what its validRange(range) refuses.
constexpr Row rows[] = {
    {"1.2.3", "1.2.3", Answer::in},
    {"1.2.4", "1.2.3", Answer::out},
    {"1.2.3-rc.1", "1.2.3", Answer::out},
    {"v1.2.3", "1.2.3", Answer::in},
    {"1.2.3+build.5", "1.2.3", Answer::in},
    {"1.2.3", "=1.2.3", Answer::in},
    {"1.2.2", "=1.2.3", Answer::out},
    {"1.2.3", "v1.2.3", Answer::in},
    {"1.2.3", "^1.2.3", Answer::in},
    {"1.9.0", "^1.2.3", Answer::in},
    {"2.0.0", "^1.2.3", Answer::out},
    {"2.0.0-rc.1", "^1.2.3", Answer::out},
    {"1.2.2", "^1.2.3", Answer::out},
    {"1.2.3-beta", "^1.2.3", Answer::out},
    {"0.2.3", "^0.2.3", Answer::in},
    {"0.2.9", "^0.2.3", Answer::in},
    {"0.3.0", "^0.2.3", Answer::out},
    {"0.3.0-0", "^0.2.3", Answer::out},
    {"0.0.3", "^0.0.3", Answer::in},
    {"0.0.4", "^0.0.3", Answer::out},
    {"0.0.9", "^0.0", Answer::in},
    {"0.1.0", "^0.0", Answer::out},
    {"0.9.1", "^0", Answer::in},
    {"1.0.0", "^0", Answer::out},
    {"1.9.9", "^1.x", Answer::in},
    {"2.0.0", "^1.x", Answer::out},
    {"0.5.0", "^0.x", Answer::in},
    {"1.0.0-alpha", "^1", Answer::in},
    {"2.0.0-alpha", "^1", Answer::out},
    {"7.0.0-rc.9", "^7.0.0-rc.9", Answer::in},
    {"7.0.0-rc.13", "^7.0.0-rc.9", Answer::in},
    {"7.0.0", "^7.0.0-rc.9", Answer::in},
    {"7.0.0-rc.8", "^7.0.0-rc.9", Answer::out},
    {"8.0.0-rc.1", "^7.0.0-rc.9", Answer::out},
    {"0.0.1-beta.2", "^0.0.1-beta.1", Answer::in},
    {"0.0.1", "^0.0.1-beta.1", Answer::in},
    {"0.0.2", "^0.0.1-beta.1", Answer::out},
    {"0.1.2-alpha", "^0.1.2-beta", Answer::out},
    {"0.1.9", "^0.1.2-beta", Answer::in},
    {"0.2.0-pre", "^0.1.2-beta", Answer::out},
    {"1.2.9", "~1.2.3", Answer::in},
    {"1.3.0", "~1.2.3", Answer::out},
    {"1.3.0-beta", "~1.2.3", Answer::out},
    {"1.2.2", "~1.2.3", Answer::out},
    {"1.2.0", "~1.2", Answer::in},
    {"1.3.0", "~1.2", Answer::out},
    {"1.9.0", "~1", Answer::in},
    {"2.0.0", "~1", Answer::out},
    {"1.2.5", "~>1.2.3", Answer::in},
    {"0.0.9", "~0.0.1", Answer::in},
    {"1.2.3-beta.4", "~1.2.3-beta.2", Answer::in},
    {"1.2.4-beta.2", "~1.2.3-beta.2", Answer::in},
    {"1.2.3-beta.1", "~1.2.3-beta.2", Answer::out},
    {"1.2.9", "1.2.x", Answer::in},
    {"1.3.0", "1.2.x", Answer::out},
    {"1.2.0-rc.1", "1.2.x", Answer::in},
    {"1.0.0", "1.x", Answer::in},
    {"2.0.0", "1.x", Answer::out},
    {"2.0.0-beta", "1.x", Answer::out},
    {"1.0.0-beta", "1.x", Answer::in},
    {"1.5.0", "1", Answer::in},
    {"2.0.0-0", "1", Answer::out},
    {"0.0.0", "*", Answer::in},
    {"1.0.0-alpha", "*", Answer::in},
    {"9.9.9", "", Answer::in},
    {"3.1.4", "x", Answer::in},
    {"3.1.4-pre", "X.X.X", Answer::in},
    {"1.7.0", "1.*.3", Answer::in},
    {"1.0.0", "latest", Answer::unjudged},
    {"1.2.3", "1.2.3 - 2.3.4", Answer::in},
    {"2.3.4", "1.2.3 - 2.3.4", Answer::in},
    {"2.3.5", "1.2.3 - 2.3.4", Answer::out},
    {"1.2.2", "1.2.3 - 2.3.4", Answer::out},
    {"2.3.4-rc", "1.2.3 - 2.3.4", Answer::in},
    {"1.2.0", "1.2 - 2", Answer::in},
    {"2.9.9", "1.2 - 2", Answer::in},
    {"3.0.0", "1.2 - 2", Answer::out},
    {"3.0.0-rc", "1.2 - 2", Answer::out},
    {"2.3.9", "1.2.3 - 2.3", Answer::in},
    {"2.4.0", "1.2.3 - 2.3", Answer::out},
    {"2.4.0-0", "1.2.3 - 2.3", Answer::out},
    {"0.0.1", "* - 1.2.3", Answer::in},
    {"1.2.4", "* - 1.2.3", Answer::out},
    {"1.2.3", ">=1.2.3", Answer::in},
    {"1.2.3-rc", ">=1.2.3", Answer::out},
    {"0.9.0", ">=1.2.3", Answer::out},
    {"1.2.3", ">1.2.3", Answer::out},
    {"1.2.4", ">1.2.3", Answer::in},
    {"1.2.4-rc", ">1.2.3", Answer::in},
    {"1.2.9", ">1.2", Answer::out},
    {"1.3.0", ">1.2", Answer::in},
    {"1.3.0-rc", ">1.2", Answer::in},
    {"1.9.9", ">1", Answer::out},
    {"2.0.0", ">1", Answer::in},
    {"1.9.9", "<2", Answer::in},
    {"2.0.0", "<2", Answer::out},
    {"2.0.0-rc", "<2", Answer::out},
    {"2.9.9", "<=2", Answer::in},
    {"3.0.0", "<=2", Answer::out},
    {"3.0.0-rc", "<=2", Answer::out},
    {"1.2.9", "<=1.2", Answer::in},
    {"1.3.0", "<=1.2", Answer::out},
    {"1.2.3-rc", "<1.2.3", Answer::in},
    {"1.0.0-rc", ">=1", Answer::in},
    {"1.0.0", ">=1", Answer::in},
    {"0.0.0", "<*", Answer::out},
    {"1.0.0", ">*", Answer::out},
    {"1.0.0", ">=*", Answer::in},
    {"1.5.0", ">= 1.2.3 < 2", Answer::in},
    {"2.0.0", ">= 1.2.3 < 2", Answer::out},
    {"22.15.0", ">=22.16 <23 || >=24", Answer::out},
    {"22.16.0", ">=22.16 <23 || >=24", Answer::in},
    {"23.1.0", ">=22.16 <23 || >=24", Answer::out},
    {"24.0.0", ">=22.16 <23 || >=24", Answer::in},
    {"24.14.0", ">=22.22.3 <23 || >=24.15 <25 || >=25.9", Answer::out},
    {"24.16.0", ">=22.22.3 <23 || >=24.15 <25 || >=25.9", Answer::in},
    {"25.0.0", ">=22.22.3 <23 || >=24.15 <25 || >=25.9", Answer::out},
    {"26.1.0", ">=22.22.3 <23 || >=24.15 <25 || >=25.9", Answer::in},
    {"22.22.3", ">=22.22.3 <23 || >=24.15 <25 || >=25.9", Answer::in},
    {"24.16.0", ">=24.16.0 <25 || >=26.1.0", Answer::in},
    {"25.9.0", ">=24.16.0 <25 || >=26.1.0", Answer::out},
    {"2.0.0", "1.2.3||2.0.0", Answer::in},
    {"3.0.0", "1.2.3||2.0.0", Answer::out},
    {"2.1.0", "^1 || ^3 ", Answer::out},
    {"3.4.5", "^1 || ^3 ", Answer::in},
    {"1.0.0", "||", Answer::in},
    {"1.3.0", "^ 1.2.3", Answer::in},
    {"1.2.7", "~ 1.2.3", Answer::in},
    {"1.2.9", ">1.2.3 <1.3.0 || 2.x", Answer::in},
    {"2.7.1", ">1.2.3 <1.3.0 || 2.x", Answer::in},
    {"1.3.0", ">1.2.3 <1.3.0 || 2.x", Answer::out},
    {"1.2.3-alpha.10", "1.2.3-alpha.10", Answer::in},
    {"1.2.3-alpha.2", "1.2.3-alpha.10", Answer::out},
    {"1.2.3-alpha.10", ">1.2.3-alpha.2", Answer::in},
    {"1.2.3-alpha.beta", ">1.2.3-alpha.2", Answer::in},
    {"1.2.3-alpha.1", ">1.2.3-alpha.2", Answer::out},
    {"1.2.3-alpha.11", ">1.2.3-alpha.beta", Answer::out},
    {"1.2.3-beta", ">1.2.3-alpha.beta", Answer::in},
    {"1.2.3-alpha.beta.1", ">1.2.3-alpha.beta", Answer::in},
    {"not-a-version", "1.2.3", Answer::out},
    {"1.2", "1.2.3", Answer::out},
    {"1.2.3.4", "1.2.3", Answer::out},
    {"01.2.3", "1.2.3", Answer::out},
    {"1.2.3-01", "1.2.3", Answer::out},
    {"", "1.2.3", Answer::out},
    {"1.0.0", "git+ssh://x", Answer::unjudged},
    {"1.0.0", "next", Answer::unjudged},
    {"1.0.0", "npm:foo@1", Answer::unjudged},
    {"1.0.0", "workspace:*", Answer::unjudged},
    {"1.2.3", "^1.2.3.4", Answer::unjudged},
    {"1.2.3", ">=1.2.3 foo", Answer::unjudged},
    {"1.0.0", "file:../x", Answer::unjudged},
    {"1.2.3", "1.2.3-", Answer::unjudged},
    {"1.2.3", "^01.2.3", Answer::unjudged},
    {"1.0.0", "99999999999999999999.0.0", Answer::unjudged},
    {"2026.4.29", "^2026.4.20", Answer::in},
    {"2026.4.20-beta.1", "^2026.4.20", Answer::out},
    {"2027.1.0", "^2026.4.20", Answer::out},
    {"2026.4.29-beta.1", "2026.4.x", Answer::in},
    {"1.2.3", "  1.2.3  ", Answer::in},
    {"1.2.3", "^1.2.3+build", Answer::in},
    {"1.2.3+c", "1.2.3+b", Answer::in},
    {"1.4.0", ">=1.2.3+b <2", Answer::in},
    {"1.2.0", "^1.2.x", Answer::in},
    {"1.9.0", "^1.2.x", Answer::in},
    {"1.1.0", "^1.2.x", Answer::out},
    {"0.9.0", "~0.x", Answer::in},
    {"5.0.0", "^x", Answer::in},
    {"5.0.0", "~*", Answer::in},
    {"0.0.0", "<0.0.0-0", Answer::out},
    {"0.0.0-0", ">=0.0.0-0", Answer::in},
};

TEST(Semver, AnswersAsNodeSemverDoes) {
  for (const Row& row : rows) {
    EXPECT_EQ(ask(row.version, row.range), row.expected) << row.version << " in \"" << row.range << "\"";
  }
}

TEST(Semver, DoesNotJudgeATextOfAbsurdLength) {
  EXPECT_EQ(ask("1.0.0", std::string(300, ' ') + "1.0.0"), Answer::unjudged);
  EXPECT_EQ(ask(std::string(300, '1') + ".0.0", "*"), Answer::out);
}

TEST(Semver, KnowsTheRangesThatOpenClawTakesForBundledPlugins) {
  for (const char* range : {"1.2.3", "^1.2.3", "~1.2.3", "7.0.0-rc.9", "^0.0.8", " 1.2.3 "}) {
    EXPECT_TRUE(is_exact_caret_or_tilde(range)) << range;
  }
  for (const char* range : {"1.x", "^1", ">=1.2.3", "*", "", "latest", "npm:other@1.2.3", "1.2.3 || 2.0.0"}) {
    EXPECT_FALSE(is_exact_caret_or_tilde(range)) << range;
  }
}

}  // namespace
