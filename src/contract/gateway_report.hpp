// SPDX-License-Identifier: MIT
// What openclaw-probe and openclaw-canary answer about a gateway:
//
//   {"ready":true,"running":true,"failing":[],"detail":"ready",
//    "ready_at_ms":1763721300123,                         Unix time; of `gate` alone, of the first readiness
//    "version":"2026.9.6","version_known":true,           of the running process, never of the package
//    "environment_keys":["HOME",...],                     names
//    "environment_unknown":"cannot read ...",             a file that would add some, and what the disk said
//    "plugins":{"known":true,"loaded":[],"errors":[{"id","error"}],
//               "bundled":[],"configured":[]},            in the package; asked for by the config
//    "channels":[],"channels_known":true,
//    "config":{"known":true,"valid":true,"detail":""},
//    "rpc"|"cron"|"models":{"known":true,"ok":true,"detail":""}}
//
// "known": false is the absence of an answer, which is no evidence of anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "contract/members.hpp"

namespace contract {

// What one question came to. `known` false: nobody answered.
struct Reply {
  bool known = false, ok = false;
  std::string detail;
};
// "ok" is called "valid" of a config.
template <class AReply>
struct Verdict {
  Verdict(const char* of_ok, AReply& of_reply) : name(of_ok), reply(of_reply) {}

  const char* name;
  AReply& reply;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("known"), self.reply.known);
    visitor(optional(self.name), self.reply.ok);
    visitor(words("detail"), self.reply.detail);
  }
};

struct PluginFailure {
  std::string id, error;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("id"), self.id);
    visitor(words("error"), self.error);
  }
};

struct PluginReport {
  bool known = false;
  std::vector<std::string> loaded;
  std::vector<PluginFailure> errors;
  std::vector<std::string> bundled;     // in the package that runs
  std::vector<std::string> configured;  // that the config asks for by name

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(optional("known"), self.known);
    visitor(optional("loaded"), self.loaded);
    visitor(optional("errors"), self.errors);
    visitor(optional("bundled"), self.bundled);
    visitor(optional("configured"), self.configured);
  }
};

struct GatewayReport {
  bool ready = false;
  bool running = true;  // its process
  std::vector<std::string> failing;
  std::string detail;            // of readiness, for a person
  std::int64_t ready_at_ms = 0;  // Unix milliseconds; 0: not known
  std::string version;           // of the running process; empty: not known (some versions before 2026.8.1)
  bool version_known = false;
  std::vector<std::string> environment_keys;
  std::string environment_unknown;  // why there may be more of them; empty: these are all
  PluginReport plugins;
  bool channels_known = false;
  std::vector<std::string> channels;
  Reply config, rpc, cron, models;  // config.ok: valid

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("ready"), self.ready);
    visitor(optional("running"), self.running);
    visitor(optional("failing"), self.failing);
    visitor(words("detail"), self.detail);
    visitor(optional("ready_at_ms").left_out_when_empty(), self.ready_at_ms);
    visitor(optional("version"), self.version);
    visitor(optional("version_known"), self.version_known);
    visitor(optional("environment_keys"), self.environment_keys);
    visitor(words("environment_unknown").left_out_when_empty(), self.environment_unknown);
    visitor(optional("plugins"), self.plugins);
    visitor(optional("channels_known"), self.channels_known);
    visitor(optional("channels"), self.channels);
    visitor(optional("config"), Verdict{"valid", self.config});
    visitor(optional("rpc"), Verdict{"ok", self.rpc});
    visitor(optional("cron"), Verdict{"ok", self.cron});
    visitor(optional("models"), Verdict{"ok", self.models});
  }
};

// Every text comes out without secrets and at most so long. A member of the wrong type, a list of more than
// most_report_entries, or a report without "ready" is `unavailable`, naming the member; others may be absent.
inline constexpr std::size_t longest_report_text = 300, most_report_entries = 500;
inline constexpr Reading of_report{.is_strict = true,
                                   .whose = "openclaw-probe's report:",
                                   .kind = base::ErrorKind::unavailable,
                                   .texts = Reading::Texts::without_secrets,
                                   .longest_text = longest_report_text,
                                   .most_entries = most_report_entries};
[[nodiscard]] base::Result<GatewayReport> read_gateway_report(const nlohmann::json& result);
// The same of a text, which may be anything.
[[nodiscard]] base::Result<GatewayReport> parse_gateway_report(const std::string& text);

}  // namespace contract
