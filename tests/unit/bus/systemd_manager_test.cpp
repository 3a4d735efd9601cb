// SPDX-License-Identifier: MIT
// The service manager over a connection whose other end is scripted.
#include "bus/systemd_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/scripted_peer.hpp"

namespace {

using base::ErrorKind;
using bus_tests::ScriptedPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* job = "/org/freedesktop/systemd1/job/7";
constexpr const char* unit = "openclaw.service";

int put(sd_bus_message* reply, const char* name, const char* value) {
  return sd_bus_message_append(reply, "{sv}", name, "s", value);
}

int put_job(sd_bus_message* reply, bool pending) {
  return sd_bus_message_append(reply, "{sv}", "Job", "(uo)", pending ? 7 : 0, pending ? job : "/");
}

int put_invocation(sd_bus_message* reply, unsigned char first) {
  return sd_bus_message_append(reply, "{sv}", "InvocationID", "ay", 2, first, 0xab);
}

class Bus : public testing::Test {
 protected:
  ScriptedPeer peer;
  bus::SystemdManager manager{peer.connector()};
  bool pending = true;  // the job

  // A gateway that has the job until `pending` is false, and is active then.
  void gateway_with_job() {
    peer.unit = [this](sd_bus_message* reply) {
      put(reply, "LoadState", "loaded");
      put(reply, "ActiveState", pending ? "activating" : "active");
      return put_job(reply, pending);
    };
  }
  void start_answers_job() {
    peer.answers["StartUnit"] = [](sd_bus_message* call) {
      return sd_bus_reply_method_return(call, "o", job);
    };
  }
};

TEST_F(Bus, TellsHowAJobEndedThoughItsEndCameBeforeItsName) {
  peer.answers["StartUnit"] = [](sd_bus_message* call) {
    ScriptedPeer::job_removed(call, job, "dependency");
    return sd_bus_reply_method_return(call, "o", job);
  };
  const auto result = manager.start(unit, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, "dependency");
}

TEST_F(Bus, IsNotDeceivedByOtherJobsNorByOtherSenders) {
  peer.answers["StartUnit"] = [](sd_bus_message* call) {
    sd_bus_reply_method_return(call, "o", job);
    ScriptedPeer::job_removed(call, "/org/freedesktop/systemd1/job/8", "skipped");
    ScriptedPeer::job_removed(call, job, "done", ":1.66");
    return ScriptedPeer::job_removed(call, job, "failed");
  };
  EXPECT_EQ(manager.start(unit, {}).value_or("error"), "failed");
}

TEST_F(Bus, NoticesTheEndOfAJobThatNobodyTellsOf) {
  pending = false;
  gateway_with_job();
  start_answers_job();
  EXPECT_EQ(manager.start(unit, {}).value_or("error"), "done");
}

TEST_F(Bus, GivesUpWaitingWhenItIsToldTo) {
  gateway_with_job();
  start_answers_job();
  int asked = 0;
  const auto result = manager.start(unit, [&] { return ++asked < 3; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::busy);
  EXPECT_THAT(result.error().message, HasSubstr("stopped waiting to start openclaw.service"));
  EXPECT_EQ(asked, 3);
}

// A process that asks for more time again and again: EXTEND_TIMEOUT_USEC=.
TEST_F(Bus, WaitsNoLongerForAStopThatIsPutOffForEver) {
  peer.unit = [](sd_bus_message* reply) {
    put(reply, "ActiveState", "deactivating");
    put(reply, "SubState", "stop-sigterm");
    sd_bus_message_append(reply, "{sv}", "StateChangeTimestampMonotonic", "t", std::uint64_t{1});  // at boot
    sd_bus_message_append(reply, "{sv}", "TimeoutStopUSec", "t", std::uint64_t{1});
    return put_job(reply, true);
  };
  peer.answers["StopUnit"] = [](sd_bus_message* call) { return sd_bus_reply_method_return(call, "o", job); };
  const auto result = manager.stop(unit, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::busy);
  EXPECT_THAT(result.error().message, HasSubstr("openclaw.service has not ended"));
}

TEST_F(Bus, GoesOnWaitingOverABrokenConnection) {
  gateway_with_job();
  peer.answers["StartUnit"] = [&](sd_bus_message* call) {
    sd_bus_reply_method_return(call, "o", job);
    peer.hang_up();
    return 0;
  };
  const auto properties = peer.unit;
  peer.unit = [&, properties](sd_bus_message* reply) {
    if (peer.calls["GetAll"] > 2) pending = false;  // once before the job, once after the break
    return properties(reply);
  };
  EXPECT_EQ(manager.start(unit, {}).value_or("error"), "done");
  EXPECT_EQ(peer.connections, 2);
  EXPECT_EQ(peer.calls["Subscribe"], 2);
  EXPECT_EQ(peer.calls["StartUnit"], 1);
}

TEST_F(Bus, AsksAgainForAJobWhoseAnswerWasLost) {
  pending = false;
  gateway_with_job();
  peer.answers["StartUnit"] = [&](sd_bus_message* call) {
    if (peer.calls["StartUnit"] == 1) {
      peer.hang_up();
      return 0;
    }
    sd_bus_reply_method_return(call, "o", job);
    return ScriptedPeer::job_removed(call, job, "done");
  };
  EXPECT_EQ(manager.start(unit, {}).value_or("error"), "done");
  EXPECT_EQ(peer.calls["StartUnit"], 2);
}

TEST_F(Bus, DoesNotRunAgainWhatRanWhileTheAnswerWasLost) {
  peer.unit = [&](sd_bus_message* reply) {
    const bool ran = peer.calls["StartUnit"] > 0;
    put(reply, "ActiveState", ran ? "failed" : "inactive");
    put_invocation(reply, ran ? 2 : 1);
    return put_job(reply, false);
  };
  peer.answers["StartUnit"] = [&](sd_bus_message*) {
    peer.hang_up();
    return 0;
  };
  EXPECT_EQ(manager.start(unit, {}).value_or("error"), "failed");
  EXPECT_EQ(peer.calls["StartUnit"], 1);
}

TEST_F(Bus, AnswersAfterTheConnectionBrokeBetweenTwoQuestions) {
  peer.unit = [&](sd_bus_message* reply) {
    if (peer.calls["GetAll"] == 1) peer.hang_up();
    return put(reply, "ActiveState", "active");
  };
  ASSERT_TRUE(manager.status(unit));
  const auto status = manager.status(unit);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->active_state, "active");
  EXPECT_EQ(peer.connections, 2);
}

TEST_F(Bus, ReadsWhatIsKnownOfAService) {
  peer.unit = [](sd_bus_message* reply) {
    put(reply, "StatusText", "working\033[31m\non it");
    put(reply, "SomethingNew", "of a later systemd");
    sd_bus_message_append(reply, "{sv}", "MainPID", "u", 4242);
    put(reply, "ControlGroup", "/system.slice/x.service");
    sd_bus_message_append(reply, "{sv}", "PrivateNetwork", "b", 1);
    put(reply, "NetworkNamespacePath", "");
    sd_bus_message_append(reply, "{sv}", "NRestarts", "u", 3);
    sd_bus_message_append(reply, "{sv}", "ExecMainStatus", "i", 78);
    sd_bus_message_append(reply, "{sv}", "DropInPaths", "as", 2, "/etc/a.conf", "/etc/b.conf");
    sd_bus_message_append(reply, "{sv}", "NeedDaemonReload", "b", 1);
    put_invocation(reply, 0x0f);
    return put_job(reply, true);
  };
  const auto status = manager.status(unit);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->status_text, "working on it");
  EXPECT_EQ(status->main_pid, 4242);
  EXPECT_EQ(status->control_group, "/system.slice/x.service");
  EXPECT_TRUE(status->own_network);
  EXPECT_EQ(status->restarts, 3U);
  EXPECT_EQ(status->exit_status, 78);
  EXPECT_THAT(status->drop_in_paths, ElementsAre("/etc/a.conf", "/etc/b.conf"));
  EXPECT_TRUE(status->need_daemon_reload);
  EXPECT_EQ(status->invocation_id, "0fab");
  EXPECT_TRUE(status->job_pending);
}

