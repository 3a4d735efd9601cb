// SPDX-License-Identifier: MIT
// The steps of each act, with jobs that are only recorded.
#include "watchdog/healer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <map>

#include "fs/beneath.hpp"
#include "support/temporary_directory.hpp"
#include "update/intent.hpp"
#include "update/journal.hpp"

namespace {

using base::ErrorKind;
using base::Result;
using bus::JobKind;
using bus::JobResult;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using watchdog::Act;
using watchdog::Meanwhile;

constexpr const char* unit = "openclaw-gateway.service";

class NotedJobs final : public bus::UnitJobs {
 public:
  std::vector<std::string> calls;
  std::map<std::string, Result<JobResult>> answers;  // by the beginning of the call; otherwise "done"
  std::function<void(const std::string&)> on_call = [](const std::string&) {};

  void run_job(JobKind kind, const std::string& name, Done done) override {
    note((kind == JobKind::start ? "start " : "stop ") + name, done);
  }
  void queue_start(const std::string& name, Done done) override { note("queue " + name, done); }
  void reset_failed(const std::string& name, Done done) override { note("reset " + name, done); }
  void clean_runtime(const std::string& name) override {
    note("clean " + name, [](const Result<JobResult>&) {});
  }

 private:
  void note(const std::string& call, const Done& done) {
    calls.push_back(call);
    on_call(call);
    for (const auto& [begin, answer] : answers) {
      if (call.starts_with(begin)) return done(answer);
    }
    done(JobResult("done"));
  }
};

class Healer : public testing::Test {
 protected:
  Healer() {
    places.requests = requests.path();
    places.runtime = runtime.path();
  }
  void heal(Act act, bool runs = true) {
    watchdog::Healer healer(
        jobs, memory, [this] { remembered.push_back(memory.start_owed); }, places, [this] { return others; });
    watchdog::Case what{unit,      runs, "2026.9.6-1f3a9c2e", "2026.9.5-77aa0011", "/var/lib/openclaw",
                        "it loops"};
    ended = false;
    healer.begin(act, what,
                 [this](const std::optional<base::Error>& error, const std::vector<std::string>& said) {
                   ended = true;
                   failure = error;
                   notes = said;
                 });
    EXPECT_TRUE(ended);
    EXPECT_FALSE(healer.is_busy());
  }
  // As soon as this is called.
  void others_decide(const std::string& call_begins, Meanwhile what) {
    jobs.on_call = [this, call_begins, what](const std::string& call) {
      if (call.starts_with(call_begins)) others = what;
    };
  }

