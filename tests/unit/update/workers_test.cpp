// SPDX-License-Identifier: MIT
// Requests and results of worker units, over a scripted service manager.
#include "update/workers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>

#include "contract/tasks.hpp"
#include "fs/refusals.hpp"
#include "support/fake_service_manager.hpp"
#include "support/no_more_files.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* id = "20261121T101500Z-4f2a";
const std::string unit = std::string("openclaw-state@") + id + ".snapshot.service";
const std::string result = std::string("results/openclaw-state@") + id + ".snapshot/result.json";
const std::string request = std::string("requests/") + id + ".snapshot.json";

class WorkerUnit : public testing::Test {
 protected:
  WorkerUnit() {
    places_.mkdir("requests");
    places_.mkdir("results");
    auto& pattern = manager_.add("openclaw-state@.service");
    pattern.oneshot = true;
    pattern.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
      asked_ = places_.exists(request) ? places_.read(request) : "";
      if (work_) work_();
      started.run();
      return job_;
    };
    pattern.on_clean = [this](auto&, const std::vector<std::string>&) -> base::Result<void> {
      ::unlink(places_.path(result).c_str());
      return {};
    };
  }
  void leaves(const std::string& text) {
    work_ = [this, text] { places_.write(result, text); };
  }
  base::Result<json> run(const update::Watching& watching = {}) {
    return update::UnitWorkers(manager_, {places_.path("requests"), places_.path("results")})
        .run({contract::tasks::snapshot, id}, {{"state_directory", "/var/lib/openclaw"}}, watching);
  }
  base::Error failure() {
    auto answer = run();
    EXPECT_FALSE(answer) << answer->dump();
    return answer ? base::Error{} : answer.error();
  }

  test_support::TemporaryDirectory places_{test_support::TemporaryDirectory::fast_place()};
  bus_tests::FakeServiceManager manager_;
  std::function<void()> work_;
  bus::JobResult job_ = "done";
  std::string asked_;
};

TEST_F(WorkerUnit, IsNamedByProgramTransactionAndAction) {
  EXPECT_EQ(contract::Task(contract::tasks::snapshot, id).unit(), unit);
}

TEST_F(WorkerUnit, FindsItsRequestAndIsAnsweredFor) {
  leaves(R"({"schema":1,"ok":true,"digest":"d1"})");
  const auto answer = run();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["digest"], "d1");
  const json asked = json::parse(asked_);
  EXPECT_EQ(asked["action"], "snapshot");
  EXPECT_EQ(asked["transaction"], id);
  EXPECT_EQ(asked["state_directory"], "/var/lib/openclaw");
}

TEST_F(WorkerUnit, LeavesNothingBehind) {
  leaves(R"({"ok":true})");
  ASSERT_TRUE(run());
  EXPECT_FALSE(places_.exists(request));
  EXPECT_FALSE(places_.exists(result));
}

// A worker that extends its timeout again and again; and no worker may use the state any more when the
// gateway starts.
TEST_F(WorkerUnit, IsEndedWhenItTakesLongerThanAnyMay) {
  manager_.unit(unit).start_takes = std::chrono::hours(1000);
  const auto error = failure();
  EXPECT_THAT(error.message, HasSubstr(unit + " has not started 1 h"));
  EXPECT_LT(manager_.now, std::chrono::minutes(70));
  EXPECT_THAT(manager_.calls, Contains("stop " + unit));
  EXPECT_FALSE(places_.exists(request));
}

TEST_F(WorkerUnit, LeavesNoRequestBehindWhenItCannotStart) {
  manager_.refuse("start " + unit, {ErrorKind::refused, 0, "masked"});
  EXPECT_EQ(failure().message, "masked");
  EXPECT_FALSE(places_.exists(request));
}

TEST_F(WorkerUnit, WhoseResultCannotBeReadIsNotSaidToHaveLeftNone) {
  leaves(R"({"ok":true})");
  const test_support::Refusals disk([](fs::syscalls::Call call, std::string_view name) {
    return call == fs::syscalls::Call::openat2 && name == contract::result_file ? EIO : 0;
  });
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::system);
  EXPECT_EQ(error.number, EIO);
  EXPECT_THAT(error.message, testing::AllOf(HasSubstr(unit), Not(HasSubstr("left no result"))));
}

