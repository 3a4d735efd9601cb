// SPDX-License-Identifier: MIT
// Only failures of the release itself put it into quarantine. What an administrator, systemd, a worker or the
// disk does during its update leads to a note, or to a rollback after which the update may be tried again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fs/refusals.hpp"
#include "update/support/scene.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using update_tests::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

const std::string start_call = std::string("start ") + update_tests::gateway;
const std::string override_file = "units/openclaw-gateway.service.d/override.conf";
constexpr const char* control_file = "control/openclaw-gateway.service.d/50-MemoryMax.conf";

class Blame : public testing::Test {
 protected:
  bus_tests::FakeUnit& unit() { return scene_.manager.unit(update_tests::gateway); }
  // Runs `effect` after the old gateway has ended and before the new one starts.
  void while_stopped(const std::function<void()>& effect) {
    unit().on_stop = [effect, done = false](auto& stopped) mutable -> bus::JobResult {
      if (!std::exchange(done, true)) effect();
      stopped.rest();
      return "done";
    };
  }
  void when_new_starts(const std::function<void()>& effect) {
    unit().on_start = [this, effect, start = unit().on_start](auto& started) {
      const auto result = start(started);
      if (scene_.running_version == new_version) effect();
      return result;
    };
  }
  // Replaces the start of the new release by an end of this kind.
  void new_start_ends(const std::function<bus::JobResult(bus_tests::FakeUnit&)>& end) {
    unit().on_start = [this, end, start = unit().on_start](auto& started) {
      return scene_.current() == new_version && started.status.main_pid == 0 ? end(started) : start(started);
    };
  }
  // Adds a file that systemd reads for the gateway from now on.
  void drop_in_appears(const std::string& file, const std::string& text = "[Service]\nMemoryMax=1G\n") {
    unit().status.drop_in_paths.push_back(scene_.root.write(file, text));
  }
  void expect_tried_again(const std::string& not_blamed) {
    EXPECT_EQ(scene_.update(), "rolled-back") << scene_.context.reason;
    EXPECT_EQ(scene_.running_version, old_version);
    EXPECT_FALSE(scene_.is_quarantined()) << scene_.context.reason;
    EXPECT_THAT(scene_.context.judged.not_blamed, HasSubstr(not_blamed));
  }
  void expect_quarantine() {
    EXPECT_EQ(scene_.update(), "rolled-back") << scene_.context.reason;
    EXPECT_EQ(scene_.running_version, old_version);
    EXPECT_TRUE(scene_.is_quarantined()) << scene_.context.reason;
    EXPECT_EQ(scene_.context.judged.not_blamed, "");
  }

  Scene scene_;
};

// --- the unit's definition

// systemctl set-property, /run, and /usr/lib: an update neither moves nor writes anything there.
TEST_F(Blame, IsNotAssignedForADropInThatAppearsElsewhere) {
  while_stopped([&] { drop_in_appears(control_file); });
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_TRUE(scene_.root.exists(control_file));
  EXPECT_THAT(scene_.context.notes, Contains(AllOf(HasSubstr("left as it is"), HasSubstr(control_file))));
}

TEST_F(Blame, IsNotTheReleasesWhenItFailsUnderADefinitionThatSomebodyHasChanged) {
  while_stopped([&] { drop_in_appears(control_file); });
  scene_.never_ready.insert(new_version);
  expect_tried_again("definition of the unit changed");
  EXPECT_TRUE(scene_.root.exists(control_file));
}

TEST_F(Blame, IsTheReleasesWhenItFailsUnderTheDefinitionAsItWas) {
  scene_.never_ready.insert(new_version);
  expect_quarantine();
}

TEST_F(Blame, IsTheReleasesWhenItDoesNotStartUnderTheRestoredDefinitionEither) {
  while_stopped([&] { drop_in_appears(override_file); });
  scene_.does_not_start.insert(new_version);
  expect_quarantine();
}

TEST_F(Blame, IsNotAssignedForAnEditThatCostsTheGatewayNothing) {
  while_stopped([&] { drop_in_appears(override_file); });
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_TRUE(scene_.root.exists(override_file)) << "somebody's decision about their gateway";
  EXPECT_THAT(scene_.context.notes, Contains(AllOf(HasSubstr("left as it is"), HasSubstr(override_file))));
}

TEST_F(Blame, IsNotAssignedForAnEditThatCostsAVariableWhichIsRestored) {
  while_stopped([&] {
    drop_in_appears(override_file, "[Service]\nEnvironment=\n");
    unit().definition.environment_keys.clear();
  });
  unit().on_start = [&, start = unit().on_start](auto& started) {
    if (!scene_.root.exists(override_file)) unit().definition.environment_keys = {"OPENCLAW_TOKEN"};
    return start(started);
  };
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_FALSE(scene_.root.exists(override_file));
  EXPECT_THAT(scene_.context.notes,
              Contains(AllOf(HasSubstr("was restored"), HasSubstr(override_file),
                             HasSubstr("transactions/" + scene_.context.id + "/set-aside/"))));
  const auto aside = scene_.root.names("state/transactions/" + scene_.context.id + "/set-aside");
  ASSERT_EQ(aside.size(), 1U);
  EXPECT_EQ(scene_.root.read("state/transactions/" + scene_.context.id + "/set-aside/" + aside[0]),
            "[Service]\nEnvironment=\n");
}

