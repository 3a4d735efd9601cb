// SPDX-License-Identifier: MIT
#include "watchdog/signatures.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "openclaw/log_line.hpp"

namespace watchdog {
namespace {

constexpr int exit_config = 78;  // OpenClaw: no restart helps; RestartPreventExitStatus= of its own units
constexpr int exit_no_program = 203;  // systemd: the program in ExecStart= does not exist

constexpr std::array weights{
    Weight{.fact = Fact::none, .is_final = false, .acquits_release = false},
    Weight{.fact = Fact::exit_config, .is_final = true, .acquits_release = true},
    Weight{.fact = Fact::exit_no_program, .is_final = true, .acquits_release = false},
    Weight{.fact = Fact::full_file_system, .is_final = false, .acquits_release = true},
    Weight{.fact = Fact::port_of_others, .is_final = false, .acquits_release = true},
};

// Failures that end a gateway come before those that it survives: a log may contain both.
constexpr std::array table{
    Signature{"newer-schema", "#113565", "a newer OpenClaw than this one wrote the database",
              "return to the release that wrote it: openclaw-update status lists the releases", Remedy::none,
              Fact::exit_config},
    Signature{
        "invalid-config", "#25595", "the config of the gateway is not valid",
        "run openclaw doctor, or openclaw config validate, as the gateway's user to find the error; then "
        "start the gateway",
        Remedy::none, Fact::exit_config},
    Signature{"no-config", "", "the gateway has no config, or one without gateway.mode",
              "run openclaw onboard as the gateway's user, then start the gateway", Remedy::none,
              Fact::exit_config},
    Signature{"second-gateway", "#79375", "another gateway runs on the same state",
              "stop the other gateway (it may be a unit of systemctl --user), then start this one",
              Remedy::none, Fact::exit_config},
    Signature{port_taken, "", "another program uses the gateway's port",
              "end that program, or set another port for the gateway", Remedy::report, Fact::port_of_others},
    // Which Node the unit starts, and what it supports, could be determined only by running it.
    Signature{"wrong-node", "#107930", "this OpenClaw needs another Node",
              "install it, or include a Node in each release: source = bundled in [node] of helpers.ini",
              Remedy::none, Fact::none},
    Signature{"no-program", "#107930", "the program that the unit starts does not exist",
              "systemctl cat shows it; openclaw-update status shows the release to which current points; for "
              "a Node that was "
              "removed, see Node in openclaw-update(8)",
              Remedy::none, Fact::exit_no_program},
    Signature{
        "incomplete-package", "#146394", "the OpenClaw package was not installed completely",
        "openclaw-update verify names the damaged files; see A release is damaged in openclaw-update(8)",
        Remedy::none, Fact::none},
    // The gateway ends with 1, as for other failures, and the source of its secrets is not known here.
    Signature{"secrets-unavailable", "", "a secret that the gateway needs at its start is not available",
              "ensure that the command or the service that provides it answers the gateway's user, "
              "also at boot and without interaction; then start the gateway",
              Remedy::none, Fact::none},
    Signature{disk_full, "#145638", "a file system is full", "make room: df -h, df -i", Remedy::report,
              Fact::full_file_system},
    Signature{"missing-chunk", "#66014",
              "the files of OpenClaw were replaced under the running gateway, which can no longer load them",
              "update with openclaw-update, which never changes files of a running gateway", Remedy::restart,
              Fact::none},
    Signature{
        "stale-mirror", "#75108",
        "plugins cannot be loaded, because the gateway's mirror of the package has links into a read-only "
        "OpenClaw",
        "openclaw-install-deps --repair performs this remedy by hand", Remedy::stage, Fact::none},
    Signature{"lock-timeout", "#75028",
              "the gateway waits for a lock on plugin dependencies that no process releases",
              "openclaw-install-deps --check shows the holder", Remedy::stage, Fact::none},
    Signature{"staging-failed", "#69923",
              "the gateway cannot install the dependencies of its plugins into its own package",
              "openclaw-install-deps --check shows what each plugin lacks", Remedy::stage, Fact::none},
    Signature{"missing-module", "#69923", "a plugin of OpenClaw does not find a package that it requires",
              "openclaw-install-deps --check shows what each plugin lacks", Remedy::stage, Fact::none},
    Signature{"other-module", "",
              "a plugin, an MCP server or a script that is not part of OpenClaw does not find a module",
              "install the module, or remove the program; neither staging nor a restart solves this",
              Remedy::report, Fact::none},
    Signature{"foreign-state", "#83619",
              "the gateway may not change the permissions of its state folder, which belongs to another user",
              "change the owner of the folder to the gateway's user, or start the gateway as "
              "openclaw-stage-deps -- COMMAND, "
              "which sets a separate state root",
              Remedy::report, Fact::none},
    Signature{"exit-78", "#80696", "the gateway reports with exit status 78 that a restart does not help",
              "its last lines have the reason", Remedy::none, Fact::exit_config},
};

// Where the first part has to be in a line of the gateway itself. Patterns that lead to an act match only the
// beginning of a message; those that only select the wording may match later.
enum class Place { begins, within };
// To whom the file belongs that the line is about (source_of below).
enum class Owner { anybody, openclaw, others };

// The parts have to occur in one line, in this order.
struct Pattern {
  std::string_view signature;
  std::array<std::string_view, 3> parts;
  Place place = Place::begins;
  Owner owner = Owner::anybody;
  std::string_view subsystem = {};  // that the line has to be from, if not from the gateway itself
};

// The first pattern that matches a line applies.
constexpr std::array patterns{
    // RUN 2026.4.29-beta.1: "[plugins] slack failed to load from /x/index.js: Error: EROFS: read-only file
    // system, copyfile '/a/dist/agents/x.js' -> '/b/dist/agents/.openclaw-mirror-4711-x.tmp'"; EACCES if the
    // tree is not read-only, but belongs to another user.
    Pattern{"stale-mirror", {"EACCES: permission denied, ", ".openclaw-mirror-"}},
    // RUN 2026.4.29-beta.1: "[gateway] [plugins] failed to install bundled runtime deps: Error: EROFS:
    // read-only file system, copyfile '/a/dist/agents/x.js' ->
    // '/b/dist/agents/.openclaw-mirror-93-x.js.tmp'".
    Pattern{"stale-mirror",
            {"failed to install bundled runtime deps: ", "EACCES: permission denied, ", ".openclaw-mirror-"}},
    Pattern{
        "stale-mirror",
        {"failed to install bundled runtime deps: ", "EROFS: read-only file system, ", ".openclaw-mirror-"}},
    Pattern{"stale-mirror", {"EROFS: read-only file system, ", ".openclaw-mirror-"}},
    Pattern{"stale-mirror", {"EACCES: permission denied, symlink ", "/plugin-runtime-deps/"}},
    Pattern{"stale-mirror", {"EROFS: read-only file system, symlink ", "/plugin-runtime-deps/"}},
    Pattern{"stale-mirror", {"EROFS: read-only file system, copyfile ", "/plugin-runtime-deps/"}},
    Pattern{"stale-mirror", {"EACCES: permission denied, copyfile ", "/plugin-runtime-deps/"}},
    // PKG 2026.4.24-4.30: "Timed out waiting for bundled runtime deps lock at DIR (waited=5m, ...", which the
    // loader appends to its own message.
    Pattern{"lock-timeout", {"Timed out waiting for bundled runtime deps lock at "}},
    Pattern{
        "lock-timeout",
        {"failed to install bundled runtime deps: ", "Timed out waiting for bundled runtime deps lock at "}},
    Pattern{"lock-timeout",
            {"failed to stage bundled runtime deps ", "Timed out waiting for bundled runtime deps lock at "}},
    // PKG 2026.4.20-4.29: "[plugins] failed to install bundled runtime deps: Error: npm error code ENOENT ...
    // (plugin=slack, source=/x/index.js)"; 4.22-4.30: "[plugins] slack failed to stage bundled runtime deps
    // after 812ms: ...", "[gateway] [plugins] failed to stage bundled runtime deps before gateway startup
    // ...".
    Pattern{"staging-failed", {"failed to install bundled runtime deps: "}},
    Pattern{"staging-failed", {"failed to stage bundled runtime deps "}},
    // PKG 2026.9.6, RUN 9.5 -> 9.6: "[ws] failed to load ws message handler because ..."
    Pattern{"missing-chunk",
            {"failed to load ", "because the OpenClaw installation changed while the Gateway was running"}},
    // Node: "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/x/openclaw/dist/run-B9.js' imported from ..."
    Pattern{"missing-chunk", {"Cannot find module '/", "/dist/"}, Place::begins, Owner::openclaw},
    // Node: "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'grammy' imported from /x/dist/extensions/..."
    Pattern{"missing-module", {"Cannot find package '"}, Place::begins, Owner::openclaw},
    Pattern{"missing-module", {"Cannot find module '"}, Place::begins, Owner::openclaw},
    Pattern{"other-module", {"Cannot find package '"}, Place::begins, Owner::others},
    Pattern{"other-module", {"Cannot find module '"}, Place::begins, Owner::others},
    // RUN 2026.9.1 on the state of 2026.9.6.
    Pattern{"newer-schema", {"uses newer schema version "}, Place::within},
    // PKG 2026.4.20-9.6: `Invalid config at /path:\n- gateway.port: ...`; RUN 2026.9.6: "OpenClaw config is
    // invalid" on a line of its own, and in 2026.4.20-4.29 "Config invalid".
    Pattern{"invalid-config", {"Invalid config at /"}},
    Pattern{"invalid-config", {"OpenClaw config is invalid"}},
    Pattern{"invalid-config", {"Config invalid"}},
    Pattern{"no-config", {"Gateway start blocked: "}},
    Pattern{"no-config", {"Missing config. Run"}},
    // RUN 2026.5.12, which takes any program on its port for a gateway, and ends with 78: "gateway already
    // running under systemd; existing gateway did not become healthy after 30000ms | another gateway instance
    // is already listening on ws://127.0.0.1:18789 | listen EADDRINUSE: ..."
    Pattern{port_taken, {"gateway already running under systemd", "instance is already listening on ws"}},
    // RUN 2026.9.6, which keeps trying: the only line that it logs about a port of another program.
    Pattern{port_taken, {"already running under systemd; waiting "}},
    Pattern{"second-gateway", {"gateway already running under systemd"}},
    Pattern{"second-gateway", {"gateway already running (pid "}},
    Pattern{"second-gateway", {"gateway already running; lock timeout"}},
    // PKG 2026.9.6.
    Pattern{"second-gateway", {"another embedded OpenClaw state writer is active"}},
    Pattern{"second-gateway", {"state directory is locked by "}},
    // PKG: "another gateway instance is already listening on ws://127.0.0.1:18789"; Node: "Error: listen
    // EADDRINUSE: address already in use 127.0.0.1:18789"
    Pattern{port_taken, {"listen EADDRINUSE"}},
    Pattern{port_taken, {"another ", "instance is already listening on ws"}},
    Pattern{port_taken, {"Port ", " is already in use"}},
    Pattern{disk_full, {"ENOSPC: no space left on device"}, Place::within},
    Pattern{disk_full, {"database or disk is full"}, Place::within},
    // RUN 2026.5.12: "[tools] exec failed: EPERM: operation not permitted, chmod
    // '/var/lib/openclaw/.openclaw' ..."
    Pattern{"foreign-state", {"EPERM: operation not permitted, chmod '"}, Place::within},
    Pattern{"foreign-state",
            {"exec failed: ", "EPERM: operation not permitted, chmod '"},
            Place::begins,
            Owner::anybody,
            "tools"},
    // PKG: "openclaw: Node.js v22.14+ is required (current: v20.1.0)."; 2026.9.6: "openclaw: Node 22.1.0:
    // openclaw requires Node >=24.16.0 <25, or >=26.1.0.", "openclaw: Node 24.18.0: SQLite 3.46.1 is not
    // WAL-reset-safe; ..." of a Node that has the system's SQLite.
    Pattern{"wrong-node", {"openclaw: Node.js v", " is required (current: v"}},
    Pattern{"wrong-node", {"openclaw: Node ", ": openclaw requires Node >="}},
    Pattern{"wrong-node", {"openclaw: Node ", ": node:sqlite "}},
    Pattern{"wrong-node", {"openclaw: Node ", ": SQLite ", " is not WAL-reset-safe"}},
    Pattern{"wrong-node", {"openclaw requires Node >="}},
    // PKG 2026.8.1-9.6.
    Pattern{"incomplete-package", {"openclaw: package lifecycle is incomplete"}},
    Pattern{"incomplete-package", {"OpenClaw package lifecycle is incomplete"}},
    // PKG 2026.4.26-9.6, RUN 9.6: "Gateway failed to start: Startup failed: required secrets are
    // unavailable."
    Pattern{"secrets-unavailable", {"required secrets are unavailable"}},
};

// The part of a line that counts. For a line about the loader of a plugin, it begins after the loader's own
// prefix; "slack failed to stage ..." belongs to the loader, too.
std::string_view said_by(const openclaw::LogLine& line, const Pattern& pattern) {
  const std::string_view text = line.text;
  const std::size_t word = text.find(' ');
  const bool has_subject = line.subsystem == "plugins" && word != std::string_view::npos &&
                           text.substr(word + 1).starts_with(pattern.parts.front());
  return has_subject ? text.substr(word + 1) : text;
}

bool contains_all(std::string_view text, const Pattern& pattern) {
  if (pattern.place == Place::begins && !text.starts_with(pattern.parts.front())) return false;
  for (const std::string_view part : pattern.parts) {
    const std::size_t at = text.find(part);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + part.size());
  }
  return true;
}

// The file that did not find a module: the plugin that was being loaded, otherwise the file that Node reports
// as the importer, otherwise the missing file itself if the line has its path.
std::string_view source_of(const openclaw::LogLine& line) {
  if (!line.plugin_source.empty()) return line.plugin_source;
  constexpr std::string_view imported_from = "imported from ";
  const std::string_view text = line.text;
  if (const std::size_t at = text.find(imported_from); at != std::string_view::npos) {
    return text.substr(at + imported_from.size());
  }
  const std::size_t quote = text.find('\'');
  const std::string_view module = text.substr(std::min(text.size(), quote + 1));
  return module.starts_with('/') ? module.substr(0, module.find('\'')) : "";
}

bool is_said_by_its_owner(const openclaw::LogLine& line, bool by_main_process, const Pattern& pattern) {
  if (!pattern.subsystem.empty()) return by_main_process && line.subsystem == pattern.subsystem;
  const bool is_of_gateway = by_main_process && openclaw::is_of_gateway(line);
  if (pattern.owner == Owner::anybody) return is_of_gateway;
  const bool is_openclaws = is_of_gateway && openclaw::is_openclaws_file(source_of(line));
  return is_openclaws == (pattern.owner == Owner::openclaw);
}

const Pattern* pattern_of(const Line& line) {
  const openclaw::LogLine said = openclaw::parse_log_line(line.text);
  for (const Pattern& pattern : patterns) {
    if (!contains_all(said_by(said, pattern), pattern)) continue;
    if (is_said_by_its_owner(said, line.by_main_process, pattern)) return &pattern;
  }
  return nullptr;
}

bool is_there(Fact fact, const Facts& facts) {
  switch (fact) {
    case Fact::exit_config:
      return facts.exit_status == exit_config;
    case Fact::exit_no_program:
      return facts.exit_status == exit_no_program;
    case Fact::full_file_system:
      return !facts.full_file_system.empty();
    case Fact::port_of_others:
      return facts.port_is_of_others;
    case Fact::none:
      break;
  }
  return false;
}

bool has_pattern(const Signature& row) {
  return std::ranges::any_of(patterns, [&](const Pattern& pattern) { return pattern.signature == row.id; });
}

}  // namespace