TEST_F(WorkerUnit, HasItsOwnErrorPassedOn) {
  leaves(R"({"ok":false,"error":{"kind":"integrity","message":"hash\u001b[2J differs"}})");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, testing::AllOf(HasSubstr("differs"), Not(HasSubstr("\x1b"))));
}

TEST_F(WorkerUnit, IsUnavailableWithItsLogWhenItLeavesNoAnswer) {
  for (const char* const text :
       {"", "{", "[]", "null", "{}", R"({"ok":1})", R"({"ok":"true"})", "\xff\xfe", R"({"ok":true)"}) {
    leaves(text);
    const auto error = failure();
    EXPECT_EQ(error.kind, ErrorKind::unavailable) << text;
    EXPECT_THAT(error.message, HasSubstr("journalctl -u " + unit)) << text;
  }
  work_ = nullptr;
  EXPECT_THAT(failure().message, HasSubstr("left no result"));
}

TEST_F(WorkerUnit, MayFailWithoutSayingHow) {
  for (const char* const text : {R"({"ok":false})", R"({"ok":false,"error":7})", R"({"ok":false,"error":[]})",
                                 R"({"ok":false,"error":{"kind":7,"message":[]}})"}) {
    leaves(text);
    EXPECT_THAT(failure().message, HasSubstr("journalctl -u " + unit)) << text;
  }
}

TEST_F(WorkerUnit, SaysHowItsJobEndedWhenThatIsAllThereIs) {
  job_ = "timeout";
  EXPECT_THAT(failure().message, HasSubstr("timeout"));
}

TEST_F(WorkerUnit, IsNotBelievedBeyondADepthThatIsMeant) {
  leaves(R"({"ok":true,"x":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
  EXPECT_EQ(failure().kind, ErrorKind::unavailable);
}

TEST_F(WorkerUnit, MayHaveAnyBracketsInItsTexts) {
  leaves(R"({"ok":true,"x":"\")" + std::string(1000, '[') + "\"}");
  EXPECT_TRUE(run());
}

TEST_F(WorkerUnit, IsNotReadBeyondALimit) {
  leaves(R"({"ok":true,"x":")" + std::string(5 * 1024 * 1024, 'x') + "\"}");
  EXPECT_EQ(failure().kind, ErrorKind::unavailable);
}

TEST_F(WorkerUnit, IsNotReadThroughALink) {
  places_.write("secret.json", R"({"ok":true})");
  work_ = [this] {
    places_.mkdir(result.substr(0, result.rfind('/')));
    places_.symlink("../../secret.json", result);
  };
  EXPECT_EQ(failure().kind, ErrorKind::unavailable);
}

TEST_F(WorkerUnit, DoesNotAnswerWithWhatAnEarlierTryHasLeft) {
  places_.write(result, R"({"ok":true,"old":1})");
  EXPECT_EQ(failure().kind, ErrorKind::unavailable);
}

TEST_F(WorkerUnit, IsEndedWhenItsAnswerIsNotNeededAnyMore) {
  manager_.unit(unit).start_takes = std::chrono::seconds(60);
  int asked = 0;
  const auto answer = run([&](const std::string&) { return ++asked < 3; });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::busy);
  EXPECT_THAT(manager_.calls, Contains("stop " + unit));
  EXPECT_LT(manager_.now, std::chrono::seconds(1));
  EXPECT_FALSE(places_.exists(request));
}

TEST_F(WorkerUnit, TellsWhatItSaysOfItself) {
  leaves(R"({"ok":true})");
  manager_.unit(unit).start_takes = std::chrono::milliseconds(400);
  manager_.unit(unit).status.status_text = "copying";
  std::vector<std::string> said;
  ASSERT_TRUE(run([&](const std::string& text) {
    said.push_back(text);
    return true;
  }));
  EXPECT_THAT(said, Contains("copying"));
}

// The files of a fetch, in particular the cache of its package client, must not be left for others.

