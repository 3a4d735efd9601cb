// SPDX-License-Identifier: MIT
// Each known failure is recognized in what the packages really print, and not in what only looks like it.
#include "watchdog/signatures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace {

using testing::IsEmpty;
using testing::SizeIs;
using watchdog::Fact;
using watchdog::Facts;
using watchdog::Line;
using watchdog::Remedy;

// All lines are of the main process.
std::vector<watchdog::Match> found_in(const std::vector<std::string>& texts, const Facts& facts) {
  std::vector<Line> lines;
  for (const std::string& text : texts) lines.push_back({text});
  return watchdog::matches(lines, facts);
}

Facts ended_with(int status) {
  return Facts{.exit_status = status, .full_file_system = {}, .port_is_of_others = false};
}

struct Sample {
  const char* signature;
  const char* line;  // as in the journal
  const char* near_miss;
};

const Sample samples[] = {
    {"stale-mirror",
     "[plugins] browser failed to load from /x: Error: EACCES: permission denied, copyfile "
     "'/usr/lib/node_modules/openclaw/dist/agents/a.js' -> "
     "'/var/lib/openclaw/plugin-runtime-deps/openclaw-2026.4.29-beta.1-d797ca86b2e7/dist/agents/"
     ".openclaw-mirror-812-a.js.tmp'",
     "Error: EACCES: permission denied, copyfile '/home/user/a' -> '/home/user/b'"},
    {"stale-mirror",
     "Error: EROFS: read-only file system, symlink '../a.js' -> "
     "'/var/lib/openclaw/plugin-runtime-deps/openclaw-2026.4.26-3117e6420865/dist/agents/a.js'",
     "Error: EROFS: read-only file system, open '/usr/lib/node_modules/openclaw/.cache'"},
    {"stale-mirror",
     "2026-11-28T05:47:37.348+00:00 [gateway] [plugins] failed to install bundled runtime deps: Error: "
     "EROFS: "
     "read-only file system, copyfile '/usr/lib/node_modules/openclaw/dist/agents/a.js' -> "
     "'/var/lib/openclaw/plugin-runtime-deps/openclaw-2026.4.29-beta.1-4eca5026e977/dist/agents/"
     ".openclaw-mirror-287-19063-a.js.tmp' (plugin=telegram, source=/x/index.js)",
     "[telegram] failed to install bundled runtime deps: Error: EROFS: read-only file system, copyfile "
     "'/x' -> '/x/.openclaw-mirror-1-a.tmp'"},
    {"lock-timeout",
     "[gateway] [plugins] failed to install bundled runtime deps: Error: Timed out waiting for bundled "
     "runtime deps "
     "lock at "
     "/var/lib/openclaw/plugin-runtime-deps/openclaw-2026.4.26-3117e6420865/.openclaw-runtime-deps.lock "
     "(waited=5m, ownerFile=ok, ownerFileSymlink=false, pid=1 alive=true, ownerAge=3h) (plugin=slack, "
     "source=/usr/lib/node_modules/openclaw/dist/extensions/slack/index.js)",
     "[plugins] Timed out waiting for the browser"},
    {"lock-timeout",
     "Error: Timed out waiting for bundled runtime deps lock at /x/.openclaw-runtime-deps.lock (waited=5m)",
     "[telegram] Error: Timed out waiting for bundled runtime deps lock at /x/.openclaw-runtime-deps.lock"},
    {"staging-failed",
     "[gateway] [plugins] failed to install bundled runtime deps: Error: npm error code ENOENT "
     "(plugin=slack, "
     "source=/usr/lib/node_modules/openclaw/dist/extensions/slack/index.js)",
     "[plugins] slack installed bundled runtime deps: @slack/bolt@^4.7.0"},
    {"staging-failed", "[plugins] slack failed to stage bundled runtime deps after 812ms: @slack/bolt@^4.7.0",
     "[plugins] slack staged bundled runtime deps in 812ms"},
    {"missing-module",
     "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'grammy' imported from "
     "/var/lib/openclaw-update/current/dist/extensions/telegram/index.js",
     "Cannot find the package that you asked for"},
    {"missing-module",
     "[plugins] slack failed to load from /usr/lib/node_modules/openclaw/dist/extensions/slack/index.js: "
     "Error: Cannot "
     "find module '@slack/web-api'",
     "[slack] in: Error: Cannot find module '@slack/web-api'"},
    {"missing-module",
     "[plugins] slack failed to load from /var/lib/openclaw/.openclaw/npm/projects/openclaw-slack-b25c10c1bd/"
     "node_modules/@openclaw/slack/dist/index.js: Error: Cannot find module '@slack/web-api'",
     "Cannot find module in the catalog"},
    // Lines of a third-party plugin, an agent's script and an MCP server.
    {"other-module",
     "[plugins] example-channel failed to load from /srv/claw/.openclaw/extensions/example-channel/index.ts: "
     "Error: "
     "Cannot find module 'openclaw/plugin-sdk'",
     "[plugins] example-channel loaded"},
    {"other-module", "Error: Cannot find module './helper.js'", "cannot find ./helper.js"},
    {"other-module", "Error: Cannot find module '/srv/claw/.openclaw/workspace/tools/mcp-server.js'",
     "in: Error: Cannot find module './helper.js'"},
    {"secrets-unavailable",
     "2026-11-27T19:37:16.650+00:00 Gateway failed to start: Startup failed: required secrets are "
     "unavailable.. Run "
     "openclaw gateway status --deep for diagnostics.",
     "[telegram] in: required secrets are unavailable"},
    {"missing-chunk",
     "2026-11-27T19:37:16.650+00:00 [ws] failed to load ws message handler because the OpenClaw installation "
     "changed while the Gateway was "
     "running conn=17; run: openclaw gateway restart; error: ERR_MODULE_NOT_FOUND",
     "[ws] ws message handler loaded conn=17"},
    {"missing-chunk",
     "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/usr/lib/node_modules/openclaw/dist/run-B9Yrel7b.js' "
     "imported from /usr/lib/node_modules/openclaw/dist/entry.js",
     "Cannot find module in /dist/"},
    {"newer-schema",
     "OpenClaw state database /var/lib/openclaw/.openclaw/state/openclaw.sqlite uses newer schema version "
     "18; "
     "this build supports 15.",
     "OpenClaw state database migrated to schema version 18"},
    {"invalid-config", "Error: Invalid config at /var/lib/openclaw/.openclaw/openclaw.json:",
     "config at /var/lib/openclaw/.openclaw/openclaw.json is valid"},
    {"invalid-config", "OpenClaw config is invalid: ~/.openclaw/openclaw.json",
     "[telegram] in: see what mine says: OpenClaw config is invalid"},
    {"invalid-config", "Config invalid", "the agent says: Config invalid"},
    {"invalid-config",
     R"({"time":"2026-11-27T19:37:16.650+00:00","level":"error","message":"Gateway failed to start: Invalid config at )"
     R"(/etc/openclaw/openclaw.json"})",
     R"({"time":"2026-11-27T19:37:16.650+00:00","level":"info","subsystem":"channels/telegram","message":)"
     R"("Invalid config at /etc/openclaw/openclaw.json"})"},
    {"no-config", "Gateway start blocked: existing config is missing gateway.mode.", "Gateway start: ok"},
    {"no-config",
     "Missing config. Run `openclaw setup` or set gateway.mode=local (or pass --allow-unconfigured).",
     "Missing configuration of the weather skill"},
    {"second-gateway",
     "gateway already running under systemd; existing gateway is healthy, exiting with code 78 to prevent a "
     "systemd Restart=always loop",
     "gateway running under systemd"},
    {"second-gateway",
     "Gateway failed to start: gateway already running (pid 4711); lock timeout after 5000ms",
     "gateway running (pid 4711)"},
    {"port-taken", "Error: listen EADDRINUSE: address already in use 127.0.0.1:18789",
     "New Year's Day: New year, new config-same old EADDRINUSE, but this time we resolve it like grown-ups."},
    {"port-taken",
     "2026-11-28T00:55:49.548+00:00 Gateway failed to start: gateway already running under systemd; existing "
     "gateway "
     "did not become healthy after 30000ms | another gateway instance is already listening on "
     "ws://127.0.0.1:28812 | "
     "listen EADDRINUSE: address already in use 127.0.0.1:28812",
     "[gateway] running under systemd"},
    {"port-taken",
     "2026-11-28T01:23:59.164+00:00 [gateway] already running under systemd; waiting 5000ms before retrying "
     "startup",
     "[slack] already running under systemd; waiting 5000ms before retrying startup"},
    {"port-taken", "2026-11-28T00:55:49.921+00:00 Port 28812 is already in use.",
     "[telegram] Port 1 is already in use"},
    {"port-taken", "another gateway instance is already listening on ws://127.0.0.1:18789",
     "the gateway is listening on ws://127.0.0.1:18789"},
    {"disk-full", "Error: ENOSPC: no space left on device, write",
     "[whatsapp] in: ENOSPC: no space left on device, write"},
    {"disk-full", "SqliteError: database or disk is full", "the database is full of surprises"},
    {"foreign-state",
     "2026-11-27T19:37:16.650+00:00 [tools] exec failed: EPERM: operation not permitted, chmod "
     "'/var/lib/openclaw/.openclaw' raw_params={}",
     "[tools] read failed: Error: EPERM: operation not permitted, chmod '/var/lib/openclaw/.openclaw'"},
    {"foreign-state", "Error: EPERM: operation not permitted, chmod '/var/lib/openclaw/.openclaw'",
     "Error: EPERM: operation not permitted, kill '4711'"},
    {"wrong-node", "openclaw: Node.js v22.14+ is required (current: v20.1.0).", "Node.js v22.14 is fine"},
    {"wrong-node", "openclaw: Node 22.22.3: openclaw requires Node >=24.16.0 <25, or >=26.1.0.",
     "'require-in-the-middle' requires Node.js >=v9.3.0 or >=v8.10.0"},
    {"wrong-node",
     "openclaw: Node 24.1.0: node:sqlite truncates TEXT at embedded NUL (nodejs/node#61954); use 24.16+",
     "ExperimentalWarning: SQLite is an experimental feature (node:sqlite)"},
    {"wrong-node",
     "openclaw: Node 24.18.0: SQLite 3.46.1 is not WAL-reset-safe; use SQLite 3.51.3+, 3.50.7+, or 3.44.6+ "
     "on its "
     "patched release line.",
     "[memory] SQLite 3.46.1 is not WAL-reset-safe"},
    {"incomplete-package",
     "Error: OpenClaw package lifecycle is incomplete. Reinstall with package scripts enabled, then retry.",
     "the lifecycle of the package is complete"},
};

