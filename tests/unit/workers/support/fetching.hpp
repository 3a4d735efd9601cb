// SPDX-License-Identifier: MIT
// One shell script acts as registry and package client: it has one version of OpenClaw, and packs and
// installs what the test has put there.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "support/recording_notifier.hpp"
#include "support/temporary_directory.hpp"
#include "workers/fetch/fetch.hpp"
#include "workers/fetch/finish.hpp"

namespace worker_tests {

using nlohmann::json;

class Fetching : public testing::Test {
 protected:
  Fetching() {
    folder_.mkdir("state");
    folder_.mkdir("logs");
    // This Node runs shell scripts, and OpenClaw's entry point is one here.
    context_.toolchain.node =
        folder_.write("bin/node",
                      "#!/bin/sh\ncase $1 in --version) cat " + folder_.path("node-version") +
                          ";; *) exec /bin/sh \"$@\";; esac\n",
                      0755);
    folder_.write("node-version", "v24.16.0\n");
    context_.machine_node = context_.toolchain.node;
    context_.toolchain.global_config = folder_.write("etc/npmrc", "");
    context_.toolchain.npm_cli = folder_.write("lib/node_modules/npm/bin/npm-cli.js", npm_script());
    context_.settings.packages.stall_timeout = std::chrono::seconds{20};
    package("2026.9.6");
    installs(
        "mkdir -p node_modules/zod; echo '{\"name\":\"zod\",\"version\":\"4.3.6\"}' > "
        "node_modules/zod/package.json; echo > node_modules/zod/index.js");
    pack();
  }

  // Implements `npm view`, `npm pack`, `npm install` and `npm rebuild`; calls.txt records the calls.
  [[nodiscard]] std::string npm_script() const {
    const std::string here = folder_.path();
    return "echo \"$PWD: $*\" >> " + here +
           "/calls.txt\n"
           "case $1 in --version) echo 11.0.0;;\n"
           "view) case $3 in *@*) sh " +
           here + "/view \"$@\";; *) sh " + here +
           "/view-all;; esac;;\n"
           "pack) for a in \"$@\"; do case $a in --pack-destination=*) to=${a#*=};; esac; done; sh " +
           here +
           "/pack \"$to\" \"$@\";;\n"
           "rebuild) . " +
           here +
           "/rebuild;;\n"
           "install) cp package.json " +
           here + "/asked.json; . " + here + "/install;;\nesac\n";
  }
  void installs(const std::string& script) { folder_.write("install", script + "\n"); }

