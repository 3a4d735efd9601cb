// SPDX-License-Identifier: MIT
// What status shows, of which others than root read as much as was published for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"
#include "tools/status_record.hpp"
#include "tools/status_report.hpp"
#include "tools/update_check.hpp"

namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t now_ms = 1'795'256'100'000;  // 2026-11-21T10:15:00Z

json some_status() {
  return {{"schema", 1},
          {"unit", "openclaw-gateway.service"},
          {"version", "2026.9.5"},
          {"current", "2026.9.5-1f3a9c2e"},
          {"previous", ""},
          {"releases", json::array()},
          {"hold", nullptr},
          {"hold_until", nullptr},
          {"pin", nullptr},
          {"newest", {{"channel", "latest"}, {"version", "2026.9.6"}, {"at", "2026-11-21T07:15:00Z"}}},
          {"quarantine", {{{"version", "2026.9.4"}, {"reason", "said a secret word"}}}},
          {"open", nullptr},
          {"last_update",
           {{"id", "t00000002-20261121T101500Z"},
            {"outcome", "rolled-back"},
            {"stage", "rolled-back"},
            {"from", "2026.9.5"},
            {"to", "2026.9.6"},
            {"reason", "said a secret word"},
            {"message", "rolled back: said a secret word"},
            {"notes", {"said a secret word"}}}},
          {"earlier_updates", json::array()},
          {"last_rehearsal", nullptr}};
}