TEST_F(Bus, ReadsWhetherAServiceIsFrozen) {
  std::atomic<const char*> state = "";
  peer.unit = [&](sd_bus_message* reply) { return put(reply, "FreezerState", state); };
  for (const char* frozen : {"freezing", "frozen", "thawing", "freezing-by-parent", "frozen-by-parent"}) {
    state = frozen;
    EXPECT_TRUE(bus::is_frozen(manager.status(unit).value_or(bus::ServiceStatus{}))) << frozen;
  }
  state = "running";
  EXPECT_FALSE(bus::is_frozen(manager.status(unit).value()));
}

// Before systemd 246 no unit could be frozen.
TEST_F(Bus, TakesAServiceForNotFrozenWhereSystemdSaysNothingAboutIt) {
  peer.unit = [](sd_bus_message* reply) { return put(reply, "ActiveState", "active"); };
  EXPECT_FALSE(bus::is_frozen(manager.status(unit).value()));
}

TEST_F(Bus, RefusesAnAnswerOfTheWrongType) {
  peer.unit = [](sd_bus_message* reply) { return put(reply, "MainPID", "many"); };
  const auto status = manager.status(unit);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("openclaw.service"));
}

TEST_F(Bus, KeepsTheNamesOfTheEnvironmentAndNoValue) {
  peer.unit = [](sd_bus_message* reply) {
    sd_bus_message_append(reply, "{sv}", "Environment", "as", 4, "TOKEN=hunter2=x",
                          "EMPTY=", "HOME=/home/claw=1", "PATH=/opt/node/bin:/usr/bin");
    sd_bus_message_append(reply, "{sv}", "EnvironmentFiles", "a(sb)", 2, "/etc/a.env", 1, "/etc/b.env", 0);
    put(reply, "WorkingDirectory", "!/srv");
    put(reply, "Type", "oneshot");
    sd_bus_message_append(reply, "{sv}", "ExecSearchPath", "as", 1, "/opt/bin");
    sd_bus_message_append(reply, "{sv}", "StateDirectory", "as", 1, "openclaw");
    return sd_bus_message_append(reply, "{sv}", "ExecStart", "a(sasbttttuii)", 2,                         //
                                 "/usr/bin/node", 2, "node", "gateway", 0, 0UL, 0UL, 0UL, 0UL, 0U, 0, 0,  //
                                 "/usr/bin/second", 1, "second", 0, 0UL, 0UL, 0UL, 0UL, 0U, 0, 0);
  };
  const auto definition = manager.definition(unit);
  ASSERT_TRUE(definition) << definition.error().message;
  EXPECT_THAT(definition->environment_keys, ElementsAre("TOKEN", "EMPTY", "HOME", "PATH"));
  EXPECT_THAT(definition->locations, ElementsAre(testing::Pair("HOME", "/home/claw=1")));
  ASSERT_EQ(definition->environment_files.size(), 2U);
  EXPECT_TRUE(definition->environment_files[0].optional);
  EXPECT_EQ(definition->environment_files[1].path, "/etc/b.env");
  EXPECT_EQ(definition->working_directory, "/srv");
  EXPECT_EQ(definition->type, "oneshot");
  EXPECT_EQ(definition->path, "/opt/node/bin:/usr/bin");
  EXPECT_THAT(definition->search_path, ElementsAre("/opt/bin"));
  EXPECT_THAT(definition->state_directories, ElementsAre("openclaw"));
  EXPECT_THAT(definition->exec_start, ElementsAre("node", "gateway"));
}

