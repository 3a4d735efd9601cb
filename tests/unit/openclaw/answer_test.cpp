// SPDX-License-Identifier: MIT
// Which line of what a command prints is its answer, and that nobody who logs can give one instead.
#include "openclaw/answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using openclaw::Answer;
using openclaw::find_answer;

const Answer health = {.members = {"channels"}};
const Answer presence = {.kind = Answer::Kind::objects, .members = {"version", "reason"}};

TEST(AnswerOfACommand, IsFoundBetweenLogLines) {
  const auto answer = find_answer(
      "[plugins] codex installed bundled runtime deps: {a}\n{\"level\":\"info\"}\n{ not json }\n"
      "{\n  \"ok\": true,\n  \"channels\": {\"a\\\"}\": {}}\n}\nbye {\n",
      health);
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["ok"], true);
}

TEST(AnswerOfACommand, IsFoundAmongManyLogLinesThatBeginLikeOne) {
  std::string logged;
  for (int line = 0; line < 1000; ++line) {
    logged += "[plugins] installed {" + std::to_string(line) + "}\n{\"level\":\"info\"}\n";
  }
  EXPECT_TRUE(find_answer(logged + "{\"channels\":{}}\n" + logged, health));
}

TEST(AnswerOfACommand, BeginsALineAndEndsOne) {
  for (const char* output :
       {"[plugins] {\"channels\":1}", "chat: {\"channels\":1}", "{\"channels\":1} is what it said\n",
        "{\"channels\":1}{\"channels\":1}\n", "<html>{\"channels\":1}</html>"}) {
    EXPECT_FALSE(find_answer(output, health)) << output;
  }
  EXPECT_TRUE(find_answer("{\"channels\":1} \r\nbye", health));
}

TEST(AnswerOfACommand, OfNobodyIsNone) {
  for (const char* output : {"", "{", "{\"channels\":", "[{\"channels\":1}]", "{\"other\":1}", "}\n]\n"}) {
    EXPECT_FALSE(find_answer(output, health)) << output;
  }
  for (const char* output : {"[]", "[1]", "[{\"channels\":1}]", "{\"version\":1}", "[{\"reason\":1},2]"}) {
    EXPECT_FALSE(find_answer(output, presence)) << output;
  }
  EXPECT_TRUE(find_answer("[{\"text\":\"\"},{\"reason\":\"self\"}]", presence));
}

TEST(AnswerOfACommand, IsNeitherTheFirstNorTheLastOfTwoThatDiffer) {
  const std::string answer = "{\"channels\":{\"slack\":{}}}\n", claim = "{\"channels\":{}}\n";
  EXPECT_FALSE(find_answer(claim + answer, health));
  EXPECT_FALSE(find_answer(answer + claim, health));
  EXPECT_FALSE(find_answer(answer + "[gateway] bye\n" + claim + answer, health));
  EXPECT_TRUE(find_answer(answer + "[gateway] bye\n" + answer, health)) << "said twice";
  EXPECT_TRUE(find_answer("{\"level\":\"info\"}\n" + answer + "{\"level\":\"warn\"}\n", health));
}

TEST(AnswerOfACommand, IsNoPartOfWhatSomebodyElsePrints) {
  EXPECT_FALSE(find_answer("{\"message\":\n{\"channels\":{}}\n}\n", health));
  EXPECT_FALSE(find_answer("[\n{\"channels\":{}}\n]\n", health));
  const auto answer = find_answer("{\"channels\":{},\"said\":\n{\"channels\":1}\n}\n", health);
  ASSERT_TRUE(answer);
  EXPECT_TRUE((*answer)["channels"].is_object());
}

// The gateway's own code prints them, and a worker that ends by it has no answer at all.
TEST(AnswerOfACommand, ThatIsNestedWithoutEndIsNone) {
  const auto nested = [](std::size_t levels) {
    return "{\"channels\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_TRUE(find_answer(nested(200), health));
  EXPECT_FALSE(find_answer(nested(500'000), health));
  EXPECT_FALSE(find_answer("[" + nested(500'000) + "]", presence));
}

// Each of these lines may begin a value that only the end of the output shows to be none.
TEST(AnswerOfACommand, IsNotLookedForWithoutEnd) {
  std::string endless;
  for (int line = 0; line < 200'000; ++line) endless += "{\n";
  EXPECT_FALSE(find_answer(endless + "{\"channels\":1}\n", health));
}

}  // namespace
