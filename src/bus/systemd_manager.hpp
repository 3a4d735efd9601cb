// SPDX-License-Identifier: MIT
// systemd over D-Bus. Internal to the bus library and its tests; everybody else asks
// connect_to_system_manager().
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "bus/properties.hpp"
#include "bus/service_manager.hpp"

namespace bus {

class SystemdManager final : public ServiceManager {
 public:
  // Whose values of Environment= are reported: none by the system's manager.
  enum class Values : std::uint8_t { kept, told };
  explicit SystemdManager(Connector connector, Values values = Values::kept)
      : connection_(std::move(connector)), values_(values) {}

  [[nodiscard]] base::Result<void> connect() { return connection_.connect(); }

  [[nodiscard]] base::Result<ServiceStatus> status(const std::string& unit) override;
  [[nodiscard]] base::Result<ServiceDefinition> definition(const std::string& unit) override;
  [[nodiscard]] base::Result<std::map<std::string, std::string>> environment(
      const std::string& unit) override;
  [[nodiscard]] base::Result<JobResult> start(const std::string& unit,
                                              const KeepWaiting& keep_waiting) override;
  [[nodiscard]] base::Result<JobResult> stop(const std::string& unit,
                                             const KeepWaiting& keep_waiting) override;
  [[nodiscard]] base::Result<void> start_without_waiting(const std::string& unit) override;
  [[nodiscard]] base::Result<void> reload() override;
  [[nodiscard]] base::Result<void> reset_failed(const std::string& unit) override;
  [[nodiscard]] base::Result<void> clean(const std::string& unit,
                                         const std::vector<std::string>& what) override;
  [[nodiscard]] base::Result<std::string> system_state() override;
  void idle(std::chrono::milliseconds time) override;

 private:
  // What a job is waited for with.
  struct Wait {
    const std::string& unit;
    JobKind kind;
    const KeepWaiting& keep_waiting;
    std::string former_invocation;  // the unit's before the job
    std::string purpose;            // "start openclaw.service"
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  };

  [[nodiscard]] Reply view_once(const std::string& unit, std::chrono::microseconds timeout);
  [[nodiscard]] base::Result<UnitView> view(const std::string& unit);
  [[nodiscard]] Reply unit_call(const std::string& unit, const char* member, const std::string& purpose);
  [[nodiscard]] base::Result<JobResult> run_job(const std::string& unit, JobKind kind,
                                                const KeepWaiting& keep_waiting);
  // None: the job was queued, and has ended unheard.
  [[nodiscard]] base::Result<std::optional<Job>> queue(const Wait& wait);
  [[nodiscard]] base::Result<JobResult> wait_for(Job job, const Wait& wait);
  // None: it continues. An error of kind `unavailable` may be temporary; `busy`: it is overdue.
  [[nodiscard]] base::Result<std::optional<JobResult>> look(Job& job, const Wait& wait);
  [[nodiscard]] base::Result<void> await_clean(const std::string& unit);

  Connection connection_;
  Values values_;
};

}  // namespace bus