TEST_F(Bus, ReadsADefinitionWithoutACommand) {
  peer.unit = [](sd_bus_message* reply) {
    sd_bus_message_append(reply, "{sv}", "ExecStart", "a(sasbttttuii)", 0);
    return put(reply, "User", "openclaw");
  };
  const auto definition = manager.definition(unit);
  ASSERT_TRUE(definition) << definition.error().message;
  EXPECT_THAT(definition->exec_start, IsEmpty());
  EXPECT_EQ(definition->user, "openclaw");
}

TEST_F(Bus, AnAbsentUnitHasAStatusAndNoDefinition) {
  peer.unit = [](sd_bus_message* reply) { return put(reply, "LoadState", "not-found"); };
  EXPECT_EQ(manager.status(unit).value_or(bus::ServiceStatus{}).load_state, "not-found");
  const auto definition = manager.definition(unit);
  ASSERT_FALSE(definition);
  EXPECT_EQ(definition.error().kind, ErrorKind::not_found);
}

TEST_F(Bus, SaysWhatToDoWhenTheManagerRefuses) {
  peer.answers["StopUnit"] = [](sd_bus_message* call) {
    return ScriptedPeer::error(call, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
                               "Interactive authentication required.\033[2J");
  };
  const auto result = manager.stop(unit, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::not_permitted);
  EXPECT_THAT(
      result.error().message,
      testing::StartsWith("cannot stop openclaw.service: Interactive authentication required; run this "
                          "as root, or let polkit"));
  EXPECT_THAT(result.error().message, Not(HasSubstr("\033")));
}

