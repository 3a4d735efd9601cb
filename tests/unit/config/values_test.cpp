// SPDX-License-Identifier: MIT
#include "config/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(ATimeSpan, IsOfSystemdsKind) {
  for (const auto& [text, expected] : {std::pair{"300", 300s},
                                       {"1", 1s},
                                       {"90s", 90s},
                                       {"90 s", 90s},
                                       {"5min", 300s},
                                       {"5m", 300s},
                                       {"5 minutes", 300s},
                                       {"1h", 3600s},
                                       {"1h 30min", 5400s},
                                       {"1h30min15s", 5415s},
                                       {"1min 30", 90s},
                                       {"1d", 86400s},
                                       {"24h", 86400s},
                                       {" 7 sec ", 7s}}) {
    const auto span = config::parse_span(text);
    ASSERT_TRUE(span) << text << ": " << span.error().message;
    EXPECT_EQ(*span, expected) << text;
  }
}

TEST(ATimeSpan, IsNothingElse) {
  for (const char* bad : {"",
                          " ",
                          "0",
                          "0s",
                          "-1",
                          "+1",
                          "1.5h",
                          "5 30s",
                          "s",
                          "min 5",
                          "5x",
                          "5MIN",
                          "infinity",
                          "25h",
                          "1d 1s",
                          "86401",
                          "2w",
                          "99999999999999999999",
                          "18446744073709551615h",
                          "5min!",
                          "1e3",
                          "500ms"}) {
    EXPECT_FALSE(config::parse_span(bad)) << bad;
  }
}

TEST(ARegistry, IsAPlainUrl) {
  for (const char* good : {"https://registry.npmjs.org/", "http://localhost:4873", "https://[::1]:4873/a/b",
                           "HTTPS://npm.example.org", "https://npm.example.org/@scope/", "https://x/a;b"}) {
    EXPECT_TRUE(config::parse_registry(good)) << good;
  }
}

TEST(ARegistry, IsNothingElse) {
  for (const char* bad :
       {"registry.npmjs.org", "ftp://x", "file:///etc", "https://", "http:///path", "https://:80", "//x",
        "https://x?token=1", "https://x/#a", "https://x y", "https://x\\y", "https://x\"y", "https://x\ty",
        "https:/x", "-https://x", "javascript:https://x"}) {
    EXPECT_FALSE(config::parse_registry(bad)) << bad;
  }
}

TEST(ARegistry, HasNoCredentialsAndTheErrorShowsNone) {
  for (const char* bad : {"https://user:secret@host/", "http://secret@host", "https://:secret@host",
                          "https://@host", "https://user:secret@host?x", "https://a@b:secret@host/"}) {
    const auto registry = config::parse_registry(bad);
    ASSERT_FALSE(registry) << bad;
    EXPECT_THAT(registry.error().message, HasSubstr("user or password"));
    EXPECT_THAT(registry.error().message, Not(HasSubstr("secret")));
  }
}

TEST(AFolder, IsAnAbsolutePathOfSomebodysOwn) {
  EXPECT_EQ(*config::parse_folder("/home/claw"), "/home/claw");
  EXPECT_EQ(*config::parse_folder("/home/claw//"), "/home/claw");
  EXPECT_EQ(*config::parse_folder("/srv/..claw"), "/srv/..claw");
  for (const char* bad : {"", "home/claw", "/", "//", "/home/../etc", "/.", "/home/claw\n"}) {
    EXPECT_FALSE(config::parse_folder(bad)) << bad;
  }
}

