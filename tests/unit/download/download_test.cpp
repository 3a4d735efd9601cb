// SPDX-License-Identifier: MIT
#include "download/download.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/unique_fd.hpp"
#include "http/support/http_server.hpp"
#include "http/support/tls_server.hpp"
#include "http/support/without_proxies.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using download::Route;
using test_support::Canned;
using test_support::HttpServer;
using test_support::json_answer;
using test_support::redirect_to;
using test_support::TestAuthority;
using test_support::TlsServer;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* token = "npm_0123456789abcdef";

Canned with_first(Canned canned, std::string first) {
  canned.at_first = std::move(first);
  return canned;
}

class ADownload : public testing::Test {
 protected:
  ADownload() { route_.between_attempts = std::chrono::milliseconds{0}; }

  template <class Server>
  static std::string at(const Server& server, const std::string& path,
                        const std::string& host = "127.0.0.1") {
    constexpr const char* scheme = std::is_same_v<Server, TlsServer> ? "https://" : "http://";
    return scheme + host + ":" + std::to_string(server.port()) + path;
  }
  [[nodiscard]] base::Result<std::string> get(const std::string& url) const {
    return download::get_text(url, route_, 1'000, {});
  }

  test_support::WithoutProxies environment_;
  test_support::TemporaryDirectory folder_;
  Route route_;
};

TEST_F(ADownload, IsTriedAgainAfterAnAnswerThatMayPass) {
  const HttpServer server(
      {{"/openclaw", with_first(json_answer(200, "{}"), json_answer(503, "busy").bytes)}});
  std::set<std::string> reasons;
  const auto got = download::get_text(at(server, "/openclaw"), route_, 1'000,
                                      [&](const auto& progress) { reasons.insert(progress.retrying); });
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, "{}") << "nothing of the first answer is in it";
  EXPECT_THAT(server.requests(), SizeIs(2));
  EXPECT_THAT(reasons, Contains("HTTP status 503"));
}

TEST_F(ADownload, IsTriedAgainAfterAConnectionThatIsCut) {
  const std::string half = "HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\nhalf of what there is";
  for (const std::string& first : {half, std::string()}) {
    const HttpServer server({{"/openclaw", with_first(json_answer(200, "{}"), first)}});
    const auto got = get(at(server, "/openclaw"));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, "{}");
    EXPECT_THAT(server.requests(), SizeIs(2));
  }
}

