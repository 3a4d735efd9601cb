// SPDX-License-Identifier: MIT
// The surroundings of a staging that a service manager waits for: the hook's unit, or a worker's.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "stage/request.hpp"
#include "systemd/notify.hpp"

namespace stage {

// Tells the service manager what goes on, and asks it for more time while that goes on.
class ServiceSurroundings final : public Surroundings {
 public:
  // `notifier` outlives this.
  explicit ServiceSurroundings(systemd::Notifier& notifier) : notifier_(notifier) {}

  void phase(const std::string& text) override;
  void progress(const npm::Progress& progress) override;
  [[nodiscard]] base::Result<std::vector<std::unique_ptr<npm::Client>>> clients(
      const Request& request) override;

 private:
  systemd::Notifier& notifier_;
  std::string phase_ = "staging";
};

}  // namespace stage