const Weight& weight_of(Fact fact) {
  return *std::ranges::find(weights, fact, &Weight::fact);
}

std::span<const Signature> signatures() {
  return table;
}

const Signature* signature_named(std::string_view id) {
  for (const Signature& row : table) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

std::string cause_of(const Match& match) {
  const Signature& row = *match.signature;
  return base::concat({match.corroborated ? "" : "perhaps ", row.meaning, row.report.empty() ? "" : " (",
                       row.report, row.report.empty() ? "" : ")"});
}

std::string told_by(const Match& match) {
  const std::string_view only = match.corroborated ? "" : "; only a line of its log suggests this";
  return base::concat({cause_of(match), only, match.line.empty() ? "" : ": ", match.line});
}

std::vector<Match> matches(const std::vector<Line>& lines, const Facts& facts) {
  std::array<const Line*, table.size()> first{};
  for (const Line& line : lines) {
    const Pattern* pattern = pattern_of(line);
    if (pattern == nullptr) continue;
    const auto row = std::ranges::find(table, pattern->signature, &Signature::id);
    auto& place = first[static_cast<std::size_t>(row - table.begin())];
    if (place == nullptr) place = &line;
  }
  std::vector<Match> found;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const bool corroborated = is_there(table[i].fact, facts);
    if (first[i] != nullptr) {
      found.push_back({&table[i], first[i]->text, corroborated});
    } else if (corroborated && !has_pattern(table[i])) {
      found.push_back({&table[i], "", true});
    }
  }
  std::stable_partition(found.begin(), found.end(), [](const Match& match) { return match.corroborated; });
  return found;
}

}  // namespace watchdog
