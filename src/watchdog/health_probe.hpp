// SPDX-License-Identifier: MIT
// A gateway on this machine asked within an event loop: who of those that listen is it, and how does it do?
// /healthz of each until one answers as a gateway, then /readyz and /startupz of that one. What the answers
// mean is openclaw/health.hpp.
//
// A silence proves something only where it is the gateway's for sure: of the endpoint that has answered as
// the gateway since its start, or of a socket of its unit on the configured port. Nothing else that is heard,
// or not heard, is a reason to act.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/get.hpp"
#include "watchdog/policy.hpp"
#include "watchdog/question.hpp"

namespace watchdog {

class HealthProbe {
 public:
  using Done = std::function<void(const Probe&)>;
  explicit HealthProbe(sd_event* loop, std::chrono::milliseconds time = std::chrono::seconds{3},
                       http::TlsLoader tls = http::tls_library)
      : loop_(loop), time_(time), tls_(tls), nobody_(loop, [this] { found_none(); }) {}

  // Nothing while one is under way.
  void ask(Question question, Done done);
  // Forgets the one that is under way: its answer would be that of another process.
  void cancel();
  [[nodiscard]] bool is_asking() const { return static_cast<bool>(done_); }

 private:
  struct Asked {
    openclaw::GatewayEndpoint endpoint;
    http::Reply reply;
  };

  void ask_next();
  void heard(const openclaw::GatewayEndpoint& endpoint, http::Reply reply);
  [[nodiscard]] bool is_worth_asking(const openclaw::GatewayEndpoint& endpoint) const;
  void ask_readiness();
  void ask_startup();
  void get(const char* path, http::Get::Done done);
  void found_none();
  [[nodiscard]] bool is_silence_of_gateway(const Asked& asked) const;
  [[nodiscard]] std::string cannot_be_asked() const;
  void finish(const Probe& probe);
  void finish_found();

  sd_event* loop_;
  std::chrono::milliseconds time_;
  http::TlsLoader tls_;
  event::Timer nobody_;  // is to be asked
  Question question_;
  std::vector<openclaw::GatewayEndpoint> left_;
  std::vector<Asked> asked_;
  openclaw::GatewayEndpoint found_;
  Done done_;
  std::unique_ptr<http::Get> get_, former_;
  std::optional<base::Result<openclaw::HttpAnswer>> health_, readiness_, startup_;
};

}  // namespace watchdog
