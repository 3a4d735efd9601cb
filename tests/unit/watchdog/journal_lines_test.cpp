// SPDX-License-Identifier: MIT
// Which lines of a journal belong to one run of the gateway.
#include "watchdog/journal_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Entry {
  bool by_manager;
  const char* invocation;
  const char* text;
};

// Newest first, as the journal is read.
std::vector<std::string> taken(const std::vector<Entry>& entries) {
  watchdog::InvocationFilter filter("b");
  std::vector<std::string> lines;
  for (const Entry& entry : entries) {
    const auto verdict = filter.look(entry.by_manager, entry.invocation);
    if (verdict == watchdog::InvocationFilter::Verdict::stop) break;
    if (verdict == watchdog::InvocationFilter::Verdict::take) lines.emplace_back(entry.text);
  }
  return lines;
}

TEST(TheJournalOfAnInvocation, HasWhatItSaidAndNothingOfOthers) {
  EXPECT_THAT(taken({{false, "c", "of the next"},
                     {true, "c", "Started"},
                     {true, "b", "Main process exited"},
                     {false, "b", "last words"},
                     {false, "b", "first words"},
                     {true, "b", "Started"},
                     {true, "a", "Main process exited"},
                     {false, "a", "of the former"}}),
              ElementsAre("last words", "first words"));
}

TEST(TheJournalOfAnInvocation, HasWhatWasSaidTooShortlyBeforeTheEndToBeToldWhose) {
  EXPECT_THAT(taken({{true, "c", "Main process exited"},
                     {false, "", "of the next"},
                     {true, "c", "Started"},
                     {true, "b", "Main process exited"},
                     {false, "", "last words"},
                     {true, "b", "Started"},
                     {true, "a", "Main process exited"},
                     {false, "", "of the former"}}),
              ElementsAre("last words"));
}

TEST(TheJournalOfAnInvocation, HasWhatNobodyHasToldTheEndOfYet) {
  EXPECT_THAT(taken({{false, "", "last words"}, {true, "b", "Started"}}), ElementsAre("last words"));
}

TEST(TheJournalOfAnInvocation, IsEmptyWhereItSaidNothing) {
  EXPECT_THAT(taken({{true, "b", "Main process exited"}, {true, "b", "Started"}, {true, "a", "Stopped"}}),
              IsEmpty());
}

TEST(TheJournalOfAnInvocation, IsNotCutOffByALateWordOfTheFormerOne) {
  EXPECT_THAT(taken({{false, "b", "last words"}, {false, "a", "late"}, {false, "b", "first words"}}),
              ElementsAre("last words", "first words"));
}

TEST(TheLinesOfAGateway, AreThoseOfItsMainProcess) {
  const std::vector<watchdog::Said> said = {{"hook", 10}, {"gateway", 11}, {"tool", 12}};
  EXPECT_THAT(watchdog::lines_of(said, 11),
              ElementsAre(watchdog::Line{"hook", false}, watchdog::Line{"gateway", true},
                          watchdog::Line{"tool", false}));
}

TEST(TheLinesOfAGateway, AreAllOfThemWhereTheMainProcessSaysNothingOrIsNotKnown) {
  for (const int main_pid : {0, 10}) {
    EXPECT_THAT(watchdog::lines_of({{"gateway", 11}, {"tool", 12}}, main_pid),
                ElementsAre(watchdog::Line{"gateway", true}, watchdog::Line{"tool", true}));
  }
}

TEST(AnExitStatus, IsWhatTheServiceManagerSaysOfTheMainProcess) {
  using watchdog::exit_status_in;
  const char* ended = "openclaw-gateway.service: Main process exited, code=exited, status=78/CONFIG";
  EXPECT_EQ(exit_status_in(ended, "exited", "78"), 78);
  EXPECT_EQ(exit_status_in(ended, "killed", "9"), std::nullopt);
  EXPECT_EQ(exit_status_in(ended, "exited", ""), std::nullopt);
  EXPECT_EQ(exit_status_in("openclaw-gateway.service: Control process exited, code=exited, status=78/CONFIG",
                           "exited", "78"),
            std::nullopt);
}

std::vector<std::string> texts_of(const std::vector<watchdog::Said>& said) {
  std::vector<std::string> texts;
  for (const watchdog::Said& one : said) texts.push_back(one.text);
  return texts;
}

// A message of a chat that is longer than 48 kB, or has a NUL, must not begin a line of the gateway's.
TEST(TheMiddleOfALine, IsNoLine) {
  EXPECT_THAT(texts_of(watchdog::without_continuations({{"[telegram] in: xxx", 1, "a", true},
                                                        {"", 1, "a", true},
                                                        {"OpenClaw config is invalid", 1, "a", true},
                                                        {"[plugins] slack failed to stage", 1, "a", false},
                                                        {"[gateway] ready", 1, "a", false}})),
              ElementsAre("[telegram] in: xxx", "[gateway] ready"));
}

TEST(TheMiddleOfALine, IsThatOfItsOwnStream) {
  EXPECT_THAT(texts_of(watchdog::without_continuations({{"first", 1, "a", true},
                                                        {"of another program", 2, "b", false},
                                                        {"sent as a whole", 1, "", false},
                                                        {"middle", 1, "a", false},
                                                        {"last", 1, "a", false}})),
              ElementsAre("first", "of another program", "sent as a whole", "last"));
}

}  // namespace
