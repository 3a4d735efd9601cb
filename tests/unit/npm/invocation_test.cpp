// SPDX-License-Identifier: MIT
// What exactly a client is told: manifest, arguments, environment.
#include "npm/invocation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "npm/environment.hpp"
#include "npm/manifest.hpp"
#include "npm/npmrc.hpp"

namespace {

using npm::ClientKind;
using testing::Contains;
using testing::IsSupersetOf;
using testing::Key;
using testing::Not;
using testing::Pair;
using Arguments = std::vector<std::string>;

npm::Toolchain toolchain() {
  npm::Toolchain result;
  result.node = "/opt/node/bin/node";
  result.npm_cli = "/opt/node/lib/node_modules/npm/bin/npm-cli.js";
  result.global_config = "/opt/node/etc/npmrc";
  return result;
}

Arguments arguments_of(ClientKind kind, const npm::InstallRequest& request,
                       const npm::Policies& policies = {}) {
  return npm::row_of(kind).arguments(request, npm::places_in("/cache", kind), toolchain(), policies);
}

struct Expectation {
  ClientKind kind;
  Arguments always, linked, copied;
};

class ArgumentsTest : public testing::TestWithParam<Expectation> {};

TEST_P(ArgumentsTest, RunNoScriptAndStayInThePrivateFolders) {
  const Arguments arguments = arguments_of(GetParam().kind, {});
  EXPECT_EQ(arguments.front(), "install");
  EXPECT_THAT(arguments, IsSupersetOf(GetParam().always));
  EXPECT_THAT(arguments, Contains("--ignore-scripts"));
  EXPECT_THAT(arguments, Not(Contains("--offline")));
}

TEST_P(ArgumentsTest, CarryRegistryAndOffline) {
  npm::InstallRequest request;
  request.registry = "https://registry.example/";
  request.offline = true;
  const Arguments arguments = arguments_of(GetParam().kind, request);
  EXPECT_THAT(arguments, Contains("--offline"));
  EXPECT_THAT(arguments, Contains(testing::EndsWith("registry=https://registry.example/")));
}

TEST_P(ArgumentsTest, LinkOnlyFromACacheThatGoesAfterwards) {
  npm::InstallRequest request;
  EXPECT_THAT(arguments_of(GetParam().kind, request), IsSupersetOf(GetParam().linked));
  request.keep_cache = true;
  EXPECT_THAT(arguments_of(GetParam().kind, request), IsSupersetOf(GetParam().copied));
  request = {};
  request.offline = true;
  EXPECT_THAT(arguments_of(GetParam().kind, request), IsSupersetOf(GetParam().copied));
}

INSTANTIATE_TEST_SUITE_P(
    clients, ArgumentsTest,
    testing::Values(Expectation{ClientKind::npm,
                                {"--omit=dev", "--no-audit", "--no-fund", "--no-package-lock",
                                 "--legacy-peer-deps", "--bin-links", "--loglevel=http",
                                 "--cache=/cache/npm/packages", "--logs-dir=/cache/logs",
                                 "--userconfig=/cache/npm/userconfig", "--globalconfig=/opt/node/etc/npmrc"},
                                {},
                                {}},
                    Expectation{ClientKind::pnpm,
                                {"--prod", "--config.node-linker=hoisted", "--config.lockfile=false",
                                 "--config.auto-install-peers=false", "--store-dir=/cache/pnpm/packages",
                                 "--config.cache-dir=/cache/pnpm/metadata"},
                                {"--config.package-import-method=hardlink"},
                                {"--config.package-import-method=copy"}},
                    Expectation{ClientKind::bun,
                                {"--production", "--linker=hoisted", "--no-save", "--omit=peer",
                                 "--cache-dir=/cache/bun/packages"},
                                {"--backend=hardlink"},
                                {"--backend=copyfile"}}),
    [](const auto& test) { return std::string(npm::row_of(test.param.kind).name); });

TEST(Arguments, ResolvingInstallsNothing) {
  npm::InstallRequest request;
  request.resolve_only = true;
  EXPECT_THAT(arguments_of(ClientKind::npm, request), Contains("--package-lock-only"));
  EXPECT_THAT(arguments_of(ClientKind::npm, request), Not(Contains("--no-package-lock")));
  EXPECT_THAT(arguments_of(ClientKind::pnpm, request),
              IsSupersetOf({"--lockfile-only", "--config.lockfile=true"}));
  EXPECT_THAT(arguments_of(ClientKind::bun, request), Contains("--lockfile-only"));
}

TEST(Arguments, ExtraOnesComeLastSoThatTheyWin) {
  npm::InstallRequest request;
  request.extra_arguments = {"--fetch-timeout=1", "--strict-ssl=false"};
  const Arguments arguments = arguments_of(ClientKind::npm, request);
  EXPECT_EQ(Arguments(arguments.end() - 2, arguments.end()), request.extra_arguments);
}

TEST(Arguments, HaveNoReleaseAgeWhereTheAdministratorSetsNone) {
  EXPECT_THAT(arguments_of(ClientKind::pnpm, {}), Contains("--config.minimum-release-age=0"));
  for (const ClientKind kind : {ClientKind::npm, ClientKind::bun})
    EXPECT_THAT(arguments_of(kind, {}), Not(Contains(testing::HasSubstr("release-age"))));
}

TEST(Arguments, CarryTheAdministratorsReleaseAgeToPnpmAndBun) {
  npm::Policies policies;
  policies.release_age = {{"min-release-age", "3", "/etc/npmrc"}, 259200, {"young", "@scope/*"}};
  EXPECT_THAT(arguments_of(ClientKind::pnpm, {}, policies), Contains("--config.minimum-release-age=4320"));
  EXPECT_THAT(
      arguments_of(ClientKind::bun, {}, policies),
      IsSupersetOf({"--minimum-release-age=259200", "--minimum-release-age-excludes=young,@scope/*"}));
  EXPECT_EQ(nlohmann::json::parse(npm::pnpm_workspace({}, policies))["minimumReleaseAgeExclude"],
            nlohmann::json({"young", "@scope/*"}));
  EXPECT_THAT(arguments_of(ClientKind::npm, {}, policies), Not(Contains(testing::HasSubstr("before"))))
      << "npm reads its own key itself";
  policies.release_age->setting.key = "minimum-release-age";
  const Arguments told = arguments_of(ClientKind::npm, {}, policies);
  EXPECT_THAT(told, Contains(testing::MatchesRegex("--before=20..-..-..T..:..:..Z")));
  EXPECT_THAT(told, Contains("--min-release-age-exclude=young"));
}

TEST(Arguments, ScriptsRunForNamedPackagesOnly) {
  npm::InstallRequest request;
  request.allow_scripts = {"@matrix-org/matrix-sdk-crypto-nodejs"};
  const Arguments arguments =
      npm::rebuild_arguments(request, npm::places_in("/cache", ClientKind::bun), toolchain());
  EXPECT_EQ(arguments.front(), "rebuild");
  EXPECT_THAT(arguments, IsSupersetOf({"--ignore-scripts=false", "--foreground-scripts"}));
  EXPECT_EQ(Arguments(arguments.end() - 2, arguments.end()),
            (Arguments{"--", "@matrix-org/matrix-sdk-crypto-nodejs"}));
}

nlohmann::json manifest_of(const npm::InstallRequest& request) {
  return nlohmann::json::parse(npm::package_json(request));
}

TEST(Manifest, HasOpenclawsNameAndTheUnion) {
  npm::InstallRequest request;
  request.dependencies = {{"zod", "^4.3.6"}};
  const auto json = manifest_of(request);
  EXPECT_EQ(json["name"], "openclaw-runtime-deps-install");
  EXPECT_EQ(json["private"], true);
  EXPECT_EQ(json["dependencies"], nlohmann::json({{"zod", "^4.3.6"}}));
  EXPECT_FALSE(json.contains("overrides"));
}

TEST(Manifest, AsksForTheOverriddenVersionOfADirectDependency) {
  npm::InstallRequest request;
  request.dependencies = {{"linkedom", "^0.18.12"}, {"zod", "^4.3.6"}};
  request.overrides = {{"linkedom", "0.18.12"}, {"uhyphen", "0.2.0"}};
  const auto json = manifest_of(request);
  EXPECT_EQ(json["dependencies"]["linkedom"], "0.18.12");
  const nlohmann::json transitive = {{"uhyphen", "0.2.0"}};
  EXPECT_EQ(json["overrides"], transitive);
  EXPECT_EQ(json["pnpm"]["overrides"], transitive);
  EXPECT_EQ(nlohmann::json::parse(npm::pnpm_workspace(request, {}))["overrides"], transitive);
}

TEST(Npmrc, IsReadAsNpmReadsIt) {
  const auto npmrc = npm::parse_npmrc(
      "; comment\n# comment\n\nregistry = \"https://registry.example/\"\r\n"
      "//registry.example/:_authToken=${NPM_TOKEN}\n//other.example/:_authToken=${OTHER?}\n"
      "ca[]=x\nno equals sign\nproxy=null\n");
  ASSERT_NE(npmrc.find("registry"), nullptr);
  EXPECT_EQ(*npmrc.find("registry"), "https://registry.example/");
  EXPECT_EQ(npmrc.find("proxy"), nullptr);
  EXPECT_EQ(npmrc.find("ca[]"), nullptr);
  EXPECT_EQ(npmrc.lists.at("ca"), Arguments{"x"});
  EXPECT_EQ(*npm::parse_npmrc("engine-strict\n").find("engine-strict"), "true");
  EXPECT_EQ(npmrc.variables, (Arguments{"NPM_TOKEN", "OTHER"}));
  EXPECT_TRUE(npm::parse_npmrc("a=${x").variables.size() <= 1);
  EXPECT_TRUE(npm::read_npmrc("/nowhere/npmrc").values.empty());
}

TEST(Environment, LetsNothingThroughButNetworkSettings) {
  const base::Environment caller = {{"HOME", "/home/oc"},
                                    {"PATH", "/home/oc/bin:/usr/bin"},
                                    {"NODE_OPTIONS", "--require /tmp/x.js"},
                                    {"npm_config_registry", "https://elsewhere.example/"},
                                    {"NPM_CONFIG_USERCONFIG", "/home/oc/.npmrc"},
                                    {"OPENCLAW_GATEWAY_TOKEN", "secret"},
                                    {"ANTHROPIC_API_KEY", "secret"},
                                    {"HTTPS_PROXY", "http://proxy.example:3128"},
                                    {"no_proxy", "localhost"},
                                    {"HTTP_PROXY", ""},
                                    {"NODE_EXTRA_CA_CERTS", "/etc/ssl/ca.pem"}};
  const auto environment =
      npm::client_environment(caller, toolchain(), {}, {"/cache/npm/home", "/cache/npm/tmp"});
  EXPECT_EQ(environment.at("HOME"), "/cache/npm/home");
  EXPECT_EQ(environment.at("TMPDIR"), "/cache/npm/tmp");
  EXPECT_EQ(environment.at("PATH"),
            "/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  EXPECT_THAT(environment, Contains(Pair("HTTPS_PROXY", "http://proxy.example:3128")));
  EXPECT_THAT(environment, Contains(Pair("no_proxy", "localhost")));
  EXPECT_THAT(environment, Contains(Pair("NODE_EXTRA_CA_CERTS", "/etc/ssl/ca.pem")));
  for (const char* name : {"NODE_OPTIONS", "npm_config_registry", "NPM_CONFIG_USERCONFIG", "HTTP_PROXY",
                           "OPENCLAW_GATEWAY_TOKEN", "ANTHROPIC_API_KEY"}) {
    EXPECT_THAT(environment, Not(Contains(Key(name))));
  }
}

TEST(Environment, PassesWhatTheAdministratorsNpmrcNames) {
  const auto npmrc = npm::parse_npmrc("//registry.example/:_authToken=${NPM_TOKEN}\ncache=${HOME}/x\n");
  const auto environment =
      npm::client_environment({{"NPM_TOKEN", "t"}, {"HOME", "/home/oc"}}, toolchain(), npmrc, {"/h", "/t"});
  EXPECT_THAT(environment, Contains(Pair("NPM_TOKEN", "t")));
  EXPECT_EQ(environment.at("HOME"), "/h");
}

TEST(Environment, GivesBunTheProxyOfTheNpmrc) {
  const auto npmrc = npm::parse_npmrc("proxy=http://a.example\nhttps-proxy=http://b.example\nnoproxy=${X}\n");
  base::Environment environment = {{"https_proxy", "http://c.example"}, {"NO_PROXY", "localhost"}};
  npm::row_of(ClientKind::bun).environment(npm::places_in("/cache", ClientKind::bun), npmrc, environment);
  EXPECT_EQ(environment.at("HTTP_PROXY"), "http://a.example");
  EXPECT_EQ(environment.at("HTTPS_PROXY"), "http://b.example");
  EXPECT_EQ(environment.at("NO_PROXY"), "localhost");
  EXPECT_THAT(environment, Not(Contains(Key("https_proxy"))));
}

}  // namespace
