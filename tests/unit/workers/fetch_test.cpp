// Fetching with an npm that is a shell script: it knows one version, and packs and installs what the test put
// there.
#include "workers/fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/recording_notifier.hpp"
#include "support/temporary_directory.hpp"
#include "workers/fetch_dependencies.hpp"
#include "workers/fetch_inventory.hpp"
#include "workers/fetch_node.hpp"
#include "workers/fetch_registry.hpp"
#include "workers/fetch_tarball.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using test_support::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Fetch : public testing::Test {
 protected:
  Fetch() {
    folder_.mkdir("state");
    folder_.mkdir("cache");
    // A Node that runs shell scripts; OpenClaw's entry point is one here.
    context_.toolchain.node =
        folder_.write("bin/node",
                      "#!/bin/sh\ncase $1 in --version) cat " + folder_.path("node-version") +
                          ";; *) exec /bin/sh \"$@\";; esac\n",
                      0755);
    folder_.write("node-version", "v24.16.0\n");
    context_.toolchain.global_config = folder_.write("etc/npmrc", "");
    context_.toolchain.npm_cli = folder_.write("npm-cli.js", npm_script());
    context_.settings.packages.stall_timeout = std::chrono::seconds{20};
    package("2026.9.6");
    installs(
        "mkdir -p node_modules/zod; echo '{\"name\":\"zod\",\"version\":\"4.3.6\"}' > "
        "node_modules/zod/package.json; echo > node_modules/zod/index.js");
    pack();
  }

  // What `npm view`, `npm pack` and `npm install` do.
  [[nodiscard]] std::string npm_script() const {
    const std::string here = folder_.path();
    return "case $1 in --version) echo 11.0.0;;\n"
           "view) case $3 in *@*) sh " +
           here + "/view;; *) sh " + here +
           "/view-all;; esac;;\n"
           "pack) for a in \"$@\"; do case $a in --pack-destination=*) to=${a#*=};; esac; done; sh " +
           here +
           "/pack \"$to\";;\n"
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
    folder_.write("content/package/package.json", manifest.dump());
    folder_.write("content/package/openclaw.mjs", "echo 'OpenClaw " + version + " (abc1234)'\n");
    folder_.write("content/package/.openclaw-lifecycle-pending");
    folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs",
                  "env > \"$HOME/../../../environment\"\nrm .openclaw-lifecycle-pending\n");
  }
  // Makes the tarball and a registry that tells of it.
  void pack() {
    run("cd content && chmod -R go-rwx package && tar -czf ../openclaw.tgz package");
    run("printf 'sha512-%s' \"$(openssl dgst -sha512 -binary openclaw.tgz | base64 -w0)\" > integrity");
    integrity_ = folder_.read("integrity");
    const json answer = {
        {"version", "2026.9.6"}, {"dist.integrity", integrity_}, {"engines.node", ">=24.16.0 <25"}};
    folder_.write("view", "echo '" + answer.dump() + "'\n");
    folder_.write(
        "view-all",
        R"(echo '{"versions":["2026.9.4","2026.9.5","2026.9.6"],"dist-tags":{"latest":"2026.9.6"}}')"
        "\n");
    folder_.write("pack", "cp " + folder_.path("openclaw.tgz") + " \"$1/openclaw-2026.9.6.tgz\"\n");
  }
  void run(const std::string& script) {
    ASSERT_EQ(std::system(("cd " + folder_.path() + " && " + script).c_str()), 0) << script;
  }

  base::Result<json> fetch() {
    return workers::fetch(context_, {{"version", "2026.9.6"}, {"integrity", requested_}});
  }
  // The error of a fetch that must fail and leave nothing.
  base::Error failure() {
    const auto result = fetch();
    EXPECT_FALSE(result);
    EXPECT_THAT(folder_.names("state"), testing::IsEmpty());
    return result ? base::Error{} : result.error();
  }

  TemporaryDirectory folder_;
  test_support::RecordingNotifier statuses_;
  workers::FetchContext context_{statuses_, {}, {}, folder_.path("state"), folder_.path("cache")};
  std::string integrity_, requested_;
};

