// SPDX-License-Identifier: MIT
// A gateway with gateway.tls, or a registry, on a free loopback port: a certificate that it has made itself
// or has from an authority, and a connection that speaks no TLS is closed without an answer.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <csignal>

#include "http/support/http_server.hpp"
#include "http/support/test_authority.hpp"

namespace test_support {

class TlsServer {
 public:
  enum class Manner { answers, takes_and_is_silent, is_silent_after_the_handshake };
  explicit TlsServer(std::map<std::string, Canned> routes, Manner manner = Manner::answers,
                     const TestAuthority* authority = nullptr)
      : routes_(std::move(routes)), manner_(manner), context_(SSL_CTX_new(TLS_server_method())) {
    // OpenSSL writes to clients that have gone.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    sign(authority);
    port_.serve([this](int client) { shake_hands(client); });
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    port_.stop();
    SSL_CTX_free(context_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_.number(); }

 private:
  void sign(const TestAuthority* authority) {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    X509* certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    if (authority == nullptr) {
      X509_sign(certificate, key, EVP_sha256());
    } else {
      authority->certify(certificate);
    }
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

  void shake_hands(int client) {
    if (manner_ == Manner::takes_and_is_silent) hold(client);
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, client);
    if (SSL_accept(ssl) == 1) reply(ssl, client);
    SSL_free(ssl);
  }

  void reply(SSL* ssl, int client) {
    std::array<char, 4096> buffer{};
    const int size = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
    if (size <= 0) return;
    if (manner_ == Manner::is_silent_after_the_handshake) return hold(client);
    const std::string head(buffer.data(), static_cast<std::size_t>(size));
    const auto route = routes_.find(path_in(head));
    const std::string& bytes = route == routes_.end() ? page_ : route->second.bytes;
    SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
    SSL_shutdown(ssl);
  }

  // Until the client goes.
  void hold(int client) {
    std::array<char, 4096> buffer{};
    while (!port_.stops()) {
      pollfd waiting{client, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      if (::recv(client, buffer.data(), buffer.size(), 0) <= 0) return;
    }
  }

  std::map<std::string, Canned> routes_;
  Manner manner_;
  const std::string page_ = html_answer().bytes;
  SSL_CTX* context_;
  LoopbackPort port_;  // last: its thread uses the others
};

}  // namespace test_support
