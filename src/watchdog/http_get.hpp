// One GET within an event loop, over HTTP or HTTPS.
//
// Not by libcurl, which costs more memory than all the rest of the watchdog.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "openclaw/gateway_endpoint.hpp"
#include "watchdog/event_loop.hpp"
#include "watchdog/http_reader.hpp"
#include "watchdog/tls_client.hpp"

namespace watchdog {

// What came of it.
enum class Heard {
  answer,       // one of HTTP
  refused,      // nobody listens there
  unreachable,  // nobody has taken the connection, on an address that is not loopback
  silence,      // somebody has, or lets it wait, and gave no whole answer in time
  other,        // it was closed without an answer, or what came is no HTTP
  no_tls,       // there is no library for it
};

struct Reply {
  Heard heard = Heard::refused;
  base::Result<openclaw::HttpAnswer> answer;  // an error unless one was heard
};

class HttpGet {
 public:
  using Done = std::function<void(Reply)>;
  // `done` is told by the loop, and never from within this call.
  HttpGet(sd_event* loop, openclaw::GatewayEndpoint endpoint, std::string path,
          std::chrono::milliseconds time, TlsLoader tls, Done done);
  HttpGet(const HttpGet&) = delete;
  HttpGet& operator=(const HttpGet&) = delete;
  ~HttpGet() = default;

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
  std::chrono::milliseconds time_;
  TlsLoader tls_loader_;
  Done done_;
  base::UniqueFd socket_;
  bus::SourcePointer io_, failed_start_;
  Timer deadline_;
  bool connected_ = false;
  std::string outgoing_;
  std::unique_ptr<TlsClient> tls_;
  HttpReader reader_;
  int start_error_ = 0;
};

}  // namespace watchdog