class FetchUnit : public testing::Test {
 protected:
  FetchUnit() {
    for (const char* folder : {"requests", "results", "fetched"}) places_.mkdir(folder);
    for (const char* program : {"openclaw-fetch", "openclaw-finish"}) {
      auto& pattern = manager_.add(std::string(program) + "@.service");
      pattern.oneshot = true;
      pattern.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
        places_.write("results/" + started.name.substr(0, started.name.find(".service")) + "/result.json",
                      R"({"ok":true})");
        started.run();
        return "done";
      };
    }
  }
  [[nodiscard]] std::vector<std::string> calls_about(const std::string& name) const {
    std::vector<std::string> found;
    for (const std::string& call : manager_.calls) {
      if (call.find(name) == std::string::npos) continue;
      const std::string_view what = std::string_view(call).substr(call.find(".service") + 8);
      found.push_back(call.substr(0, call.find(' ')) + std::string(what));
    }
    return found;
  }
  test_support::TemporaryDirectory places_{test_support::TemporaryDirectory::fast_place()};
  bus_tests::FakeServiceManager manager_;
  update::UnitWorkers workers_{manager_,
                               {places_.path("requests"), places_.path("results"), places_.path("fetched")}};
};

TEST_F(FetchUnit, FindsNothingThatAnEarlierTryHasLeft) {
  ASSERT_TRUE(workers_.run({contract::tasks::resolve, id}, {}, {}));
  EXPECT_THAT(calls_about("openclaw-fetch@"),
              testing::ElementsAre("reset-failed", "clean runtime state cache", "start", "reset-failed",
                                   "clean runtime"));
}

TEST_F(FetchUnit, HandsWhatItMadeToTheOneThatFinishesIt) {
  ASSERT_TRUE(workers_.run({contract::tasks::finish, id}, {}, {}));
  EXPECT_THAT(calls_about("openclaw-finish@"), Not(Contains("clean runtime state cache")));
}

TEST_F(FetchUnit, IsCleanedOfAllThatItWroteWhicheverItWasAndHoweverItEnded) {
  for (const contract::Task& task :
       {contract::Task(contract::tasks::resolve, id), contract::Task(contract::tasks::fetch, id),
        contract::Task(contract::tasks::finish, id)}) {
    places_.mkdir("fetched/" + task.instance());
    manager_.unit(task.unit()).fail("signal");
    manager_.calls.clear();
    workers_.clean(task);
    EXPECT_THAT(calls_about(task.unit()), Contains("clean runtime state cache")) << task.unit();
  }
}

// A worker that has its request and works beside others.

class WorkerStartedAhead : public WorkerUnit {
 protected:
  [[nodiscard]] std::vector<std::string> starts() const {
    std::vector<std::string> found;
    for (const std::string& call : manager_.calls) {
      if (call.starts_with("start")) found.push_back(call);
    }
    return found;
  }
  update::UnitWorkers workers_{manager_, {places_.path("requests"), places_.path("results")}};
  const contract::Task task_{contract::tasks::snapshot, id};
};

class BegunWorker : public WorkerStartedAhead {};

TEST_F(BegunWorker, HasItsRequestAndIsNotStartedAgain) {
  leaves(R"({"ok":true,"digest":"d1"})");
  workers_.begin(task_, {{"state_directory", "/var/lib/openclaw"}});
  const auto answer = workers_.run(task_, {{"state_directory", "/elsewhere"}}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["digest"], "d1");
  EXPECT_EQ(json::parse(asked_)["state_directory"], "/var/lib/openclaw");
  EXPECT_THAT(starts(), testing::ElementsAre("start-without-waiting " + unit));
  EXPECT_FALSE(places_.exists(request));
  EXPECT_FALSE(places_.exists(result));
}

TEST_F(BegunWorker, IsRunAgainLikeAnyOtherAfterItsAnswer) {
  leaves(R"({"ok":true})");
  workers_.begin(task_, {});
  ASSERT_TRUE(workers_.run(task_, {}, {}));
  ASSERT_TRUE(workers_.run(task_, {}, {}));
  EXPECT_THAT(starts(), testing::ElementsAre("start-without-waiting " + unit, "start " + unit));
}

