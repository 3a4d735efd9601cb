// SPDX-License-Identifier: MIT
// blame.cpp against what the clients really print: output of npm 11.21.2, pnpm 10.34.9 and bun 1.4.5,
// shortened, paths and hosts renamed.
#include "npm/blame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "npm/failure_samples.hpp"
#include "npm/registry_failure_samples.hpp"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class RealFailure : public testing::TestWithParam<npm_samples::Sample> {};

TEST_P(RealFailure, NamesThePackagesAtFault) {
  EXPECT_EQ(npm::blamed_packages(GetParam().output), GetParam().blamed);
}

TEST_P(RealFailure, IsExplainedInASentence) {
  EXPECT_THAT(npm::explain_failure(GetParam().output), HasSubstr(GetParam().explanation));
}

// The engine has only the message of the error, not the output.
TEST_P(RealFailure, ReadsTheSameFromTheLastWords) {
  const std::string words = npm::last_words(GetParam().output);
  EXPECT_THAT(words, Not(HasSubstr("\n")));
  EXPECT_EQ(npm::blamed_packages(words), npm::blamed_packages(GetParam().output)) << words;
  EXPECT_EQ(npm::explain_failure(words), npm::explain_failure(GetParam().output)) << words;
}

INSTANTIATE_TEST_SUITE_P(clients, RealFailure, testing::ValuesIn(npm_samples::samples),
                         [](const auto& test) { return std::string(test.param.name); });
INSTANTIATE_TEST_SUITE_P(registries, RealFailure, testing::ValuesIn(npm_samples::registry_samples),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Blame, OfNothingKnownIsNothing) {
  EXPECT_THAT(npm::blamed_packages("Segmentation fault\n"), IsEmpty());
  EXPECT_EQ(npm::explain_failure("Segmentation fault\n"), "");
  EXPECT_EQ(npm::explain_failure(""), "");
}

TEST(Blame, PassesOverARequestThatWorkedInTheEnd) {
  const std::string output =
      "npm http fetch GET https://registry.example/zod attempt 1 failed with ECONNREFUSED\n"
      "npm http fetch GET 200 https://registry.example/zod 98ms (cache miss)\n"
      "npm error code ETARGET\n"
      "npm error notarget No matching version found for zod@^99.3.6.\n";
  EXPECT_EQ(npm::blamed_packages(output), std::vector<std::string>{"zod"});
}

TEST(Blame, GoesByTheRetriesWhenTheClientWasStoppedMeanwhile) {
  const std::string output =
      "npm http fetch GET https://registry.example/zod attempt 1 failed with SELF_SIGNED_CERT_IN_CHAIN\n";
  EXPECT_THAT(npm::explain_failure(output), HasSubstr("not trusted (SELF_SIGNED_CERT_IN_CHAIN)"));
}

TEST(Blame, SurvivesHostileOutput) {
  EXPECT_THAT(npm::blamed_packages(std::string(1 << 20, '@')), IsEmpty());
  const std::string words = npm::last_words("npm error \x1b]0;owned\x07 \x1b[31mred\nMAINPID=1\n");
  EXPECT_EQ(words, "npm error  red | MAINPID=1");
}

TEST(LastWords, LeaveOutDownloadsAndStackTraces) {
  const std::string words = npm::last_words(
      "npm http fetch GET 200 https://registry.example/zod 98ms (cache miss)\n"
      "npm error code ECONNREFUSED\n"
      "npm error     at ClientRequest.emit (node:events:519:28)\n"
      "npm error\n");
  EXPECT_EQ(words, "npm error code ECONNREFUSED");
}

TEST(LastWords, AreTheLastAndBounded) {
  std::string output;
  for (int i = 0; i < 2000; ++i) output += "line " + std::to_string(i) + "\n";
  EXPECT_THAT(npm::last_words(output), HasSubstr("line 1999"));
  EXPECT_LE(npm::last_words(output, 100).size(), 100U);
}

TEST(RetryReason, IsFoundInTheLinesOfNpmAndPnpm) {
  EXPECT_EQ(
      npm::retry_reason(
          "npm http fetch GET https://registry.example/zod attempt 2 failed with SELF_SIGNED_CERT_IN_CHAIN"),
      "SELF_SIGNED_CERT_IN_CHAIN");
  EXPECT_EQ(npm::retry_reason("WARN  GET https://registry.example/zod error (ECONNREFUSED). Will retry in 10 "
                              "seconds. 2 retries left."),
            "ECONNREFUSED");
  EXPECT_EQ(npm::retry_reason("npm http fetch GET 200 https://registry.example/zod 98ms (cache miss)"), "");
}

}  // namespace