TEST_F(Fetch, makes_a_complete_package_that_everybody_may_read) {
  requested_ = integrity_;
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*result)["version"], "2026.9.6");
  EXPECT_EQ((*result)["integrity"], integrity_);
  EXPECT_EQ((*result)["client"], "npm 11.0.0");
  EXPECT_EQ((*result)["node"], "v24.16.0");
  EXPECT_EQ((*result)["folder"], "package");
  EXPECT_EQ((*result)["files"], 5);
  EXPECT_THAT(folder_.names("state"), ElementsAre("package"));
  EXPECT_EQ(folder_.mode("state/package"), 0755U);
  EXPECT_EQ(folder_.mode("state/package/package.json"), 0644U);
  EXPECT_EQ(folder_.mode("state/package/node_modules/zod"), 0755U);
  EXPECT_FALSE(folder_.exists("state/package/.openclaw-lifecycle-pending"));
  EXPECT_THAT(folder_.names("cache"), ElementsAre("logs"));
}

TEST_F(Fetch, tells_what_it_does) {
  ASSERT_TRUE(fetch());
  EXPECT_THAT(
      statuses_.said,
      testing::IsSupersetOf({"asking the registry about openclaw 2026.9.6", "downloading openclaw 2026.9.6",
                             "installing 1 package with npm", "running OpenClaw's postinstall"}));
}

TEST_F(Fetch, runs_the_postinstall_without_secrets_and_without_network_for_npm) {
  ::setenv("OPENCLAW_GATEWAY_TOKEN", "secret-token", 1);
  ::setenv("STATE_DIRECTORY", "/elsewhere", 1);
  const auto result = fetch();
  ::unsetenv("OPENCLAW_GATEWAY_TOKEN");
  ::unsetenv("STATE_DIRECTORY");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(folder_.read("environment"), Not(HasSubstr("secret")));
  EXPECT_THAT(folder_.read("environment"), Not(HasSubstr("elsewhere")));
  EXPECT_THAT(folder_.read("environment"), HasSubstr("npm_config_offline=true"));
}

TEST_F(Fetch, takes_away_what_a_fetch_that_was_killed_has_left) {
  folder_.write("state/work/package/half", "");
  folder_.write("state/package/older", "");
  ASSERT_TRUE(fetch());
  EXPECT_FALSE(folder_.exists("state/package/older"));
}

TEST_F(Fetch, refuses_a_tarball_that_differs_from_its_checksum) {
  run("echo more >> openclaw.tgz");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("openclaw-2026.9.6.tgz is not what was promised"));
}

TEST_F(Fetch, refuses_a_version_whose_checksum_has_changed_since_it_was_resolved) {
  requested_ = integrity_;
  requested_[8] = requested_[8] == 'A' ? 'B' : 'A';
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("a published version never changes"));
}

TEST_F(Fetch, refuses_a_tarball_that_is_cut_off_though_its_checksum_fits) {
  run("head -c 300 openclaw.tgz > half && mv half openclaw.tgz");
  run("printf 'sha512-%s' \"$(openssl dgst -sha512 -binary openclaw.tgz | base64 -w0)\" > integrity");
  const std::string real = folder_.read("integrity");
  folder_.write("view", "echo '{\"version\":\"2026.9.6\",\"dist.integrity\":\"" + real + "\"}'\n");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("tar cannot unpack"));
}

TEST_F(Fetch, refuses_a_tarball_with_a_link_in_it) {
  run("ln -s /etc/passwd content/package/secrets");
  pack();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("'secrets', which is neither file nor folder"));
}

TEST_F(Fetch, refuses_a_tarball_of_something_else) {
  package("2026.9.5");
  pack();
  EXPECT_THAT(failure().message, HasSubstr("the tarball of openclaw 2026.9.6 holds openclaw 2026.9.5"));
}

TEST_F(Fetch, downloads_nothing_when_the_node_does_not_fit) {
  folder_.write("node-version", "v22.22.3\n");
  folder_.write("pack", "touch " + folder_.path("was-packed") + "\n");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, HasSubstr("needs Node >=24.16.0 <25, and the Node here is v22.22.3"));
  EXPECT_FALSE(folder_.exists("was-packed"));
}

