// SPDX-License-Identifier: MIT
#include "workers/fetch/direct_registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/support/http_server.hpp"
#include "http/support/tls_server.hpp"
#include "http/support/without_proxies.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// The short document of npm's registry, as of 2026.9.6.
json document(const std::string& tarball) {
  const auto version = [&](const char* number) {
    return json{{"name", "openclaw"},
                {"version", number},
                {"engines", {{"node", ">=24.16.0 <25"}}},
                {"dependencies", {{"zod", "^4.3.6"}}},
                {"dist", {{"integrity", "sha512-AAAA"}, {"tarball", tarball}, {"unpackedSize", 1234}}}};
  };
  return {{"name", "openclaw"},
          {"dist-tags", {{"latest", "2026.9.6"}}},
          {"versions", {{"2026.9.5", version("2026.9.5")}, {"2026.9.6", version("2026.9.6")}}}};
}

class DirectRegistryTest : public testing::Test {
 protected:
  DirectRegistryTest()
      : server_({{"/openclaw", test_support::json_answer(200, "{}")}}, test_support::json_answer(404, "{}")) {
    answers(document(base() + "openclaw/-/openclaw-2026.9.6.tgz"));
  }

  [[nodiscard]] std::string base() const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + "/";
  }
  void answers(const json& answer) {
    server_.replace("/openclaw", test_support::json_answer(200, answer.dump()));
  }
  [[nodiscard]] workers::DirectRegistry registry(const std::string& npmrc = "",
                                                 base::Environment environment = {}) const {
    npm::RegistrySettings settings;
    settings.registry = base();
    return {npm::parse_npmrc(npmrc), "/etc/npmrc", std::move(environment), settings};
  }

  test_support::WithoutProxies environment_;
  test_support::HttpServer server_;
  test_support::TemporaryDirectory folder_;
};

TEST_F(DirectRegistryTest, AnswersAsNpmViewDoes) {
  const auto one =
      registry().view("openclaw@latest", {"version", "dist.integrity", "engines.node", "deprecated"}, {});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(
      *one,
      (json{{"version", "2026.9.6"}, {"dist.integrity", "sha512-AAAA"}, {"engines.node", ">=24.16.0 <25"}}));
}

TEST_F(DirectRegistryTest, AnswersWithOneFieldAloneAsNpmDoes) {
  const auto one = registry().view("openclaw@2026.9.5", {"version"}, {});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(*one, "2026.9.5");
  const auto all = registry().view("openclaw", {"versions"}, {});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(*all, (json{"2026.9.5", "2026.9.6"}));
}

TEST_F(DirectRegistryTest, DoesNotFindWhatTheRegistryDoesNotHave) {
  for (const char* spec : {"openclaw@2026.9.7", "openclaw@nightly", "openclaw@^2026.9.5", "other@latest"}) {
    const auto one = registry().view(spec, {"version"}, {});
    ASSERT_FALSE(one) << spec;
    EXPECT_EQ(one.error().kind, ErrorKind::not_found) << spec;
    EXPECT_THAT(one.error().message, HasSubstr("the registry does not have ")) << spec;
  }
}

TEST_F(DirectRegistryTest, SaysWhereTheRegistryIsSetWhenItDoesNotAnswer) {
  server_.replace("/openclaw", test_support::json_answer(401, "{}"));
  const auto one = registry().view("openclaw@latest", {"version"}, {});
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().kind, ErrorKind::refused);
  EXPECT_THAT(one.error().message, HasSubstr("HTTP status 401; the registry wants a token"));
  EXPECT_THAT(one.error().message, HasSubstr("/etc/npmrc"));
}

TEST_F(DirectRegistryTest, RefusesAnAnswerThatIsNoJson) {
  server_.replace("/openclaw", test_support::json_answer(200, "<html>log in to the hotel's network</html>"));
  const auto one = registry().view("openclaw@latest", {"version"}, {});
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(one.error().message, HasSubstr("is not JSON"));
}

TEST_F(DirectRegistryTest, SendsTheTokenOfTheNpmrcToItsRegistryAlone) {
  const std::string place = base().substr(std::string("http:").size());
  ASSERT_TRUE(registry(place + ":_authToken=${NPM_TOKEN}", {{"NPM_TOKEN", "npm_0123456789abcdef"}})
                  .view("openclaw@latest", {"version"}, {}));
  EXPECT_THAT(server_.requests().back(), HasSubstr("Authorization: Bearer npm_0123456789abcdef"));
  ASSERT_TRUE(registry("//registry.example/:_authToken=npm_0123456789abcdef\n" + place +
                       "private/:_authToken=npm_0123456789abcdef")
                  .view("openclaw@latest", {"version"}, {}));
  EXPECT_THAT(server_.requests().back(), Not(HasSubstr("Authorization")));
}

