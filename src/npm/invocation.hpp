// SPDX-License-Identifier: MIT
// How each client is called: one table row each.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/redaction.hpp"
#include "npm/clients.hpp"
#include "npm/environment.hpp"
#include "npm/install.hpp"
#include "npm/policy.hpp"
#include "npm/toolchain.hpp"

namespace npm {

// What a client may write, all beneath the request's two directories: the unit it runs in has nothing else
// writable.
struct Places {
  std::string home;       // an empty HOME, but for .npmrc
  std::string temporary;  // TMPDIR; on the cache's file system, since clients unpack there and rename
  std::string packages;   // what was downloaded
  std::string metadata;   // what the registry said
  std::string logs;
  std::string user_config;  // an empty npmrc
};
// Logs are in the cache where `logs_directory` is empty.
[[nodiscard]] Places places_in(const std::string& cache_directory, ClientKind kind,
                               const std::string& logs_directory = "");

struct ClientRow {
  ClientKind kind;
  std::string_view name;
  // Installed files are names of the cache's own inodes unless the request says keep_cache.
  bool links_from_cache;
  bool downloads_while_it_resolves;
  // npm gets the administrator's npmrc as its global configuration; the others as that of their private HOME.
  bool npmrc_in_home;
  // The options of an install. Extra arguments of the request are not among them.
  std::vector<std::string> (*arguments)(const InstallRequest&, const Places&, const Toolchain&,
                                        const Policies&);
  void (*environment)(const Places&, const Npmrc&, base::Environment&);
};

// In the order in which `automatic` tries them.
[[nodiscard]] const std::array<ClientRow, 3>& client_rows();
[[nodiscard]] const ClientRow& row_of(ClientKind kind);

// The program itself: {path} or {node, script}. Empty when the toolchain does not have it.
[[nodiscard]] std::vector<std::string> program_of(ClientKind kind, const Toolchain& toolchain);

// What every call of npm has in common: where it reads and writes, and that it talks.
[[nodiscard]] std::vector<std::string> npm_places(const Places& places, const Toolchain& toolchain);

// What npm has to be told of the policies: those of its own keys it reads itself.
[[nodiscard]] std::vector<std::string> npm_policy(const Policies& policies);

// `npm rebuild` of some packages with scripts on, in a tree that any client made.
[[nodiscard]] std::vector<std::string> rebuild_arguments(const InstallRequest& request, const Places& places,
                                                         const Toolchain& toolchain);

// What options of the administrator's hold in confidence: --//registry/:_authToken=...
void add_secrets(const std::vector<std::string>& arguments, base::Redaction& redaction);

}  // namespace npm
