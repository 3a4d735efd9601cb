// SPDX-License-Identifier: MIT
// The registry without npm: for the first installation on a machine that has none, and for nothing else. It
// reads of npm's configuration what decides where the registry is and who may read there: registry, proxies,
// certificate authorities and tokens.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/environment.hpp"
#include "download/download.hpp"
#include "npm/npmrc.hpp"
#include "npm/query.hpp"

namespace workers {

// What it calls itself to a listener for progress.
inline constexpr std::string_view direct_client = "the registry";

class DirectRegistry final : public npm::PackageSource {
 public:
  // `npmrc` is the content of `npmrc_path`, which messages name. Of the settings, the registry and the stall
  // timeout count.
  DirectRegistry(npm::Npmrc npmrc, std::string npmrc_path, base::Environment environment,
                 npm::RegistrySettings settings);

  [[nodiscard]] base::Result<nlohmann::json> view(const std::string& spec,
                                                  const std::vector<std::string>& fields,
                                                  const npm::ProgressListener& progress) const override;
  [[nodiscard]] base::Result<std::string> fetch_tarball(const std::string& spec, const std::string& directory,
                                                        const npm::ProgressListener& progress) const override;

 private:
  [[nodiscard]] base::Result<nlohmann::json> document(const std::string& name,
                                                      const npm::ProgressListener& progress) const;
  [[nodiscard]] base::Result<nlohmann::json> manifest(const std::string& spec,
                                                      const npm::ProgressListener& progress) const;
  [[nodiscard]] download::Route route_to(const std::string& url) const;
  // `address`: of the URL, from its "//".
  void authenticate(download::Route& route, std::string_view address) const;
  [[nodiscard]] std::string setting(const std::string& key) const;
  [[nodiscard]] base::Error explained(base::Error error) const;

  npm::Npmrc npmrc_;
  std::string npmrc_path_;
  base::Environment environment_;
  npm::RegistrySettings settings_;
  std::string registry_;  // with a slash at its end
};

}  // namespace workers
