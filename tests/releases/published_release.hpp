// SPDX-License-Identifier: MIT
// One published release on disk, made by the same code as an update's: the tarball, its tree, what it depends
// on, and a start of its gateway.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "workers/fetch/fetch.hpp"
#include "workers/fetch/published.hpp"

namespace releases {

struct Subject {
  std::string version;
  std::string integrity;  // "sha512-..." as the registry has it
  std::string tarball;    // absolute; fetched when absent
  std::string work;       // absolute, private, on a disk with room for 1 GB
  [[nodiscard]] std::string package() const { return work + "/package"; }
};

// The tarball is there and is the one that the registry's checksum is of.
[[nodiscard]] base::Result<void> provide_tarball(const workers::FetchContext& context,
                                                 const Subject& subject);
// Its content, as published, in subject.package(). Answers what that is.
[[nodiscard]] base::Result<workers::PublishedFiles> unpack(const Subject& subject);
// What it depends on, and its own postinstall, which lose and change none of that. Answers the package
// client.
[[nodiscard]] base::Result<std::string> complete(const workers::FetchContext& context, const Subject& subject,
                                                 const workers::PublishedFiles& published);

// The gateway, booted as an update's canary is, with nothing configured, in a network of its own (which this
// process then stays in). Answers what workers::boot does.
[[nodiscard]] base::Result<nlohmann::json> start(const workers::FetchContext& context, const Subject& subject,
                                                 std::chrono::seconds deadline);

}  // namespace releases
