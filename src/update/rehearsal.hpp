// SPDX-License-Identifier: MIT
// What the update would change, as found by a rehearsal, for the decision of an operator. It has no effect on
// updates.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "contract/members.hpp"

namespace update {

// A plugin that both packages bundle in different versions.
struct PluginChanged {
  std::string id, from, to;  // versions

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("id"), self.id);
    visitor(contract::optional("from"), self.from);
    visitor(contract::optional("to"), self.to);
  }
};

// A plugin that is configured, but did not work on the copy or is not installed yet.
struct PluginMissing {
  std::string id, reason;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("id"), self.id);
    visitor(contract::words("reason"), self.reason);
  }
};

struct PluginsRehearsed {
  bool compared = false;  // the plugins that are loaded now were compared with those in the canary
  std::vector<std::string> added, removed;  // of the loaded plugins
  std::vector<PluginChanged> changed;
  std::vector<PluginMissing> missing;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("compared"), self.compared);
    visitor(contract::optional("added"), self.added);
    visitor(contract::optional("removed"), self.removed);
    visitor(contract::optional("changed"), self.changed);
    visitor(contract::optional("missing"), self.missing);
  }
};

struct SchemaMoved {
  std::string database;
  std::int64_t from = 0, to = 0;  // user_version

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("database"), self.database);
    visitor(contract::optional("from"), self.from);
    visitor(contract::optional("to"), self.to);
  }
};

// "state/openclaw.sqlite from schema 17 to 18"
[[nodiscard]] std::string text_of(const SchemaMoved& moved);

struct DatabasesRehearsed {
  std::string answer;              // of the release's preflight: exact, migrate, unknown, absent
  std::vector<SchemaMoved> moved;  // by the canary, on its copy; without a canary, according to the preflight
  bool by_doctor = false;          // it starts only on a state that its doctor has migrated

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("answer"), self.answer);
    visitor(contract::optional("moved"), self.moved);
    visitor(contract::optional("by_doctor"), self.by_doctor);
  }
};

struct NodeRehearsed {
  std::string needed;         // the range of the release, such as ">=22.14.0"
  std::string path, version;  // of the Node for the release; version: "v24.16.0", empty: unknown

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("needed"), self.needed);
    visitor(contract::optional("path"), self.path);
    visitor(contract::optional("version"), self.version);
  }
};

struct SizeRehearsed {
  std::int64_t bytes = 0, files = 0;  // of the release; 0: unknown
  std::int64_t own_bytes = 0;         // of these, the bytes that no other release shares

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("bytes"), self.bytes);
    visitor(contract::optional("files"), self.files);
    visitor(contract::optional("own_bytes"), self.own_bytes);
  }
};

struct EarlierDowntime {
  std::string id, to;  // the update, and the version that it installed
  std::int64_t downtime_ms = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("id"), self.id);
    visitor(contract::optional("to"), self.to);
    visitor(contract::optional("downtime_ms"), self.downtime_ms);
  }
};

struct DowntimeRehearsed {
  std::int64_t ready_after_ms = 0;       // from the start to readiness, on the copy; 0: there was no canary
  std::int64_t migration_ms = 0;         // duration of its doctor before that; 0: no migration is needed
  std::vector<EarlierDowntime> earlier;  // the newest first

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("ready_after_ms"), self.ready_after_ms);
    visitor(contract::optional("migration_ms"), self.migration_ms);
    visitor(contract::optional("earlier"), self.earlier);
  }
};

struct Rehearsal {
  PluginsRehearsed plugins;
  DatabasesRehearsed databases;
  std::vector<std::string> config_warnings;  // of the new release, about the present config
  NodeRehearsed node;
  SizeRehearsed size;
  DowntimeRehearsed downtime;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(contract::optional("plugins"), self.plugins);
    visitor(contract::optional("databases"), self.databases);
    visitor(contract::words("config_warnings"), self.config_warnings);
    visitor(contract::optional("node"), self.node);
    visitor(contract::optional("size"), self.size);
    visitor(contract::optional("downtime"), self.downtime);
  }

  // Nothing was examined yet.
  [[nodiscard]] bool empty() const;
};

void to_json(nlohmann::json& value, const Rehearsal& rehearsal);
void from_json(const nlohmann::json& value, Rehearsal& rehearsal);

// For an operator: one line each about plugins, databases, config, Node, disk space and downtime. Without
// side effects.
[[nodiscard]] std::vector<std::string> lines_of(const Rehearsal& rehearsal);

}  // namespace update
