// SPDX-License-Identifier: MIT
// A unit followed over a connection whose other end is scripted, within an event loop.
#include "bus/unit_follower.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "support/scripted_peer.hpp"

namespace {

using namespace std::chrono_literals;
using bus::FollowedUnit;
using bus::JobKind;
using bus_tests::ScriptedPeer;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* job = "/org/freedesktop/systemd1/job/7";
constexpr const char* unit = "openclaw.service";
constexpr const char* unit_path = "/org/freedesktop/systemd1/unit/openclaw_2eservice";

struct UnrefLoop {
  void operator()(sd_event* loop) const { sd_event_unref(loop); }
};

int property_changed(sd_bus_message* cause, const char* path, const char* active_state = "active") {
  sd_bus_message* signal = nullptr;
  sd_bus* bus = sd_bus_message_get_bus(cause);
  int status = sd_bus_message_new_signal(bus, &signal, path, bus::properties_interface, "PropertiesChanged");
  const bus::MessagePointer owner(signal);
  if (status >= 0) {
    status = sd_bus_message_append(signal, "sa{sv}as", "org.freedesktop.systemd1.Unit", 1, "ActiveState", "s",
                                   active_state, 0);
  }
  return status < 0 ? status : sd_bus_send(bus, signal, nullptr);
}

class Follower : public testing::Test {
 protected:
  Follower() {
    sd_event* raw = nullptr;
    sd_event_new(&raw);
    loop.reset(raw);
    peer.unit = [this](sd_bus_message* reply) {
      ++asked;
      const std::string now = asked > 1 ? later : state;
      sd_bus_message_append(reply, "{sv}", "ActiveState", "s", now.c_str());
      return sd_bus_message_append(reply, "{sv}", "InvocationID", "ay", 2, 1, 0xab);
    };
    peer.answers["Get"] = [this](sd_bus_message* call) {
      return sd_bus_reply_method_return(call, "v", "s", system);
    };
  }
  void follow() {
    follower.emplace(loop.get(), peer.connector(), unit,
                     bus::UnitFollower::Told{[this](const FollowedUnit& now) { told.push_back(now); },
                                             [this](const base::Error& why) { lost.push_back(why.message); }},
                     20ms);
  }
  template <class Condition>
  void run_until(Condition condition) {
    for (int turn = 0; !condition() && turn < 2000; ++turn) sd_event_run(loop.get(), 5000);
    EXPECT_TRUE(condition());
  }

