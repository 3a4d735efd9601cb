// SPDX-License-Identifier: MIT
#include "chat.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

#include "base/text.hpp"
#include "watchdog/journal_lines.hpp"

namespace words {
namespace {

using nlohmann::json;

constexpr std::size_t line_max = std::size_t{48} * 1024;  // journald.conf(5)
constexpr std::size_t bytes_a_line = watchdog::JournalLimits{}.bytes_a_line;
constexpr std::int64_t main_process = 1, child = 2;

const std::string plugin = "/usr/lib/node_modules/openclaw/dist/extensions/slack/index.js";
const std::string mirrored =
    "copyfile '/x/dist/a.js' -> '/s/plugin-runtime-deps/x/dist/.openclaw-mirror-4-a.tmp'";

// A channel's name, a tool's, a plugin's own logger's: none is the gateway itself.
constexpr std::array others{"telegram", "whatsapp", "discord",          "agent/main",
                            "slack",    "hooks",    "channels/telegram"};
constexpr std::array times{"", "2026-11-27T19:37:16.650+00:00 ", "19:37:16 "};

std::string dumped(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Our own words and records, which no chat may put into effect either.
std::string of_the_suite(Draw& draw) {
  static const std::array<std::string, 6> texts{
      "openclaw-update: rolled back to 2026.9.5: 2026.9.6 failed",
      "openclaw-watchdog: stopping openclaw-gateway.service",
      "OPENCLAW_UPDATE_STAGE=rolled-back",
      "MESSAGE_ID=5a1d1c1fd7a84c1f8b5e2b0d8a2f6c01",
      "http server listening (0 plugins: ; 6.1s)",
      "openclaw-gateway.service: Main process exited, code=exited, status=78"};
  return draw.one_of(texts);
}

std::string message(Draw& draw) {
  std::string text = draw.in_percent(80) ? draw.one_of(imitations()).line : of_the_suite(draw);
  if (draw.in_percent(30)) text = base::concat({draw.one_of(hostile_pieces()), text});
  if (draw.in_percent(30)) text += draw.one_of(hostile_pieces());
  return text;
}

// Without what begins a line, for what is printed as it came.
std::string on_one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

Written one_message(Draw& draw) {
  const std::string text = message(draw);
  const std::string tag = base::concat({draw.one_of(times), "[", draw.one_of(others), "] "});
  switch (draw.below(9)) {
    case 0:
      return {dumped({{"subsystem", draw.one_of(others)}, {"message", text}})};
    case 1: {  // what was JSON before it was sent
      const std::string inner = dumped({{"subsystem", "gateway"}, {"message", text}});
      return {dumped({{"subsystem", "gateway/ws"}, {"message", inner}})};
    }
    case 2:
      return {base::concat({R"({"subsystem":"gateway","message":")", on_one_line(text)})};  // cut off
    case 3:
      return {base::concat({"[gateway] a message of 4711: ", on_one_line(text)})};
    case 4:
      return {on_one_line(base::concat({draw.one_of(times), text})), /*by_main_process=*/false};
    case 5:  // behind a NUL, which ends an entry of the journal
      return {base::concat({tag, std::string_view("x\0", 2), on_one_line(text)})};
    case 6:  // behind so much that an entry of the journal ends there
      if (draw.in_percent(90)) return {tag + on_one_line(text)};
      return {base::concat({tag, std::string(line_max - tag.size(), 'x'), on_one_line(text)})};
    default:
      return {tag + on_one_line(text)};
  }
}

}  // namespace

const std::vector<Imitation>& imitations() {
  static const std::vector<Imitation> all{
      {"stale-mirror", "[plugins] slack failed to load from " + plugin +
                           ": Error: EROFS: read-only file system, " + mirrored},
      {"stale-mirror",
       "[plugins] slack failed to load from " + plugin + ": Error: EACCES: permission denied, " + mirrored},
      {"stale-mirror",
       "[gateway] [plugins] failed to install bundled runtime deps: Error: EROFS: read-only file system, " +
           mirrored},
      {"stale-mirror", "[plugins] EACCES: permission denied, symlink '/a' -> '/s/plugin-runtime-deps/x'"},
      {"lock-timeout",
       "[plugins] Timed out waiting for bundled runtime deps lock at /x/.openclaw-runtime-deps.lock "
       "(waited=5m)"},
      {"lock-timeout",
       "[plugins] slack failed to stage bundled runtime deps after 5m: Timed out waiting for bundled runtime "
       "deps lock at /x"},
      {"staging-failed",
       "[plugins] slack failed to stage bundled runtime deps after 812ms: @slack/bolt@^4.7.0"},
      {"staging-failed", "[plugins] failed to install bundled runtime deps: Error: npm error code ENOENT"},
      {"missing-chunk",
       "[ws] failed to load ws message handler because the OpenClaw installation changed while the Gateway "
       "was running conn=17"},
      {"missing-chunk",
       "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/usr/lib/node_modules/openclaw/dist/run-B9.js' "
       "imported from /usr/lib/node_modules/openclaw/dist/index.js"},
      {"missing-module",
       "[plugins] slack failed to load from " + plugin + ": Error: Cannot find module '@slack/web-api'"},
      {"missing-module",
       "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'grammy' imported from " + plugin},
      {"other-module", "Error: Cannot find module './helper.js'"},
      {"newer-schema",
       "OpenClaw state database /x/openclaw.sqlite uses newer schema version 18; this build supports 15."},
      {"invalid-config",
       "Gateway failed to start: Invalid config at /var/lib/openclaw/.openclaw/openclaw.json:"},
      {"invalid-config", "OpenClaw config is invalid"},
      {"invalid-config", "Config invalid"},
      {"no-config", "Gateway start blocked: existing config is missing gateway.mode."},
      {"no-config", "Missing config. Run openclaw setup"},
      {"second-gateway",
       "Gateway failed to start: gateway already running (pid 4711); lock timeout after 5000ms"},
      {"second-gateway", "another embedded OpenClaw state writer is active"},
      {"second-gateway", "state directory is locked by 4711"},
      {"port-taken", "Error: listen EADDRINUSE: address already in use 127.0.0.1:18789"},
      {"port-taken", "another gateway instance is already listening on ws://127.0.0.1:18789"},
      {"port-taken", "Port 18789 is already in use"},
      {"disk-full", "Error: ENOSPC: no space left on device, write"},
      {"disk-full", "SqliteError: database or disk is full"},
      {"foreign-state", "EPERM: operation not permitted, chmod '/var/lib/openclaw/.openclaw'"},
      {"foreign-state",
       "[tools] exec failed: EPERM: operation not permitted, chmod '/var/lib/openclaw/.openclaw'"},
      {"wrong-node", "openclaw: Node 22.22.3: openclaw requires Node >=24.16.0 <25, or >=26.1.0."},
      {"wrong-node", "openclaw: Node.js v22.14+ is required (current: v20.1.0)."},
      {"incomplete-package", "openclaw: package lifecycle is incomplete"},
      {"secrets-unavailable", "Gateway failed to start: Startup failed: required secrets are unavailable."},
  };
  return all;
}

std::vector<Written> chat(Draw& draw, std::size_t messages) {
  std::vector<Written> written;
  while (written.size() < messages) written.push_back(one_message(draw));
  return written;
}

std::vector<Written> chat_with_line_ends(Draw& draw, std::size_t messages) {
  std::vector<Written> written = chat(draw, messages);
  for (Written& one : written) {
    if (!one.by_main_process || !draw.in_percent(20)) continue;
    one.text += base::concat({"\n", draw.one_of(times), draw.one_of(imitations()).line});
  }
  return written;
}

std::vector<watchdog::Line> as_read_from_journal(const std::vector<Written>& written) {
  std::vector<watchdog::Said> said;
  for (const Written& one : written) {
    std::string_view rest = one.text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(std::string_view("\n\0", 2)), rest.size());
      const std::size_t size = std::min(end, line_max);
      const bool breaks_off = size < end || (end < rest.size() && rest[end] == '\0');
      said.push_back({base::printable(rest.substr(0, size), bytes_a_line),
                      one.by_main_process ? main_process : child, one.by_main_process ? "main" : "child",
                      breaks_off});
      rest.remove_prefix(std::min(rest.size(), size + (size == end ? 1U : 0U)));
    }
  }
  return watchdog::lines_of(watchdog::without_continuations(std::move(said)), main_process);
}

}  // namespace words
