// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using Strings = std::vector<std::string>;

TEST(Trim, TakesWhitespaceOffBothEndsOnly) {
  EXPECT_EQ(base::trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(base::trim("a"), "a");
  EXPECT_EQ(base::trim(" \n "), "");
  EXPECT_EQ(base::trim(""), "");
}

TEST(Lower, ChangesAsciiLettersAndNothingElse) {
  EXPECT_EQ(base::lower("WhatsApp-1.0_\xc3\x84"), "whatsapp-1.0_\xc3\x84");
}

TEST(Split, KeepsEmptyFields) {
  EXPECT_EQ(base::split("a::b", ':'), (Strings{"a", "", "b"}));
  EXPECT_EQ(base::split(":", ':'), (Strings{"", ""}));
  EXPECT_EQ(base::split("", ':'), (Strings{""}));
}

TEST(Join, UndoesSplit) {
  for (const std::string text : {"", "a", "a::b", ":"}) {
    EXPECT_EQ(base::join(base::split(text, ':'), ":"), text);
  }
  EXPECT_EQ(base::join({}, ", "), "");
  EXPECT_EQ(base::join({"a", "b"}, ", "), "a, b");
}

TEST(Concat, PutsAllPartsInARow) {
  EXPECT_EQ(base::concat({"a", std::string("b"), "", std::string_view("c")}), "abc");
  EXPECT_EQ(base::concat({}), "");
}

TEST(Count, UsesTheSingularForOneAlone) {
  EXPECT_EQ(base::count(0, "file", "files"), "0 files");
  EXPECT_EQ(base::count(1, "file", "files"), "1 file");
  EXPECT_EQ(base::count(2, "file", "files"), "2 files");
}

TEST(HumanBytes, CountsInThousandsAsNpmAndDfDo) {
  EXPECT_EQ(base::human_bytes(0), "0 B");
  EXPECT_EQ(base::human_bytes(999), "999 B");
  EXPECT_EQ(base::human_bytes(1000), "1.0 kB");
  EXPECT_EQ(base::human_bytes(12'345'678), "12.3 MB");
  EXPECT_EQ(base::human_bytes(267'000'000'000), "267.0 GB");
}

TEST(HumanBytes, NeverShowsAThousandOfAUnit) {
  EXPECT_EQ(base::human_bytes(999'949), "999.9 kB");
  EXPECT_EQ(base::human_bytes(999'950), "1.0 MB");
  EXPECT_EQ(base::human_bytes(std::numeric_limits<std::uint64_t>::max()), "18.4 EB");
}

TEST(IsUtf8, IsStrict) {
  EXPECT_TRUE(base::is_utf8(""));
  EXPECT_TRUE(base::is_utf8("a line\nand \xc3\xa4 and \xf0\x9f\x90\xbe"));
  for (const char* text : {"\xff", "a\xc3", "\xc3(", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
    EXPECT_FALSE(base::is_utf8(text)) << text;
}

TEST(Printable, LeavesOrdinaryTextAlone) {
  const std::string text = "added 454 packages in 36s \xe2\x9c\x93 \xc3\xa4 \xf0\x9f\xa6\x9e";
  EXPECT_EQ(base::printable(text), text);
}

TEST(Printable, TakesColoursAndTitlesOut) {
  EXPECT_EQ(base::printable("\x1b[31mnpm\x1b[0m \x1b[1;33mWARN\x1b[m"), "npm WARN");
  EXPECT_EQ(base::printable("a\x1b]0;owned\x07z"), "az");
  EXPECT_EQ(base::printable("a\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\z"), "aclickz");
  EXPECT_EQ(base::printable("a\x1bPq#0\x1b\\z"), "az");
  EXPECT_EQ(base::printable("a\x1b(Bz\x1b"
                            "7"),
            "az");
}

TEST(Printable, CannotForgeASecondJournalLine) {
  const std::string forged = "x\n<0>kernel: panic\r\ny\tz";
  EXPECT_EQ(base::printable(forged), "x <0>kernel: panic y z");
}

TEST(Printable, KeepsSpacesAndAddsNoneToThem) {
  EXPECT_EQ(base::printable("a  b \n c"), "a  b  c");
}

TEST(Printable, RemovesControlsInWhateverEncodingTheyHide) {
  EXPECT_EQ(base::printable(std::string("a\0\x08\x7f"
                                        "b",
                                        5)),
            "ab");
  EXPECT_EQ(base::printable("a\xc2\x9b"
                            "b"),
            "ab");  // U+009B, CSI in eight bits
  EXPECT_EQ(base::printable("a\x9b"
                            "b"),
            "a?b");  // the same byte alone is no text at all
  EXPECT_EQ(base::printable("a\xe2\x80\xae"
                            "b"),
            "ab");  // right-to-left override
  EXPECT_EQ(base::printable("a\xe2\x80\xa8"
                            "b"),
            "ab");                                              // line separator
  EXPECT_EQ(base::printable("\xc0\x9b\xed\xa0\x80"), "?????");  // overlong, surrogate
  EXPECT_EQ(base::printable("a\xf3\xa0\x81\xa1"
                            "b\xe2\x81\xaa\xef\xbf\xb9"
                            "c"),
            "abc");  // an invisible tag, a deprecated format, an annotation
}

TEST(Printable, AnUnclosedSequenceHidesNothingOfWhatFollows) {
  EXPECT_EQ(base::printable("a\x1b]0;never closed\nerror: b"), "a0;never closed error: b");
  EXPECT_EQ(base::printable("release \x1bP is held"), "release  is held");
  EXPECT_EQ(base::printable("a\x1b["), "a");
  EXPECT_EQ(base::printable("a\x1b"), "a");
}

TEST(Printable, LeavesNoEscapeBehindWhenSequencesNest) {
  const std::string clean = base::printable("\x1b\x1b[31m[31mx\x1b]\x1b[0m");
  EXPECT_EQ(clean.find('\x1b'), std::string::npos) << clean;
}

TEST(Printable, StopsAtTheLimitWithoutCuttingACharacter) {
  EXPECT_EQ(base::printable("abc\xc3\xa4", 4), "abc");
  EXPECT_EQ(base::printable("abc\xc3\xa4", 5), "abc\xc3\xa4");
  EXPECT_EQ(base::printable("abc", 0), "");
}

}  // namespace