std::string printed(const json& status) {
  testing::internal::CaptureStdout();
  tools::print_status(status, now_ms);
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

TEST(Status, SaysWhereTheTimeOfTheLastUpdateWent) {
  json status = some_status();
  status["last_update"]["stages"] = {{{"stage", "fetch"}, {"at_ms", 1}, {"took_ms", 31'000}},
                                     {{"stage", "start"}, {"at_ms", 2}, {"took_ms", 5'200}}};
  status["last_update"]["downtime_ms"] = 6'100;
  EXPECT_THAT(printed(status),
              HasSubstr("down for 6.1 s: start 5.2 s, until ready 900 ms; 36 s in all: fetch 31 s"));
}

// root passes every permission check: for as long as this lives, the test is another user.
class WithoutRoot {
 public:
  WithoutRoot() { EXPECT_TRUE(::geteuid() != 0 || ::seteuid(65534) == 0); }
  ~WithoutRoot() { EXPECT_EQ(::seteuid(::getuid()), 0); }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;
};

class APublishedStatus : public testing::Test {
 protected:
  APublishedStatus() { scope_.updater = root_.path(); }
  mode_t mode_of(const std::string& name) {
    struct stat status {};
    return ::stat(root_.path(name).c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }
  test_support::TemporaryDirectory root_;
  config::Scope scope_;
};

TEST_F(APublishedStatus, HasNoWordsOfOthersForEverybody) {
  ASSERT_TRUE(tools::publish(scope_, "", some_status()));
  EXPECT_EQ(mode_of("status.json"), 0644U);
  const auto seen = tools::read_published(scope_, "");
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->whole);
  EXPECT_THAT(seen->text,
              AllOf(Not(HasSubstr("secret word")), HasSubstr("rolled-back"), HasSubstr("2026.9.4")));
}

TEST_F(APublishedStatus, IsWholeForOperators) {
  root_.mkdir("status");
  ASSERT_TRUE(tools::publish(scope_, "", some_status()));
  EXPECT_EQ(mode_of("status/default.json"), 0640U);
  const auto seen = tools::read_published(scope_, "");
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->whole);
  EXPECT_THAT(seen->text, HasSubstr("secret word"));
}

TEST_F(APublishedStatus, OfAGatewayWithANameIsForOperatorsAlone) {
  root_.mkdir("status");
  ASSERT_TRUE(tools::publish(scope_, "alice", some_status()));
  EXPECT_EQ(mode_of("status.json"), 0U);
  EXPECT_EQ(mode_of("status/alice.json"), 0640U);
}

TEST_F(APublishedStatus, ThatIsNotThereNamesTheCommandThatMakesIt) {
  const auto seen = tools::read_published(scope_, "");
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().kind, base::ErrorKind::not_found);
  EXPECT_THAT(seen.error().message, HasSubstr("sudo openclaw-update status"));
}

// A full disk, a folder that is read-only: whoever reads gets the former status, whole.
TEST_F(APublishedStatus, ThatCannotBeWrittenLeavesTheFormerOneAndIsAnError) {
  root_.mkdir("status");
  ASSERT_TRUE(tools::publish(scope_, "alice", some_status()));
  json newer = some_status();
  newer["version"] = "2026.9.6";
  ::chmod(root_.path("").c_str(), 0755);
  ::chmod(root_.path("status").c_str(), 0555);
  const auto published = [&] {
    const WithoutRoot nobody;
    return tools::publish(scope_, "alice", newer);
  }();
  ::chmod(root_.path("status").c_str(), 0700);
  ASSERT_FALSE(published);
  EXPECT_THAT(published.error().message, HasSubstr("alice.json"));
  const auto seen = tools::read_published(scope_, "alice");
  ASSERT_TRUE(seen);
  EXPECT_THAT(seen->text, HasSubstr(R"("version":"2026.9.5")"));
  EXPECT_EQ(root_.names("status"), std::vector<std::string>{"alice.json"});
}

TEST_F(APublishedStatus, OfOperatorsAloneIsNotPermittedToOthersAndSaysToWhom) {
  root_.mkdir("status");
  ASSERT_TRUE(tools::publish(scope_, "alice", some_status()));
  ::chmod(root_.path("").c_str(), 0755);
  ::chmod(root_.path("status").c_str(), 0);
  const auto seen = [&] {
    const WithoutRoot nobody;
    return tools::read_published(scope_, "alice");
  }();
  ::chmod(root_.path("status").c_str(), 0700);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().kind, base::ErrorKind::not_permitted);
  EXPECT_THAT(seen.error().message, HasSubstr("openclaw-operators"));
}

TEST_F(APublishedStatus, OfAUsersOwnIsNotWritten) {
  scope_.is_user = true;
  ASSERT_TRUE(tools::publish(scope_, "", some_status()));
  EXPECT_EQ(mode_of("status.json"), 0U);
}

TEST(TheStatusForAPerson, SaysWhatIsNewerAndSinceWhenThatIsKnown) {
  EXPECT_THAT(printed(some_status()),
              HasSubstr("newest      2026.9.6 of latest; asked 2026-11-21T07:15:00Z (3 h ago)"));
}

TEST(TheStatusForAPerson, SaysThatTheNewestIsInstalled) {
  json status = some_status();
  status["version"] = "2026.9.6";
  EXPECT_THAT(printed(status), HasSubstr("2026.9.6 of latest, which is installed"));
}

TEST(TheStatusForAPerson, HasALineOfChangesWhereAChangelogHasThem) {
  json status = some_status();
  status["changes"] = nullptr;
  EXPECT_THAT(printed(status), Not(HasSubstr("changes")));
  status["changes"] = {
      {"from", "2026.9.5"}, {"to", "2026.9.6"}, {"entries", 175U}, {"versions", json::array({"2026.9.6"})}};
  EXPECT_THAT(
      printed(status),
      HasSubstr("changes     2026.9.5 -> 2026.9.6: 175 entries for 2026.9.6; openclaw-update changelog "
                "shows them"));
  EXPECT_EQ(tools::for_everybody(status)["changes"], status["changes"]) << "it has no words of others";
}

TEST(TheStatusForAPerson, SaysWhetherItServes) {
  json status = some_status();
  status["gateway"] = {{"state", "active"},
                       {"since", "2026-11-21T09:15:00Z"},
                       {"restarts", 2U},
                       {"listens_on", {"127.0.0.1:18789"}}};
  status["health"] = {
      {"state", "not-ready"}, {"version", "2026.9.5"}, {"failing", {"telegram"}}, {"detail", ""}};
  EXPECT_THAT(printed(status),
              HasSubstr("health      not-ready, OpenClaw 2026.9.5, in this state since 2026-11-21T09:15:00Z "
                        "(1 h ago), restarts 2; failing: telegram"));
}

TEST(TheStatusForAPerson, NamesWhatHoldsUpdatesWithTheCommandThatEndsIt) {
  json status = some_status();
  status["hold"] = "holidays";
  status["hold_until"] = "2026-12-01T00:00:00Z";
  status["pin"] = "2026.9.5";
  EXPECT_THAT(
      printed(status),
      AllOf(HasSubstr("on hold     holidays, until 2026-12-01T00:00:00Z (openclaw-update unhold ends it)"),
            HasSubstr("pinned to   2026.9.5 (openclaw-update unpin ends it)")));
}

TEST(TheStatusForAPerson, TellsAnUpdateAtWorkFromOneThatNoProcessWorksOn) {
  json status = some_status();
  status["open"] = status["last_update"]["id"];
  status["last_update"]["outcome"] = nullptr;
  status["last_update"]["stage"] = "canary";
  status["at_work"] = true;
  EXPECT_THAT(printed(status), HasSubstr("is at work, stage canary"));
  status["at_work"] = false;
  EXPECT_THAT(printed(status), HasSubstr("openclaw-update recover"));
}

TEST(ACheck, KnowsWhatKeepsTheNewerVersionFromBeingInstalled) {
  json status = some_status();
  EXPECT_EQ(tools::checked_of(status).held, "");
  status["pin"] = "2026.9.5";
  EXPECT_THAT(tools::checked_of(status).held, HasSubstr("openclaw-update unpin"));
  status["hold"] = "holidays";
  EXPECT_THAT(tools::checked_of(status).held, HasSubstr("openclaw-update unhold"));
  status["hold_until"] = "2020-01-01T00:00:00Z";
  EXPECT_THAT(tools::checked_of(status).held, HasSubstr("unpin")) << "that hold is over";
}

TEST(ACheck, EndsWithOneWhereSomethingNewerIsThere) {
  tools::UpdateOptions quiet;
  quiet.quiet = true;
  EXPECT_EQ(tools::show_check(quiet, {"2026.9.5", "2026.9.6", "latest", ""}), 1);
  EXPECT_EQ(tools::show_check(quiet, {"", "2026.9.6", "latest", ""}), 1) << "nothing is installed";
  EXPECT_EQ(tools::show_check(quiet, {"2026.9.6", "2026.9.6", "latest", ""}), 0);
  EXPECT_EQ(tools::show_check(quiet, {"2026.9.7", "2026.9.6", "latest", ""}), 0) << "the channel went back";
}

}  // namespace
