// SPDX-License-Identifier: MIT
// state-guard/report.json in the state directory of a container: the result of the guard's last start, for
// programs that check whether a start may be announced.
#pragma once

#include <cstdint>
#include <string>

#include "contract/members.hpp"

namespace contract {

inline constexpr const char* guard_folder = "state-guard";
inline constexpr const char* guard_report_file = "report.json";

// It concerns the databases, not the gateway: a gateway whose databases are being migrated is ready when it
// reports this itself.
struct GuardReport {
  std::int64_t schema = 1;
  std::string version;  // of the image
  std::string before;   // that ran before; empty: none, or unknown
  // "admitted": the image's OpenClaw can use the databases, or there is no evidence to the contrary;
  // "migrating": it changes their schema at its start, or its doctor is at work; "refused": it cannot read
  // them.
  std::string databases;
  std::string message;     // a sentence
  std::int64_t at_ms = 0;  // Unix milliseconds

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("schema"), self.schema);
    visitor(optional("version"), self.version);
    visitor(optional("before"), self.before);
    visitor(optional("databases"), self.databases);
    visitor(words("message"), self.message);
    visitor(optional("at_ms"), self.at_ms);
  }
};

}  // namespace contract
