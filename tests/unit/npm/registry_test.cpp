// SPDX-License-Identifier: MIT
// Real clients against a real registry, for tests/system/clients-agree.sh: skipped unless that names what to
// install.
//
//   OPENCLAW_REGISTRY_TEST_MANIFEST   a package.json with dependencies and overrides
//   OPENCLAW_REGISTRY_TEST_DIRECTORY  gets <client>/node_modules, and <client>.cache
//   OPENCLAW_REGISTRY_TEST_NODE       (optional) the Node to use; clients beside it or on PATH are tried
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

#include "fs/file.hpp"
#include "npm/clients.hpp"

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class Registry : public testing::TestWithParam<npm::ClientKind> {
 protected:
  void SetUp() override {
    manifest_ = variable("OPENCLAW_REGISTRY_TEST_MANIFEST");
    directory_ = variable("OPENCLAW_REGISTRY_TEST_DIRECTORY");
    ASSERT_FALSE(manifest_.empty() || directory_.empty()) << "run by tests/system/clients-agree.sh";
  }

  npm::InstallRequest request_for(const std::string& client) const {
    const auto text = fs::read_trusted_file(manifest_);
    const auto json = nlohmann::json::parse(text.value_or("{}"));
    npm::InstallRequest request;
    request.dependencies = json.value("dependencies", request.dependencies);
    request.overrides = json.value("overrides", request.overrides);
    request.allow_scripts = json.value("allowScripts", request.allow_scripts);
    request.directory = directory_ + "/" + client;
    request.cache_directory = directory_ + "/" + client + ".cache";
    request.registry = variable("OPENCLAW_REGISTRY_TEST_REGISTRY");
    request.keep_cache = !variable("OPENCLAW_REGISTRY_TEST_KEEP_CACHE").empty();
    request.offline = !variable("OPENCLAW_REGISTRY_TEST_OFFLINE").empty();
    return request;
  }

  std::string manifest_, directory_;
};

TEST_P(Registry, DISABLED_InstallsTheUnion) {
  const auto toolchain = npm::find_toolchain(variable("OPENCLAW_REGISTRY_TEST_NODE"), variable("PATH"));
  ASSERT_TRUE(toolchain) << toolchain.error().message;
  const auto client = npm::client_of_kind(GetParam(), *toolchain);
  if (!client) GTEST_SKIP() << client.error().message;
  std::string retrying;
  const auto report = (*client)->install(request_for((*client)->name()), [&](const npm::Progress& progress) {
    if (progress.retrying != retrying)
      std::cout << progress.client << " retries: " << progress.retrying << "\n";
    retrying = progress.retrying;
  });
  ASSERT_TRUE(report) << report.error().message;
  std::cout << report->client << " took " << report->duration.count() << " ms\n";
}

INSTANTIATE_TEST_SUITE_P(clients, Registry,
                         testing::Values(npm::ClientKind::npm, npm::ClientKind::pnpm, npm::ClientKind::bun));

}  // namespace
