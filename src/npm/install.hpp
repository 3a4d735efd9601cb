// SPDX-License-Identifier: MIT
// One request to a package client and one result from it, whichever client it is.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace npm {

struct InstallRequest {
  std::map<std::string, std::string> dependencies;  // name -> range
  std::map<std::string, std::string> overrides;     // name -> exact version, for transitive packages
  std::vector<std::string> allow_scripts;           // packages whose install script runs afterwards
  std::string directory;                            // absolute; private, empty; node_modules appears in it
  std::string cache_directory;                      // absolute; private; kept between runs
  std::string logs_directory;                       // absolute; made when absent; empty: in the cache
  std::string registry;                             // empty: the client's configuration decides
  std::vector<std::string> extra_arguments;         // npm's: other clients refuse a request that has some
  bool offline = false;
  // Only find out whether every package can be had: a lock file appears in the directory, nothing is
  // installed. A tenth of an install's time with what the last run looked up.
  bool resolve_only = false;
  // pnpm and bun link what they install out of their caches, three to ten times faster than copying, and
  // their caches are emptied after a success, so that no second name of an installed file stays where it
  // could be written through. True: they copy, and the cache serves a later run (and `offline`). npm always
  // copies.
  bool keep_cache = false;
  std::chrono::seconds stall_timeout{300};
  // name -> range; the client may leave out what cannot be had or does not fit this machine.
  std::map<std::string, std::string> optional_dependencies;
};

struct InstallReport {
  std::string client;  // "npm 11.21.2"
  std::chrono::milliseconds duration{0};
};

// Called about twice a second while the client works, with what it is known to have done.
struct Progress {
  std::string client;
  std::chrono::milliseconds elapsed{0};
  std::chrono::milliseconds since_activity{0};  // since output, new files or network traffic of the client
  std::string last_line;                        // of its output, printable
  // Why its requests fail, in the client's code ("DEPTH_ZERO_SELF_SIGNED_CERT"), while its last line is about
  // trying again; empty otherwise. Known within seconds, when the client itself goes on for minutes.
  std::string retrying;
};
// For a person: why its requests fail, or else its last line, or nothing.
[[nodiscard]] std::string what_it_does(const Progress& progress);
using ProgressListener = std::function<void(const Progress&)>;

class Client {
 public:
  virtual ~Client() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  // npm looks up everything before it downloads anything: a package that is not there costs seconds.
  [[nodiscard]] virtual bool downloads_while_it_resolves() const { return false; }
  // Error kind `unavailable` when the client ran and failed: the message carries its own last words
  // (printable) and says where its log is. `refused` when this client cannot do such a request and another
  // may. The directory's content is then undefined.
  [[nodiscard]] virtual base::Result<InstallReport> install(const InstallRequest& request,
                                                            const ProgressListener& progress) = 0;
  // Whether git, as this client would run it, gets an answer from a repository, in a moment where the client
  // itself needs the time of an install. `unavailable` says why not. What cannot be told counts as reachable.
  [[nodiscard]] virtual base::Result<void> reach(const std::string& /*repository*/,
                                                 const std::string& /*cache_directory*/) {
    return {};
  }
};

}  // namespace npm
