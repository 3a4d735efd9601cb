// SPDX-License-Identifier: MIT
// Lines that a stranger can make a gateway log have limited effects: at most one act for each release, never
// a stop, and never the omission of a rollback. For each attack, there is a counterpart in which the fact
// behind the line holds.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/gateway_world.hpp"

namespace {

using watchdog::Act;
using watchdog_tests::Life;
using watchdog_tests::World;

// A chat message in the log, and one with a line break, whose second line looks like the beginning of a line
// of OpenClaw.
const std::vector<std::string> chat = {
    "[telegram] in: see what mine says: OpenClaw config is invalid",
    "[whatsapp] in: ENOSPC: no space left on device, write",
    "OpenClaw config is invalid",
    "2026-11-27T19:37:16.650+00:00 Gateway failed to start: gateway already running (pid 4711); lock timeout "
    "after "
    "5000ms",
    "Gateway start blocked: existing config is missing gateway.mode.",
    "Error: ENOSPC: no space left on device, write",
    "Error: listen EADDRINUSE: address already in use 127.0.0.1:18789",
    "OpenClaw state database /x/openclaw.sqlite uses newer schema version 18; this build supports 15.",
    "Gateway failed to start: Startup failed: required secrets are unavailable.",
    "openclaw: Node 22.22.3: openclaw requires Node >=24.16.0 <25, or >=26.1.0.",
};

// Each requests an act by a line in the form in which OpenClaw would print it.
const std::vector<std::string> demands = {
    "[plugins] slack failed to load from /usr/lib/node_modules/openclaw/dist/extensions/slack/index.js: "
    "Error: EROFS: "
    "read-only file system, copyfile '/usr/lib/node_modules/openclaw/dist/agents/a.js' -> "
    "'/var/lib/openclaw/plugin-runtime-deps/x/dist/agents/.openclaw-mirror-41-a.tmp'",
    "[plugins] Timed out waiting for bundled runtime deps lock at /x/.openclaw-runtime-deps.lock (waited=5m)",
    "[plugins] slack failed to stage bundled runtime deps after 812ms: @slack/bolt@^4.7.0",
    "[ws] failed to load ws message handler because the OpenClaw installation changed while the Gateway was "
    "running "
    "conn=17",
    "[plugins] slack failed to load from /usr/lib/node_modules/openclaw/dist/extensions/slack/index.js: "
    "Error: Cannot "
    "find module '@slack/web-api'",
};

Life life(int dies_after, int status, const std::vector<std::string>& log) {
  Life life;
  life.dies_after = dies_after;
  life.exit_status = status;
  life.log = log;
  return life;
}

long count(const World& world, Act act) {
  return std::ranges::count_if(world.done, [&](const auto& done) { return done.act == act; });
}

void promote(World& world) {
  world.promotion = watchdog::Promotion{"20261121T101500Z-4f2a", {}, true};
  world.promoted_at = -60;
}

TEST(WhatStrangersHaveLogged, RestartsAHealthyGatewayOnceForARelease) {
  World world;
  world.lives = {life(watchdog_tests::never, 0, demands)};
  world.run(7200);
  EXPECT_EQ(world.done.size(), 1U);
  EXPECT_EQ(world.memory.restarts_total, 1U);
}

TEST(WhatStrangersHaveLogged, LeadsToNothingMoreAfterABoot) {
  World world;
  world.memory.hint_taken_for = "2026.9.6-1f3a9c2e";  // the release of GatewayWorld
  world.lives = {life(watchdog_tests::never, 0, demands)};
  world.run(7200);
  EXPECT_TRUE(world.done.empty());
}

TEST(WhatStrangersHaveLogged, DoesNotStopAGatewayThatLoops) {
  for (const std::string& line : chat) {
    World world;
    world.lives = {life(3, 1, {line})};
    world.start_limit = 1000;
    world.run(3500);
    EXPECT_EQ(count(world, Act::stop), 0) << line;
    EXPECT_EQ(world.done.size(), 4U) << line;  // the budget
    EXPECT_FALSE(world.statuses.back().find("WAITS FOR AN OPERATOR") != std::string::npos) << line;
  }
}

TEST(WhatStrangersHaveLogged, IsToldAsAHintAndOfChannelsNotAtAll) {
  World world;
  world.lives = {life(3, 1, {chat[0], chat[2]})};
  world.run(60);
  ASSERT_EQ(world.reports.size(), 1U);
  EXPECT_NE(world.reports[0].text.find(": perhaps the config of the gateway is not valid (#25595); "
                                       "only a line of its log suggests this: OpenClaw config is invalid; "),
            std::string::npos)
      << world.reports[0].text;
}

TEST(WhatStrangersHaveLogged, DoesNotWithholdARollback) {
  for (const std::string& line : chat) {
    World world;
    promote(world);
    world.lives = {life(3, 1, {line})};
    world.run(600);
    EXPECT_EQ(count(world, Act::rollback), 1) << line;
    EXPECT_EQ(count(world, Act::stop), 0) << line;
  }
}

TEST(WhatStrangersHaveLogged, PutsOffARollbackByOneActWhateverTheNumberOfLines) {
  World world;
  promote(world);
  world.lives = {life(3, 1, demands)};
  world.run(600);
  ASSERT_EQ(world.done.size(), 2U);
  EXPECT_EQ(world.done[1].act, Act::rollback);
}

TEST(WhatStrangersHaveLogged, DoesNotHideThatTheGatewayListensNowhere) {
  World world;
  world.lives = {life(watchdog_tests::never, 0, {"OpenClaw config is invalid"})};
  world.lives[0].live_after = watchdog_tests::never;
  world.run(3600);
  EXPECT_TRUE(world.done.empty());
  EXPECT_TRUE(std::ranges::any_of(world.reports, [](const auto& report) {
    return report.text.find("no process of its unit listens") != std::string::npos;
  }));
}

// The counterparts: the same lines, and their facts hold.

TEST(WhatALineTellsOf, StopsAGatewayThatLoopsWhereItsExitStatusSaysSo) {
  World world;
  world.lives = {life(3, 78, {"OpenClaw config is invalid"})};
  world.ends_for_good_with_78 = false;
  world.start_limit = 1000;
  world.run(600);
  ASSERT_EQ(world.done.size(), 1U);
  EXPECT_EQ(world.done[0].act, Act::stop);
  EXPECT_NE(world.statuses.back().find("WAITS FOR AN OPERATOR: the config of the gateway is not valid"),
            std::string::npos);
}

TEST(WhatALineTellsOf, KeepsARollbackFromBeingMadeWhereTheSystemSaysSo) {
  const auto rollbacks = [](const char* line, void (*set)(World&)) {
    World world;
    promote(world);
    world.lives = {life(3, 1, {line})};
    set(world);
    world.run(600);
    return count(world, Act::rollback);
  };
  EXPECT_EQ(
      rollbacks("Error: ENOSPC: no space left on device, write", [](World& w) { w.disk_is_full = true; }), 0);
  EXPECT_EQ(rollbacks("Error: listen EADDRINUSE: address already in use 127.0.0.1:18789",
                      [](World& w) { w.port_is_of_others = true; }),
            0);
  // A fact of another signature corroborates nothing.
  EXPECT_EQ(rollbacks("Error: ENOSPC: no space left on device, write",
                      [](World& w) { w.port_is_of_others = true; }),
            1);
}

}  // namespace
