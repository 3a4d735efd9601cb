// SPDX-License-Identifier: MIT
// The truth table: scripted gateways, and the acts of the watchdog for each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "support/gateway_world.hpp"

namespace {

using namespace std::chrono_literals;
using watchdog::Act;
using watchdog_tests::Done;
using watchdog_tests::Life;
using watchdog_tests::never;
using watchdog_tests::World;

// Seconds: an act must be in this range.
struct Expected {
  Act act;
  int from, until;
};

struct Row {
  const char* name;
  int seconds;
  void (*set)(World& world);
  std::vector<Expected> acts;
  std::vector<const char*> reported = {};  // ids of signatures, "unknown", "gave-up", "unready"
};

Life dying(int after, int status = 1, std::vector<std::string> log = {}) {
  Life life;
  life.dies_after = after;
  life.exit_status = status;
  life.log = std::move(log);
  return life;
}

Life logging(std::vector<std::string> log) {
  Life life;
  life.log = std::move(log);
  return life;
}

Life silent(int from, int until = never) {
  Life life;
  life.silent_from = from;
  life.silent_until = until;
  return life;
}

void promote(World& world, int at = -60) {
  world.promotion = watchdog::Promotion{"20261121T101500Z-4f2a", {}, true};
  world.promoted_at = at;
}

constexpr const char* stale_mirror =
    "[plugins] slack failed to load from /usr/lib/node_modules/openclaw/dist/extensions/slack/index.js: "
    "Error: EROFS: read-only file system, copyfile "
    "'/usr/lib/node_modules/openclaw/"
    "dist/agents/a.js' -> '/var/lib/openclaw/plugin-runtime-deps/x/dist/agents/.openclaw-mirror-41-a.tmp'";
constexpr const char* invalid_config =
    "2026-11-27T19:37:16.650+00:00 Gateway failed to start: Invalid config at "
    "/var/lib/openclaw/.openclaw/openclaw.json:";
constexpr const char* newer_schema =
    "OpenClaw state database /x/openclaw.sqlite uses newer schema version 18; this build supports 15.";
constexpr const char* port_taken = "Error: listen EADDRINUSE: address already in use 127.0.0.1:18789";
constexpr const char* disk_full = "Error: ENOSPC: no space left on device, write";
constexpr const char* missing_module =
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'grammy' imported from "
    "/var/lib/openclaw-update/current/dist/extensions/telegram/index.js";
constexpr const char* replaced_files =
    "[ws] failed to load ws message handler because the OpenClaw installation changed while the Gateway was "
    "running";
constexpr const char* wrong_node =
    "openclaw: Node 22.22.3: openclaw requires Node >=24.16.0 <25, or >=26.1.0.";

// clang-format off
const Row rows[] = {
  // Nothing is wrong, or nothing that the watchdog may change.
  {"is left alone when it is well", 7200, [](World&) {}, {}},
  {"is left alone while it starts for 4 minutes", 900, [](World& w) {
     w.lives[0].live_after = 240; w.lives[0].ready_after = 250; }, {}},
  {"is left alone while it installs plugins for 13 minutes at its start", 1500, [](World& w) {
     w.lives[0].live_after = 780; w.lives[0].ready_after = 790; }, {}},
  {"is left alone while it listens and does not answer in a slow start", 900, [](World& w) {
     w.lives[0] = silent(0, 240); w.lives[0].live_after = 0; }, {}},
  {"is not restarted because one channel is not ready", 7200, [](World& w) {
     w.lives[0].unready_from = 60; }, {}, {"unready"}},
  {"is not restarted because it never becomes ready", 7200, [](World& w) {
     w.lives[0].ready_after = never; }, {}, {"unready"}},
  {"is not even reported when it is not ready for a minute", 1800, [](World& w) {
     w.lives[0].unready_from = 60; w.lives[0].unready_until = 120; }, {}},
  {"is not restarted when its event loop stalls for a minute", 1800, [](World& w) {
     w.lives[0] = silent(100, 165); }, {}},
  {"is not restarted when it stalls again and again and recovers", 3600, [](World& w) {
     w.lives[0] = silent(100, 180); w.script[600] = [](World& x) { x.lives[0] = silent(600, 680); };
     w.script[1200] = [](World& x) { x.lives[0] = silent(1200, 1280); }; }, {}},
  {"is left alone while it drains for 5 minutes before its stop", 1200, [](World& w) {
     w.script[100] = [](World& x) { x.person_stops(300); }; }, {}},
  {"is left alone while it drains and starts anew within its process", 1800, [](World& w) {
     Life& l = w.lives[0]; l.draining_from = 100; l.draining_until = 400;
     l.closed_from = 400; l.closed_until = 640; }, {}},
  {"is left alone while an older one restarts itself without a word", 1800, [](World& w) {
     w.lives[0].closed_from = 100; w.lives[0].closed_until = 340; }, {}},
  {"is left alone when a person has stopped it", 7200, [](World& w) {
     w.script[100] = [](World& x) { x.person_stops(); }; }, {}},
  {"is left alone when a person has stopped it and it ended badly", 7200, [](World& w) {
     w.script[100] = [](World& x) { x.person_stops(330, true); }; }, {}},
  {"is left alone when it was never started", 7200, [](World& w) { w.never_started(); }, {}},
  {"is left alone when it is masked", 3600, [](World& w) {
     w.script[100] = [](World& x) { x.fail("exit-code"); x.masked = true; }; }, {}},
  {"is left alone while it is frozen for a backup", 1200, [](World& w) {
     w.lives[0] = silent(100, 400);
     w.script[100] = [](World& x) { x.freeze(); };
     w.script[400] = [](World& x) { x.thaw(); }; }, {}},
  {"is left alone while it is frozen in its start", 2400, [](World& w) {
     w.lives[0] = silent(0, 1500); w.lives[0].live_after = 0;
     w.script[60] = [](World& x) { x.freeze(); };
     w.script[1400] = [](World& x) { x.thaw(); }; }, {}},
  {"is left alone while it has a job", 1200, [](World& w) {
     w.lives[0] = silent(60); w.script[61] = [](World& x) { x.queue_job(); }; }, {}},
  {"is left alone during an update, dead or deaf", 1800, [](World& w) {
     w.lives[0] = silent(60); w.update = watchdog::Update::at_work; }, {}},
  {"is left alone while the machine goes down", 900, [](World& w) {
     w.script[100] = [](World& x) { x.machine_stops = true; x.fail("exit-code"); }; }, {}},
  {"is left alone when only the bus was away", 1800, [](World& w) {
     w.lives[0] = silent(100, 700);
     w.script[101] = [](World& x) { x.manager_answers = false; };
     w.script[690] = [](World& x) { x.manager_answers = true; }; }, {}},
  {"is left to systemd when it dies once", 1800, [](World& w) { w.lives = {dying(30), Life{}}; }, {}},
  {"is left to systemd when it dies twice", 1800, [](World& w) { w.lives = {dying(30), dying(30), Life{}}; }, {}},
  {"is left to systemd when it dies once in an hour", 14400, [](World& w) { w.lives = {dying(3600)}; }, {}},
  {"is not acted upon when the budget is none", 3600, [](World& w) {
     w.rules.restarts_per_hour = 0; w.lives = {dying(1)}; }, {}, {"unknown"}},

  // Deaf.
  {"is restarted when it hangs after it was ready", 1200, [](World& w) {
     w.lives = {silent(100), Life{}}; }, {{Act::restart, 180, 205}}},
  {"is restarted only for the silence that was heard after it was frozen", 1200, [](World& w) {
     w.lives = {silent(100), Life{}};
     w.script[100] = [](World& x) { x.freeze(); };
     w.script[400] = [](World& x) { x.thaw(); }; }, {{Act::restart, 485, 510}}},
  {"is restarted when all it says is 200 with a page", 1200, [](World& w) {
     w.script[100] = [](World& x) { x.lives[0].html = true; };
     w.script[202] = [](World& x) { x.lives[0].html = false; }; }, {{Act::restart, 180, 205}}},
  {"is restarted when it never comes up although its process is alive", 2400, [](World& w) {
     w.lives = {silent(0), Life{}}; w.lives[0].live_after = 0; }, {{Act::restart, 1200, 1220}}},
  {"is only reported when it has never listened where it can be seen", 7200, [](World& w) {
     w.lives[0].live_after = never; }, {}, {"unknown"}},
  {"is restarted once when it does not listen any more, and then reported", 7200, [](World& w) {
     w.memory.has_answered = true; w.lives[0].live_after = never; }, {{Act::restart, 1200, 1220}}, {"unknown"}},
  {"is reported also after it was started by the watchdog when it listens nowhere", 7200, [](World& w) {
     w.fail("start-limit-hit"); w.lives[0].live_after = never; }, {{Act::start, 0, 1}}, {"unknown", "unknown"}},
  {"is only reported when it has never been asked, as it cannot be", 7200, [](World& w) {
     w.lives[0].unseen_from = 0; }, {}, {"unknown"}},
  {"is only reported when it cannot be asked any more since it was started anew", 7200, [](World& w) {
     w.memory.has_answered = true; w.lives[0].unseen_from = 0; }, {}, {"unknown"}},
  {"is only reported when it cannot be asked any more though it was ready", 7200, [](World& w) {
     w.lives[0].unseen_from = 100; }, {}, {"unknown"}},
  {"is not even reported when a plugin listens before it does", 1800, [](World& w) {
     w.lives[0].unseen_from = 2; w.lives[0].unseen_until = 600; }, {}},
  {"is restarted only for the silence that was heard when it could not be asked before", 1200, [](World& w) {
     w.lives = {silent(150), Life{}}; w.lives[0].unseen_from = 50; w.lives[0].unseen_until = 150; },
   {{Act::restart, 235, 260}}},
  {"is restarted with its dependencies staged when it waits for a lock", 2400, [](World& w) {
     w.lives = {silent(0), Life{}}; w.lives[0].live_after = 0;
     w.lives[0].log = {"Timed out waiting for bundled runtime deps lock at /x/.openclaw-runtime-deps.lock (waited=5m)"};
   }, {{Act::stage, 1200, 1220}}},
  {"is restarted only once the update is over when it is deaf in it", 900, [](World& w) {
     w.lives = {silent(120), Life{}};
     w.script[100] = [](World& x) { x.update = watchdog::Update::at_work; };
     w.script[300] = [](World& x) { x.update = watchdog::Update::none; }; }, {{Act::restart, 385, 415}}},
  {"is restarted with growing pauses and no more often than the budget says", 3500, [](World& w) {
     w.lives = {silent(30)}; w.rules.deaf_after = 30s; w.rules.first_delay = 60s; },
   {{Act::restart, 55, 80}, {Act::restart, 125, 160}, {Act::restart, 245, 260}, {Act::restart, 485, 500}},
   {"gave-up"}},
  {"is restarted again when the budget has come back", 4200, [](World& w) {
     w.lives = {silent(30)}; w.rules.deaf_after = 30s; w.rules.restarts_per_hour = 1; },
   {{Act::restart, 55, 80}, {Act::restart, 3655, 3680}}, {"gave-up"}},

  // Dead.
  {"is started when it has failed and nobody stopped it", 900, [](World& w) {
     w.script[100] = [](World& x) { x.fail("exit-code"); }; }, {{Act::start, 100, 101}}, {"unknown"}},
  {"is started when it was killed while it was frozen", 900, [](World& w) {
     w.script[100] = [](World& x) { x.freeze(); };
     w.script[200] = [](World& x) { x.fail("signal"); }; }, {{Act::start, 200, 201}}, {"unknown"}},
  {"is started when its start limit has latched before the watchdog came", 900, [](World& w) {
     w.fail("start-limit-hit"); }, {{Act::start, 0, 1}}, {"unknown"}},
  {"is started though a stranger answers on its port", 900, [](World& w) {
     w.script[100] = [](World& x) { x.stranger_on_port = true; x.fail("exit-code"); };
     w.script[101] = [](World& x) { x.stranger_on_port = false; }; }, {{Act::start, 100, 101}}, {"unknown"}},
  {"is started when it was stopped for a restart that did not happen", 900, [](World& w) {
     w.memory.start_owed = "openclaw-gateway.service"; w.never_started(); }, {{Act::start, 0, 1}}},
  // Its failure could not be reset, because systemd did not answer for a while.
  {"is started without a report when it had to be killed on a stop for a restart that did not happen", 900, [](World& w) {
     w.script[100] = [](World& x) { x.memory.start_owed = "openclaw-gateway.service"; x.fail("timeout"); }; },
   {{Act::start, 100, 101}}},
  {"is judged by how it has failed when others made the start that was owed", 900, [](World& w) {
     w.script[100] = [](World& x) { x.memory.start_owed = "openclaw-gateway.service"; x.never_started(); x.machine_stops = true; };
     w.script[101] = [](World& x) { x.person_starts(); x.fail("exit-code"); x.machine_stops = false; }; },
   {{Act::start, 101, 102}}, {"unknown"}},
  {"is left alone when a person stops it after a start that was owed was made by others", 3600, [](World& w) {
     w.memory.start_owed = "openclaw-gateway.service";
     w.script[100] = [](World& x) { x.person_stops(); }; }, {}},
  {"is not restarted when it ends with 78", 7200, [](World& w) { w.lives = {dying(5, 78)}; }, {}, {"exit-78"}},
  {"is not restarted when its database is newer", 7200, [](World& w) {
     w.lives = {dying(5, 78, {newer_schema})}; }, {}, {"newer-schema"}},
  {"is not restarted when its config is not valid", 7200, [](World& w) {
     w.lives = {dying(5, 78, {invalid_config})}; }, {}, {"invalid-config"}},
  {"is stopped when it loops over a config that is not valid", 7200, [](World& w) {
     w.lives = {dying(3, 78, {invalid_config})}; w.ends_for_good_with_78 = false; w.start_limit = 1000; },
   {{Act::stop, 30, 60}}, {"invalid-config"}},
  {"is not stopped when its config is mended in time", 1800, [](World& w) {
     const Life loops = dying(3, 78, {invalid_config});
     w.ends_for_good_with_78 = false; w.lives = {loops, loops, loops, Life{}}; }, {}, {"invalid-config"}},
  {"is restarted in the budget when only a line says that its config is not valid", 3500, [](World& w) {
     w.lives = {dying(3, 1, {invalid_config})}; },
   {{Act::restart, 20, 25}, {Act::restart, 52, 62}, {Act::restart, 112, 122}, {Act::start, 232, 242}},
   {"gave-up", "invalid-config"}},
  {"is started in the budget when a line says that its Node does not fit", 3500, [](World& w) {
     w.lives = {dying(0, 1, {wrong_node})}; w.start_limit = 3; },
   {{Act::start, 15, 16}, {Act::start, 45, 47}, {Act::start, 105, 107}, {Act::start, 225, 227}},
   {"gave-up", "wrong-node"}},
  {"is not restarted when the program of its unit is gone", 7200, [](World& w) {
     w.lives = {dying(0, 203)}; w.start_limit = 3; }, {}, {"no-program"}},

  // Looping.
  {"is taken in hand when it dies at once, again and again", 3500, [](World& w) { w.lives = {dying(0)}; },
   {{Act::restart, 10, 17}, {Act::restart, 45, 50}, {Act::start, 105, 110}, {Act::start, 225, 230}},
   {"gave-up", "unknown"}},
  {"is taken in hand when it dies after a second, again and again", 3500, [](World& w) { w.lives = {dying(1)}; },
   {{Act::restart, 10, 20}, {Act::restart, 48, 54}, {Act::restart, 108, 114}, {Act::start, 228, 234}},
   {"gave-up", "unknown"}},
  {"is taken in hand when it flaps every 30 s", 3500, [](World& w) { w.lives = {dying(30)}; },
   {{Act::restart, 95, 115}, {Act::restart, 125, 180}, {Act::restart, 190, 260}, {Act::restart, 310, 400}},
   {"gave-up", "unknown"}},
  {"is healed by staging when plugins that miss packages end it", 3500, [](World& w) {
     w.lives = {dying(3, 1, {missing_module}), dying(3, 1, {missing_module}), dying(3, 1, {missing_module}), Life{}}; },
   {{Act::stage, 10, 40}}},
  {"is staged once, and then restarted, when staging does not help", 3500, [](World& w) {
     w.lives = {dying(3, 1, {stale_mirror})}; },
   {{Act::stage, 20, 25}, {Act::restart, 54, 60}, {Act::restart, 114, 120}, {Act::start, 234, 240}},
   {"gave-up", "stale-mirror"}},
  {"is restarted when it loops again after it was staged and well for an hour", 7200, [](World& w) {
     const Life loops = dying(3, 1, {missing_module});
     const Life lasts = dying(3600);
     w.lives = {loops, loops, loops, lasts, lasts, loops, loops, Life{}}; },
   {{Act::stage, 10, 40}, {Act::restart, 3620, 3680}}, {"missing-module"}},
  {"is not staged when remedies are off", 60, [](World& w) {
     w.rules.remedies = false; w.lives = {dying(3, 1, {stale_mirror}), dying(3), dying(3), Life{}};
     w.lives[1].log = w.lives[2].log = {stale_mirror}; }, {{Act::restart, 10, 40}}, {"stale-mirror"}},
  {"names whoever has its port, and tries again as the budget allows", 3500, [](World& w) {
     w.lives = {dying(2, 1, {port_taken})}; },
   {{Act::restart, 15, 25}, {Act::restart, 50, 57}, {Act::restart, 110, 117}, {Act::start, 230, 237}},
   {"gave-up", "port-taken"}},
  {"is not cut off when it has its port again before its loop is seen", 900, [](World& w) {
     const Life loops = dying(2, 1, {port_taken});
     w.lives = {loops, loops, loops, Life{}}; w.lives[3].live_after = 0;
     w.script[15] = [](World& x) { x.manager_answers = false; };
     w.script[22] = [](World& x) { x.manager_answers = true; }; }, {}},
  {"is taken in hand when it seemed to have its port again and ended all the same", 50, [](World& w) {
     const Life loops = dying(2, 1, {port_taken});
     w.lives = {loops, loops, loops, dying(4, 1, {port_taken}), Life{}};
     w.lives[3].live_after = w.lives[4].live_after = 0;
     for (const int from : {15, 24}) {
       w.script[from] = [](World& x) { x.manager_answers = false; };
       w.script[from + 7] = [](World& x) { x.manager_answers = true; };
     } }, {{Act::restart, 31, 33}}, {"port-taken"}},
  {"loops for a full disk: reported, restarted in the budget", 60, [](World& w) {
     w.lives = {dying(2, 1, {disk_full})}; }, {{Act::restart, 10, 30}, {Act::restart, 40, 60}}, {"disk-full"}},
  {"is not cut off in a start that follows two quick deaths and is slow", 900, [](World& w) {
     w.lives = {dying(1), dying(1), Life{}}; w.lives[2].live_after = 240; w.lives[2].ready_after = 241; }, {}},
  {"is given up without a journal just as with one", 3500, [](World& w) {
     w.lives = {dying(0)}; w.journal_is_silent = true; },
   {{Act::restart, 10, 17}, {Act::restart, 45, 50}, {Act::start, 105, 110}, {Act::start, 225, 230}},
   {"gave-up", "unknown"}},
  {"is left to the person who starts it anew in the middle of a loop", 200, [](World& w) {
     w.lives = {dying(3), dying(3), Life{}}; w.lives[2].live_after = 120; w.lives[2].ready_after = 121;
     w.script[12] = [](World& x) { x.person_starts(); }; }, {}},

  // After an update.
  {"is rolled back when it loops after an update", 1200, [](World& w) {
     promote(w); w.lives = {dying(3)}; }, {{Act::rollback, 10, 40}}},
  // After a change of its config, or because a chat asks for it, OpenClaw ends with 0 to be started again.
  {"is left alone when it restarts itself three times after an update", 1200, [](World& w) {
     promote(w); w.lives = {dying(60, 0), dying(60, 0), dying(60, 0), Life{}}; }, {}},
  {"is rolled back when it ends with 0 before it has answered, after an update", 1200, [](World& w) {
     promote(w); w.lives = {dying(3, 0)}; }, {{Act::rollback, 10, 40}}},
  {"is restarted when it restarts itself again and again", 215, [](World& w) {
     w.start_limit = 1000; w.lives = {dying(20, 0)}; }, {{Act::restart, 180, 220}}, {"unknown"}},
  {"is left to the updater while that only begins with the rollback", 50, [](World& w) {
     promote(w); w.updater_begins_after = 60; w.fail("start-limit-hit"); }, {{Act::rollback, 0, 1}}},
  {"is rolled back when it hangs again and again after an update", 1800, [](World& w) {
     promote(w); w.lives = {silent(30)}; },
   {{Act::restart, 115, 145}, {Act::restart, 235, 270}, {Act::rollback, 350, 400}}},
  {"is waited for after its plugins were staged for longer than the patience with a start", 3600, [](World& w) {
     Life& life = w.lives.front();
     life.staged_for = 1300; life.live_after = 1540; life.ready_after = 1543; }, {}},
  {"is restarted when it does not answer after its plugins were staged", 2600, [](World& w) {
     w.lives.front().staged_for = 1300; w.lives.front().live_after = never;
     w.memory.has_answered = true; }, {{Act::restart, 2490, 2560}}},
  {"is not rolled back when it dies once after an update", 1200, [](World& w) {
     promote(w); w.lives = {dying(30), Life{}}; }, {}},
  {"is not rolled back when the update is older than its probation", 60, [](World& w) {
     promote(w, -3601); w.lives = {dying(3), dying(3), dying(3), Life{}}; }, {{Act::restart, 10, 40}}, {"unknown"}},
  {"is not rolled back when there is nothing to go back to", 60, [](World& w) {
     promote(w); w.promotion->can_return = false; w.lives = {dying(3), dying(3), dying(3), Life{}}; },
   {{Act::restart, 10, 40}}, {"unknown"}},
  {"is not rolled back twice from the same update", 60, [](World& w) {
     promote(w); w.memory.rolled_back = w.promotion->id; w.lives = {dying(3), dying(3), dying(3), Life{}}; },
   {{Act::restart, 10, 40}}, {"unknown"}},
  {"is not rolled back when that is off", 60, [](World& w) {
     promote(w); w.rules.rollback = false; w.lives = {dying(3), dying(3), dying(3), Life{}}; },
   {{Act::restart, 10, 40}}, {"unknown"}},
  {"is not rolled back for a port that another unit has", 60, [](World& w) {
     promote(w); w.port_is_of_others = true; w.lives = {dying(2, 1, {port_taken}), dying(2, 1, {port_taken}), dying(2, 1, {port_taken}), Life{}}; },
   {{Act::restart, 10, 30}}, {"port-taken"}},
  {"is not rolled back for a file system that is full", 60, [](World& w) {
     const Life loops = dying(2, 1, {disk_full});
     promote(w); w.disk_is_full = true; w.lives = {loops, loops, loops, Life{}}; }, {{Act::restart, 10, 30}}, {"disk-full"}},
  {"is rolled back when a full file system only stands in its log", 600, [](World& w) {
     promote(w); w.lives = {dying(2, 1, {disk_full})}; }, {{Act::rollback, 10, 30}}},
  {"is not rolled back for a config that somebody broke", 120, [](World& w) {
     promote(w); w.lives = {dying(3, 78, {invalid_config})}; }, {}, {"invalid-config"}},
  {"is staged first and rolled back when that does not help", 600, [](World& w) {
     promote(w); w.lives = {dying(3, 1, {missing_module})}; },
   {{Act::stage, 20, 25}, {Act::rollback, 35, 45}}},
  {"is rolled back when the update needs another Node", 600, [](World& w) {
     promote(w); w.lives = {dying(0, 1, {wrong_node})}; }, {{Act::rollback, 10, 20}}},
  {"has its interrupted update ended when nobody else does it", 600, [](World& w) {
     w.update = watchdog::Update::orphaned; }, {{Act::resume, 120, 140}}},
  {"is reported once when nobody works on its update, where the watchdog only observes", 3600, [](World& w) {
     w.rules.restarts_per_hour = 0; w.script[1200] = [](World& x) { x.update = watchdog::Update::orphaned; }; },
   {}, {"unknown"}},
  {"is left to an update whose program was only just killed", 600, [](World& w) {
     w.update = watchdog::Update::orphaned;
     w.script[60] = [](World& x) { x.update = watchdog::Update::none; }; }, {}},

  // Ready, but not well.
  {"is staged and restarted once when it is ready without its plugins", 7200, [](World& w) {
     w.lives = {logging({stale_mirror}), Life{}}; }, {{Act::stage, 30, 60}}},
  {"is not staged again when it is still without its plugins", 7200, [](World& w) {
     w.lives = {logging({stale_mirror})}; }, {{Act::stage, 30, 60}}, {"stale-mirror"}},
  {"is restarted once when its files were replaced", 7200, [](World& w) {
     w.lives = {logging({replaced_files}), Life{}}; }, {{Act::restart, 30, 60}}},
  {"is not restarted because a ready one talks of what ends others", 7200, [](World& w) {
     w.lives = {logging({invalid_config, newer_schema})}; }, {}},
  {"is not restarted because something that it has started does not find a module", 7200, [](World& w) {
     w.lives = {logging({"Error: Cannot find module './helper.js'"})}; }, {}, {"other-module"}},
  {"is not restarted because a ready one has had a full disk", 7200, [](World& w) {
     w.lives = {logging({disk_full})}; }, {}, {"disk-full"}},
};
// clang-format on

std::string shown(const std::vector<Done>& done) {
  std::string text;
  for (const Done& one : done) {
    text += std::string(watchdog::word(one.act)) + "@" + std::to_string(one.at) + " ";
  }
  return text;
}

std::string id_of(const watchdog::Report& report) {
  if (report.kind == watchdog::Kind::gave_up) return "gave-up";
  if (report.signature != nullptr) return std::string(report.signature->id);
  return report.text.find("not ready") != std::string::npos ? "unready" : "unknown";
}

class AGateway : public testing::TestWithParam<Row> {};

TEST_P(AGateway, IsTreatedAsTheTableSays) {
  const Row& row = GetParam();
  World world;
  row.set(world);
  world.run(row.seconds);
  bool fits = world.done.size() == row.acts.size();
  for (std::size_t i = 0; fits && i < row.acts.size(); ++i) {
    const Expected& expected = row.acts[i];
    fits = world.done[i].act == expected.act && world.done[i].at >= expected.from &&
           world.done[i].at <= expected.until;
  }
  EXPECT_TRUE(fits) << row.name << ": " << shown(world.done);
  std::vector<std::string> reported;
  for (const auto& report : world.reports) reported.push_back(id_of(report));
  std::sort(reported.begin(), reported.end());
  std::vector<std::string> expected(row.reported.begin(), row.reported.end());
  EXPECT_EQ(reported, expected) << row.name;
}

std::string test_name(const testing::TestParamInfo<Row>& info) {
  std::string name;
  bool upper = true;
  for (const char c : std::string_view(info.param.name)) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    if (is_word) name += upper && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = !is_word;
  }
  return name;
}