TEST_F(ADownload, IntoAFileBeginsAnewAfterAConnectionThatIsCut) {
  const std::string half = "HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\nhalf of a tarball that is long";
  const HttpServer server({{"/openclaw.tgz", with_first(json_answer(200, "a tarball"), half)}});
  const base::UniqueFd file(::open(folder_.path("openclaw.tgz").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const auto got = download::get_file(at(server, "/openclaw.tgz"), route_, file.get(), {});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(folder_.read("openclaw.tgz"), "a tarball");
}

TEST_F(ADownload, EndsAfterAllAttemptsAndSaysWhy) {
  const HttpServer server({{"/openclaw", json_answer(503, "{}")}});
  route_.attempts = 2;
  const auto got = get(at(server, "/openclaw"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(got.error().message, HasSubstr("/openclaw: HTTP status 503"));
  EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST_F(ADownload, IsNotTriedAgainWhereTheAnswerStaysTheSame) {
  const HttpServer server({{"/gone", with_first(json_answer(200, "{}"), json_answer(404, "{}").bytes)},
                           {"/secret", with_first(json_answer(200, "{}"), json_answer(403, "{}").bytes)}});
  const auto gone = get(at(server, "/gone"));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::not_found);
  EXPECT_THAT(server.requests(), SizeIs(1));
  const auto secret = get(at(server, "/secret"));
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().kind, ErrorKind::refused);
  EXPECT_THAT(server.requests(), SizeIs(2));
}

class ARedirectedDownload : public ADownload {
 protected:
  // By token, and by password.
  static std::vector<Route> credentials(const Route& route) {
    Route bearer = route, basic = route;
    bearer.bearer_token = token;
    basic.user_and_password = "user:password";
    return {bearer, basic};
  }
};

TEST_F(ARedirectedDownload, SendsNoCredentialToAnotherHost) {
  const HttpServer other({{"/openclaw.tgz", json_answer(200, "a tarball")}});
  HttpServer registry({});
  for (const char* host : {"127.0.0.1", "localhost"}) {
    registry.replace("/openclaw.tgz", redirect_to(at(other, "/openclaw.tgz", host)));
    for (const Route& route : credentials(route_)) {
      const auto got = download::get_text(at(registry, "/openclaw.tgz"), route, 1'000, {});
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_EQ(*got, "a tarball");
    }
  }
  EXPECT_THAT(registry.requests(), AllOf(SizeIs(4), Each(HasSubstr("\r\nAuthorization: "))));
  EXPECT_THAT(other.requests(), AllOf(SizeIs(4), Each(Not(HasSubstr("Authorization")))));
}

TEST_F(ARedirectedDownload, SendsTheCredentialAgainToTheSameHost) {
  HttpServer registry({{"/elsewhere.tgz", json_answer(200, "a tarball")}});
  registry.replace("/openclaw.tgz", redirect_to(at(registry, "/elsewhere.tgz")));
  for (const Route& route : credentials(route_)) {
    const auto got = download::get_text(at(registry, "/openclaw.tgz"), route, 1'000, {});
    ASSERT_TRUE(got) << got.error().message;
  }
  EXPECT_THAT(registry.requests(), AllOf(SizeIs(4), Each(HasSubstr("\r\nAuthorization: "))));
}

TEST_F(ARedirectedDownload, ReadsNoFileAndDoesNotTurnForever) {
  HttpServer registry({});
  registry.replace("/openclaw.tgz", redirect_to("file:///etc/passwd"));
  EXPECT_FALSE(get(at(registry, "/openclaw.tgz")));
  registry.replace("/openclaw.tgz", redirect_to(at(registry, "/openclaw.tgz")));
  EXPECT_FALSE(get(at(registry, "/openclaw.tgz")));
}

TEST_F(ADownload, TrustsTheAuthorityOfTheFileOrTheText) {
  const TestAuthority authority;
  const TlsServer server({{"/openclaw", json_answer(200, "{}")}}, TlsServer::Manner::answers, &authority);
  route_.ca_file = folder_.write("ca.pem", authority.pem());
  const auto by_file = get(at(server, "/openclaw"));
  ASSERT_TRUE(by_file) << by_file.error().message;
  EXPECT_EQ(*by_file, "{}");
  route_.ca_file.clear();
  route_.ca_text = authority.pem();
  const auto by_text = get(at(server, "/openclaw"));
  ASSERT_TRUE(by_text) << by_text.error().message;
}

TEST_F(ADownload, RefusesACertificateOfAnAuthorityThatIsNotTrusted) {
  const TestAuthority authority, other;
  const TlsServer server({{"/openclaw", json_answer(200, "{}")}}, TlsServer::Manner::answers, &authority);
  for (const std::string& file : {std::string(), folder_.write("ca.pem", other.pem())}) {
    route_.ca_file = file;
    const auto got = get(at(server, "/openclaw"));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, ErrorKind::refused);
    EXPECT_THAT(got.error().message, HasSubstr("cafile= in the npmrc"));
  }
}

TEST_F(ADownload, RefusesACertificateForAnotherHost) {
  const TestAuthority authority("IP:127.0.0.2");
  const TlsServer server({{"/openclaw", json_answer(200, "{}")}}, TlsServer::Manner::answers, &authority);
  route_.ca_file = folder_.write("ca.pem", authority.pem());
  const auto got = get(at(server, "/openclaw"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::refused);
  route_.verifies_certificates = false;
  EXPECT_TRUE(get(at(server, "/openclaw"))) << "strict-ssl=false";
}

class AProxy : public ADownload {
 protected:
  static constexpr const char* far = "http://registry.example/openclaw";
  static std::map<std::string, Canned> routes() {
    return {{far, json_answer(200, "by the proxy")}, {"/openclaw", json_answer(200, "directly")}};
  }
  // For its server, a proxy is asked with the whole address.
  HttpServer proxy_{routes(), json_answer(200, "by the proxy")};
  HttpServer server_{routes()};
};

TEST_F(AProxy, OfTheRouteGetsTheRequest) {
  route_.proxy = at(proxy_, "");
  EXPECT_EQ(get(far).value_or(""), "by the proxy");
  EXPECT_THAT(proxy_.requests(), Contains(StartsWith("GET http://registry.example/openclaw ")));
}

TEST_F(AProxy, OfTheEnvironmentGetsTheRequestUnlessTheRouteHasOne) {
  ::setenv("http_proxy", at(proxy_, "").c_str(), 1);
  EXPECT_EQ(get(far).value_or(""), "by the proxy");
  EXPECT_THAT(proxy_.requests(), SizeIs(1));
  ::setenv("http_proxy", at(server_, "").c_str(), 1);
  route_.proxy = at(proxy_, "");
  EXPECT_EQ(get(far).value_or(""), "by the proxy");
  EXPECT_THAT(proxy_.requests(), SizeIs(2));
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(AProxy, IsPassedByForHostsOfNoProxy) {
  route_.proxy = at(proxy_, "");
  route_.no_proxy = "registry.example, 127.0.0.1";
  EXPECT_EQ(get(at(server_, "/openclaw")).value_or(""), "directly");
  EXPECT_THAT(proxy_.requests(), IsEmpty());
  route_.no_proxy.clear();
  ::setenv("no_proxy", "127.0.0.1", 1);
  EXPECT_EQ(get(at(server_, "/openclaw")).value_or(""), "directly") << "by the environment";
  EXPECT_THAT(proxy_.requests(), IsEmpty());
}

TEST_F(AProxy, IsAskedForHostsThatNoProxyDoesNotName) {
  route_.proxy = at(proxy_, "");
  route_.no_proxy = "registry.example";
  EXPECT_EQ(get(at(server_, "/openclaw")).value_or(""), "by the proxy");
  EXPECT_THAT(proxy_.requests(), SizeIs(1));
  EXPECT_THAT(server_.requests(), IsEmpty());
}

}  // namespace