  const test_support::TemporaryDirectory requests, runtime;
  watchdog::HealerPlaces places;
  NotedJobs jobs;
  watchdog::Memory memory;
  Meanwhile others = Meanwhile::nothing;
  std::vector<std::string> remembered, notes;
  std::optional<base::Error> failure;
  bool ended = false;
};

TEST_F(Healer, RestartsByAStopJobAndAStartJob) {
  heal(Act::restart);
  EXPECT_THAT(jobs.calls, ElementsAre("stop openclaw-gateway.service", "reset openclaw-gateway.service",
                                      "start openclaw-gateway.service"));
  EXPECT_FALSE(failure);
}

TEST_F(Healer, RemembersThatItOwesAStartFromBeforeTheStopUntilTheStart) {
  jobs.on_call = [&](const std::string& call) {
    if (call.starts_with("reset")) return;
    EXPECT_EQ(memory.start_owed, unit) << call;
  };
  heal(Act::restart);
  EXPECT_THAT(remembered, ElementsAre(unit, ""));
}

TEST_F(Healer, StagesBeforeTheStopOfAGatewayThatServes) {
  heal(Act::stage, true);
  ASSERT_THAT(jobs.calls, SizeIs(5));
  EXPECT_THAT(jobs.calls[0], StartsWith("start openclaw-stage@"));
  EXPECT_THAT(jobs.calls[0], HasSubstr(".stage.service"));
  EXPECT_THAT(jobs.calls[1], StartsWith("clean openclaw-stage@"));
  EXPECT_EQ(jobs.calls[2], "stop openclaw-gateway.service");
  EXPECT_EQ(jobs.calls[4], "start openclaw-gateway.service");
}

TEST_F(Healer, StopsALoopBeforeItStages) {
  heal(Act::stage, false);
  ASSERT_THAT(jobs.calls, SizeIs(5));
  EXPECT_EQ(jobs.calls[0], "stop openclaw-gateway.service");
  EXPECT_THAT(jobs.calls[1], StartsWith("start openclaw-stage@"));
}

TEST_F(Healer, HandsTheWorkerItsRequestAndTakesItAwayAgain) {
  std::string request;
  jobs.on_call = [&](const std::string& call) {
    if (!call.starts_with("start openclaw-stage@")) return;
    const std::string instance = call.substr(21, call.rfind(".service") - 21);
    request = requests.read(instance + ".json");
  };
  heal(Act::stage);
  const auto json = nlohmann::json::parse(request, nullptr, false);
  ASSERT_TRUE(json.is_object()) << request;
  EXPECT_EQ(json.at("action"), "stage");
  EXPECT_EQ(json.at("package"), "/var/lib/openclaw-update/releases/2026.9.6-1f3a9c2e");
  EXPECT_EQ(json.at("state_directory"), "/var/lib/openclaw");
  EXPECT_TRUE(update::is_transaction_id(json.at("transaction").get<std::string>()));
  EXPECT_THAT(requests.names(), IsEmpty());
}

TEST_F(Healer, StartsTheGatewayThoughStagingFailed) {
  jobs.answers.emplace("start openclaw-stage@", JobResult("failed"));
  heal(Act::stage);
  EXPECT_EQ(jobs.calls.back(), "start openclaw-gateway.service");
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_THAT(notes[0], HasSubstr("could not be staged"));
  EXPECT_THAT(notes[0], HasSubstr("journalctl -u openclaw-stage@"));
}

TEST_F(Healer, DoesNotStartWhatAnOperatorHasStoppedDuringTheStaging) {
  others_decide("start openclaw-stage@", Meanwhile::stop);
  heal(Act::stage, true);
  ASSERT_THAT(jobs.calls, SizeIs(2));
  EXPECT_THAT(jobs.calls[0], StartsWith("start openclaw-stage@"));
  EXPECT_THAT(jobs.calls[1], StartsWith("clean openclaw-stage@"));
  EXPECT_FALSE(failure);
  EXPECT_THAT(notes, ElementsAre(AllOf(HasSubstr("others have stopped it"),
                                       HasSubstr("systemctl start openclaw-gateway.service"))));
  EXPECT_EQ(memory.start_owed, "");
}

TEST_F(Healer, OwesNoStartToALoopThatAnOperatorHasStoppedDuringTheStaging) {
  others_decide("start openclaw-stage@", Meanwhile::stop);
  heal(Act::stage, false);
  EXPECT_THAT(jobs.calls, Not(Contains("start openclaw-gateway.service")));
  EXPECT_THAT(remembered, ElementsAre(unit, ""));
}

TEST_F(Healer, LeavesARunningGatewayToAnUpdateThatBeginsDuringTheStaging) {
  others_decide("start openclaw-stage@", Meanwhile::update);
  heal(Act::stage, true);
  EXPECT_THAT(jobs.calls, Not(Contains(EndsWith(unit))));
  EXPECT_THAT(notes, ElementsAre(AllOf(HasSubstr(unit), HasSubstr("openclaw-update status"),
                                       Not(HasSubstr("is started after it")))));
  EXPECT_EQ(memory.start_owed, "");
}

TEST_F(Healer, StillOwesTheStartOfAGatewayThatItHasStoppedWhenAnUpdateBegins) {
  others_decide("stop ", Meanwhile::update);
  heal(Act::restart);
  EXPECT_THAT(jobs.calls, ElementsAre("stop openclaw-gateway.service", "reset openclaw-gateway.service"));
  EXPECT_FALSE(failure);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("is started after it")));
  EXPECT_EQ(memory.start_owed, unit);
}

TEST_F(Healer, QueuesNoStartInAnUpdateForAGatewayThatPutsOffItsStop) {
  jobs.answers.emplace("stop ", base::fail(ErrorKind::busy, "it has not ended"));
  others_decide("stop ", Meanwhile::update);
  heal(Act::restart);
  EXPECT_THAT(jobs.calls, ElementsAre("stop openclaw-gateway.service"));
  ASSERT_TRUE(failure);
  EXPECT_THAT(failure->message, HasSubstr("has not ended"));
  EXPECT_EQ(memory.start_owed, unit);
}

TEST_F(Healer, DoesNotThawByAStopWhatWasFrozenDuringTheStaging) {
  others_decide("start openclaw-stage@", Meanwhile::freeze);
  heal(Act::stage, true);
  EXPECT_THAT(jobs.calls, Not(Contains(EndsWith(unit))));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("systemctl thaw openclaw-gateway.service")));
}

TEST_F(Healer, DoesNotStartWhatSomebodyElseHasDecidedAbout) {
  jobs.answers.emplace("stop ", JobResult("canceled"));
  heal(Act::restart);
  EXPECT_THAT(jobs.calls, ElementsAre("stop openclaw-gateway.service"));
  EXPECT_TRUE(failure);
  EXPECT_EQ(memory.start_owed, "");
}

TEST_F(Healer, StartsAGatewayThatEndedBadlyOnItsStop) {
  jobs.answers.emplace("stop ", JobResult("failed"));
  heal(Act::restart);
  EXPECT_EQ(jobs.calls.back(), "start openclaw-gateway.service");
}

TEST_F(Healer, HasAGatewayStartedThatPutsOffItsStopAsSoonAsItHasEnded) {
  jobs.answers.emplace("stop ", base::fail(ErrorKind::busy, "it has not ended"));
  heal(Act::restart);
  EXPECT_THAT(jobs.calls, ElementsAre("stop openclaw-gateway.service", "queue openclaw-gateway.service"));
  ASSERT_TRUE(failure);
  EXPECT_THAT(failure->message, HasSubstr("has not ended"));
  EXPECT_EQ(memory.start_owed, "") << "the job is systemd's now";
}