// A unit that it requires was masked meanwhile: each call fails at once.
TEST(AnOwedStart, IsTriedAgainWithPausesThatGrow) {
  watchdog::Memory memory;
  memory.start_owed = "openclaw-gateway.service";
  watchdog::Policy policy(watchdog::Rules{}, memory);
  watchdog::Observation seen;
  seen.unit.load_state = "loaded";
  seen.unit.active_state = "inactive";
  std::vector<int> starts;
  for (int second = 0; second < 600; ++second) {
    if (policy.look(seen, 24h + std::chrono::seconds{second}).act == Act::start) starts.push_back(second);
  }
  ASSERT_GE(starts.size(), 3U);
  EXPECT_LE(starts.size(), 8U);
  EXPECT_EQ(starts.front(), 0);
  EXPECT_GT(starts[2] - starts[1], starts[1] - starts[0]);
}

// Each upgrade of the package restarts the watchdog. An operator has stopped a gateway that did not end
// within TimeoutStopSec=, so its unit has failed.
class AStopOfAnOperator : public testing::Test {
 protected:
  AStopOfAnOperator() {
    seen.unit.load_state = "loaded";
    seen.unit.active_state = "active";
    seen.unit.sub_state = "running";
    seen.unit.invocation_id = "0a";
    seen.unit.main_pid = 4711;
  }
  void stop_and_fail(watchdog::Policy& policy) {
    static_cast<void>(policy.look(seen, 1h));
    seen.unit.active_state = "deactivating";
    seen.unit.job_pending = true;
    static_cast<void>(policy.look(seen, 1h + 1s));
    fail();
    static_cast<void>(policy.look(seen, 1h + 31s));
  }
  void fail() {
    seen.unit.active_state = seen.unit.sub_state = "failed";
    seen.unit.result = "timeout";
    seen.unit.job_pending = false;
    seen.unit.main_pid = 0;
  }
  // Of a watchdog that begins now.
  [[nodiscard]] Act act_of_a_later_watchdog() {
    watchdog::Policy policy(watchdog::Rules{}, memory);
    seen.diagnosis = watchdog::Diagnosis{seen.unit.invocation_id, {}, {}, false};
    Act act = policy.look(seen, 2h).act;
    if (act == Act::none) act = policy.look(seen, 2h + 1s).act;
    return act;
  }