  // The content of the tarball.
  void package(const std::string& version, const json& more = json::object()) {
    json manifest = {{"name", "openclaw"},
                     {"version", version},
                     {"dependencies", {{"zod", "^4.3.6"}}},
                     {"engines", {{"node", ">=24.16.0 <25"}}},
                     {"scripts", {{"postinstall", "node scripts/postinstall-bundled-plugins.mjs"}}}};
    manifest.update(more);
    manifest_ = manifest;
    folder_.write("content/package/package.json", manifest.dump());
    folder_.write("content/package/openclaw.mjs", "echo 'OpenClaw " + version + " (abc1234)'\n");
    folder_.write("content/package/.openclaw-lifecycle-pending");
    folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs",
                  "env > \"$HOME/../../../environment\"\nrm .openclaw-lifecycle-pending\n");
  }
  // Makes the tarball, and a registry that has it.
  void pack() {
    run("cd content && chmod -R go-rwx package && tar -czf ../openclaw.tgz package");
    run("printf 'sha512-%s' \"$(openssl dgst -sha512 -binary openclaw.tgz | base64 -w0)\" > integrity");
    integrity_ = folder_.read("integrity");
    tells(integrity_);
    folder_.write(
        "view-all",
        R"(echo '{"versions":["2026.9.4","2026.9.5","2026.9.6"],"dist-tags":{"latest":"2026.9.6"}}')"
        "\n");
    folder_.write("pack", "cp " + folder_.path("openclaw.tgz") + " \"$1/openclaw-2026.9.6.tgz\"\n");
  }
  // Adds Node 24.16.0 and 24.18.0 to the registry, and an npm that runs on them.
  void has_nodes() {
    folder_.write("content-of-node/package/bin/node",
                  "#!/bin/sh\ncase $1 in --version) echo v24.18.0;; *) exec /bin/sh \"$@\";; esac\n", 0755);
    const std::string of_node = packed("node", "content-of-node");
    folder_.write("content-of-npm/package/bin/npm-cli.js", npm_script());
    folder_.write("content-of-npm/package/bin/npx-cli.js", "");
    const std::string of_npm = packed("npm", "content-of-npm");
    const json node = {{"version", "24.18.0"}, {"dist.integrity", of_node}};
    const json npm = {{"version", "11.0.0"}, {"dist.integrity", of_npm}, {"engines.node", ">=22.9.0"}};
    folder_.write("view", "case $3 in node-linux-*) echo '" + node.dump() + "';; npm@*) echo '" + npm.dump() +
                              "';; *) echo '" + answer_with(integrity_).dump() + "';; esac\n");
    folder_.write("view-all", "echo '[\"24.16.0\",\"24.18.0\"]'\n");
    folder_.write("pack", "case $* in *node-linux-*) cp " + folder_.path("node.tgz") +
                              " \"$1/node-24.18.0.tgz\";; *\" npm@\"*) cp " + folder_.path("npm.tgz") +
                              " \"$1/npm-11.0.0.tgz\";; *) cp " + folder_.path("openclaw.tgz") +
                              " \"$1/openclaw-2026.9.6.tgz\";; esac\n");
  }
  // Makes NAME.tgz of a folder, and answers its integrity.
  std::string packed(const std::string& name, const std::string& content) {
    run("cd " + content + " && tar -czf ../" + name + ".tgz package");
    run("printf 'sha512-%s' \"$(openssl dgst -sha512 -binary " + name +
        ".tgz | base64 -w0)\" > integrity-of-" + name);
    return folder_.read("integrity-of-" + name);
  }
  // The registry's metadata of the version, which equals its package.json unless the test changes it.
  void tells(const std::string& integrity, const json& more = json::object()) {
    folder_.write("view", "echo '" + answer_with(integrity, more).dump() + "'\n");
  }
  [[nodiscard]] json answer_with(const std::string& integrity, const json& more = json::object()) const {
    json answer = {{"version", "2026.9.6"}, {"dist.integrity", integrity}, {"engines.node", ">=24.16.0 <25"}};
    for (const char* key : {"dependencies", "optionalDependencies", "bundleDependencies"}) {
      if (manifest_.contains(key)) answer[key] = manifest_[key];
    }
    answer.update(more);
    return answer;
  }
  void run(const std::string& script) {
    ASSERT_EQ(std::system(("cd " + folder_.path() + " && " + script).c_str()), 0) << script;
  }

  base::Result<json> fetch() {
    return workers::fetch(context_, {{"version", "2026.9.6"},
                                     {"integrity", requested_},
                                     {"bundle_node", bundle_node_},
                                     {"may_bundle_node", may_bundle_node_}});
  }
  // The fetch and the last steps, which are two units, one after the other.
  base::Result<json> complete() {
    auto fetched = fetch();
    if (!fetched) return fetched;
    return workers::finish(context_, {{"version", "2026.9.6"}});
  }
  [[nodiscard]] bool was_asked_to(const std::string& what) const {
    return folder_.exists("calls.txt") && folder_.read("calls.txt").find(": " + what) != std::string::npos;
  }
  // The error of a fetch that must fail and must leave nothing.
  base::Error failure() {
    const auto result = fetch();
    EXPECT_FALSE(result);
    EXPECT_THAT(folder_.names("state"), testing::IsEmpty());
    return result ? base::Error{} : result.error();
  }

  test_support::TemporaryDirectory folder_;
  json manifest_;
  test_support::RecordingNotifier statuses_;
  workers::FetchContext context_{statuses_, {}, {}, folder_.path("state"), folder_.path("logs")};
  std::string integrity_, requested_;
  bool bundle_node_ = false, may_bundle_node_ = false;
};

}  // namespace worker_tests
