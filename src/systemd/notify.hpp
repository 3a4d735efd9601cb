// SPDX-License-Identifier: MIT
// Status messages of a program to its service manager.
#pragma once

#include <chrono>
#include <string_view>

namespace systemd {

// A seam: tests record what would be sent.
class Notifier {
 public:
  virtual ~Notifier() = default;
  virtual void status(std::string_view text) = 0;
  // "I am alive and need at most this much longer": keeps TimeoutStartSec= from killing a slow staging.
  virtual void extend_timeout(std::chrono::microseconds time) = 0;
  // Until the manager has read all of the above (sd_notify_barrier), so that it still knows which process
  // sent it.
  virtual void flush() = 0;
};

// sd_notify(3); does nothing where $NOTIFY_SOCKET is not set. A manager that does not answer is no failure of
// the work itself, so errors are ignored.
class SystemdNotifier final : public Notifier {
 public:
  void status(std::string_view text) override;
  void extend_timeout(std::chrono::microseconds time) override;
  void flush() override;

 private:
  bool unread_ = false;  // something was sent that the manager may not have read yet
};

}  // namespace systemd
