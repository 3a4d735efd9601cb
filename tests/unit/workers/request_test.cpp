// SPDX-License-Identifier: MIT
// How a worker gets its request and returns its result, independent of its action.
#include "workers/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <thread>

#include "support/recording_notifier.hpp"
#include "support/temporary_directory.hpp"
#include "workers/request_wait.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using test_support::TemporaryDirectory;
using testing::HasSubstr;

struct Greeting {
  std::string whom;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::required("whom"), self.whom);
  }
};
base::Result<json> greet(const workers::Job& job) {
  const auto greeting = workers::request_of<Greeting>(job);
  if (!greeting) return base::pass(greeting.error());
  return json{{"greeting", "hello " + greeting->whom}};
}
base::Result<json> give_up(const workers::Job& /*job*/) {
  return base::fail(ErrorKind::unavailable, "the registry\x1b[31m is away");
}
base::Result<json> quote(const workers::Job& /*job*/) {
  return base::fail(ErrorKind::unavailable,
                    "node said: SECRET-CANARY-environment and token=SECRET-CANARY-shape");
}
base::Result<json> explode(const workers::Job& /*job*/) {
  throw std::runtime_error("out of luck");
}

constexpr std::array<workers::Action, 5> actions = {{{"greet", greet},
                                                     {"giveup", give_up},
                                                     {"quote", quote},
                                                     {"explode", explode},
                                                     {"settle", greet, /*waits=*/true}}};

class Worker : public testing::Test {
 protected:
  base::Result<std::optional<base::Error>> run(const std::string& instance, const std::string& request) {
    const std::string file = folder_.write("request.json", request);
    return workers::serve_request("openclaw-test", instance, {file, folder_.path("result.json")}, actions,
                                  statuses_);
  }
  json result() { return json::parse(folder_.read("result.json"), nullptr, false); }

  TemporaryDirectory folder_;
  test_support::RecordingNotifier statuses_;
};

TEST_F(Worker, WritesWhatItsActionAnswers) {
  const auto done = run("20261121T101500Z-4f2a.greet", R"({"action":"greet","whom":"you"})");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(*done);
  EXPECT_EQ(result(), (json{{"schema", 1}, {"ok", true}, {"greeting", "hello you"}}));
  EXPECT_EQ(folder_.mode("result.json"), 0644U);
}

TEST_F(Worker, ThatIsStartedAheadWaitsForItsRequestAndStaysUntilItIsDismissed) {
  const std::string draft = folder_.write(".draft", R"({"action":"settle","whom":"you"})");
  const std::string request = folder_.path("request.json");
  statuses_.on_status = [&](const std::string& text) {
    if (text == contract::waiting_status) std::rename(draft.c_str(), request.c_str());
  };
  std::atomic<bool> dismissed = false;
  std::thread updater([&] {
    EXPECT_TRUE(workers::wait_for_request(folder_.path("result.json"), std::chrono::minutes(1)));
    dismissed = true;
    std::remove(request.c_str());
  });
  const auto done = workers::serve_request("openclaw-test", "t.settle",
                                           {request, folder_.path("result.json")}, actions, statuses_);
  EXPECT_TRUE(dismissed) << "it ended while whoever asked could still read its answer";
  updater.join();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(*done);
  EXPECT_EQ(result()["greeting"], "hello you");
}

TEST_F(Worker, WhoseRequestIsThereNeitherWaitsNorStays) {
  const auto done = run("t.settle", R"({"action":"settle","whom":"you"})");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(statuses_.said, testing::Not(testing::Contains(contract::waiting_status)));
  EXPECT_TRUE(folder_.exists("request.json"));
}

TEST_F(Worker, WritesAnErrorByKindWithoutEscapeSequencesAndStillCountsAsDone) {
  const auto done = run("t.giveup", R"({"action":"giveup"})");
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_TRUE(*done);
  EXPECT_EQ(result()["ok"], false);
  EXPECT_EQ(result()["error"]["kind"], "unavailable");
  const auto message = result()["error"]["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("is away"));
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_THAT(statuses_.said, testing::Contains(HasSubstr("failed: the registry")));
}

TEST_F(Worker, SaysNothingOfTheValuesThatItHasFromTheGatewaysUnit) {
  ::setenv("MY_THING", "SECRET-CANARY-environment", 1);
  const auto done = run("t.quote", R"({"action":"quote"})");
  ::unsetenv("MY_THING");
  ASSERT_TRUE(done);
  ASSERT_TRUE(*done);
  EXPECT_EQ((*done)->message, "node said: *** and token=***");
  EXPECT_EQ(folder_.read("result.json").find("SECRET-CANARY"), std::string::npos);
  EXPECT_THAT(statuses_.said, testing::Not(testing::Contains(HasSubstr("SECRET-CANARY"))));
}

TEST_F(Worker, TurnsAnExceptionIntoAResult) {
  ASSERT_TRUE(run("t.explode", R"({"action":"explode"})"));
  EXPECT_THAT(result()["error"]["message"].get<std::string>(), HasSubstr("out of luck"));
}

TEST_F(Worker, NamesTheMemberThatIsMissing) {
  ASSERT_TRUE(run("t.greet", R"({"action":"greet"})"));
  EXPECT_EQ(result()["error"]["kind"], "bad_input");
  EXPECT_THAT(result()["error"]["message"].get<std::string>(), HasSubstr("\"whom\""));
}

TEST_F(Worker, DoesNothingWhenUnitAndRequestDisagree) {
  ASSERT_TRUE(run("t.explode", R"({"action":"greet","whom":"you"})"));
  EXPECT_EQ(result()["error"]["kind"], "bad_input");
  EXPECT_THAT(result()["error"]["message"].get<std::string>(), HasSubstr("requests \"greet\""));
}

TEST_F(Worker, SaysWhichActionsThereAre) {
  ASSERT_TRUE(run("t.dance", R"({"action":"dance"})"));
  EXPECT_THAT(result()["error"]["message"].get<std::string>(),
              HasSubstr("the actions are greet, giveup, quote, explode, settle"));
}

TEST_F(Worker, AnswersARequestThatIsCutOff) {
  ASSERT_TRUE(run("t.greet", R"({"action":"greet","who)"));
  EXPECT_EQ(result()["error"]["kind"], "bad_input");
}

// RuntimeDirectoryPreserve= keeps that result.
TEST_F(Worker, LeavesNoResultOfAnEarlierRunWhenItCannotWriteItsOwn) {
  folder_.write("result.json", R"({"schema":1,"ok":true})");
  ASSERT_TRUE(run("t.greet", "no json"));
  EXPECT_EQ(result()["ok"], false);
}

TEST_F(Worker, ReadsNoPathOutOfItsInstance) {
  for (const char* instance :
       {"", ".greet", "t.", "../../etc.greet", "a/b.greet", "t.Greet", "t.gr.eet", "-t.greet"}) {
    EXPECT_FALSE(run(instance, R"({"action":"greet","whom":"you"})")) << instance;
  }
  EXPECT_FALSE(folder_.exists("result.json"));
}

TEST_F(Worker, WithoutItsUnitSaysHowToNameAFile) {
  ::unsetenv("RUNTIME_DIRECTORY");
  const auto done = workers::serve_request("openclaw-test", "t.greet", {}, actions, statuses_);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("--result"));
}

}  // namespace
