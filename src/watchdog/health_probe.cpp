// SPDX-License-Identifier: MIT
#include "watchdog/health_probe.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace watchdog {
namespace {

using base::ErrorKind;
using base::Result;
using openclaw::GatewayEndpoint;
using openclaw::HttpAnswer;

Result<HttpAnswer> not_asked() {
  return base::fail(ErrorKind::not_found, "not asked");
}

bool is_live(const Result<HttpAnswer>& answer) {
  return openclaw::read_health({answer, not_asked(), not_asked()}).live;
}

}  // namespace

void HealthProbe::ask(Question question, Done done) {
  if (is_asking()) return;
  question_ = std::move(question);
  done_ = std::move(done);
  left_ = question_.endpoints;
  std::ranges::reverse(left_);
  asked_.clear();
  health_.reset();
  readiness_.reset();
  startup_.reset();
  ask_next();
}

void HealthProbe::ask_next() {
  while (!left_.empty() && !is_worth_asking(left_.back())) left_.pop_back();
  if (left_.empty() && asked_.empty()) {
    // The callback is always called from the loop, never from within ask().
    nobody_.set(std::chrono::milliseconds::zero());
    return;
  }
  if (left_.empty()) return found_none();
  const GatewayEndpoint endpoint = std::move(left_.back());
  left_.pop_back();
  found_ = endpoint;
  get("/healthz", [this, endpoint](http::Reply reply) { heard(endpoint, std::move(reply)); });
}

void HealthProbe::heard(const GatewayEndpoint& endpoint, http::Reply reply) {
  if (reply.heard == http::Heard::answer && is_live(reply.answer)) {
    health_ = std::move(reply.answer);
    return ask_readiness();
  }
  // If one socket of a process does not answer, none does.
  const bool hangs = reply.heard == http::Heard::silence && endpoint == question_.known;
  asked_.push_back({endpoint, std::move(reply)});
  if (hangs) return found_none();
  ask_next();
}

// A server that answers HTTP on a socket does not speak TLS there, and neither does one that stays silent: a
// TLS server closes a plain connection at once.
bool HealthProbe::is_worth_asking(const GatewayEndpoint& endpoint) const {
  return std::ranges::none_of(asked_, [&](const Asked& asked) {
    return is_same_socket(asked.endpoint, endpoint) && asked.reply.heard != http::Heard::other;
  });
}

void HealthProbe::ask_readiness() {
  get("/readyz", [this](http::Reply reply) {
    readiness_ = std::move(reply.answer);
    const bool is_known = openclaw::read_health({*health_, *readiness_, not_asked()}).known;
    if (!*readiness_ || is_known) return ask_startup();
    // The older of the two names, for versions that serve only this one.
    get("/ready", [this](http::Reply older) {
      readiness_ = std::move(older.answer);
      ask_startup();
    });
  });
}

void HealthProbe::ask_startup() {
  if (!*readiness_) return finish_found();
  get("/startupz", [this](http::Reply reply) {
    startup_ = std::move(reply.answer);
    finish_found();
  });
}

void HealthProbe::get(const char* path, http::Get::Done done) {
  // The object whose callback calls this function: it may be destroyed when the next one has ended.
  former_ = std::move(get_);
  const http::Patience patience{time_, time_};
  get_ = std::make_unique<http::Get>(loop_, found_, path, patience, tls_, std::move(done));
}

void HealthProbe::cancel() {
  get_.reset();
  former_.reset();
  nobody_.clear();
  done_ = nullptr;
}

void HealthProbe::finish_found() {
  Probe probe;
  probe.endpoint = found_;
  probe.health = openclaw::read_health({*health_, *readiness_, startup_ ? *startup_ : not_asked()});
  finish(probe);
}

void HealthProbe::found_none() {
  Probe probe;
  probe.listening = std::ranges::any_of(asked_, [&](const Asked& one) { return is_silence_of_gateway(one); });
  if (!probe.listening) probe.unseen = cannot_be_asked();
  // The endpoint that is most likely the gateway's.
  if (!asked_.empty()) {
    const http::Reply& first = asked_.front().reply;
    probe.health.reachable = first.heard == http::Heard::answer;
    probe.health.detail =
        first.answer
            ? base::concat({url_of(asked_.front().endpoint), "/healthz: status ",
                            std::to_string(first.answer->status), " without the answer of a gateway"})
            : first.answer.error().message;
  } else {
    probe.health.detail = "no process of its unit listens on a TCP port";
  }
  if (!question_.why_not.empty()) {
    probe.health.detail += base::concat(
        {"; its ports cannot be determined, so port= of [gateway] must be correct: ", question_.why_not});
  }
  finish(probe);
}

bool HealthProbe::is_silence_of_gateway(const Asked& asked) const {
  const http::Heard heard = asked.reply.heard;
  if (asked.endpoint == question_.known) {
    // The gateway may have switched to TLS without a start that was seen.
    const bool may_speak_tls = std::ranges::any_of(asked_, [&](const Asked& other) {
      return is_same_socket(other.endpoint, asked.endpoint) && other.reply.heard == http::Heard::no_tls;
    });
    return heard != http::Heard::refused && heard != http::Heard::unreachable && !may_speak_tls;
  }
  return question_.of_unit && asked.endpoint.port == question_.configured && heard == http::Heard::silence;
}

// Why the gateway may be well although no endpoint has answered as a gateway; empty: there is no such reason.
std::string HealthProbe::cannot_be_asked() const {
  // The definition may have changed since the start, so it is considered only if there is no endpoint to ask.
  if (asked_.empty() && question_.own_network) {
    return "its unit has its own network (PrivateNetwork= or NetworkNamespacePath=), where the watchdog "
           "cannot ask it; the watchdog only detects its end";
  }
  const auto first = [&](auto&& holds) -> const Asked* {
    const auto it = std::ranges::find_if(asked_, holds);
    return it == asked_.end() ? nullptr : &*it;
  };
  if (first([](const Asked& one) { return one.reply.heard == http::Heard::no_tls; }) != nullptr) {
    return base::concat({"it seems to answer over TLS, and ", http::tls_library_name(),
                         " cannot be loaded: install it (on Debian the package libssl",
                         http::tls_library_name().substr(http::tls_library_name().rfind('.') + 1), ")"});
  }
  if (!question_.of_unit) return "";
  const Asked* far = first([](const Asked& one) { return one.reply.heard == http::Heard::unreachable; });
  if (far != nullptr && is_loopback(far->endpoint)) return far->reply.answer.error().message;
  if (far != nullptr) {
    constexpr std::string_view remedy =
        ", and the watchdog may connect only to loopback: systemctl edit openclaw-watchdog, with "
        "IPAddressAllow=";
    return base::concat({"it listens on ", far->endpoint.address, " port ",
                         std::to_string(far->endpoint.port), remedy, far->endpoint.address, " in [Service]"});
  }
  const Asked* odd = first([&](const Asked& one) {
    return one.endpoint.port == question_.configured && one.reply.heard != http::Heard::refused;
  });
  if (odd == nullptr) return "";
  return base::concat({"the program that answers on its port ", std::to_string(question_.configured),
                       " does not answer as a gateway"});
}

void HealthProbe::finish(const Probe& probe) {
  const Done done = std::exchange(done_, nullptr);
  done(probe);
}

}  // namespace watchdog
