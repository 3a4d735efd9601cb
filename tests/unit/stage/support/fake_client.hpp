// SPDX-License-Identifier: MIT
// A package client that installs what its script contains, without a network; the engine uses it like a real
// one.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "npm/install.hpp"

namespace stage_tests {

// Writes `path` beneath `folder`, and creates the folders that it needs.
inline void put(const std::string& folder, const std::string& path, const std::string& content) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    ::mkdir((folder + "/" + path.substr(0, slash)).c_str(), 0755);
  }
  std::ofstream(folder + "/" + path) << content;
}

// "^1.2.3" -> "1.2.3": the registry of these tests has exactly the requested version.
inline std::string version_for(const std::string& range) {
  const auto digit = range.find_first_of("0123456789");
  return digit == std::string::npos ? "1.0.0" : range.substr(digit);
}

class FakeClient : public npm::Client {
 public:
  explicit FakeClient(std::string name = "npm") : name_(std::move(name)) {}

  // Packages that the registry does not have: a request for one of them fails with the message of npm.
  std::set<std::string> lost;
  // Transitive: only `lost_parent` depends on lost-transitive, so the failure names no plugin.
  std::string lost_parent;
  // Packages that this client omits although it reports success.
  std::set<std::string> forgotten;
  // Other changes of the folder, made before success is reported.
  std::function<void(const npm::InstallRequest&)> also;
  base::Error failure{base::ErrorKind::unavailable, 0, ""};  // with a message: every install fails with it

  std::set<std::string> unreachable;  // git repositories, by their address
  std::vector<std::string> reached_for;

  std::chrono::milliseconds takes{0};  // before it answers

  std::vector<npm::InstallRequest> requests;

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] base::Result<npm::InstallReport> install(const npm::InstallRequest& request,
                                                         const npm::ProgressListener& progress) override {
    requests.push_back(request);
    std::this_thread::sleep_for(takes);
    if (progress)
      progress({name_, std::chrono::milliseconds(500), std::chrono::milliseconds(0), "fetching", ""});
    if (!failure.message.empty()) return base::pass(failure);
    for (const auto& [package, range] : request.dependencies) {
      if (lost.contains(package)) return not_found(package, range);
      if (package == lost_parent) return not_found("lost-transitive", "^1.0.0");
    }
    if (request.resolve_only) return npm::InstallReport{name_ + " 1.0.0", std::chrono::milliseconds(1)};
    ::mkdir((request.directory + "/node_modules").c_str(), 0755);
    for (const auto& [package, range] : request.dependencies) {
      if (!forgotten.contains(package)) put_package(request, package, version_for(range));
    }
    put(request.directory, "node_modules/.package-lock.json", "{}");
    if (also) also(request);
    return npm::InstallReport{name_ + " 1.0.0", std::chrono::milliseconds(1)};
  }

  [[nodiscard]] base::Result<void> reach(const std::string& repository,
                                         const std::string& /*cache_directory*/) override {
    reached_for.push_back(repository);
    if (!unreachable.contains(repository)) return {};
    return base::fail(base::ErrorKind::unavailable, "git could not reach " + repository);
  }

  static void put_package(const npm::InstallRequest& request, const std::string& package,
                          const std::string& version) {
    const std::string folder = "node_modules/" + package + "/";
    put(request.directory, folder + "package.json",
        R"({"name":")" + package + R"(","version":")" + version + R"(","main":"index.js"})");
    put(request.directory, folder + "index.js", "module.exports = '" + package + "@" + version + "';\n");
  }

 private:
  static tl::unexpected<base::Error> not_found(const std::string& package, const std::string& range) {
    return base::fail(base::ErrorKind::unavailable,
                      "npm error code E404\nnpm error 404 Not Found - GET https://registry.example/" +
                          package + " - Not found\nnpm error 404\nnpm error 404  '" + package + "@" + range +
                          "' is not in this registry.\n");
  }

  std::string name_;
};

}  // namespace stage_tests
