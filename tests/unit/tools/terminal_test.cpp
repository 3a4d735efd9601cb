// SPDX-License-Identifier: MIT
// Hostile text into everything that prints: a terminal gets text alone.
#include "tools/terminal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

#include "tools/outcome_events.hpp"
#include "tools/progress_bar.hpp"
#include "tools/report_json.hpp"
#include "tools/report_table.hpp"

namespace {

using stage::Finding;
using stage::PluginStatus;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// A colour, a title, C1's CSI in UTF-8 and alone, a right-to-left override, a line separator, a carriage
// return and a second line.
const std::string hostile =
    "a\033[2Jb\033]0;owned\007c\xc2\x9b"
    "31md\x9b"
    "e\xe2\x80\xae"
    "f\xe2\x80\xa8"
    "g\rh\nFORGED\x7f";

void expect_text_alone(const std::string& printed) {
  for (const char* const raw :
       {"\033", "\x9b", "\xe2\x80\xae", "\xe2\x80\xa8", "\r", "\x7f", "\007", "\nFORGED"}) {
    EXPECT_THAT(printed, Not(HasSubstr(raw)));
  }
}

std::string stdout_of(const std::function<void()>& print) {
  testing::internal::CaptureStdout();
  print();
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

stage::Outcome hostile_outcome() {
  stage::Outcome outcome;
  outcome.package_root = outcome.version = outcome.era = outcome.target = outcome.client = hostile;
  outcome.plugins = {{hostile, PluginStatus::failed, hostile, 1, {}},
                     {hostile, PluginStatus::missing, "", 1, {hostile}}};
  outcome.findings = {{Finding::Kind::note, false, hostile, hostile}};
  return outcome;
}

TEST(ALine, IsOneAndTextAlone) {
  const std::string printed = stdout_of([] { tools::print_line({"release ", hostile, "  ", hostile}); });
  expect_text_alone(printed);
  EXPECT_THAT(printed, EndsWith(" FORGED\n"));
}

TEST(AnError, IsOneLineAndTextAlone) {
  testing::internal::CaptureStderr();
  tools::print_error("openclaw-update", hostile);
  const std::string printed = testing::internal::GetCapturedStderr();
  expect_text_alone(printed);
  EXPECT_THAT(printed, testing::StartsWith("openclaw-update: abc"));
}

TEST(AnError, KeepsNoSecretThatCanBeTold) {
  testing::internal::CaptureStderr();
  tools::print_error("openclaw-update",
                     "cannot get https://ci:SECRET-CANARY@npm.example/ with token=SECRET-CANARY");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "openclaw-update: cannot get https://***@npm.example/ with token=***\n");
}

TEST(ATable, IsTextAloneInEachOfItsCells) {
  expect_text_alone(tools::report_table(hostile_outcome(), {}));
  stage::Outcome failed = hostile_outcome();
  failed.failure = base::Error{base::ErrorKind::system, 0, hostile};
  expect_text_alone(tools::report_table(failed, {}));
}

TEST(ATable, KeepsItsOwnColoursAndNoOthers) {
  const std::string printed = stdout_of([] {
    tools::print_text(
        stdout, tools::report_table(hostile_outcome(), {false, false, true}) + "\033[7mreverse\033[2J\n");
  });
  EXPECT_THAT(printed, HasSubstr("\033[31mfailed    \033[0m"));
  EXPECT_THAT(printed, Not(HasSubstr("\033[7m")));
  EXPECT_THAT(printed, Not(HasSubstr("\033[2J")));
  EXPECT_THAT(printed, EndsWith("reverse\n"));
}

TEST(Json, StaysJsonAndIsAsciiAlone) {
  const std::string printed =
      stdout_of([] { tools::print_json(tools::report_json(hostile_outcome(), false)); });
  expect_text_alone(printed);
  for (const char c : printed) EXPECT_TRUE((c >= ' ' && c < 0x7f) || c == '\n');
  const auto parsed = nlohmann::json::parse(printed);
  EXPECT_THAT(parsed["findings"][0]["message"].get<std::string>(), HasSubstr("\033[2Jb"));
}

TEST(Json, SurvivesAPathThatIsNoUtf8) {
  const std::string printed = stdout_of([] { tools::print_json(nlohmann::json{{"path", "/srv/\xff\xfe"}}); });
  EXPECT_FALSE(nlohmann::json::parse(printed, nullptr, false).is_discarded());
}

TEST(Json, KeepsTextOfOtherLanguagesForWhoeverParsesIt) {
  const std::string printed = stdout_of([] { tools::print_json(nlohmann::json{{"reason", "größer"}}); });
  EXPECT_EQ(nlohmann::json::parse(printed)["reason"], "größer");
}

TEST(AnEvent, OfAnOutcomeIsTextAloneInMessageAndFields) {
  for (const auto& event : tools::events_of(hostile_outcome())) {
    for (const std::string& field : systemd::journal_fields(event, "test")) {
      for (const char* const raw : {"\033", "\x9b", "\xe2\x80\xae", "\r", "\x7f"})
        EXPECT_THAT(field, Not(HasSubstr(raw)));
    }
  }
}

TEST(TheProgressBar, ShowsTheWordsOfAPackageClientAsText) {
  int terminal = -1, other = -1;
  ASSERT_EQ(::openpty(&terminal, &other, nullptr, nullptr, nullptr), 0);
  std::FILE* stream = ::fdopen(other, "w");
  {
    tools::ProgressBar bar(stream, true);
    bar.phase(hostile);
    bar.progress({"npm", std::chrono::milliseconds{0}, std::chrono::milliseconds{0}, hostile, ""});
  }
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(terminal, buffer.data(), buffer.size());
  ASSERT_GT(size, 0);
  std::string shown(buffer.data(), static_cast<std::size_t>(size));
  const std::string own = "\r\033[K";
  for (std::size_t at = shown.find(own); at != std::string::npos; at = shown.find(own))
    shown.erase(at, own.size());
  expect_text_alone(shown);
  std::fclose(stream);
  ::close(terminal);
}

// --json: exactly one object, whatever a command does.

nlohmann::json object_of(const std::function<int()>& command,
                         tools::JsonForm form = tools::JsonForm::object) {
  const std::string printed = stdout_of([&] {
    tools::begin_json(form);
    static_cast<void>(tools::end_json(command()));
  });
  return nlohmann::json::parse(printed);
}

TEST(TheJsonObject, IsThereForACommandThatPrintsLines) {
  const auto object = object_of([] {
    tools::print_line({"updates are ", "on hold"});
    return 0;
  });
  EXPECT_EQ(object["outcome"], "done");
  EXPECT_EQ(object["exit_status"], 0);
  EXPECT_EQ(object["messages"][0], "updates are on hold");
}

TEST(TheJsonObject, SaysAfterAFailureWhatIsWrongAndWhatToDo) {
  const auto object = object_of([] {
    tools::print_error("openclaw-update", "it is locked; try again");
    return 75;
  });
  EXPECT_EQ(object["outcome"], "error");
  EXPECT_EQ(object["exit_status"], 75);
  EXPECT_EQ(object["message"], "it is locked; try again");
  EXPECT_EQ(object["hint"], "try again");
}

TEST(TheJsonObject, IsTheReportWithWhatWentWrongBesides) {
  const auto object = object_of([] {
    tools::print_json(nlohmann::json{{"schema", 1}, {"unit", "a.service"}});
    tools::print_error("openclaw-update", "b.service is not there");
    return 66;
  });
  EXPECT_EQ(object["unit"], "a.service");
  EXPECT_EQ(object["errors"][0]["message"], "b.service is not there");
  EXPECT_TRUE(object["errors"][0]["hint"].is_null());
}

TEST(TheJsonObject, IsTheLastOfTheLines) {
  const std::string printed = stdout_of([] {
    tools::begin_json(tools::JsonForm::lines);
    tools::print_json_event({{"event", "stage"}, {"stage", "plan"}});
    tools::print_json(nlohmann::json{{"outcome", "updated"}});
    static_cast<void>(tools::end_json(0));
  });
  EXPECT_EQ(printed,
            "{\"event\":\"stage\",\"stage\":\"plan\"}\n{\"outcome\":\"updated\",\"exit_status\":0}\n");
}

TEST(TheJsonObject, IsAlone) {
  const std::string printed = stdout_of([] {
    tools::begin_json(tools::JsonForm::object);
    tools::print_json_event({{"event", "stage"}});
    tools::print_line({"a line"});
    static_cast<void>(tools::end_json(0));
  });
  EXPECT_THAT(printed, Not(HasSubstr("event")));
  EXPECT_TRUE(nlohmann::json::accept(printed));
}

TEST(TheJsonObject, IsNotThereWhereNobodyAsks) {
  EXPECT_EQ(stdout_of([] { EXPECT_EQ(tools::end_json(3), 3); }), "");
}

}  // namespace