  watchdog::Memory memory;
  watchdog::Observation seen;
};

TEST_F(AStopOfAnOperator, IsKnownToALaterWatchdog) {
  watchdog::Policy policy(watchdog::Rules{}, memory);
  stop_and_fail(policy);
  EXPECT_EQ(act_of_a_later_watchdog(), Act::none);
}

TEST_F(AStopOfAnOperator, IsOverWhenTheGatewayWasStartedAgain) {
  watchdog::Policy policy(watchdog::Rules{}, memory);
  stop_and_fail(policy);
  seen.unit.invocation_id = "0b";
  EXPECT_EQ(act_of_a_later_watchdog(), Act::start);
  EXPECT_EQ(memory.stopped_invocation, "");
}

TEST_F(AStopOfAnOperator, IsNotAssumedWhenTheGatewayHasFailedByItself) {
  watchdog::Policy policy(watchdog::Rules{}, memory);
  static_cast<void>(policy.look(seen, 1h));
  fail();
  static_cast<void>(policy.look(seen, 1h + 1s));
  EXPECT_EQ(act_of_a_later_watchdog(), Act::start);
}

// A gateway that dies within milliseconds of its last message: systemd reports its end before the journal has
// its lines, so a known failure would seem unknown.
TEST(TheEndOfAGateway, IsJudgedOnlyWhenTheJournalHasItsLastWords) {
  watchdog::Memory memory;
  watchdog::Policy policy(watchdog::Rules{}, memory);
  watchdog::Observation seen;
  seen.unit.load_state = "loaded";
  seen.unit.active_state = seen.unit.sub_state = "failed";
  seen.unit.result = "exit-code";
  seen.unit.invocation_id = "0a";
  const auto first = policy.look(seen, 10s);
  EXPECT_EQ(first.scan, "");
  EXPECT_EQ(first.act, Act::none);
  EXPECT_LT(first.next, 11s);
  EXPECT_EQ(policy.look(seen, first.next).scan, "0a");
}

