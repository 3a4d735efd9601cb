// For work that is told about while nobody listens.
#pragma once

#include "systemd/notify.hpp"

namespace workers_tests {

class QuietNotifier final : public systemd::Notifier {
 public:
  void status(std::string_view /*text*/) override {}
  void extend_timeout(std::chrono::microseconds /*time*/) override {}
  void flush() override {}
};

}  // namespace workers_tests