TEST(Words, AreSplitAsAShellDoes) {
  EXPECT_THAT(*config::parse_words(""), IsEmpty());
  EXPECT_THAT(*config::parse_words(" \t "), IsEmpty());
  EXPECT_THAT(*config::parse_words(" a  b\tc "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*config::parse_words(R"('a b' "c d" e\ f)"), ElementsAre("a b", "c d", "e f"));
  EXPECT_THAT(*config::parse_words(R"(--x="a b"'c d'e)"), ElementsAre("--x=a bc de"));
  EXPECT_THAT(*config::parse_words(R"('' "" a)"), ElementsAre("", "", "a"));
  EXPECT_THAT(*config::parse_words(R"("a\"b" "a\\b" "a\nb" 'a\b')"),
              ElementsAre("a\"b", "a\\b", "a\\nb", "a\\b"));
  EXPECT_THAT(*config::parse_words(R"($HOME `id` * ~ a#b)"), ElementsAre("$HOME", "`id`", "*", "~", "a#b"));
}

TEST(Words, WithAnOpenQuoteAreRefused) {
  for (const char* bad : {"'", "\"", "a 'b", "a \"b", "a\\", "\"a\\\""}) {
    EXPECT_FALSE(config::parse_words(bad)) << bad;
  }
}

TEST(APackageName, FollowsNpmsRule) {
  for (const char* good : {"a", "sharp", "@scope/name", "lodash.merge", "a-b_c.d", "@a/b.c", "3d", "@_x/y"}) {
    EXPECT_TRUE(config::parse_package(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("A"), std::string(".a"), std::string("_a"), std::string("-a"),
        std::string("a b"), std::string("a/b"), std::string("@a"), std::string("@/a"), std::string("@a/"),
        std::string("@a/b/c"), std::string("@a/-b"), std::string("@./b"), std::string("@../b"),
        std::string("../a"), std::string("a@1"), std::string("ä"), std::string("node_modules"),
        std::string(215, 'a')}) {
    EXPECT_FALSE(config::parse_package(bad)) << bad;
  }
  EXPECT_TRUE(config::parse_package(std::string(214, 'a')));
}

TEST(PackageNames, AreSeparatedByCommasOrBlanks) {
  EXPECT_THAT(*config::parse_packages("a,b, c\td ,, @e/f a"), ElementsAre("a", "b", "c", "d", "@e/f"));
  EXPECT_THAT(*config::parse_packages(" , "), IsEmpty());
  EXPECT_FALSE(config::parse_packages("a *"));
  EXPECT_FALSE(config::parse_packages("a --unsafe-perm"));
}

TEST(AVersion, IsExact) {
  for (const char* good :
       {"0.0.0", "1.2.3", "2026.4.26", "1.2.3-beta.1", "1.2.3+build.5", "1.2.3-a-b.0+x", "2026.4.26-1"}) {
    EXPECT_TRUE(config::parse_exact_version(good)) << good;
  }
  for (const char* bad : {"",
                          "1",
                          "1.2",
                          "1.2.3.4",
                          "v1.2.3",
                          "^1.2.3",
                          "~1.2.3",
                          "1.2.x",
                          "*",
                          "latest",
                          ">=1.2.3",
                          "1.2.3 ",
                          "1.2.3 || 2.0.0",
                          "1.2.3-",
                          "1.2.3+",
                          "1.2.3-a..b",
                          "1.2.3-ä",
                          "01.2.3",
                          "1..3",
                          "npm:other@1.2.3",
                          "1.2.3/../x",
                          "1.2.3-a+",
                          "1234567890123456.0.0"}) {
    EXPECT_FALSE(config::parse_exact_version(bad)) << bad;
  }
}

TEST(APath, IsAbsolute) {
  EXPECT_EQ(*config::parse_absolute_path("/opt/with blank/node"), "/opt/with blank/node");
  for (const char* bad : {"", "node", "./node", "~/node", "$HOME/node", "/a\nb", "/a\x7f"}) {
    EXPECT_FALSE(config::parse_absolute_path(bad)) << bad;
  }
}

TEST(ACount, HasBounds) {
  EXPECT_EQ(*config::parse_count("0", 0, 100), 0U);
  EXPECT_EQ(*config::parse_count("100", 0, 100), 100U);
  for (const char* bad : {"", "-1", "101", "1.5", "ten", "0x10", " 1", "99999999999999999999"}) {
    EXPECT_FALSE(config::parse_count(bad, 0, 100)) << bad;
  }
}

TEST(Wait, IsNoLongerThanTheProbeWaits) {
  EXPECT_EQ(config::parse_wait("6h"), std::chrono::hours(6));
  EXPECT_FALSE(config::parse_wait("6h 1s"));
  EXPECT_FALSE(config::parse_wait("soon"));
}

}  // namespace
