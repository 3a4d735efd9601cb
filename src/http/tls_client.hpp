// SPDX-License-Identifier: MIT
// TLS as a client, without a socket: received bytes go in, bytes to send come out.
//
// OpenSSL costs more memory than all the rest of the watchdog, so it is loaded when the first gateway with
// gateway.tls is found, and then stays loaded.
//
// Certificates are not verified. OpenClaw creates one that is not signed, and the identity of the server is
// known from the kernel: the socket belongs to the gateway's own unit. Nothing
// secret is sent, and the answer only determines the health of that unit.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace http {

struct TlsLibrary;  // functions of libssl

// Null if the library does not exist: it is looked for again the next time.
[[nodiscard]] const TlsLibrary* tls_library();
[[nodiscard]] std::string tls_library_name();  // "libssl.so.3"

// How a program gets the library; a seam for machines without one.
using TlsLoader = const TlsLibrary* (*)();

class TlsClient {
 public:
  // Begins the handshake. Error kind `unavailable` where the library cannot do it.
  static base::Result<std::unique_ptr<TlsClient>> begin(const TlsLibrary& library);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  // Goes out once the handshake is done.
  base::Result<void> send(std::string_view text);
  // What the other side has sent. Error kind `unavailable`: it does not speak TLS, or not with us.
  base::Result<void> receive(std::string_view bytes);

  [[nodiscard]] std::string take_bytes();  // to be sent
  [[nodiscard]] std::string take_text();   // that was received

 private:
  struct Session;
  explicit TlsClient(std::unique_ptr<Session> session);
  base::Result<void> go_on();

  std::unique_ptr<Session> session_;
  std::string waiting_, text_;
  bool is_secured_ = false;
};

}  // namespace http
