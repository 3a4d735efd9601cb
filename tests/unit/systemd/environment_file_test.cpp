// SPDX-License-Identifier: MIT
// What systemd takes for a name in an environment file: as its own reader of 252 answers for each of these.
#include "systemd/environment_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using systemd::environment_file_keys;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(EnvironmentFile, HasTheNamesOfItsKeys) {
  EXPECT_THAT(environment_file_keys("A=1\n B2 = x=y\n_c=\n"), ElementsAre("A", "B2", "_c"));
  EXPECT_THAT(environment_file_keys("A=1"), ElementsAre("A"));
  EXPECT_THAT(environment_file_keys("A=1\r\nB=2\r\n"), ElementsAre("A", "B"));
  EXPECT_THAT(environment_file_keys(""), IsEmpty());
  EXPECT_THAT(environment_file_keys("\n\nno equals\nA=1\n"), ElementsAre("A"));
}

TEST(EnvironmentFile, HasNoKeysInComments) {
  EXPECT_THAT(environment_file_keys("#A=1\n;B=2\n  # C=3\nD=4\n"), ElementsAre("D"));
  EXPECT_THAT(environment_file_keys("# a \\\nB=2\nC=3\n"), ElementsAre("C"));
}

TEST(EnvironmentFile, HasNoKeyThatIsNoName) {
  EXPECT_THAT(environment_file_keys("export A=1\na-b=2\n=3\nB=4\n"), ElementsAre("B"));
}

// A line of a value must never pass for a name: it is a piece of a secret.
TEST(EnvironmentFile, HasNoKeysInValuesOfSeveralLines) {
  EXPECT_THAT(environment_file_keys("A=one \\\nSECRET=x\nB=2\n"), ElementsAre("A", "B"));
  EXPECT_THAT(environment_file_keys("A=\"-----BEGIN\nU0VDUkVU==\n-----END\"\nB=2\n"), ElementsAre("A", "B"));
  EXPECT_THAT(environment_file_keys("A='x\nSECRET=1\n'\nB=2\n"), ElementsAre("A", "B"));
  EXPECT_THAT(environment_file_keys("A=\"x\\\"\nSECRET=1\n\"\nB=2\n"), ElementsAre("A", "B"));
  EXPECT_THAT(environment_file_keys("A='x'\"\nSECRET=1\n\"\nB=2\n"), ElementsAre("A", "B"));
}

TEST(EnvironmentFile, TakesAQuoteInTheMiddleOfAValueAsItIs) {
  EXPECT_THAT(environment_file_keys("A=it's\nB=5\"\nC=3\n"), ElementsAre("A", "B", "C"));
}

struct Odd {
  const char* text;
  const char* names;
};
class AnOddEnvironmentFile : public testing::TestWithParam<Odd> {};

TEST_P(AnOddEnvironmentFile, HasTheNamesThatSystemdReads) {
  std::string names;
  for (const auto& key : environment_file_keys(GetParam().text)) names += key + " ";
  EXPECT_EQ(names, GetParam().names) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(LineEnds, AnOddEnvironmentFile,
                         testing::Values(Odd{"A=1\rB=2\r", "A B "}, Odd{"A\r=1\nB=2\n", "B "},
                                         Odd{"A \r=1\nB=2\n", "B "}, Odd{"A=x\\\r\nS=1\nB=2\n", "A S B "},
                                         Odd{"# c\\\r\nB=2\nC=3\n", "B C "}, Odd{"  \\\nA=1\nB=2\n", "A B "},
                                         Odd{"A=1\n\nA=2", "A A "}));

INSTANTIATE_TEST_SUITE_P(Names, AnOddEnvironmentFile,
                         testing::Values(Odd{"\xef\xbb\xbf"
                                             "A=1\nB=2\n",
                                             "B "},
                                         Odd{"1A=1\nB=2\n", "B "}, Odd{"export A=1", ""},
                                         Odd{"\tA = 1 \nB=2", "A B "}, Odd{"A\tB=1\nC=1\n", "C "},
                                         Odd{"A;B=1\nC=1\n", "C "}, Odd{"A#=1\nB=2\n", "B "},
                                         Odd{"A\\=1\nB=2\n", "B "}, Odd{"A=1 ; B=2\nC=3\n", "A C "}));

INSTANTIATE_TEST_SUITE_P(
    Quotes, AnOddEnvironmentFile,
    testing::Values(Odd{"A=\"x\nB=2", "A "}, Odd{"A=\"a\"b\"c\nD=1\n\"\nB=1\n", "A D B "},
                    Odd{"A= \"x\nS=1\n\"\nB=2\n", "A B "}, Odd{"A='x' \"\nS=1\n\"\nB=2\n", "A B "},
                    Odd{"A=\"x\\\nS=1\"\nB=2\n", "A B "}, Odd{"A='x\\'\nB=2\n", "A B "},
                    Odd{"A= \\\n\"x\nS=1\n\"\nB=2\n", "A S B "}, Odd{"A=\"x\"\\\nS=1\nB=2\n", "A B "}));

INSTANTIATE_TEST_SUITE_P(Comments, AnOddEnvironmentFile,
                         testing::Values(Odd{"# a\\\\\nA=1\n", "A "}, Odd{"#\\\n\\\nA=1\nB=2\n", "B "},
                                         Odd{"# a\\b\nB=2\n", "B "}, Odd{"A=x # c\nB=2", "A B "}));

}  // namespace
