// SPDX-License-Identifier: MIT
// One GET within an event loop, over HTTP or HTTPS.
//
// Not by libcurl, which costs more memory than all the rest of the watchdog, and brings TLS, proxies and
// redirects to a request that only concerns a socket of this machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "event/loop.hpp"
#include "http/reader.hpp"
#include "http/tls_client.hpp"
#include "openclaw/gateway_endpoint.hpp"

namespace http {

// The result.
enum class Heard {
  answer,       // one of HTTP
  refused,      // no process listens there
  unreachable,  // no process accepted the connection, on an address that is not loopback
  silence,      // the connection was accepted or is waiting, and no complete answer came in time
  other,        // it was closed without an answer, or the answer is not HTTP
  no_tls,       // there is no library for it
};

struct Reply {
  Heard heard = Heard::refused;
  base::Result<openclaw::HttpAnswer> answer;  // an error unless one was heard
};

// Time limits.
struct Patience {
  std::chrono::milliseconds with_answer;      // from the connection to the last byte, however it drips
  std::chrono::milliseconds with_connection;  // on an address that drops what it does not want, say
};

class Get {
 public:
  using Done = std::function<void(Reply)>;
  // The loop calls `done`, never this call itself.
  Get(sd_event* loop, openclaw::GatewayEndpoint endpoint, std::string path, Patience patience, TlsLoader tls,
      Done done);
  Get(const Get&) = delete;
  Get& operator=(const Get&) = delete;
  ~Get() = default;

 private:
  void begin(sd_event* loop);
  [[nodiscard]] int connect();
  void go_on(std::uint32_t events);
  [[nodiscard]] bool has_connected();
  [[nodiscard]] bool has_prepared_request();
  void send();
  void receive();
  void take(std::string_view bytes);
  void take_text(std::string_view text);
  void time_is_over();
  void fail(Heard heard, const std::string& why);
  void finish(Reply reply);
  static int on_io(sd_event_source* source, int fd, std::uint32_t events, void* self);
  static int on_start_failed(sd_event_source* source, void* self);

  openclaw::GatewayEndpoint endpoint_;
  std::string path_;
  Patience patience_;
  TlsLoader tls_loader_;
  Done done_;
  base::UniqueFd socket_;
  event::SourcePointer io_, failed_start_;
  event::Timer deadline_;
  bool connected_ = false;
  std::string outgoing_;
  std::unique_ptr<TlsClient> tls_;
  Reader reader_;
  int start_error_ = 0;
};

}  // namespace http