// "dXNlcjpwYXNzd29yZA==" is user:password.
TEST_F(DirectRegistryTest, SendsWhatTheLongestKeyNamesAndNothingOfAShorterOne) {
  server_.replace("/openclaw/-/openclaw-2026.9.6.tgz", test_support::json_answer(200, "the tarball"));
  const std::string place = base().substr(std::string("http:").size());
  const std::string token = ":_authToken=npm_0123456789abcdef\n";
  const std::string password = ":_auth=dXNlcjpwYXNzd29yZA==\n";
  ASSERT_TRUE(registry(place + token + place + "openclaw/" + password)
                  .fetch_tarball("openclaw@2026.9.6", folder_.path(), {}));
  EXPECT_THAT(server_.requests().back(), HasSubstr("Authorization: Basic dXNlcjpwYXNzd29yZA=="));
  EXPECT_THAT(server_.requests().back(), Not(HasSubstr("npm_0123456789abcdef")));
}

TEST_F(DirectRegistryTest, SendsATokenOfTheLongestKeyBeforeThePasswordOfAShorterOne) {
  server_.replace("/openclaw/-/openclaw-2026.9.6.tgz", test_support::json_answer(200, "the tarball"));
  const std::string place = base().substr(std::string("http:").size());
  const std::string token = ":_authToken=npm_0123456789abcdef\n";
  const std::string password = ":_auth=dXNlcjpwYXNzd29yZA==\n";
  ASSERT_TRUE(registry(place + password + place + "openclaw/" + token)
                  .fetch_tarball("openclaw@2026.9.6", folder_.path(), {}));
  EXPECT_THAT(server_.requests().back(), HasSubstr("Authorization: Bearer npm_0123456789abcdef"));
}

TEST_F(DirectRegistryTest, SendsWhatAShorterKeyNamesWhereNoLongerOneIsOfTheAddress) {
  const std::string place = base().substr(std::string("http:").size());
  const std::string token = ":_authToken=npm_0123456789abcdef\n";
  for (const std::string& longer : {std::string("//registry.example/openclaw/"), place + "private/"}) {
    ASSERT_TRUE(registry(place + token + longer + ":_auth=dXNlcjpwYXNzd29yZA==\n")
                    .view("openclaw@latest", {"version"}, {}));
    EXPECT_THAT(server_.requests().back(), HasSubstr("Authorization: Bearer npm_0123456789abcdef")) << longer;
  }
}

TEST_F(DirectRegistryTest, SendsTheTokenOfAPlaceThatHasAPasswordToo) {
  const std::string place = base().substr(std::string("http:").size());
  ASSERT_TRUE(registry(place + ":_auth=dXNlcjpwYXNzd29yZA==\n" + place + ":_authToken=npm_0123456789abcdef\n")
                  .view("openclaw@latest", {"version"}, {}));
  EXPECT_THAT(server_.requests().back(), HasSubstr("Authorization: Bearer npm_0123456789abcdef"));
}

TEST_F(DirectRegistryTest, AsksTheProxyOfTheNpmrcUnlessNoproxyNamesTheRegistry) {
  const test_support::HttpServer proxy({}, test_support::json_answer(200, document("").dump()));
  const std::string setting = "proxy=http://127.0.0.1:" + std::to_string(proxy.port()) + "\n";
  ASSERT_TRUE(registry(setting + "noproxy=127.0.0.1\n").view("openclaw@latest", {"version"}, {}));
  EXPECT_THAT(proxy.requests(), testing::IsEmpty());
  ASSERT_TRUE(registry(setting).view("openclaw@latest", {"version"}, {}));
  EXPECT_THAT(proxy.requests(), testing::ElementsAre(testing::StartsWith("GET " + base() + "openclaw ")));
}

TEST_F(DirectRegistryTest, TrustsTheCafileOfTheNpmrc) {
  const test_support::TestAuthority authority;
  const test_support::TlsServer server({{"/openclaw", test_support::json_answer(200, document("").dump())}},
                                       test_support::TlsServer::Manner::answers, &authority);
  npm::RegistrySettings settings;
  settings.registry = "https://127.0.0.1:" + std::to_string(server.port());
  const auto view = [&](const std::string& npmrc) {
    return workers::DirectRegistry(npm::parse_npmrc(npmrc), "/etc/npmrc", {}, settings)
        .view("openclaw@latest", {"version"}, {});
  };
  const auto trusted = view("cafile=" + folder_.write("ca.pem", authority.pem()) + "\n");
  ASSERT_TRUE(trusted) << trusted.error().message;
  const auto unknown = view("");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::refused);
  EXPECT_THAT(unknown.error().message, HasSubstr("cafile= in the npmrc"));
}

TEST_F(DirectRegistryTest, FetchesTheTarballThatTheDocumentNames) {
  server_.replace("/openclaw/-/openclaw-2026.9.6.tgz", test_support::json_answer(200, "the tarball"));
  const auto path = registry().fetch_tarball("openclaw@2026.9.6", folder_.path(), {});
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(folder_.read(path->substr(path->rfind('/') + 1)), "the tarball");
}

TEST_F(DirectRegistryTest, ReadsNoFileForATarball) {
  answers(document("file:///etc/passwd"));
  const auto path = registry().fetch_tarball("openclaw@2026.9.6", folder_.path(), {});
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().kind, ErrorKind::bad_input);
}

}  // namespace
