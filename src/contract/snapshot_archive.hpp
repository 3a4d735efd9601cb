// SPDX-License-Identifier: MIT
// A snapshot as one file, for a backup or for another host: a tar archive with
//
//   NAME/openclaw-snapshot.json   what it is, without a change to it: ArchivedSnapshot and "format"
//   NAME/inventory.json           each path with its checksum (workers/state/inventory.hpp)
//   NAME/files/ROOT/PATH          the content
#pragma once

#include <cstdint>
#include <string>

#include "contract/members.hpp"

namespace contract {

inline constexpr const char* archive_record_file = "openclaw-snapshot.json";
inline constexpr std::int64_t archive_format = 1;

// An archive may come from an older or a newer suite: members are added, and none gets another meaning. What
// changes that gets another format.
struct ArchivedSnapshot {
  std::int64_t format = 0;
  std::string name;     // where it was taken
  std::string origin;   // "by hand", "update t00000017-20261121T101500Z"
  std::string version;  // of the OpenClaw whose state it is; empty: not known
  std::string digest;
  std::int64_t at_ms = 0;  // Unix milliseconds; for people
  std::string config;      // which of its paths is the gateway's config: "state/openclaw.json"

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("format"), self.format);
    visitor(required("name"), self.name);
    visitor(optional("origin"), self.origin);
    visitor(optional("version"), self.version);
    visitor(required("digest"), self.digest);
    visitor(optional("at_ms"), self.at_ms);
    visitor(optional("config"), self.config);
  }
};

}  // namespace contract
