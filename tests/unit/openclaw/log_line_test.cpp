// SPDX-License-Identifier: MIT
// Lines that gateways of the published packages print, and who speaks in them.
#include "openclaw/log_line.hpp"

#include <gtest/gtest.h>

namespace {

using openclaw::parse_log_line;

struct Sample {
  const char* line;
  const char* subsystem;
  const char* text;
  const char* plugin_source = "";
};

const Sample samples[] = {
    // RUN 2026.9.6 and 2026.4.26
    {"2026-11-27T19:37:15.363+00:00 [gateway] loading configuration…", "gateway", "loading configuration…"},
    {"2026-11-27T19:37:16.650+00:00 Gateway failed to start: Startup failed: required secrets are "
     "unavailable.",
     "", "required secrets are unavailable."},
    {"Missing config. Run `openclaw setup` or set gateway.mode=local", "",
     "Missing config. Run `openclaw setup` or set gateway.mode=local"},
    {"19:37:16 [telegram] in: hello", "telegram", "in: hello"},
    {"[openclaw] Reason: SqliteError: database or disk is full", "openclaw", "database or disk is full"},
    {"Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'grammy' imported from /x/index.js", "",
     "Cannot find package 'grammy' imported from /x/index.js"},
    // The loader's words about a plugin.
    {"[plugins] slack failed to load from /x/extensions/slack/index.js: Error: Cannot find module "
     "'@slack/web-api'",
     "plugins", "Cannot find module '@slack/web-api'", "/x/extensions/slack/index.js"},
    {"[plugins] a failed during register from /x/a/index.js: TypeError: no", "plugins", "no",
     "/x/a/index.js"},
    {"[gateway] [plugins] failed to load plugin: Error: Cannot find module 'x' (plugin=a, "
     "source=/x/a/index.js)",
     "plugins", "Cannot find module 'x' (plugin=a, source=/x/a/index.js)", "/x/a/index.js"},
    {"[plugins] slack failed to stage bundled runtime deps after 812ms: @slack/bolt", "plugins",
     "slack failed to stage bundled runtime deps after 812ms: @slack/bolt"},
    // A plugin that speaks of itself.
    {"[plugins/memory] failed to load from /x: Error: no", "plugins/memory",
     "failed to load from /x: Error: no"},
    // logging.consoleStyle=json
    {R"({"time":"2026-11-27T19:37:16.650+00:00","level":"error","subsystem":"gateway/ws","message":"Error: no"})",
     "ws", "no"},
    {R"({"time":"t","level":"error","subsystem":"plugins","message":"[plugins] a failed to load from /x/a.js: no"})",
     "plugins", "no", "/x/a.js"},
    {R"({"time":"t","level":"info","subsystem":"channels/telegram","message":"in: hello"})", "telegram",
     "in: hello"},
    // What only looks like it.
    {"[object Object] Error: no", "", "[object Object] Error: no"},
    {R"({"subsystem":"channels/telegram","message":"ENOSPC: no sp)", "json",
     R"({"subsystem":"channels/telegram","message":"ENOSPC: no sp)"},
    {R"({"message":7})", "", ""},
    {"2026 was a good year", "", "2026 was a good year"},
    {"", "", ""},
};

TEST(ALogLine, IsTakenApartAsOpenClawPutsItTogether) {
  for (const Sample& sample : samples) {
    const auto line = parse_log_line(sample.line);
    EXPECT_EQ(line.subsystem, sample.subsystem) << sample.line;
    EXPECT_EQ(line.text, sample.text) << sample.line;
    EXPECT_EQ(line.plugin_source, sample.plugin_source) << sample.line;
  }
}

TEST(ALogLine, IsOfTheGatewayOrOfWhatItSpeaksWith) {
  for (const char* line :
       {"no", "[gateway] no", "[openclaw] no", "[plugins] no", "[ws] no", "[secrets] no"}) {
    EXPECT_TRUE(is_of_gateway(parse_log_line(line))) << line;
  }
  for (const char* line : {"[telegram] no", "[whatsapp] no", "[agent/embedded] no", "[plugins/memory] no",
                           "[tools] no", R"({"subsystem":"agent/embedded","message":"no"})"}) {
    EXPECT_FALSE(is_of_gateway(parse_log_line(line))) << line;
  }
}

TEST(AFile, IsOpenClawsByItsFolder) {
  for (const char* path :
       {"/usr/lib/node_modules/openclaw/dist/entry.js", "/var/lib/openclaw-update/current/dist/index.js",
        "/var/lib/openclaw-update/releases/2026.9.6-1f3a9c2e/dist/extensions/slack/index.js",
        "/var/lib/openclaw/plugin-runtime-deps/openclaw-2026.4.26-3117e6420865/dist/extensions/slack/"
        "index.js",
        "/var/lib/openclaw/.openclaw/npm/projects/openclaw-slack-b25c/node_modules/@openclaw/slack/dist/"
        "index.js"}) {
    EXPECT_TRUE(openclaw::is_openclaws_file(path)) << path;
  }
  for (const char* path : {"", "/srv/claw/.openclaw/extensions/example-channel/index.ts",
                           "/srv/claw/.openclaw/workspace/tools/mcp-server.js", "/srv/mcp/dist/index.js"}) {
    EXPECT_FALSE(openclaw::is_openclaws_file(path)) << path;
  }
}

}  // namespace
