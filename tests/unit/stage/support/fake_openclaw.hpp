// SPDX-License-Identifier: MIT
// A small OpenClaw package in a test's folder, with only the files that the engine reads.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "openclaw/package.hpp"
#include "support/temporary_directory.hpp"

namespace stage_tests {

class FakeOpenClaw {
 public:
  FakeOpenClaw(const test_support::TemporaryDirectory& place, const std::string& version,
               const nlohmann::json& more = nlohmann::json::object())
      : place_(place) {
    nlohmann::json manifest = {{"name", "openclaw"}, {"version", version}};
    manifest.update(more);
    place_.write("package/package.json", manifest.dump());
    place_.write("package/dist/index.js", "// core\n");
    place_.write("package/dist/chunk-abc.js", "// chunk\n");
    place_.mkdir("package/dist/extensions");
  }

  // `manifest` is merged into openclaw.plugin.json.
  FakeOpenClaw& plugin(const std::string& id, const openclaw::Dependencies& dependencies,
                       const nlohmann::json& manifest = {{"enabledByDefault", true}}) {
    nlohmann::json described = {{"id", id}};
    described.update(manifest);
    const std::string folder = "package/dist/extensions/" + id + "/";
    place_.write(folder + "openclaw.plugin.json", described.dump());
    place_.write(folder + "package.json",
                 nlohmann::json{{"name", "@openclaw/" + id}, {"dependencies", dependencies}}.dump());
    place_.write(folder + "index.js", "// " + id + "\n");
    return *this;
  }

  [[nodiscard]] std::string root() const { return place_.path("package"); }

 private:
  const test_support::TemporaryDirectory& place_;
};

}  // namespace stage_tests
