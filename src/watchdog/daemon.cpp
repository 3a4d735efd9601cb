// SPDX-License-Identifier: MIT
#include "watchdog/daemon.hpp"

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "event/loop.hpp"
#include "watchdog/gateway_watch.hpp"
#include "watchdog/metrics.hpp"

namespace watchdog {
namespace {

using namespace std::chrono_literals;
using base::Result;

// Metrics are rewritten at this interval, so that a stale file can be noticed.
constexpr Time metrics_interval = 1min;
constexpr std::size_t longest_status = 512;

class Daemon {
 public:
  Daemon(const Setup& setup, event::LoopPointer loop) : setup_(setup), loop_(std::move(loop)) {}

  Result<void> run(std::vector<Watched> gateways) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
      if (sd_event_add_signal(loop_.get(), nullptr, number, &Daemon::on_signal, this) < 0) {
        return base::fail(base::ErrorKind::system, "cannot receive signals");
      }
    }
    // The loop itself sends the keep-alive, so it stops when the loop hangs.
    if (const int status = sd_event_set_watchdog(loop_.get(), 1); status < 0) {
      return base::fail_errno(-status, "cannot notify the service manager's watchdog");
    }
    notify("READY=1");
    watch(std::move(gateways));
    const int status = sd_event_loop(loop_.get());
    if (status < 0) return base::fail_errno(-status, "the event loop failed");
    return {};
  }

 private:
  static int on_signal(sd_event_source* /*source*/, const signalfd_siginfo* signal, void* self) {
    auto* daemon = static_cast<Daemon*>(self);
    if (signal->ssi_signo == SIGHUP) {
      daemon->reload();
    } else {
      daemon->stop();
    }
    return 0;
  }

  static void notify(const std::string& state) { sd_notify(/*unset_environment=*/0, state.c_str()); }

  void stop() {
    notify("STOPPING=1");
    for (GatewayWatch& watch : watches_) watch.settle();
    static_cast<void>(sd_event_exit(loop_.get(), 0));
  }

  void reload() {
    std::uint64_t time = 0;
    static_cast<void>(sd_event_now(loop_.get(), CLOCK_MONOTONIC, &time));
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(time));
    auto gateways = setup_.load();
    if (gateways) {
      watch(std::move(*gateways));
      metrics_refused_ = false;
    } else {
      setup_.sink.send(
          {systemd::Priority::error, "", "the settings are unchanged: " + gateways.error().message, {}});
    }
    notify("READY=1");
    for (GatewayWatch& watch : watches_) watch.look_at_once();
  }

  // Gateways that are watched already keep what is known about them.
  void watch(std::vector<Watched> gateways) {
    std::erase_if(watches_, [&](GatewayWatch& watch) {
      const bool stays = std::any_of(gateways.begin(), gateways.end(),
                                     [&](const Watched& one) { return one.gateway == watch.gateway(); });
      if (!stays) watch.settle();
      return !stays;
    });
    for (Watched& one : gateways) {
      metrics_path_ = one.settings.watchdog.metrics;  // a setting of the site, so the same in each
      const auto known = std::find_if(watches_.begin(), watches_.end(), [&](const GatewayWatch& watch) {
        return watch.gateway() == one.gateway;
      });
      if (known != watches_.end()) {
        known->apply(std::move(one.settings));
        continue;
      }
      watches_.emplace_back(setup_, loop_.get(), std::move(one), [this] { tell(); });
      watches_.back().begin();
    }
  }

  void tell() {
    tell_status();
    tell_metrics();
  }

  void tell_status() {
    std::string text;
    for (const GatewayWatch& watch : watches_) {
      if (!text.empty()) text += "; ";
      if (watches_.size() > 1) text += name_of(watch.gateway()) + ": ";
      text += watch.status();
    }
    std::string status = base::printable(text, longest_status);
    if (status == status_) return;
    status_ = std::move(status);
    notify("STATUS=" + status_);
  }

  void tell_metrics() {
    if (metrics_path_.empty() || metrics_refused_) return;
    std::vector<Sample> samples;
    samples.reserve(watches_.size());
    for (const GatewayWatch& watch : watches_) samples.push_back(watch.sample());
    std::string text = metrics_text(samples);
    const Time time = base::since_boot();
    if (text == metrics_ && time - metrics_at_ < metrics_interval) return;
    const auto written = write_metrics(metrics_path_, text);
    if (!written) {
      metrics_refused_ = true;  // until the settings are read again
      setup_.sink.send({systemd::Priority::warning, "", written.error().message, {}});
    }
    metrics_ = std::move(text);
    metrics_at_ = time;
  }

  const Setup& setup_;
  event::LoopPointer loop_;
  std::vector<GatewayWatch> watches_;
  bool metrics_refused_ = false;
  Time metrics_at_{0};
  std::string metrics_path_, status_, metrics_;
};

}  // namespace

Result<void> run(const Setup& setup) {
  auto gateways = setup.load();
  if (!gateways) return base::pass(gateways.error());
  sd_event* raw = nullptr;
  if (const int status = sd_event_new(&raw); status < 0) {
    return base::fail_errno(-status, "cannot make an event loop");
  }
  Daemon daemon(setup, event::LoopPointer(raw));
  return daemon.run(std::move(*gateways));
}

}  // namespace watchdog