TEST(Signatures, KnowWhatThePackagesPrint) {
  for (const Sample& sample : samples) {
    const auto found = found_in({"[gateway] starting", sample.line, "[gateway] bye"}, {});
    ASSERT_THAT(found, SizeIs(1)) << sample.line;
    EXPECT_EQ(found[0].signature->id, sample.signature) << sample.line;
    EXPECT_EQ(found[0].line, sample.line);
  }
}

TEST(Signatures, AreNotToldByWhatOnlyLooksLikeThem) {
  for (const Sample& sample : samples) {
    EXPECT_THAT(found_in({sample.near_miss}, {}), IsEmpty()) << sample.near_miss;
  }
}

TEST(Signatures, EachHasASampleOrAFactThatTellsOfItAlone) {
  std::set<std::string_view> told;
  for (const Sample& sample : samples) told.insert(sample.signature);
  for (const int status : {78, 203}) {
    for (const auto& match : found_in({}, ended_with(status))) told.insert(match.signature->id);
  }
  for (const auto& row : watchdog::signatures()) EXPECT_TRUE(told.contains(row.id)) << row.id;
}

TEST(Signatures, EachSaysWhatItMeansAndWhatToDo) {
  std::set<std::string_view> ids;
  for (const auto& row : watchdog::signatures()) {
    EXPECT_TRUE(ids.insert(row.id).second) << row.id;
    EXPECT_FALSE(row.meaning.empty() || row.advice.empty()) << row.id;
    EXPECT_TRUE(row.report.empty() || row.report.starts_with('#')) << row.id;
    EXPECT_EQ(watchdog::signature_named(row.id), &row);
  }
}