TEST_F(Fetch, does_not_believe_a_client_that_installs_half) {
  installs("mkdir node_modules");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("its tree is incomplete: zod"));
}

TEST_F(Fetch, says_how_to_hold_a_package_that_the_registry_lost) {
  installs("echo \"npm error 404  'cssomnom@^1.0.0' is not in this registry.\" >&2; exit 1");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_THAT(error.message, HasSubstr("the registry does not have cssomnom"));
  EXPECT_THAT(error.message, HasSubstr("[overrides]"));
}

TEST_F(Fetch, applies_the_overrides_of_the_administrator) {
  context_.settings.overrides = {{"zod", "4.3.6"}, {"linkedom", "0.18.12"}};
  ASSERT_TRUE(fetch());
  const json asked = json::parse(folder_.read("asked.json"));
  EXPECT_EQ(asked["dependencies"]["zod"], "4.3.6");
  EXPECT_EQ(asked["overrides"]["linkedom"], "0.18.12");
}

TEST_F(Fetch, lets_an_optional_dependency_be_missing) {
  package("2026.9.6", {{"optionalDependencies", {{"sqlite-vec", "0.1.9"}}}});
  pack();
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(json::parse(folder_.read("asked.json"))["optionalDependencies"]["sqlite-vec"], "0.1.9");
}

// 2026.9.6 ships a patched chrome-devtools-mcp in its own tarball.
TEST_F(Fetch, keeps_what_the_tarball_brings_along_and_does_not_ask_for_it) {
  package("2026.9.6", {{"dependencies", {{"zod", "^4.3.6"}, {"@s/patched", "1.8.0"}}}});
  folder_.write("content/package/node_modules/@s/patched/package.json", R"({"version":"1.8.0"})");
  folder_.write("content/package/node_modules/@s/patched/index.js", "patched");
  pack();
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(folder_.read("state/package/node_modules/@s/patched/index.js"), "patched");
  EXPECT_TRUE(folder_.exists("state/package/node_modules/zod/package.json"));
  EXPECT_FALSE(json::parse(folder_.read("asked.json"))["dependencies"].contains("@s/patched"));
}

TEST_F(Fetch, notices_a_postinstall_that_did_not_finish) {
  folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs", "true\n");
  pack();
  EXPECT_THAT(failure().message, HasSubstr("left .openclaw-lifecycle-pending"));
}

TEST_F(Fetch, quotes_a_postinstall_that_fails) {
  folder_.write("content/package/scripts/postinstall-bundled-plugins.mjs",
                "echo 'Error: unsafe dist entry'; exit 3\n");
  pack();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_THAT(error.message,
              HasSubstr("OpenClaw's postinstall failed (exit status 3). It said: Error: unsafe dist entry"));
}

TEST_F(Fetch, does_not_guess_how_an_unknown_version_finishes_its_installation) {
  run("rm content/package/scripts/postinstall-bundled-plugins.mjs");
  pack();
  EXPECT_THAT(failure().message, HasSubstr("which is not known here"));
}

TEST_F(Fetch, asks_the_finished_package_who_it_is) {
  folder_.write("content/package/openclaw.mjs", "echo 'OpenClaw 2026.9.60 (abc1234)'\n");
  pack();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("should print 2026.9.6 and prints: OpenClaw 2026.9.60"));
}

TEST_F(Fetch, compares_the_files_with_openclaws_own_list) {
  folder_.write("content/package/dist/a.js", "changed");
  folder_.write("content/package/dist/postinstall-content-inventory.json",
                R"([{"path":"dist/a.js","sha256":"00","mode":420,"size":7}])");
  pack();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("'dist/a.js' has another content"));
}

TEST_F(Fetch, wants_an_exact_version) {
  for (const char* version : {"latest", "2026.9", "^2026.9.6", "../x", "--help"}) {
    const auto result = workers::fetch(context_, {{"version", version}});
    ASSERT_FALSE(result) << version;
    EXPECT_EQ(result.error().kind, ErrorKind::bad_input) << version;
  }
}