TEST_F(Bus, CleansAUnitThatHasFailed) {
  peer.unit = [](sd_bus_message* reply) { return put(reply, "ActiveState", "failed"); };
  peer.answers["CleanUnit"] = [&](sd_bus_message* call) {
    if (peer.calls["ResetFailedUnit"] > 0) return sd_bus_reply_method_return(call, nullptr);
    return ScriptedPeer::error(call, "org.freedesktop.systemd1.UnitBusy", "Unit is not inactive.");
  };
  const auto cleaned = manager.clean(unit, {"state"});
  EXPECT_TRUE(cleaned) << cleaned.error().message;
  EXPECT_EQ(peer.calls["CleanUnit"], 2);
}

TEST_F(Bus, DoesNotCleanAUnitThatRuns) {
  peer.unit = [](sd_bus_message* reply) { return put(reply, "ActiveState", "active"); };
  peer.answers["CleanUnit"] = [](sd_bus_message* call) {
    return ScriptedPeer::error(call, "org.freedesktop.systemd1.UnitBusy", "Unit is not inactive.");
  };
  const auto cleaned = manager.clean(unit, {"state"});
  ASSERT_FALSE(cleaned);
  EXPECT_EQ(cleaned.error().kind, ErrorKind::busy);
  EXPECT_EQ(peer.calls["ResetFailedUnit"], 0);
}

TEST_F(Bus, ReportsDirectoriesThatCouldNotBeRemoved) {
  peer.unit = [](sd_bus_message* reply) {
    put(reply, "CleanResult", "timeout");
    return put(reply, "ActiveState", "inactive");
  };
  const auto cleaned = manager.clean(unit, {"state"});
  ASSERT_FALSE(cleaned);
  EXPECT_THAT(cleaned.error().message, HasSubstr("timeout"));
}

TEST_F(Bus, NothingToCleanAndNothingToResetAreFine) {
  peer.answers["CleanUnit"] = [](sd_bus_message* call) {
    return ScriptedPeer::error(call, "org.freedesktop.systemd1.NothingToClean",
                               "No matching resources found.");
  };
  peer.answers["ResetFailedUnit"] = [](sd_bus_message* call) {
    return ScriptedPeer::error(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit not loaded.");
  };
  EXPECT_TRUE(manager.clean(unit, {"cache"}));
  EXPECT_TRUE(manager.reset_failed(unit));
}

TEST_F(Bus, AUnitNeedsAName) {
  const auto status = manager.status("");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::bad_input);
}

}  // namespace