TEST_F(Blame, IsNotAssignedForADefinitionThatStartsAnotherOpenClawAndIsRestored) {
  const auto before = unit().definition.exec_start;
  while_stopped([&] {
    drop_in_appears(override_file);
    unit().definition.exec_start = {"node", "/usr/lib/node_modules/openclaw/dist/index.js"};
  });
  unit().on_start = [&, start = unit().on_start](auto& started) {
    if (!scene_.root.exists(override_file)) unit().definition.exec_start = before;
    return start(started);
  };
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_FALSE(scene_.root.exists(override_file));
}

// --- what cannot be looked at (EIO, EMFILE) is not known

class BlameWithAnEnvironmentFile : public Blame {
 protected:
  BlameWithAnEnvironmentFile() {
    unit().definition.environment_files = {{scene_.root.write("units/gateway.env", "A=1\n"), false}};
  }
  void file_is_gone() const { ::unlink(scene_.root.path("units/gateway.env").c_str()); }
  // The kernel answers a read at its start with EIO, as a disk that fails does.
  void file_cannot_be_read() const {
    file_is_gone();
    scene_.root.symlink("/proc/self/mem", "units/gateway.env");
  }
};

TEST_F(BlameWithAnEnvironmentFile, IsNotAssignedWhileItCannotBeRead) {
  while_stopped([&] { file_cannot_be_read(); });
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_THAT(scene_.context.notes, Contains(AllOf(HasSubstr("not known"), HasSubstr("gateway.env"))));
}

TEST_F(BlameWithAnEnvironmentFile, IsNotTheReleasesWhenItIsGone) {
  while_stopped([&] { file_is_gone(); });
  expect_tried_again("lost a variable");
}

TEST_F(BlameWithAnEnvironmentFile, LeavesAnEditAloneWhileItCannotBeRead) {
  while_stopped([&] {
    drop_in_appears(override_file);
    file_cannot_be_read();
  });
  EXPECT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_TRUE(scene_.root.exists(override_file));
  EXPECT_THAT(scene_.context.notes, Contains(AllOf(HasSubstr("left as it is"), HasSubstr("gateway.env"))));
}

TEST_F(BlameWithAnEnvironmentFile, StopsNoGatewayWhoseVariablesAreNotKnown) {
  file_cannot_be_read();
  EXPECT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, HasSubstr("gateway.env"));
  EXPECT_FALSE(scene_.called(std::string("stop ") + update_tests::gateway));
}

TEST_F(Blame, IsNotTheReleasesWhenItsSurroundingsCannotBeLookedAt) {
  bool fails = false;
  const test_support::Refusals disk([&](fs::syscalls::Call call, std::string_view name) {
    return fails && call == fs::syscalls::Call::openat2 && name == "index.json" ? EIO : 0;
  });
  scene_.never_ready.insert(new_version);
  const auto well = scene_.workers.answers["openclaw-probe gate"];
  scene_.workers.answers["openclaw-probe gate"] = [&, well](const json& request,
                                                            const update::Watching& watching) {
    fails = scene_.running_version == new_version;
    return well(request, watching);
  };
  expect_tried_again("the update itself could not continue");
}

// --- systemd, and its clients

TEST_F(Blame, IsNotTheReleasesForAStartThatSomebodyCancels) {
  new_start_ends([](auto& started) {
    started.rest();
    return "canceled";
  });
  expect_tried_again("its start was canceled");
}

TEST_F(Blame, IsNotTheReleasesForAUnitThatIsMasked) {
  while_stopped([&] {
    scene_.manager.refuse(start_call, {base::ErrorKind::refused, 0, "Unit is masked"});
    scene_.observer.on_entered = [&](const std::string& state) {
      if (state == "rollback") scene_.manager.allow(start_call);
    };
  });
  expect_tried_again("did not begin its start");
}

TEST_F(Blame, IsNotTheReleasesForABusThatIsGone) {
  while_stopped([&] {
    scene_.manager.refuse(start_call, {base::ErrorKind::unavailable, 0, "no answer for a minute"});
    scene_.observer.on_entered = [&](const std::string& state) {
      if (state == "rollback") scene_.manager.allow(start_call);
    };
  });
  expect_tried_again("systemd could not be asked");
}

