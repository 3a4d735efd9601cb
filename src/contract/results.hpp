// What each task answers. Somebody unprivileged writes it: what is wrong is as if it were not there, and the
// defaults here are what that means. Those of a probe and a canary are in gateway_report.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "contract/members.hpp"

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
  bool listens = false;  // somebody does

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

struct StateOwner {
  std::string state, config;  // where the workers look for them
  std::string shown_by;       // "its process 812 has ... open"; empty: nothing shows it

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("state"), self.state);
    visitor(optional("config"), self.config);
    visitor(optional("shown_by"), self.shown_by);
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

}  // namespace contract
