// SPDX-License-Identifier: MIT
#include "openclaw/json5.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace {

using base::ErrorKind;
using nlohmann::json;
using openclaw::parse_json5;

json read(std::string_view text) {
  const base::Result<json> result = parse_json5(text, "openclaw.json");
  EXPECT_TRUE(result) << text << ": " << (result ? "" : result.error().message);
  return result.value_or(json("failed"));
}

std::string complaint(std::string_view text) {
  const base::Result<json> result = parse_json5(text, "openclaw.json");
  EXPECT_FALSE(result) << text;
  if (result) return "";
  EXPECT_EQ(result.error().kind, ErrorKind::bad_input);
  return result.error().message;
}

bool mentions(const std::string& message, std::string_view part) {
  return message.find(part) != std::string::npos;
}

TEST(Json5, ReadsAConfigAsPeopleWriteIt) {
  const json config = read(R"(// my gateway
{
  gateway: { mode: 'local', port: 18789, },  /* token in the env file */
  "channels": {
    slack: { enabled: true, botToken: "xoxb-\u0061", },
  },
  plugins: { allow: ['slack', 'diffs',], },
}
)");
  EXPECT_EQ(config, json::parse(R"({"gateway":{"mode":"local","port":18789},
    "channels":{"slack":{"enabled":true,"botToken":"xoxb-a"}},"plugins":{"allow":["slack","diffs"]}})"));
}

TEST(Json5, ReadsNumbersInAllTheirSpellings) {
  EXPECT_EQ(read("[0x1F, -0xa, +7, .5, 5., -.25, 1e3, 5.e1, 0, -0]"),
            json::parse("[31, -10, 7, 0.5, 5, -0.25, 1000.0, 50.0, 0, 0]"));
  EXPECT_EQ(read("[Infinity, -Infinity, NaN, +NaN, 1e999]"), json::parse("[null, null, null, null, null]"));
}

TEST(Json5, ReadsStringsInAllTheirSpellings) {
  EXPECT_EQ(read(R"('it\'s "quoted"')"), "it's \"quoted\"");
  EXPECT_EQ(read("\"one \\\ntwo \\\r\nthree\""), "one two three");
  EXPECT_EQ(read(R"("\x41\u00e9\uD83D\uDE00\v\0\a")"), std::string("A\u00e9\U0001F600\v\0a", 10));
  EXPECT_EQ(read("'tab\there'"), "tab\there");
  EXPECT_EQ(read("'\u2028'"), "\u2028");
}

TEST(Json5, ReplacesHalfACharacterAsNodeDoes) {
  EXPECT_EQ(read(R"("\uD83D!")"), "\uFFFD!");
  EXPECT_EQ(read(R"("\uD83D\u0041")"), "\uFFFDA");
  EXPECT_EQ(read("\"\xff\xc3\""), "\uFFFD\uFFFD");
}

TEST(Json5, ReadsKeysWithoutQuotes) {
  EXPECT_EQ(read(R"({$a_1: 1, \u0061b: 2, straße: 3, true: 4})"),
            json::parse(R"({"$a_1": 1, "ab": 2, "straße": 3, "true": 4})"));
}

TEST(Json5, TakesEveryKindOfWhiteSpace) {
  EXPECT_EQ(read("\uFEFF\u00a0\v\f[\u2003 1 \u2028]"), json::parse("[1]"));
}

TEST(Json5, LetsTheLastOfTwoEqualKeysWin) {
  EXPECT_EQ(read("{a: 1, 'a': 2}"), json::parse(R"({"a": 2})"));
}

TEST(Json5, SaysWhereItStumbled) {
  const std::string message = complaint("{\n  gateway: {\n    port 18789\n  }\n}");
  EXPECT_TRUE(mentions(message, "\"openclaw.json\"")) << message;
  EXPECT_TRUE(mentions(message, "line 3, column 10")) << message;
  EXPECT_TRUE(mentions(message, "expected : after the key")) << message;
  EXPECT_TRUE(mentions(complaint("{\r\n\r\n'ü': ]}"), "line 3, column 6"));
}

TEST(Json5, RefusesWhatIsNot) {
  for (const char* text : {"",           "  // nothing",
                           "{",          "[1",
                           "[1 2]",      "{a}",
                           "{a:}",       "{,}",
                           "[,]",        "[1,,2]",
                           "{a:1,,b:2}", "'open",
                           "'a\nb'",     "\"\\u12\"",
                           "\"\\x4\"",   "\"\\1\"",
                           "\"\\01\"",   "/* open",
                           "01",         "0x",
                           "0xg",        "1e",
                           ".",          "+",
                           "--1",        "truely",
                           "nul",        "Infinityx",
                           "1a",         "{} {}",
                           "{1a: 1}",    "{a-b: 1}",
                           "undefined",  "{\"a\" 1}",
                           "\\u0061",    "{\\x61: 1}",
                           "\xff",       "0x123456789abcdef01"}) {
    complaint(text);
  }
}

TEST(Json5, RefusesToNestDeeperThan256Levels) {
  EXPECT_TRUE(parse_json5(std::string(250, '[') + std::string(250, ']'), "deep"));
  EXPECT_TRUE(mentions(complaint(std::string(100'000, '[')), "256"));
  EXPECT_TRUE(mentions(complaint(std::string(300, '[') + std::string(300, ']')), "256"));
}

// Whatever a half-written or hostile file holds, the answer is a value or an error: the sanitizers watch.
TEST(Json5, SurvivesRandomDamage) {
  const std::string whole =
      "// c\n{a: [1, -0x1f, .5, 5.e-2, Infinity], 'b\\n': \"\\u00e9\\uD83D\\uDE00\\\n\", $c: {d: null,}, /* "
      "x */ \u00fc: true}";
  constexpr std::string_view alphabet = "{}[]:,'\"\\/*\nux0123.eE+-INa \xc3\xa9\xff\xf0";
  std::mt19937 random(20260429);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same run every time
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  std::size_t readable = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole;
    for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = alphabet[below(alphabet.size())];
          break;
        case 1:
          text.insert(at, 1, alphabet[below(alphabet.size())]);
          break;
        case 2:
          text.erase(at, 1 + below(5));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    const auto result = parse_json5(text, "x");
    if (result) {
      ++readable;
      EXPECT_FALSE(result->dump(-1, ' ', false, json::error_handler_t::strict).empty());
    } else {
      EXPECT_TRUE(mentions(result.error().message, "\"x\" is not JSON5")) << result.error().message << "\n"
                                                                          << text;
    }
  }
  EXPECT_GT(readable, 1000U);
}

}  // namespace
