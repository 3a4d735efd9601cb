// SPDX-License-Identifier: MIT
// A sealed release as one file, for a host that reaches no registry: a tar archive with
//
//   NAME/openclaw-release.json   what it is: ArchivedRelease
//   NAME/package/PATH            the release itself
#pragma once

#include <cstdint>
#include <string>

#include "contract/members.hpp"

namespace contract {

inline constexpr const char* release_record_file = "openclaw-release.json";
inline constexpr const char* release_content_folder = "package";
inline constexpr std::int64_t release_archive_format = 1;
// The largest OpenClaw so far makes one of 700 MB.
inline constexpr std::int64_t largest_release_archive = std::int64_t{12} * 1024 * 1024 * 1024;

// As in a snapshot's archive, members are added, and none gets another meaning; what changes that gets
// another format.
struct ArchivedRelease {
  std::int64_t format = 0;
  std::string name;       // "2026.9.6-1f3a9c2e", where it was sealed
  std::string version;    // of the package
  std::string digest;     // of its paths, modes and contents, in full: the name has its beginning
  std::string integrity;  // of the registry's tarball; empty: not known
  std::string client, node;
  std::string made_at;  // RFC 3339; for people

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& visitor) {
    visitor(required("format"), self.format);
    visitor(required("name"), self.name);
    visitor(required("version"), self.version);
    visitor(required("digest"), self.digest);
    visitor(optional("integrity"), self.integrity);
    visitor(optional("client"), self.client);
    visitor(optional("node"), self.node);
    visitor(optional("made_at"), self.made_at);
  }
};

}  // namespace contract
