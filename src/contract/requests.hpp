// SPDX-License-Identifier: MIT
// What each task is asked. root writes them, and a worker refuses one that is not right.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "contract/members.hpp"
#include "contract/release_archive.hpp"
#include "contract/snapshot_archive.hpp"

namespace contract {

inline constexpr std::int64_t largest_port = 65535;
// Longer than that no gateway is waited for.
inline constexpr std::chrono::seconds longest_deadline{6 * 3600};

// --- openclaw-fetch, openclaw-finish

// A Node and its npm that become part of a package: in a folder of our own, so that no file of OpenClaw's is
// ever in its place.
inline constexpr const char* bundled_node_folder = ".openclaw-systemd";
inline constexpr const char* bundled_node_path = ".openclaw-systemd/node";
inline constexpr const char* bundled_npm_path = ".openclaw-systemd/node_modules/npm/bin/npm-cli.js";

struct ResolveRequest {
  std::string wanted;  // a version or a tag
  std::string tools;   // a release's folder with Node and npm, for a machine without npm; empty: none

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("wanted"), self.wanted);
    visitor(optional_path("tools").left_out_when_empty(), self.tools);
  }
};

struct FetchRequest {
  std::string version;           // an exact one
  std::string integrity;         // that the registry stated before; empty: it states one now
  bool bundle_node = false;      // a Node becomes part of the package
  bool may_bundle_node = false;  // where the machine's is unsuitable, or there is none, or no npm
  std::string tools;             // as in ResolveRequest

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("version"), self.version);
    visitor(optional("integrity"), self.integrity);
    visitor(optional("bundle_node"), self.bundle_node);
    visitor(optional("may_bundle_node").left_out_when_empty(), self.may_bundle_node);
    visitor(optional_path("tools").left_out_when_empty(), self.tools);
  }
};

// The archive goes through `pipe`, a FIFO of root's that is the worker's user's to open.
struct PackRequest {
  std::string pipe;
  std::string package;  // the release's folder
  ArchivedRelease release;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("pipe"), self.pipe);
    visitor(required_path("package"), self.package);
    ArchivedRelease::visit(self.release, visitor);
  }
};
struct UnpackRequest {
  std::string pipe;
  std::int64_t bytes = 0;  // of the archive; 0: not known

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("pipe"), self.pipe);
    visitor(optional("bytes"), self.bytes);
  }
};

// --- openclaw-probe

// The gateway that runs. The port is where it is expected.
struct GatewayRequest {
  std::int64_t port = 0, main_pid = 0;
  std::string control_group;  // "/system.slice/x.service"; empty: not known

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_within("port", 1, largest_port), self.port);
    visitor(required("main_pid"), self.main_pid);
    visitor(optional("control_group"), self.control_group);
  }
};

struct FindRequest {
  GatewayRequest gateway;
  std::int64_t deadline_s = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    GatewayRequest::visit(self.gateway, visitor);
    visitor(required_within("deadline_s", 0, longest_deadline.count()), self.deadline_s);
  }
};

struct BaselineRequest {
  GatewayRequest gateway;
  std::string package, node;  // of the release that runs
  bool parallel = false;      // two of OpenClaw's commands may run at a time

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    GatewayRequest::visit(self.gateway, visitor);
    visitor(required_path("package"), self.package);
    visitor(required_path("node"), self.node);
    visitor(optional("parallel").left_out_when_empty(), self.parallel);
  }
};

struct GateRequest {
  BaselineRequest subject;
  std::string expected_version;  // empty: any
  std::int64_t deadline_s = 0, settle_s = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    BaselineRequest::visit(self.subject, visitor);
    visitor(optional("expected_version"), self.expected_version);
    visitor(required_within("deadline_s", 0, longest_deadline.count()), self.deadline_s);
    visitor(required_within("settle_s", 0, longest_deadline.count()), self.settle_s);
  }
};

struct PortRequest {
  std::int64_t port = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_within("port", 1, largest_port), self.port);
  }
};

// --- openclaw-state, in its units

struct StateRequest {
  std::string state_directory;  // of the gateway

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
  }
};

struct SnapshotRequest {
  std::string state_directory;
  bool transcripts = false;  // of sessions, too

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(optional("transcripts"), self.transcripts);
  }
};

struct RestoreRequest {
  std::string state_directory;
  std::string snapshot;  // the transaction that it is of; empty: this one
  std::string digest;    // that it has to have; empty: any
  bool exact = false;    // no gateway has run since: also what one may have renewed becomes as it was

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(optional("snapshot").left_out_when_empty(), self.snapshot);
    visitor(optional("digest"), self.digest);
    visitor(optional("exact").left_out_when_empty(), self.exact);
  }
};

// The archive goes through `pipe`, a FIFO of root's that is the worker's user's to open.
struct ExportRequest {
  std::string state_directory, pipe;
  ArchivedSnapshot snapshot;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(required_path("pipe"), self.pipe);
    ArchivedSnapshot::visit(self.snapshot, visitor);
  }
};
struct ImportRequest {
  std::string state_directory, pipe;
  std::int64_t bytes = 0;  // of the archive; 0: not known

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(required_path("pipe"), self.pipe);
    visitor(optional("bytes"), self.bytes);
  }
};

struct DiscardRequest {
  std::string state_directory;
  std::vector<std::string> keep;  // transactions

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(optional("keep"), self.keep);
  }
};

struct OwnerRequest {
  std::string state_directory;
  std::int64_t main_pid = 0;
  std::string control_group, profile;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(required("main_pid"), self.main_pid);
    visitor(optional("control_group"), self.control_group);
    visitor(optional("profile"), self.profile);
  }
};

struct StageRequest {
  std::string state_directory;
  std::string package;  // empty: the one that is installed, as the hook finds it

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(optional_path("package").left_out_when_empty(), self.package);
  }
};

// A release, and the Node that runs it, on the gateway's state: it is validated, or migrates it.
struct ReleaseRequest {
  std::string state_directory, package, node;
  // Of the databases of this snapshot it is asked, instead of those that the gateway has; empty: of these.
  std::string snapshot = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required_path("state_directory"), self.state_directory);
    visitor(required_path("package"), self.package);
    visitor(required_path("node"), self.node);
    visitor(optional("snapshot").left_out_when_empty(), self.snapshot);
  }
};

// --- openclaw-user-unit

struct UserUnitRequest {
  std::string act;   // "look", "reload" (the user's manager), "stop" or "start" (the unit)
  std::string unit;  // of the user's own manager: "openclaw-gateway.service"

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("act"), self.act);
    visitor(required("unit"), self.unit);
  }
};

// --- openclaw-canary

struct CanaryRequest {
  ReleaseRequest release;
  std::int64_t port = 0;         // free in its network
  std::string expected_version;  // that it has to answer with
  std::int64_t deadline_s = 0;   // to become ready
  // Of the updater, "net:[4026531833]": a canary with the same value shares the gateway's network.
  std::string updater_network = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    ReleaseRequest::visit(self.release, visitor);
    visitor(required("expected_version"), self.expected_version);
    visitor(required_within("port", 1, largest_port), self.port);
    visitor(required_within("deadline_s", 1, longest_deadline.count()), self.deadline_s);
    visitor(optional("updater_network").left_out_when_empty(), self.updater_network);
  }
};

}  // namespace contract
