// SPDX-License-Identifier: MIT
// What each task answers. Somebody unprivileged writes it: what is wrong is as if it were not there, and the
// defaults here are what that means. What a probe answers is in gateway_report.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/members.hpp"
#include "contract/release_archive.hpp"
#include "contract/snapshot_archive.hpp"

namespace contract {

// --- openclaw-fetch, openclaw-finish

// What the registry has for a version or a tag.
struct ResolvedVersion {
  std::string version;
  std::string integrity;           // of its tarball; empty: the registry states none
  std::int64_t unpacked_size = 0;  // bytes; 0: not told
  std::string node_range, deprecated;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("version"), self.version);
    visitor(optional("integrity"), self.integrity);
    visitor(optional("unpacked_size"), self.unpacked_size);
    visitor(optional("node_range"), self.node_range);
    visitor(optional("deprecated"), self.deprecated);
  }
};

// What it says of itself is for people; what it is is judged when it is sealed.
struct FetchedPackage {
  std::string version, integrity;
  std::string client, node;  // "bun 1.4.5", "v24.16.0"
  std::string folder;        // in the folder of the fetch

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("version"), self.version);
    visitor(optional("integrity"), self.integrity);
    visitor(optional("client"), self.client);
    visitor(optional("node"), self.node);
    visitor(optional("folder"), self.folder);
  }
};

struct FinishedPackage {
  std::int64_t files = 0, bytes = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("files"), self.files);
    visitor(optional("bytes"), self.bytes);
  }
};

// What was unpacked, and what its archive says that it is: the digest is compared when it is sealed.
struct ReleaseUnpacked {
  ArchivedRelease archived;
  FinishedPackage size;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    ArchivedRelease::visit(self.archived, visitor);
    FinishedPackage::visit(self.size, visitor);
  }
};

// --- openclaw-probe

// As soon as something that the unit listens on has answered as a gateway.
struct FoundGateway {
  bool running = false, found = false;
  std::string url;        // "https://127.0.0.1:19501"
  std::int64_t port = 0;  // where it was expected, when it is not found
  std::string detail;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("running"), self.running);
    visitor(optional("found"), self.found);
    visitor(optional("url"), self.url);
    visitor(optional("port"), self.port);
    visitor(optional("detail"), self.detail);
  }
};

struct PortTaken {
  bool listens = false;  // some process does

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("listens"), self.listens);
  }
};

// --- openclaw-state, in its units

using Schemas = std::map<std::string, std::int64_t>;  // database -> user_version

struct SnapshotTaken {
  std::string digest;
  std::int64_t bytes = 0, files = 0;
  std::int64_t copied = 0;  // of these, by this pass
  Schemas schemas;
  std::vector<std::string> notes;  // what a person should know

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("digest"), self.digest);
    visitor(optional("bytes"), self.bytes);
    visitor(optional("files"), self.files);
    visitor(optional("copied"), self.copied);
    visitor(optional("schemas"), self.schemas);
    visitor(words("notes"), self.notes);
  }
};

// What was unpacked, and is what its archive says.
struct SnapshotImported {
  ArchivedSnapshot archived;
  SnapshotTaken taken;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    ArchivedSnapshot::visit(self.archived, visitor);
    SnapshotTaken::visit(self.taken, visitor);
  }
};

struct FoundSnapshot {
  std::string name, digest;  // digest: empty where what it holds cannot be read
  std::int64_t bytes = 0, files = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("name"), self.name);
    visitor(optional("digest"), self.digest);
    visitor(optional("bytes"), self.bytes);
    visitor(optional("files"), self.files);
  }
};
struct SnapshotsFound {
  std::vector<FoundSnapshot> snapshots;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("snapshots"), self.snapshots);
  }
};

struct StateRestored {
  std::vector<std::string> restored, set_aside;  // paths
  std::string folder;                            // "set-aside/1", in that of the snapshot

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("restored"), self.restored);
    visitor(optional("set_aside"), self.set_aside);
    visitor(optional("folder"), self.folder);
  }
};

struct SchemasFound {
  Schemas schemas;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("schemas"), self.schemas);
  }
};

struct SnapshotsDiscarded {
  std::vector<std::string> discarded;  // transactions

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("discarded"), self.discarded);
  }
};

// Of the file systems that the gateway writes to.
struct RoomFound {
  std::string full;  // a folder on one that is full; empty: none is

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("full"), self.full);
  }
};

