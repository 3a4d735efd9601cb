#include "watchdog/signatures.hpp"

#include <algorithm>
#include <array>

namespace watchdog {
namespace {

constexpr int exit_config = 78;  // OpenClaw: no restart helps; RestartPreventExitStatus= of its own units
constexpr int exit_no_program = 203;  // systemd: ExecStart= names what is not there

// What ends a gateway stands before what it can live with: a log may tell of both.
constexpr std::array table{
    Signature{"newer-schema", "#113565", "the database was written by a newer OpenClaw than this one",
              "return to the release that wrote it: openclaw-update status lists what is here",
              Remedy::no_restart, false},
    Signature{"invalid-config", "#25595", "the config of the gateway is not valid",
              "openclaw doctor, or openclaw config validate, as the gateway's user says what is wrong; then "
              "start the gateway",
              Remedy::no_restart, false},
    Signature{"no-config", "", "the gateway has no config, or one without gateway.mode",
              "openclaw onboard as the gateway's user, then start the gateway", Remedy::no_restart, false},
    Signature{"second-gateway", "#79375", "another gateway runs on the same state",
              "stop the other one (systemctl --user may have it), then start this one", Remedy::no_restart,
              false},
    Signature{port_taken, "", "another program has the gateway's port",
              "end that program, or give the gateway another port", Remedy::report, false},
    Signature{"wrong-node", "#107930", "this OpenClaw needs another Node",
              "install it, or let each release bring its own: source = bundled in [node] of helpers.ini",
              Remedy::no_restart, true},
    Signature{"no-program", "#107930", "the program that the unit starts is not there",
              "systemctl cat names it; openclaw-update status says what current leads to", Remedy::no_restart,
              true, exit_no_program},
    Signature{"incomplete-package", "#146394", "the OpenClaw package was not installed completely",
              "openclaw-update verify, or openclaw-update for a complete release", Remedy::none},
    Signature{"disk-full", "#145638", "a file system is full", "make room: df -h, df -i", Remedy::report,
              false},
    Signature{"missing-chunk", "#66014",
              "the files of OpenClaw were replaced under the running gateway, which can load no more of them",
              "update with openclaw-update, which never touches what runs", Remedy::restart},
    Signature{"stale-mirror", "#75108",
              "plugins cannot be loaded, as the gateway's mirror of the package has links into a read-only "
              "OpenClaw",
              "openclaw-install-deps --repair does by hand what is done here", Remedy::stage},
    Signature{"lock-timeout", "#75028",
              "the gateway waits for a lock on plugin dependencies that nobody releases",
              "openclaw-install-deps --check says who holds it", Remedy::stage},
    Signature{"staging-failed", "#69923",
              "the gateway cannot install the dependencies of its plugins into its own package",
              "openclaw-install-deps --check says which plugin misses what", Remedy::stage},
    Signature{"missing-module", "#69923", "a plugin does not find a package that it depends on",
              "openclaw-install-deps --check says which plugin misses what", Remedy::stage},
    Signature{
        "foreign-state", "#83619",
        "the gateway may not change the permissions of its state folder, which is somebody else's",
        "give the folder to the gateway's user, or start the gateway as openclaw-stage-deps -- COMMAND, "
        "which gives it a state root of its own",
        Remedy::report, false},
    Signature{"exit-78", "#80696", "the gateway says by exit status 78 that a restart cannot help",
              "its last lines say why", Remedy::no_restart, false, exit_config},
};

// All parts have to be in one line, in this order. Rows without a pattern go by the exit status alone.
struct Pattern {
  std::string_view signature;
  std::array<std::string_view, 3> parts;
};

constexpr std::array patterns{
    // RUN 2026.4.29-beta.1: "Error: EROFS: read-only file system, copyfile '/a/dist/agents/x.js' ->
    // '/b/dist/agents/.openclaw-mirror-4711-x.tmp'"; EACCES where the tree is only somebody else's.
    Pattern{"stale-mirror", {"EACCES: permission denied", ".openclaw-mirror-"}},
    Pattern{"stale-mirror", {"EROFS: read-only file system", ".openclaw-mirror-"}},
    Pattern{"stale-mirror", {"EACCES: permission denied", "symlink", "/plugin-runtime-deps/"}},
    Pattern{"stale-mirror", {"EROFS: read-only file system", "symlink", "/plugin-runtime-deps/"}},
    Pattern{"stale-mirror", {"EROFS: read-only file system", "copyfile", "/plugin-runtime-deps/"}},
    Pattern{"stale-mirror", {"EACCES: permission denied", "copyfile", "/plugin-runtime-deps/"}},
    // PKG 2026.4.24-4.30: "Timed out waiting for bundled runtime deps lock at DIR (waited=5m, ..."
    Pattern{"lock-timeout", {"Timed out waiting for bundled runtime deps lock at "}},
    // PKG 2026.4.20: "failed to install bundled runtime deps: Error: npm error code ENOENT"; 4.22-4.30:
    // "[plugins] slack failed to stage bundled runtime deps after 812ms: ..."
    Pattern{"staging-failed", {"failed to install bundled runtime deps: "}},
    Pattern{"staging-failed", {"failed to stage bundled runtime deps "}},
    // PKG 2026.9.6, RUN 9.5 -> 9.6.
    Pattern{"missing-chunk", {"because the OpenClaw installation changed while the Gateway was running"}},
    Pattern{"missing-chunk", {"Cannot find module '/", "/dist/"}},
    // Node: "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'grammy' imported from /x/dist/extensions/..."
    Pattern{"missing-module", {"Cannot find package '", "imported from"}},
    Pattern{"missing-module", {"Error: Cannot find module '"}},
    // RUN 2026.9.1 on the state of 2026.9.6.
    Pattern{"newer-schema", {"uses newer schema version "}},
    // PKG 2026.4.20-9.6: `Invalid config at /path:\n- gateway.port: ...`
    Pattern{"invalid-config", {"Invalid config at /"}},
    Pattern{"invalid-config", {"OpenClaw config is invalid"}},
    Pattern{"invalid-config", {"Config invalid"}},
    Pattern{"no-config", {"Gateway start blocked: "}},
    Pattern{"no-config", {"Missing config. Run"}},
    Pattern{"second-gateway", {"gateway already running under systemd"}},
    Pattern{"second-gateway", {"gateway already running (pid "}},
    Pattern{"second-gateway", {"gateway already running; lock timeout"}},
    // PKG: "another gateway instance is already listening on ws://127.0.0.1:18789"; Node: "Error: listen
    // EADDRINUSE: address already in use 127.0.0.1:18789"
    Pattern{port_taken, {"listen EADDRINUSE"}},
    Pattern{port_taken, {"another gateway", "instance is already listening on ws"}},
    Pattern{port_taken, {"Gateway failed to start", "Port ", " is already in use"}},
    Pattern{"disk-full", {"ENOSPC: no space left on device"}},
    Pattern{"disk-full", {"database or disk is full"}},
    // RUN 2026.5.12: "EPERM: operation not permitted, chmod '/var/lib/openclaw/.openclaw'"
    Pattern{"foreign-state", {"EPERM: operation not permitted, chmod '"}},
    // PKG: "openclaw: Node.js v22.14+ is required (current: v20.1.0)."; 2026.9.6: "openclaw: Node 22.1.0:
    // openclaw requires Node >=24.16.0 <25, or >=26.1.0."
    Pattern{"wrong-node", {"openclaw: Node.js v", " is required (current: v"}},
    Pattern{"wrong-node", {"openclaw requires Node >="}},
    Pattern{"wrong-node", {"openclaw: Node ", "node:sqlite"}},
    // PKG 2026.8.1-9.6.
    Pattern{"incomplete-package", {"package lifecycle is incomplete"}},
};

bool contains_all(std::string_view line, const Pattern& pattern) {
  for (const std::string_view part : pattern.parts) {
    if (part.empty()) continue;
    const std::size_t at = line.find(part);
    if (at == std::string_view::npos) return false;
    line.remove_prefix(at + part.size());
  }
  return true;
}

const std::string* line_of(const Signature& row, const std::vector<std::string>& lines) {
  for (const Pattern& pattern : patterns) {
    if (pattern.signature != row.id) continue;
    for (const std::string& line : lines) {
      if (contains_all(line, pattern)) return &line;
    }
  }
  return nullptr;
}

}  // namespace

std::span<const Signature> signatures() {
  return table;
}

const Signature* signature_named(std::string_view id) {
  for (const Signature& row : table) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

std::vector<Match> matches(const std::vector<std::string>& lines, std::optional<int> exit_status) {
  std::vector<Match> found;
  for (const Signature& row : table) {
    if (row.exit_status) {
      if (exit_status == row.exit_status) found.push_back({&row, ""});
    } else if (const std::string* line = line_of(row, lines)) {
      found.push_back({&row, *line});
    }
  }
  return found;
}

}  // namespace watchdog