TEST_F(BegunWorker, IsWaitedForAsLongAsItsJobIsQueued) {
  leaves(R"({"ok":true,"digest":"d4"})");
  manager_.unit(unit).seen_queued = 3;
  workers_.begin(task_, {});
  const auto answer = workers_.run(task_, {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["digest"], "d4");
}

TEST_F(BegunWorker, ThatLeavesNoAnswerIsUnavailable) {
  workers_.begin(task_, {});
  const auto answer = workers_.run(task_, {}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("left no result"));
}

TEST_F(BegunWorker, ThatCannotBeStartedIsRunInTheOrdinaryWay) {
  leaves(R"({"ok":true,"digest":"d5"})");
  manager_.refuse("start-without-waiting " + unit, {ErrorKind::busy, 0, "try again"});
  workers_.begin(task_, {});
  const auto answer = workers_.run(task_, {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(starts(), Contains("start " + unit));
}

TEST_F(BegunWorker, IsEndedAtTheEndOfItsUpdateWhetherItWasAskedOrNot) {
  manager_.unit(unit).start_takes = std::chrono::hours(1000);
  workers_.begin(task_, {});
  workers_.clean(task_);
  EXPECT_THAT(manager_.calls, Contains("stop " + unit));
  EXPECT_FALSE(places_.exists(request));
}

// --- a worker that a killed updater has left

class LeftWorker : public WorkerUnit {
 protected:
  void clean() {
    manager_.calls.clear();
    update::UnitWorkers(manager_, {places_.path("requests"), places_.path("results")})
        .clean({contract::tasks::snapshot, id});
  }
};

TEST_F(LeftWorker, IsNotStoppedIfItIsKnownToBeDown) {
  places_.write(request, "{}");
  clean();
  EXPECT_THAT(manager_.calls, Not(Contains("stop " + unit)));
}

TEST_F(LeftWorker, IsStoppedIfSystemdDoesNotTellWhetherItRuns) {
  places_.write(request, "{}");
  manager_.refuse("status " + unit, {ErrorKind::unavailable, 0, "no answer for a minute"});
  clean();
  EXPECT_THAT(manager_.calls, Contains("stop " + unit));
}

TEST_F(LeftWorker, IsLookedForWhereItsFilesCannotBeLookedFor) {
  // Once with files: a sanitizer opens a pipe for the first look at an object of a type.
  places_.write(request, "{}");
  clean();
  manager_.calls.clear();
  manager_.unit(unit).status.active_state = "active";
  {
    const test_support::NoMoreFiles none;
    clean();
  }
  EXPECT_THAT(manager_.calls, Contains("stop " + unit));
}

TEST_F(LeftWorker, IsNotLookedForWhereItHasLeftNothing) {
  clean();
  EXPECT_THAT(manager_.calls, IsEmpty());
}

// A worker that was started in advance waits; its result is available as soon as it has its request.

class PreparedWorker : public WorkerStartedAhead {
 protected:
  PreparedWorker() {
    auto& pattern = manager_.add("openclaw-state@.service");
    pattern.oneshot = true;
    pattern.status.status_text = "waiting for its request";
  }
};

TEST_F(PreparedWorker, IsStartedAheadAndWithoutARequest) {
  workers_.prepare(task_);
  EXPECT_THAT(starts(), testing::ElementsAre("start-without-waiting " + unit));
  EXPECT_FALSE(places_.exists(request));
}

TEST_F(PreparedWorker, IsAskedByItsRequestAloneAndNotStartedAgain) {
  workers_.prepare(task_);
  std::thread worker([this] {
    for (int i = 0; i < 5000 && !places_.exists(request); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    asked_ = places_.read(request);
    places_.write(result, R"({"ok":true,"digest":"d1"})");
  });
  const auto answer = workers_.run(task_, {{"state_directory", "/var/lib/openclaw"}}, {});
  worker.join();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["digest"], "d1");
  EXPECT_EQ(json::parse(asked_)["state_directory"], "/var/lib/openclaw");
  EXPECT_THAT(starts(), testing::ElementsAre("start-without-waiting " + unit));
  EXPECT_TRUE(places_.exists(request)) << "it stays until it is dismissed";
  workers_.dismiss(task_);
  EXPECT_FALSE(places_.exists(request));
}

TEST_F(PreparedWorker, IsNotTakenForOneThatHasEndedBeforeItsJobBegins) {
  manager_.unit(unit).seen_queued = 3;
  workers_.prepare(task_);
  places_.write(result, R"({"ok":true,"digest":"d3"})");
  const auto answer = workers_.run(task_, {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(starts(), testing::ElementsAre("start-without-waiting " + unit));
}

TEST_F(PreparedWorker, ThatDiedWhileItWaitedIsStartedInTheOrdinaryWay) {
  workers_.prepare(task_);
  manager_.unit(unit).fail("signal");
  auto& pattern = manager_.unit(unit);
  pattern.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
    places_.write(result, R"({"ok":true,"digest":"d2"})");
    started.run();
    return "done";
  };
  const auto answer = workers_.run(task_, {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["digest"], "d2");
}

}  // namespace