struct StateOwner {
  std::string state, config;  // where the workers look for them
  std::string shown_by;       // "its process 812 has ... open"; empty: nothing shows it
  std::string updating = {};  // "process 77 (openclaw update)": it changes OpenClaw and its state by itself

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("state"), self.state);
    visitor(optional("config"), self.config);
    visitor(optional("shown_by"), self.shown_by);
    visitor(optional("updating").left_out_when_empty(), self.updating);
  }
};

// What the gateway has asked for.
struct UpdateWanted {
  std::string wanted;  // a version, or empty

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("wanted"), self.wanted);
  }
};

struct PluginStaged {
  std::string id;
  std::string status;  // as openclaw-install-deps names it
  std::string reason;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("id"), self.id);
    visitor(optional("status"), self.status);
    visitor(optional("reason"), self.reason);
  }
};

struct ReleaseStaged {
  std::vector<PluginStaged> plugins;
  bool complete = false;
  bool staged = false;  // now; else at the start, since the running release uses what would be replaced
  std::vector<std::string> notes;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("plugins"), self.plugins);
    visitor(optional("complete"), self.complete);
    visitor(optional("staged"), self.staged);
    visitor(words("notes"), self.notes);
  }
};

// --- a release on the gateway's config and databases

struct ConfigIssue {
  std::string path, message;  // "gateway.port"; empty: of no place in it

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("path"), self.path);
    visitor(words("message"), self.message);
  }
};

// What is not said is no obstacle.
struct ConfigVerdict {
  bool valid = true;
  bool answered = true;  // else the release's own program failed, which is an issue too
  bool absent = false;   // there is no config
  std::vector<ConfigIssue> issues;
  std::vector<ConfigIssue> warnings;  // that newer releases have besides

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("valid"), self.valid);
    visitor(optional("answered"), self.answered);
    visitor(optional("absent").left_out_when_empty(), self.absent);
    visitor(optional("issues"), self.issues);
    visitor(optional("warnings"), self.warnings);
  }
};

struct DatabaseVerdict {
  bool supported = false;  // the release knows the question (2026.8.1 and later)
  std::string status;      // "exact", "migrate", "incompatible", "unknown", "absent"; empty: not said
  std::int64_t found = 0, target = 0;  // schema of the copy, and of the release; 0: not known
  std::string detail;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("supported"), self.supported);
    visitor(optional("status"), self.status);
    visitor(optional("found").left_out_when_empty(), self.found);
    visitor(optional("target").left_out_when_empty(), self.target);
    visitor(words("detail").left_out_when_empty(), self.detail);
  }
};

struct ReleaseValidated {
  ConfigVerdict config;
  DatabaseVerdict database;
  std::string
      node_version;  // "v24.16.0", for a person: whether it fits, the release has said; empty: not told

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("config"), self.config);
    visitor(optional("database"), self.database);
    visitor(optional("node_version").left_out_when_empty(), self.node_version);
  }
};

// What came of the doctor of a release.
struct StateMigrated {
  // "done": it exited with 0. "failed": by itself with another status. "ended": it did not come to an end, or
  // a signal ended it.
  std::string outcome;
  std::string detail;  // "ended with status 1"
  std::int64_t exit_status = 0, took_ms = 0;
  std::vector<std::string> log;  // the last lines

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("outcome"), self.outcome);
    visitor(words("detail"), self.detail);
    visitor(optional("exit_status"), self.exit_status);
    visitor(optional("took_ms"), self.took_ms);
    visitor(optional("log"), self.log);
  }
};

// --- openclaw-user-unit

struct NamedValue {
  std::string name, value;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("name"), self.name);
    visitor(optional("value"), self.value);
  }
};

struct UserEnvironmentFile {
  std::string path;
  bool optional = false;          // written with "-"
  std::vector<std::string> keys;  // names that it gives

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("path"), self.path);
    visitor(contract::optional("optional"), self.optional);
    visitor(contract::optional("keys"), self.keys);
  }
};

