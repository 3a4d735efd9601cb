// Each known failure is told by what the packages really print, and by nothing that only looks like it.
#include "watchdog/signatures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace {

using testing::IsEmpty;
using testing::SizeIs;
using watchdog::matches;
using watchdog::Remedy;

struct Sample {
  const char* signature;
  const char* line;  // as the journal has it
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
    {"lock-timeout",
     "Timed out waiting for bundled runtime deps lock at "
     "/var/lib/openclaw/plugin-runtime-deps/openclaw-2026.4.26-3117e6420865/.openclaw-runtime-deps.lock "
     "(waited=5m, ownerFile=ok, ownerFileSymlink=false, pid=1 alive=true, ownerAge=3h)",
     "Timed out waiting for the browser"},
    {"staging-failed",
     "[plugins] slack failed to load: failed to install bundled runtime deps: Error: npm error code ENOENT",
     "[plugins] slack installed bundled runtime deps: @slack/bolt@^4.7.0"},
    {"staging-failed", "[plugins] slack failed to stage bundled runtime deps after 812ms: @slack/bolt@^4.7.0",
     "[plugins] slack staged bundled runtime deps in 812ms"},
    {"missing-module",
     "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'grammy' imported from "
     "/var/lib/openclaw-update/current/dist/extensions/telegram/index.js",
     "Cannot find the package that you asked for"},
    {"missing-module", "[plugins] slack: Error: Cannot find module '@slack/web-api'",
     "Cannot find module in the catalog"},
    {"missing-chunk",
     "failed to load ws message handler because the OpenClaw installation changed while the Gateway was "
     "running conn=17; run: openclaw gateway restart; error: ERR_MODULE_NOT_FOUND",
     "ws message handler loaded conn=17"},
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
    {"invalid-config", "OpenClaw config is invalid: ~/.openclaw/openclaw.json", "OpenClaw config is valid"},
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
    {"port-taken", "another gateway instance is already listening on ws://127.0.0.1:18789",
     "the gateway is listening on ws://127.0.0.1:18789"},
    {"disk-full", "Error: ENOSPC: no space left on device, write", "no space left in this line"},
    {"disk-full", "SqliteError: database or disk is full", "the database is full of surprises"},
    {"foreign-state", "Error: EPERM: operation not permitted, chmod '/var/lib/openclaw/.openclaw'",
     "Error: EPERM: operation not permitted, kill '4711'"},
    {"wrong-node", "openclaw: Node.js v22.14+ is required (current: v20.1.0).", "Node.js v22.14 is fine"},
    {"wrong-node", "openclaw: Node 22.22.3: openclaw requires Node >=24.16.0 <25, or >=26.1.0.",
     "'require-in-the-middle' requires Node.js >=v9.3.0 or >=v8.10.0"},
    {"wrong-node",
     "openclaw: Node 24.1.0: node:sqlite truncates TEXT at embedded NUL (nodejs/node#61954); use 24.16+",
     "ExperimentalWarning: SQLite is an experimental feature (node:sqlite)"},
    {"incomplete-package",
     "Error: OpenClaw package lifecycle is incomplete. Reinstall with package scripts enabled, then retry.",
     "the lifecycle of the package is complete"},
};

TEST(Signatures, KnowWhatThePackagesPrint) {
  for (const Sample& sample : samples) {
    const auto found = matches({"[gateway] starting", sample.line, "[gateway] bye"}, {});
    ASSERT_THAT(found, SizeIs(1)) << sample.line;
    EXPECT_EQ(found[0].signature->id, sample.signature) << sample.line;
    EXPECT_EQ(found[0].line, sample.line);
  }
}

TEST(Signatures, AreNotToldByWhatOnlyLooksLikeThem) {
  for (const Sample& sample : samples) {
    EXPECT_THAT(matches({sample.near_miss}, {}), IsEmpty()) << sample.near_miss;
  }
}

TEST(Signatures, EachHasASampleOrAnExitStatus) {
  std::set<std::string_view> sampled;
  for (const Sample& sample : samples) sampled.insert(sample.signature);
  for (const auto& row : watchdog::signatures()) {
    EXPECT_TRUE(row.exit_status || sampled.contains(row.id)) << row.id;
  }
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

TEST(Signatures, OfAnExitStatusAreToldByNothingElse) {
  ASSERT_THAT(matches({}, 78), SizeIs(1));
  EXPECT_EQ(matches({}, 78)[0].signature->id, "exit-78");
  EXPECT_EQ(matches({}, 203)[0].signature->id, "no-program");
  EXPECT_THAT(matches({"exit status 78", "203"}, {}), IsEmpty());
  EXPECT_THAT(matches({}, 1), IsEmpty());
}

TEST(Signatures, PutWhatEndsAGatewayBeforeWhatItCanLiveWith) {
  const auto found = matches({"failed to install bundled runtime deps: Error: npm error code ENOENT",
                              "Error: Invalid config at /etc/openclaw/openclaw.json"},
                             78);
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found[0].signature->id, "invalid-config");
  EXPECT_EQ(found[1].signature->id, "staging-failed");
  EXPECT_EQ(found[2].signature->id, "exit-78");
}

TEST(Signatures, WantTheirPartsInOneLine) {
  EXPECT_THAT(matches({"Error: EACCES: permission denied, open '/x'", "wrote .openclaw-mirror-12"}, {}),
              IsEmpty());
}

}  // namespace
