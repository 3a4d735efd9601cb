// A gateway on this machine asked over HTTP within an event loop: /healthz, /readyz, /startupz, one after the
// other. What the answers mean is openclaw/health.hpp.
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
#include "watchdog/event_loop.hpp"
#include "watchdog/http_reader.hpp"
#include "watchdog/policy.hpp"

namespace watchdog {

// One GET of http://127.0.0.1:<port><path>. Error kind `not_found` when nothing listens there, `unavailable`
// when something does and gives no (whole) answer in time.
class HttpGet {
 public:
  using Done = std::function<void(base::Result<openclaw::HttpAnswer>)>;
  HttpGet(sd_event* loop, std::uint16_t port, std::string path, std::chrono::milliseconds time, Done done);
  HttpGet(const HttpGet&) = delete;
  HttpGet& operator=(const HttpGet&) = delete;
  ~HttpGet() = default;

 private:
  void begin(sd_event* loop);
  int go_on();
  void send();
  void receive();
  void fail(base::ErrorKind kind, const std::string& why);
  void finish(base::Result<openclaw::HttpAnswer> result);
  static int on_io(sd_event_source* source, int fd, std::uint32_t events, void* self);
  static int on_start_failed(sd_event_source* source, void* self);

  std::uint16_t port_;
  std::string path_, request_;
  std::chrono::milliseconds time_;
  Done done_;
  base::UniqueFd socket_;
  SourcePointer io_, failed_start_;
  Timer deadline_;
  HttpReader reader_;
  std::optional<base::Result<openclaw::HttpAnswer>> early_;
};

class HealthProbe {
 public:
  using Done = std::function<void(const Probe&)>;
  explicit HealthProbe(sd_event* loop, std::chrono::milliseconds time = std::chrono::seconds{3})
      : loop_(loop), time_(time) {}

  // Nothing while one is under way.
  void ask(std::uint16_t port, Done done);
  // Forgets the one that is under way: its answer would be that of another process.
  void cancel();
  [[nodiscard]] bool is_asking() const { return static_cast<bool>(done_); }

 private:
  void get(const char* path, HttpGet::Done done);
  void ask_readiness();
  void ask_startup();
  void finish(bool listening);

  sd_event* loop_;
  std::chrono::milliseconds time_;
  std::uint16_t port_ = 0;
  Done done_;
  std::unique_ptr<HttpGet> get_, former_;
  std::optional<base::Result<openclaw::HttpAnswer>> health_, readiness_, startup_;
};

}  // namespace watchdog