// A unit of a user's own manager, as that manager and the files of that user have it. The user's word.
struct UserUnitFound {
  std::string load_state, active_state, sub_state, invocation_id, control_group, fragment_path;
  std::vector<std::string> drop_ins;
  bool need_reload = false;
  std::int64_t main_pid = 0;
  std::vector<std::string> exec_start, search_path;
  std::string type, working_directory;
  std::vector<NamedValue> environment;  // of Environment=, without what looks like a secret
  std::vector<NamedValue> inherited;    // that the process has besides, without these as well
  std::vector<std::string> secrets;     // names of those
  std::vector<UserEnvironmentFile> environment_files;
  std::vector<std::string> other_settings;  // keys of [Service] and [Unit] that the installer does not write
  std::string state, config;                // where the environment leads to
  std::vector<std::string> own_keys;        // that OpenClaw adds itself: <state>/.env, the config
  std::vector<std::string> paths;           // that the config names: workspaces, skills, plugins
  std::vector<std::string> unknown_paths;   // named by a variable
  bool of_sandbox = false;                  // its agents work in containers
  std::string config_fault;                 // why the config could not be read

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("load_state"), self.load_state);
    visitor(optional("active_state"), self.active_state);
    visitor(optional("sub_state"), self.sub_state);
    visitor(optional("invocation_id"), self.invocation_id);
    visitor(optional("control_group"), self.control_group);
    visitor(optional("fragment_path"), self.fragment_path);
    visitor(optional("drop_ins"), self.drop_ins);
    visitor(optional("need_reload"), self.need_reload);
    visitor(optional("main_pid"), self.main_pid);
    visitor(optional("exec_start"), self.exec_start);
    visitor(optional("search_path"), self.search_path);
    visitor(optional("type"), self.type);
    visitor(optional("working_directory"), self.working_directory);
    visitor(optional("environment"), self.environment);
    visitor(optional("inherited"), self.inherited);
    visitor(optional("secrets"), self.secrets);
    visitor(optional("environment_files"), self.environment_files);
    visitor(optional("other_settings"), self.other_settings);
    visitor(optional("state"), self.state);
    visitor(optional("config"), self.config);
    visitor(optional("own_keys"), self.own_keys);
    visitor(optional("paths"), self.paths);
    visitor(optional("unknown_paths"), self.unknown_paths);
    visitor(optional("of_sandbox"), self.of_sandbox);
    visitor(words("config_fault"), self.config_fault);
  }
};

// --- openclaw-canary

struct CopyMigrated {
  StateMigrated doctor;
  std::vector<std::string> log_of_boot;  // of a boot that was for nothing

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    StateMigrated::visit(self.doctor, visitor);
    visitor(optional("log_of_boot").left_out_when_empty(), self.log_of_boot);
  }
};

struct SchemasOfBoot {
  Schemas before, after;  // of the copied databases

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("before"), self.before);
    visitor(optional("after"), self.after);
  }
};

// Beside the members of a GatewayReport.
struct CanaryBooted {
  bool config_absent = false;                    // then nothing else is told: there is nothing to boot with
  std::int64_t took_ms = 0, ready_after_ms = 0;  // 0: it did not become ready
  std::int64_t exit_status = 0;                  // at its end, asked for or not
  SchemasOfBoot schemas;
  std::vector<std::string> not_copied;             // for an operator
  std::vector<std::string> secrets_from_commands;  // "gateway.auth.token (provider op)": keys of the config
  std::vector<std::string> moved;  // files of the copy that are gone afterwards, of the state's folder
  std::vector<std::string> log;    // the last lines, without what may be a secret
  bool shares_network = false;     // it had none of its own, and another port than the gateway's
  // Of a second boot, on a copy that the release's doctor has migrated.
  std::optional<bool> migrated;  // it is the one that is told of, since it became ready
  std::optional<CopyMigrated> migration;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("config_absent").left_out_when_empty(), self.config_absent);
    if (self.config_absent) return;
    visitor(optional("took_ms"), self.took_ms);
    visitor(optional("ready_after_ms"), self.ready_after_ms);
    visitor(optional("exit_status"), self.exit_status);
    visitor(optional("schemas"), self.schemas);
    visitor(optional("not_copied"), self.not_copied);
    visitor(optional("secrets_from_commands"), self.secrets_from_commands);
    visitor(optional("moved"), self.moved);
    visitor(optional("log"), self.log);
    visitor(optional("shares_network").left_out_when_empty(), self.shares_network);
    visitor(optional("migrated"), self.migrated);
    visitor(optional("migration"), self.migration);
  }
};

}  // namespace contract