TEST_F(Blame, IsNotTheReleasesForAHookThatFails) {
  new_start_ends([](auto& started) {
    started.fail("exit-code");
    started.end(0, 0);
    return "failed";
  });
  expect_tried_again("before its process ran");
}

TEST_F(Blame, IsTheReleasesForAProcessThatExits) {
  new_start_ends([](auto& started) {
    started.fail("exit-code");
    return "failed";
  });
  expect_quarantine();
}

TEST_F(Blame, IsNotTheReleasesForAProcessThatSomebodyKills) {
  const auto well = scene_.workers.answers["openclaw-probe gate"];
  scene_.workers.answers["openclaw-probe gate"] = [&, well](const json& request,
                                                            const update::Watching& watching) {
    if (scene_.running_version == new_version) {
      unit().fail("signal");
      unit().end(CLD_KILLED, SIGKILL);
    }
    return well(request, watching);
  };
  expect_tried_again("a signal of another process");
}

// --- the rest of the environment

TEST_F(Blame, IsNotTheReleasesForAWorkerWithoutAnAnswer) {
  const auto well = scene_.workers.answers["openclaw-probe gate"];
  scene_.workers.answers["openclaw-probe gate"] =
      [&, well](const json& request, const update::Watching& watching) -> base::Result<json> {
    if (scene_.running_version != new_version) return well(request, watching);
    return base::fail(base::ErrorKind::unavailable, "openclaw-probe left no result");
  };
  expect_tried_again("worker");
}

TEST_F(Blame, IsNotTheReleasesOnADiskThatIsFull) {
  when_new_starts([&] { scene_.space = {4096, 10}; });
  scene_.never_ready.insert(new_version);
  expect_tried_again("disk is full");
}

TEST_F(Blame, IsNotTheReleasesWhereTheGatewayCannotWriteAnyMore) {
  scene_.never_ready.insert(new_version);
  scene_.workers.answer("openclaw-state room", {{"full", "/srv/claw"}});
  expect_tried_again("disk is full");
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("/srv/claw, to which the gateway writes, is full")));
}

TEST_F(Blame, IsTheReleasesWhenTheWorkerForTheRoomFails) {
  scene_.never_ready.insert(new_version);
  scene_.workers.fail("openclaw-state room");
  expect_quarantine();
}

TEST_F(Blame, IsNotLookedForOnDisksAfterASuccess) {
  scene_.workers.fail("openclaw-state room");
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_EQ(scene_.workers.requests.count("openclaw-state room"), 0U);
}

TEST_F(Blame, IsNotTheReleasesForAPortThatAnotherProcessHas) {
  scene_.does_not_start.insert(new_version);
  scene_.workers.answers["openclaw-probe port"] = [&](const json&, const update::Watching&) {
    EXPECT_FALSE(scene_.is_running()) << "the gateway itself would be the one that listens";
    return json{{"listens", true}};
  };
  expect_tried_again("another process listens on its port");
  EXPECT_THAT(scene_.context.notes, Contains(HasSubstr("ss -tlnp")));
}

TEST_F(Blame, IsTheReleasesWhenTheWorkerForThePortFails) {
  scene_.does_not_start.insert(new_version);
  scene_.workers.fail("openclaw-probe port");
  expect_quarantine();
}

TEST_F(Blame, IsNotTheReleasesForAConfigThatChangedMeanwhile) {
  scene_.report["config"]["known"] = true;
  scene_.report["config"]["valid"] = true;
  when_new_starts([&] { scene_.report["config"]["valid"] = false; });
  unit().on_stop = [this](auto& stopped) -> bus::JobResult {
    scene_.report["config"]["valid"] = true;
    stopped.rest();
    return "done";
  };
  expect_tried_again("config");
}

TEST_F(Blame, IsNotTheReleasesForALostVariableAndWhatFailsWithoutIt) {
  scene_.report["plugins"] = {{"known", true}, {"loaded", {"telegram"}}};
  when_new_starts([&] {
    scene_.report["environment_keys"] = json::array();
    scene_.report["plugins"]["loaded"] = json::array();
  });
  expect_tried_again("lost a variable");
}

TEST_F(Blame, IsTheReleasesForAPluginThatFailsWithTheSameVariables) {
  scene_.report["plugins"] = {{"known", true}, {"loaded", {"telegram"}}};
  when_new_starts([&] { scene_.report["plugins"]["loaded"] = json::array(); });
  expect_quarantine();
}

TEST_F(Blame, IsNotTheReleasesForAStateThatCannotBeReplaced) {
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  scene_.workers.answer("openclaw-validate validate",
                        {{"config", {{"valid", true}}}, {"database", {{"status", "incompatible"}}}});
  scene_.workers.fail("openclaw-state restore", "no space left");
  scene_.return_to(old_version);
  EXPECT_FALSE(scene_.root.exists(std::string("state/quarantine/") + old_version));
}

}  // namespace
