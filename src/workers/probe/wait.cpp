// SPDX-License-Identifier: MIT
#include "workers/probe/wait.hpp"

#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"

namespace workers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_probes{250};
constexpr milliseconds patience_with_wrong_version{10'000};

std::string status_of(const Waited& now, const Patience& patience, milliseconds elapsed, bool settling) {
  const std::string time = base::human_duration(elapsed.count());
  if (settling) return "the gateway is ready; checking whether it stays ready (" + time + ")";
  return base::concat({"waiting for the gateway: ", describe(now.health), ", ", time, " of ",
                       base::human_duration(milliseconds(patience.deadline).count())});
}

class Wait {
 public:
  Wait(const Patience& patience, const Surveillance& world) : patience_(patience), world_(world) {}

  Waited run() {
    while (true) {
      now_.health = world_.probe();
      now_.running = world_.alive();
      const milliseconds elapsed = world_.elapsed();
      note_readiness(elapsed);
      if (now_.ready || !now_.running || is_over(elapsed)) return now_;
      world_.say(status_of(now_, patience_, elapsed, ready_since_.has_value()));
      world_.sleep(between_probes);
    }
  }

 private:
  [[nodiscard]] bool has_wrong_version() const {
    return now_.health.ready && !now_.health.version.empty() && !patience_.expected_version.empty() &&
           now_.health.version != patience_.expected_version;
  }

  void note_readiness(milliseconds elapsed) {
    if (!has_wrong_version()) {
      wrong_since_.reset();
    } else if (!wrong_since_) {
      wrong_since_ = elapsed;
    }
    if (!now_.health.ready || has_wrong_version() || !now_.running) {
      ready_since_.reset();
    } else if (!ready_since_) {
      ready_since_ = elapsed;
      if (world_.settles) world_.settles();
    }
    now_.ready_for = ready_since_ ? elapsed - *ready_since_ : milliseconds{0};
    now_.ready = ready_since_ && elapsed - *ready_since_ >= patience_.settle;
  }

  [[nodiscard]] bool is_over(milliseconds elapsed) const {
    if (wrong_since_ && elapsed - *wrong_since_ >= patience_with_wrong_version) return true;
    return elapsed >= patience_.deadline && !ready_since_;
  }

  const Patience& patience_;
  const Surveillance& world_;
  Waited now_;
  std::optional<milliseconds> ready_since_, wrong_since_;
};

}  // namespace

Waited wait_until_ready(const Patience& patience, const Surveillance& world) {
  return Wait(patience, world).run();
}

}  // namespace workers