TEST(Signatures, OfAnExitStatusAloneAreToldByNothingElse) {
  ASSERT_THAT(found_in({}, ended_with(78)), SizeIs(1));
  EXPECT_EQ(found_in({}, ended_with(78))[0].signature->id, "exit-78");
  EXPECT_EQ(found_in({}, ended_with(203))[0].signature->id, "no-program");
  EXPECT_THAT(found_in({"exit status 78", "203"}, {}), IsEmpty());
  EXPECT_THAT(found_in({}, ended_with(1)), IsEmpty());
}

TEST(Signatures, AreCorroboratedByTheFactThatTheyNameAndByNoOther) {
  struct Case {
    const char* line;
    Facts right, wrong;
  };
  Facts full, taken;
  full.full_file_system = "/var/lib/openclaw";
  taken.port_is_of_others = true;
  const Case cases[] = {
      {"OpenClaw config is invalid", ended_with(78), ended_with(1)},
      {"Missing config. Run `openclaw setup` or set gateway.mode=local", ended_with(78), ended_with(203)},
      {"Error: ENOSPC: no space left on device, write", full, taken},
      {"Error: listen EADDRINUSE: address already in use 127.0.0.1:18789", taken, full},
  };
  for (const Case& one : cases) {
    EXPECT_TRUE(found_in({one.line}, one.right)[0].corroborated) << one.line;
    const auto hints = found_in({one.line}, one.wrong);
    EXPECT_TRUE(std::ranges::any_of(hints, [&](const auto& match) {
      return match.line == one.line && !match.corroborated;
    })) << one.line;
  }
  EXPECT_FALSE(found_in({"openclaw requires Node >=22.16.0."}, ended_with(78)).back().corroborated);
}

