// SPDX-License-Identifier: MIT
#include "openclaw/dotenv.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using base::Environment;
using openclaw::parse_dotenv;

// Each expectation is what parse() of the npm package dotenv 17.4.2 returns.
TEST(Dotenv, ReadsTheFormsOfAnAssignment) {
  EXPECT_EQ(
      parse_dotenv("A=1\n  B = two words \nexport C=3\nD: 4\r\nE=5\rF=\nexport=6"),
      (Environment{
          {"A", "1"}, {"B", "two words"}, {"C", "3"}, {"D", "4"}, {"E", "5"}, {"F", ""}, {"export", "6"}}));
  EXPECT_EQ(parse_dotenv("\xEF\xBB\xBF"
                         "A=1"),
            (Environment{{"A", "1"}}));
}

TEST(Dotenv, PassesOverWhatIsNoAssignment) {
  EXPECT_EQ(parse_dotenv("# A=1\nno assignment\nx y=1\nB:2\nC : 3\n=4\n\nD=5"), (Environment{{"D", "5"}}));
  EXPECT_EQ(parse_dotenv("a-b=1\nc.d=2\n9=3\nE9=4"), (Environment{{"E9", "4"}}));
  EXPECT_EQ(parse_dotenv(""), Environment{});
}

TEST(Dotenv, EndsAValueWithoutQuotesAtACommentOrTheLine) {
  EXPECT_EQ(parse_dotenv("A=one#two\nB=one # two\nC=#none\nD='it''s' so\nE=\"open"),
            (Environment{{"A", "one"}, {"B", "one"}, {"C", ""}, {"D", "'it''s' so"}, {"E", "\"open"}}));
}

TEST(Dotenv, KeepsWhatIsInQuotes) {
  EXPECT_EQ(parse_dotenv("A=' 1#2 ' # c\nB=\"x\\ny\"\nC='x\\ny'\nD=`it's \"so\"`\nE='a\\'b'\nF='a\\'"),
            (Environment{{"A", " 1#2 "},
                         {"B", "x\ny"},
                         {"C", "x\\ny"},
                         {"D", "it's \"so\""},
                         {"E", "a\\'b"},
                         {"F", "a\\"}}));
}

TEST(Dotenv, ReadsAValueThatSpansLines) {
  EXPECT_EQ(parse_dotenv("KEY=\"-----BEGIN\nA=in the key\n-----END\"\nB=2\nC=\n'next line'"),
            (Environment{{"KEY", "-----BEGIN\nA=in the key\n-----END"}, {"B", "2"}, {"C", "next line"}}));
}

TEST(Dotenv, ReadsAssignmentsAfterEmptyLines) {
  EXPECT_EQ(parse_dotenv("\n \n\t\nno\n\n\nA=1\n\n  \nB=2\n\n"), (Environment{{"A", "1"}, {"B", "2"}}));
}

// Whoever writes the file must not keep the hook from coming to its end.
TEST(Dotenv, TakesNoLongerThanAFileIsLong) {
  constexpr std::size_t size = std::size_t{1} << 20;
  EXPECT_EQ(parse_dotenv(std::string(size, '\n') + "A=1"), (Environment{{"A", "1"}}));
  std::string value;
  while (value.size() < size) value += "\\n";
  EXPECT_EQ(parse_dotenv("A=\"" + value + "\""), (Environment{{"A", std::string(value.size() / 2, '\n')}}));
}

TEST(Dotenv, TakesTheLaterOfTwo) {
  EXPECT_EQ(parse_dotenv("A=1\nA=2"), (Environment{{"A", "2"}}));
}

}  // namespace