TEST_F(Fetch, resolves_a_tag) {
  const auto result = workers::resolve(context_, {{"wanted", "latest"}});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*result)["version"], "2026.9.6");
  EXPECT_EQ((*result)["integrity"], integrity_);
  EXPECT_EQ((*result)["node_range"], ">=24.16.0 <25");
}

TEST_F(Fetch, says_what_there_is_near_a_version_that_does_not_exist) {
  folder_.write("view", R"(echo '{"error":{"code":"E404","summary":"No match"}}'; exit 1)"
                        "\n");
  const auto result = workers::resolve(context_, {{"wanted", "2026.9.7"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::not_found);
  EXPECT_EQ(result.error().message,
            "the registry does not have openclaw@2026.9.7; near it are 2026.9.5, 2026.9.6; tags: "
            "latest=2026.9.6");
}

TEST_F(Fetch, does_not_take_half_an_answer_of_npm_for_one) {
  folder_.write("view", "echo '{\"version\":\"2026.9'\n");
  const auto result = workers::resolve(context_, {{"wanted", "latest"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(result.error().message, HasSubstr("is cut off or no JSON"));
}

TEST_F(Fetch, gives_npm_no_word_that_it_could_take_for_an_option) {
  for (const char* wanted : {"--registry=http://evil", "file:../x", "git+ssh://x", "a b", ""}) {
    const auto result = workers::resolve(context_, {{"wanted", wanted}});
    ASSERT_FALSE(result) << wanted;
    EXPECT_EQ(result.error().kind, ErrorKind::bad_input) << wanted;
  }
}

TEST(PublishedPackage, is_no_range) {
  EXPECT_EQ(workers::published_package(json::array({"2026.9.5", "2026.9.6"}), "2026.9").error().kind,
            ErrorKind::bad_input);
  EXPECT_THAT(workers::published_package({{"version", "2026.9.6"}}, "2026.9.x").error().message,
              HasSubstr("the version that fits it is 2026.9.6"));
}

TEST(NearestVersions, are_the_two_before_and_the_two_after) {
  const std::vector<std::string> versions = {"2026.9.6", "2026.5.2", "2026.5.7", "2026.5.4", "2026.5.3-1"};
  EXPECT_THAT(workers::nearest_versions("2026.5.5", versions),
              ElementsAre("2026.5.3-1", "2026.5.4", "2026.5.7", "2026.9.6"));
  EXPECT_THAT(workers::nearest_versions("nonsense", versions), ElementsAre("2026.5.7", "2026.9.6"));
  EXPECT_THAT(workers::nearest_versions("2026.5.5", {}), testing::IsEmpty());
}

TEST(NodeToBundle, is_the_newest_of_an_even_line_in_the_range) {
  const std::vector<std::string> versions = {"22.22.3", "24.16.0", "24.21.0", "25.9.0",     "26.0.0",
                                             "26.10.0", "26.9.0",  "27.1.0",  "28.0.0-rc.1"};
  EXPECT_EQ(workers::choose_node(versions, ">=24.16.0 <25 || >=26.1.0"), "24.21.0");
  EXPECT_EQ(workers::choose_node(versions, ">=24.16.0 <26"), "24.21.0");
  EXPECT_EQ(workers::choose_node(versions, ">=27"), "27.1.0");
  EXPECT_EQ(workers::choose_node(versions, ">=30"), std::nullopt);
}

TEST(Integrity, is_read_as_the_registry_writes_it) {
  const auto hex = workers::sha512_of_integrity(
      "sha1-AAAA "
      "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==");
  ASSERT_TRUE(hex) << hex.error().message;
  EXPECT_EQ(hex->substr(0, 16), "cf83e1357eefb8bd");
  for (const char* bad : {"", "sha1-AAAA", "sha512-AAAA", "sha512-%%%%"}) {
    EXPECT_FALSE(workers::sha512_of_integrity(bad)) << bad;
  }
}

}  // namespace