// The line only selects the wording: the act depends on the fact.
TEST(Signatures, WithTheSameFactAreAnsweredInTheSameWayWhileNothingRuns) {
  for (const auto& row : watchdog::signatures()) {
    const bool acts = row.remedy == Remedy::stage || row.remedy == Remedy::restart;
    EXPECT_FALSE(acts && row.fact != Fact::none) << row.id;
  }
  EXPECT_FALSE(watchdog::weight_of(Fact::none).is_final || watchdog::weight_of(Fact::none).acquits_release);
}

TEST(Signatures, PutWhatIsCorroboratedFirstAndThenWhatEndsAGateway) {
  const auto found =
      found_in({"[gateway] [plugins] failed to install bundled runtime deps: Error: npm error code ENOENT",
                "openclaw requires Node >=22.16.0.",
                "Gateway failed to start: Invalid config at /etc/openclaw/openclaw.json"},
               ended_with(78));
  ASSERT_THAT(found, SizeIs(4));
  EXPECT_EQ(found[0].signature->id, "invalid-config");
  EXPECT_EQ(found[1].signature->id, "exit-78");
  EXPECT_EQ(found[2].signature->id, "wrong-node");
  EXPECT_EQ(found[3].signature->id, "staging-failed");
}

TEST(Signatures, AreNotToldByWhatTheGatewayHasStarted) {
  for (const Sample& sample : samples) {
    const auto found = watchdog::matches({Line{sample.line, /*by_main_process=*/false}}, {});
    for (const auto& match : found) EXPECT_EQ(match.signature->id, "other-module") << sample.line;
  }
}

TEST(Signatures, WantTheirPartsInOneLine) {
  EXPECT_THAT(found_in({"Error: EACCES: permission denied, open '/x'", "wrote .openclaw-mirror-12"}, {}),
              IsEmpty());
}

}  // namespace