// While PID 1 does not answer, the stop continues and no start can be queued after it.
TEST_F(Healer, StillOwesTheStartOfAGatewayThatPutsOffItsStopWhereItCouldNotBeQueued) {
  jobs.answers.emplace("stop ", base::fail(ErrorKind::busy, "it has not ended"));
  jobs.answers.emplace("queue ", base::fail(ErrorKind::unavailable, "no connection"));
  heal(Act::restart);
  EXPECT_EQ(memory.start_owed, unit);
}

TEST_F(Healer, StartsNoGatewayThatPutsOffAStopWhichWasMeantToLast) {
  jobs.answers.emplace("stop ", base::fail(ErrorKind::busy, "it has not ended"));
  heal(Act::stop);
  EXPECT_THAT(jobs.calls, ElementsAre("stop openclaw-gateway.service"));
}

TEST_F(Healer, StillOwesAStartThatCouldNotBeAskedFor) {
  jobs.answers.emplace("start ", base::fail(ErrorKind::unavailable, "no answer"));
  heal(Act::restart);
  EXPECT_TRUE(failure);
  EXPECT_EQ(memory.start_owed, unit);
}

TEST_F(Healer, OwesNothingAfterAStartThatFailed) {
  for (const char* result : {"failed", "timeout", "canceled"}) {
    jobs.answers.clear();
    jobs.answers.emplace("start ", JobResult(result));
    heal(Act::restart);
    EXPECT_TRUE(failure) << result;
    EXPECT_EQ(memory.start_owed, "") << result;
  }
}

// The unit is inactive then, as after a stop by an operator, and nobody else would start it.
TEST_F(Healer, StillOwesAStartThatWasNotEvenBegun) {
  for (const char* result : {"dependency", "assert"}) {
    for (const Act act : {Act::restart, Act::start}) {
      memory.start_owed.clear();
      jobs.answers.clear();
      jobs.answers.emplace("start ", JobResult(result));
      heal(act);
      ASSERT_TRUE(failure) << result;
      EXPECT_THAT(failure->message, HasSubstr("systemctl status openclaw-gateway.service"));
      EXPECT_EQ(memory.start_owed, unit) << result;
      EXPECT_EQ(remembered.back(), unit) << result;
    }
  }
}

TEST_F(Healer, ResetsAFailureBeforeTheStart) {
  heal(Act::start);
  EXPECT_THAT(jobs.calls, ElementsAre("reset openclaw-gateway.service", "start openclaw-gateway.service"));
}

TEST_F(Healer, StopsWithoutOwingAStart) {
  heal(Act::stop);
  EXPECT_THAT(jobs.calls, ElementsAre("stop openclaw-gateway.service"));
  EXPECT_EQ(memory.start_owed, "");
}

TEST_F(Healer, RollsBackThroughTheUpdatersUnitWithAnIntent) {
  heal(Act::rollback);
  EXPECT_THAT(jobs.calls, ElementsAre("reset openclaw-update.service", "queue openclaw-update.service"));
  const auto folder = fs::open_directory(runtime.path());
  const auto taken = update::take_intent(folder->get(), update::update_unit);
  ASSERT_TRUE(taken && *taken);
  const update::Intent* intent = &**taken;
  EXPECT_EQ(intent->to_release, "2026.9.5-77aa0011");
  EXPECT_EQ(intent->requested_by, "the watchdog");
  EXPECT_FALSE(intent->force);
  EXPECT_EQ(intent->quarantine, "rolled back by the watchdog: it loops");
}

TEST_F(Healer, HasAnInterruptedUpdateEndedByItsUnit) {
  heal(Act::resume);
  EXPECT_THAT(jobs.calls, ElementsAre("queue openclaw-update-resume.service"));
}

TEST_F(Healer, StartsWhatItOwesWhenItHasToEnd) {
  bus::UnitJobs::Done kept;
  class Waiting final : public bus::UnitJobs {
   public:
    std::vector<std::string> calls;
    void run_job(JobKind, const std::string& name, Done) override { calls.push_back("stop " + name); }
    void queue_start(const std::string& name, Done) override { calls.push_back("queue " + name); }
    void reset_failed(const std::string&, Done) override {}
    void clean_runtime(const std::string&) override {}
  } waiting;
  watchdog::Healer healer(
      waiting, memory, [] {}, places, [this] { return others; });
  healer.settle();
  EXPECT_THAT(waiting.calls, IsEmpty());
  healer.begin(Act::restart, {unit, true, "", "", "", ""},
               [](const std::optional<base::Error>&, const std::vector<std::string>&) {});
  healer.settle();
  EXPECT_THAT(waiting.calls, ElementsAre("stop openclaw-gateway.service", "queue openclaw-gateway.service"));
  // During an update, a later watchdog starts it.
  waiting.calls.clear();
  others = Meanwhile::update;
  healer.settle();
  EXPECT_THAT(waiting.calls, IsEmpty());
  EXPECT_EQ(memory.start_owed, unit);
}

}  // namespace