// A machine that sleeps while its gateway starts: the hour is not one of the start, and the gateway has had
// no chance to answer in it.
TEST(AStart, IsNotOverBecauseTheMachineHasSlept) {
  watchdog::Memory memory;
  watchdog::Policy policy(watchdog::Rules{}, memory);
  watchdog::Observation seen;
  seen.unit.load_state = "loaded";
  seen.unit.active_state = "active";
  seen.unit.sub_state = "running";
  seen.unit.invocation_id = "0a";
  seen.unit.main_pid = 4711;
  seen.probe = watchdog::Probe{};
  seen.probe->listening = true;  // and does not answer
  seen.diagnosis = watchdog::Diagnosis{"0a", {}, {}, false};
  watchdog::Time now = 1h;
  const auto look_for = [&](watchdog::Time time) {
    Act act = Act::none;
    for (const watchdog::Time end = now + time; now < end && act == Act::none; now += 10s) {
      act = policy.look(seen, now).act;
    }
    return act;
  };
  EXPECT_EQ(look_for(5min), Act::none);
  now += 1h;
  EXPECT_EQ(look_for(14min), Act::none);
  EXPECT_EQ(look_for(3min), Act::restart);
}

INSTANTIATE_TEST_SUITE_P(TruthTable, AGateway, testing::ValuesIn(rows), test_name);

}  // namespace