  std::unique_ptr<sd_event, UnrefLoop> loop;
  ScriptedPeer peer;
  std::string state = "active", later = "active";
  const char* system = "running";
  std::atomic<int> asked = 0;
  std::vector<FollowedUnit> told;
  std::vector<std::string> lost;
  std::optional<bus::UnitFollower> follower;
};

TEST_F(Follower, TellsWhatTheUnitIsAtFirst) {
  follow();
  run_until([&] { return !told.empty(); });
  EXPECT_EQ(told[0].status.active_state, "active");
  EXPECT_FALSE(told[0].machine_stops || told[0].stopped_by_others);
  EXPECT_THAT(lost, SizeIs(0));
}

TEST_F(Follower, TellsAgainWhenASignalOfTheUnitComes) {
  later = "failed";
  peer.answers["Subscribe"] = [](sd_bus_message* call) {
    sd_bus_reply_method_return(call, nullptr);
    property_changed(call, "/org/freedesktop/systemd1/unit/other_2eservice");
    return property_changed(call, unit_path);
  };
  follow();
  run_until([&] { return !told.empty() && told.back().status.active_state == "failed"; });
  EXPECT_EQ(asked, 2) << "once at first, once for the signal, not for that of another unit";
}

TEST_F(Follower, TellsThatTheMachineGoesDown) {
  system = "stopping";
  follow();
  run_until([&] { return !told.empty(); });
  EXPECT_TRUE(told[0].machine_stops);
}

TEST_F(Follower, TellsThatSomebodyElseHasStoppedTheUnit) {
  later = "failed";
  follow();
  run_until([&] { return !told.empty(); });
  peer.answers["ResetFailedUnit"] = [](sd_bus_message* call) {
    sd_bus_reply_method_return(call, nullptr);
    property_changed(call, unit_path, "failed");
    return ScriptedPeer::job_removed(call, job, "done");
  };
  follower->reset_failed("other.service", [](const base::Result<bus::JobResult>&) {});
  run_until([&] { return told.size() >= 2; });
  EXPECT_TRUE(told.back().stopped_by_others);
  follower->refresh();
  run_until([&] { return told.size() >= 3; });
  EXPECT_FALSE(told.back().stopped_by_others) << "it is told once";
}

// A gateway that ends badly at once when it is stopped: its end and that of the job come while we ask. Told
// of the one without the other, the watchdog would start what a person has stopped.
TEST_F(Follower, TellsOfTheEndTogetherWithWhoHasAskedForIt) {
  later = "failed";
  follow();
  run_until([&] { return !told.empty(); });
  peer.answers["Get"] = [this](sd_bus_message* call) {
    if (asked == 2) {
      property_changed(call, unit_path, "failed");
      ScriptedPeer::job_removed(call, job, "done");
    }
    return sd_bus_reply_method_return(call, "v", "s", system);
  };
  follower->refresh();
  run_until([&] { return told.size() >= 2; });
  EXPECT_EQ(told[1].status.active_state, "failed");
  EXPECT_TRUE(told[1].stopped_by_others);
}

// A person restarts a gateway into a config that is not valid: told of as a stop, nobody would look into it.
TEST_F(Follower, DoesNotTakeAStartThatIsFollowedByAQuickEndForAStop) {
  state = "activating";
  later = "failed";
  follow();
  run_until([&] { return !told.empty(); });
  peer.answers["Get"] = [this](sd_bus_message* call) {
    if (asked == 2) {
      property_changed(call, unit_path, "active");
      ScriptedPeer::job_removed(call, job, "done");
      property_changed(call, unit_path, "failed");
    }
    return sd_bus_reply_method_return(call, "v", "s", system);
  };
  follower->refresh();
  run_until([&] { return told.size() >= 2; });
  EXPECT_EQ(told[1].status.active_state, "failed");
  EXPECT_FALSE(told[1].stopped_by_others);
}

TEST_F(Follower, TakesTheStateOfAnotherUnitForNoStopOfThisOne) {
  state = later = "failed";
  follower.emplace(loop.get(), peer.connector(), "former.service",
                   bus::UnitFollower::Told{[this](const FollowedUnit& now) { told.push_back(now); },
                                           [](const base::Error&) {}},
                   20ms);
  run_until([&] { return !told.empty(); });
  peer.answers["Get"] = [this](sd_bus_message* call) {
    if (asked == 2) ScriptedPeer::job_removed(call, job, "done");
    return sd_bus_reply_method_return(call, "v", "s", system);
  };
  follower->follow(unit);
  run_until([&] { return told.size() >= 2; });
  EXPECT_FALSE(told[1].stopped_by_others);
}

TEST_F(Follower, TellsHowAJobEnded) {
  follow();
  run_until([&] { return !told.empty(); });
  peer.answers["StopUnit"] = [](sd_bus_message* call) {
    sd_bus_reply_method_return(call, "o", job);
    return ScriptedPeer::job_removed(call, job, "timeout");
  };
  std::string ended;
  follower->run_job(JobKind::stop, unit, [&](const auto& result) { ended = result.value_or("error"); });
  run_until([&] { return !ended.empty(); });
  EXPECT_EQ(ended, "timeout");
  EXPECT_THAT(told, Each(testing::Field(&FollowedUnit::stopped_by_others, false))) << "it was we";
}

TEST_F(Follower, InfersTheEndOfAJobThatNobodyTellsOf) {
  later = "inactive";
  follow();
  run_until([&] { return !told.empty(); });
  peer.answers["StopUnit"] = [](sd_bus_message* call) { return sd_bus_reply_method_return(call, "o", job); };
  std::string ended;
  follower->run_job(JobKind::stop, unit, [&](const auto& result) { ended = result.value_or("error"); });
  run_until([&] { return !ended.empty(); });
  EXPECT_EQ(ended, "done");
}

TEST_F(Follower, WaitsNoLongerForAStopThatIsPutOffForEver) {
  follow();
  run_until([&] { return !told.empty(); });
  peer.answers["StopUnit"] = [](sd_bus_message* call) { return sd_bus_reply_method_return(call, "o", job); };
  peer.answers["GetAll"] = [](sd_bus_message* call) {
    return sd_bus_reply_method_return(call, "a{sv}", 4, "ActiveState", "s", "deactivating",
                                      "StateChangeTimestampMonotonic", "t", std::uint64_t{1},
                                      "TimeoutStopUSec", "t", std::uint64_t{1}, "Job", "(uo)", 7, job);
  };
  std::optional<base::Error> why;
  follower->run_job(JobKind::stop, unit, [&](const auto& result) {
    if (!result) why = result.error();
  });
  run_until([&] { return why.has_value(); });
  EXPECT_THAT(why->message, HasSubstr("has not ended"));
}

TEST_F(Follower, PassesOnWhyAJobIsRefused) {
  follow();
  run_until([&] { return !told.empty(); });
  peer.answers["StartUnit"] = [](sd_bus_message* call) {
    return ScriptedPeer::error(call, "org.freedesktop.systemd1.UnitMasked", "Unit is masked.");
  };
  std::optional<base::Error> why;
  follower->run_job(JobKind::start, unit, [&](const auto& result) {
    if (!result) why = result.error();
  });
  run_until([&] { return why.has_value(); });
  EXPECT_EQ(why->kind, base::ErrorKind::refused);
}

TEST_F(Follower, ConnectsAnewWhenTheConnectionBreaks) {
  peer.answers["Get"] = [this](sd_bus_message* call) {
    sd_bus_reply_method_return(call, "v", "s", "running");
    if (peer.connections == 1) peer.hang_up();
    return 0;
  };
  follow();
  run_until([&] { return peer.connections >= 2 && told.size() >= 2; });
  EXPECT_THAT(lost, SizeIs(1));
}

// A connection is left, too, when an answer cannot be read; what was asked on it before is not answered any
// more.
TEST_F(Follower, TellsWhoeverWaitsForAnAnswerThatTheConnectionIsGone) {
  std::atomic<bool> is_garbled = false;
  peer.answers["ResetFailedUnit"] = [&](sd_bus_message*) {
    is_garbled = true;
    return 0;
  };
  peer.answers["GetAll"] = [&](sd_bus_message* call) {
    if (is_garbled.exchange(false)) return sd_bus_reply_method_return(call, "s", "no properties");
    return sd_bus_reply_method_return(call, "a{sv}", 1, "ActiveState", "s", "inactive");
  };
  follow();
  run_until([&] { return !told.empty(); });
  std::string ended;
  follower->reset_failed(unit,
                         [&](const auto& result) { ended = result ? *result : result.error().message; });
  follower->refresh();
  run_until([&] { return !ended.empty() && peer.connections >= 2 && told.size() >= 2; });
  EXPECT_THAT(ended, HasSubstr("reset openclaw.service"));
  EXPECT_THAT(lost, SizeIs(1));
}

TEST_F(Follower, SaysOnceThatThereIsNobodyAndKeepsTrying) {
  int tries = 0;
  follower.emplace(
      loop.get(),
      [&]() -> base::Result<bus::BusPointer> {
        ++tries;
        return base::fail(base::ErrorKind::unavailable, "no systemd here");
      },
      unit,
      bus::UnitFollower::Told{[this](const FollowedUnit& now) { told.push_back(now); },
                              [this](const base::Error& why) { lost.push_back(why.message); }},
      5ms);
  run_until([&] { return tries >= 4; });
  EXPECT_THAT(lost, testing::ElementsAre(HasSubstr("no systemd here")));
  EXPECT_THAT(told, SizeIs(0));
}

}  // namespace
