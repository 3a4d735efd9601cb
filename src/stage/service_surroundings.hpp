// SPDX-License-Identifier: MIT
// The surroundings of a run that a service manager waits for: in the unit of the hook, or of a worker.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "stage/request.hpp"
#include "systemd/notify.hpp"

namespace stage {

// Reports progress to the service manager, and extends the timeout while there is progress.
class ServiceSurroundings final : public Surroundings {
 public:
  // `notifier` must outlive this object.
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
