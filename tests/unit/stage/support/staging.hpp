// SPDX-License-Identifier: MIT
// A small OpenClaw, a package client without a network that the test owns, and a run of the engine with both.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "openclaw/environment.hpp"
#include "openclaw/gateway_environment.hpp"
#include "stage/engine.hpp"
#include "stage/support/fake_client.hpp"
#include "stage/support/fake_openclaw.hpp"

namespace stage_tests {

using stage::Outcome;
using stage::PluginStatus;
using test_support::TemporaryDirectory;

// Passes a client that the test owns to the engine.
class Borrowed final : public npm::Client {
 public:
  explicit Borrowed(FakeClient& client) : client_(client) {}
  [[nodiscard]] std::string name() const override { return client_.name(); }
  [[nodiscard]] base::Result<npm::InstallReport> install(const npm::InstallRequest& request,
                                                         const npm::ProgressListener& progress) override {
    return client_.install(request, progress);
  }
  [[nodiscard]] base::Result<void> reach(const std::string& repository,
                                         const std::string& cache_directory) override {
    return client_.reach(repository, cache_directory);
  }

 private:
  FakeClient& client_;
};

class Bench final : public stage::Surroundings {
 public:
  std::vector<FakeClient*> installed;
  std::vector<std::string> phases;
  void phase(const std::string& text) override { phases.push_back(text); }
  void progress(const npm::Progress& progress) override { (void)progress; }
  base::Result<std::vector<std::unique_ptr<npm::Client>>> clients(const stage::Request& request) override {
    (void)request;
    std::vector<std::unique_ptr<npm::Client>> all;
    for (auto* client : installed) all.push_back(std::make_unique<Borrowed>(*client));
    return all;
  }
};

class Staging : public testing::Test {
 protected:
  Staging() {
    place.mkdir("state");
    request.environment = openclaw::as_given({{"STATE_DIRECTORY", place.path("state")},
                                              {"HOME", place.path("state")},
                                              {"OPENCLAW_CONFIG_PATH", place.write("openclaw.json", "{}")}});
    request.package_root = place.path("package");
    bench.installed = {&client};
  }

  Outcome run() { return stage::run(request, bench); }

  [[nodiscard]] std::string external_root(const std::string& version) const {
    return place.path("state/plugin-runtime-deps/") + openclaw::stage_root_name(version, real_package_root());
  }
  [[nodiscard]] std::string real_package_root() const {
    char resolved[PATH_MAX];
    return ::realpath(place.path("package").c_str(), resolved) != nullptr ? resolved : "";
  }
  static bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }
  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static PluginStatus status(const Outcome& outcome, const std::string& id) {
    for (const auto& row : outcome.plugins) {
      if (row.id == id) return row.status;
    }
    ADD_FAILURE() << "no row for " << id;
    return PluginStatus::failed;
  }

  TemporaryDirectory place;
  stage::Request request;
  FakeClient client;
  Bench bench;
};

}  // namespace stage_tests
