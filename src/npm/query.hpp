// SPDX-License-Identifier: MIT
// Asking npm's registry about one package, and fetching its tarball: by npm, whichever client installs, since
// only npm can do both in every version, with the registry, proxy, CA and token of the administrator's npmrc.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "npm/install.hpp"
#include "npm/invocation.hpp"
#include "npm/toolchain.hpp"
#include "process/run.hpp"

namespace npm {

struct RegistrySettings {
  std::string registry;                      // empty: npm's configuration decides
  std::vector<std::string> extra_arguments;  // of the administrator's
  std::chrono::seconds stall_timeout{300};   // for tarballs
  // So long a request may be tried again and again before npm is stopped.
  std::chrono::seconds patience_with_retries{15};
  std::string logs_directory = {};  // absolute, there already; empty: in the cache
};

// What the registry says of packages, and their tarballs.
class PackageSource {
 public:
  PackageSource() = default;
  virtual ~PackageSource() = default;
  PackageSource(const PackageSource&) = delete;
  PackageSource& operator=(const PackageSource&) = delete;

  // What `npm view SPEC FIELDS --json` prints: an object by field, when more than one is there; an array
  // where the spec is a range. `not_found` when the registry does not have it. A registry that does not
  // answer, or is only tried again and again, is `unavailable` within 30 s.
  [[nodiscard]] virtual base::Result<nlohmann::json> view(const std::string& spec,
                                                          const std::vector<std::string>& fields,
                                                          const ProgressListener& progress) const = 0;

  // The tarball of exactly one version, fetched into `directory` (absolute, private, empty); answers its
  // path. `not_found` as above. Whoever uses it compares it with the registry's checksum.
  [[nodiscard]] virtual base::Result<std::string> fetch_tarball(const std::string& spec,
                                                                const std::string& directory,
                                                                const ProgressListener& progress) const = 0;
};

// By npm, which compares a tarball with the registry's checksum itself: a difference is `integrity`.
class Registry final : public PackageSource {
 public:
  // `cache_directory` is absolute, private to this user, and made when absent.
  Registry(Toolchain toolchain, std::string cache_directory, RegistrySettings settings);

  [[nodiscard]] base::Result<nlohmann::json> view(const std::string& spec,
                                                  const std::vector<std::string>& fields,
                                                  const ProgressListener& progress) const override;
  [[nodiscard]] base::Result<std::string> fetch_tarball(const std::string& spec, const std::string& directory,
                                                        const ProgressListener& progress) const override;

 private:
  struct Answer {
    std::string text;  // stdout
    process::Outcome outcome;
  };
  [[nodiscard]] base::Result<Answer> ask(const std::vector<std::string>& question,
                                         const process::Watch& watch, const std::string& directory) const;
  [[nodiscard]] base::Result<base::UniqueFd> make_places() const;  // answers the temporary one
  [[nodiscard]] tl::unexpected<base::Error> failure(const Answer& answer, const std::string& spec) const;

  Toolchain toolchain_;
  std::string cache_directory_;
  RegistrySettings settings_;
  Places places_;
};

}  // namespace npm
