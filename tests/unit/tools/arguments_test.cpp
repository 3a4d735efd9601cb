#include "tools/arguments.hpp"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <array>

namespace {

std::optional<int> parse(const char* word) {
  CLI::App app("A program.", "openclaw-example");
  app.set_version_flag("--version", "openclaw-example 1");
  bool once = false;
  app.add_flag("--once", once);
  std::array<char*, 2> words = {const_cast<char*>("openclaw-example"), const_cast<char*>(word)};
  return tools::parse_arguments(app, 2, words.data());
}

TEST(Arguments, ThatAreKnownLetTheProgramGoOn) {
  EXPECT_EQ(std::nullopt, parse("--once"));
}

TEST(Arguments, ThatAskForHelpOrTheVersionEndItWell) {
  EXPECT_EQ(0, parse("--help"));
  EXPECT_EQ(0, parse("--version"));
}

TEST(Arguments, ThatAreNotKnownEndItWithTheReasonAndItsName) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(EX_USAGE, parse("--nonsense"));
  EXPECT_EQ("openclaw-example: The following argument was not expected: --nonsense (see --help)\n",
            testing::internal::GetCapturedStderr());
}

}  // namespace
