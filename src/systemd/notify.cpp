// SPDX-License-Identifier: MIT
#include "systemd/notify.hpp"

#include <cstdlib>
#include <string>

#include "base/redaction.hpp"
#include "systemd/library.hpp"

namespace systemd {
namespace {

// A busy manager reads within milliseconds; one that hangs must not hang us.
constexpr std::chrono::microseconds barrier_timeout = std::chrono::seconds{5};

bool notify(const std::string& state) {
  if (std::getenv("NOTIFY_SOCKET") == nullptr || library().notify == nullptr) return false;
  return library().notify(/*unset_environment=*/0, state.c_str()) > 0;
}

}  // namespace

void SystemdNotifier::status(std::string_view text) {
  // One assignment a line is the protocol: a line end in the text, which may quote npm, would be a second
  // one, such as MAINPID=1. redacted() leaves none.
  constexpr std::size_t longest = 512;
  if (notify("STATUS=" + base::redacted(text, longest))) unread_ = true;
}

void SystemdNotifier::extend_timeout(std::chrono::microseconds time) {
  if (time <= std::chrono::microseconds::zero()) return;
  if (notify("EXTEND_TIMEOUT_USEC=" + std::to_string(time.count()))) unread_ = true;
}

void SystemdNotifier::flush() {
  if (!unread_) return;
  unread_ = false;
  if (library().notify_barrier == nullptr) return;
  static_cast<void>(
      library().notify_barrier(/*unset_environment=*/0, static_cast<std::uint64_t>(barrier_timeout.count())));
}

}  // namespace systemd
