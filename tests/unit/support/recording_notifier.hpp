// SPDX-License-Identifier: MIT
// A service manager that remembers what it was told.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "systemd/notify.hpp"

namespace test_support {

class RecordingNotifier final : public systemd::Notifier {
 public:
  void status(std::string_view text) override {
    said.emplace_back(text);
    on_status(said.back());
  }
  void extend_timeout(std::chrono::microseconds /*time*/) override { ++extended; }
  void flush() override {}

  std::vector<std::string> said;
  int extended = 0;
  std::function<void(const std::string&)> on_status = [](const std::string&) {};
};

}  // namespace test_support
