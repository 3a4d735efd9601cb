// SPDX-License-Identifier: MIT
// Asks a gateway on this machine from within an event loop: which of the listening endpoints is the gateway,
// and what is its health? /healthz of each endpoint until one answers as a gateway, then /readyz and
// /startupz of that one. openclaw/health.hpp interprets the answers.
//
// Silence is evidence only if the endpoint certainly is the gateway's: it has answered as the gateway since
// its start, or it is a socket of its unit on the configured port. No other answer, and no other silence, is
// a reason to act.
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

  // Does nothing while a question is open.
  void ask(Question question, Done done);
  // Drops the open question, because its answer would come from another process.
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
  event::Timer nobody_;  // fires at once if there is no endpoint to ask
  Question question_;
  std::vector<openclaw::GatewayEndpoint> left_;
  std::vector<Asked> asked_;
  openclaw::GatewayEndpoint found_;
  Done done_;
  std::unique_ptr<http::Get> get_, former_;
  std::optional<base::Result<openclaw::HttpAnswer>> health_, readiness_, startup_;
};

}  // namespace watchdog
