// SPDX-License-Identifier: MIT
#include "tools/arguments.hpp"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "config/values.hpp"

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

// Exit status and what is on stderr, for a program with options and subcommands like openclaw-update's.
struct Ended {
  std::optional<int> status;
  std::string said;
};
Ended run(std::vector<std::string> words) {
  CLI::App app("A program.", "openclaw-example");
  std::string channel, to, unit, time;
  app.add_option("--channel", channel)->check(tools::value_of(config::parse_tag));
  app.add_option("--to", to)->check(tools::value_of(tools::require_version));
  app.add_option("--wait", time)->check(tools::value_of(config::parse_span));
  app.add_option("--state-dir", unit)->check(tools::value_of(tools::require_text));
  for (const char* const name : {"status", "history"}) app.add_subcommand(name)->fallthrough();
  words.insert(words.begin(), "openclaw-example");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  testing::internal::CaptureStderr();
  const auto status = tools::parse_arguments(app, static_cast<int>(pointers.size()), pointers.data());
  return {status, testing::internal::GetCapturedStderr()};
}

TEST(Arguments, ThatAreMistypedAreNamedWithWhatWasMeant) {
  const auto ended = run({"--chanel", "beta"});
  EXPECT_EQ(EX_USAGE, ended.status);
  EXPECT_EQ("openclaw-example: unknown option --chanel; did you mean --channel? (see --help)\n", ended.said);
  EXPECT_EQ("openclaw-example: unknown option --chanel; did you mean --channel? (see --help)\n",
            run({"status", "--chanel=beta"}).said);
}

TEST(Arguments, ThatNobodyKnowsAreNamedAlone) {
  const auto ended = run({"--nonsense", "SECRET-CANARY"});
  EXPECT_EQ(EX_USAGE, ended.status);
  EXPECT_EQ("openclaw-example: unknown option --nonsense (see --help)\n", ended.said);
  EXPECT_EQ("openclaw-example: unknown option --frobnicate (see --help)\n",
            run({"--frobnicate=SECRET-CANARY"}).said);
}

TEST(Arguments, ThatNameNoCommandEndItWithTheNextOne) {
  const auto ended = run({"stauts"});
  EXPECT_EQ(EX_USAGE, ended.status);
  EXPECT_EQ("openclaw-example: unknown command stauts; did you mean status? (see --help)\n", ended.said);
  EXPECT_EQ("openclaw-example: unexpected argument more (see --help)\n", run({"status", "more"}).said);
}

TEST(Arguments, WhoseValueIsNoneEndItWithOneLineThatNamesTheOption) {
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"--to", "1.2.x"}, "--to: must be a version such as 2026.9.6, not '1.2.x'"},
      {{"--to", "\033[2Jlatest"}, "--to: must be a version such as 2026.9.6, not 'latest'"},
      {{"--channel", "../x"}, "--channel: must be a tag of the registry, such as latest or beta, not '../x'"},
      {{"--wait", "5parsecs"}, "--wait: must be a time such as 300, 90s, 5min or 1h 30min, not '5parsecs'"},
      {{"--state-dir", ""}, "--state-dir: must not be empty"}};
  for (const auto& [words, reason] : wrong) {
    const auto ended = run(words);
    EXPECT_EQ(EX_USAGE, ended.status);
    EXPECT_EQ("openclaw-example: " + reason + " (see --help)\n", ended.said);
  }
  EXPECT_EQ(std::nullopt, run({"--to", "2026.9.6", "--channel", "beta", "--wait", "90s"}).status);
}

}  // namespace
