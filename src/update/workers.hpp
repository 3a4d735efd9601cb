// SPDX-License-Identifier: MIT
// The updater's hands: worker units that run as somebody unprivileged, are handed a request file, and leave a
// result file. No byte of npm, Node or OpenClaw runs in the updater itself.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "bus/service_manager.hpp"
#include "contract/envelope.hpp"
#include "contract/task.hpp"

namespace update {

// Told several times a second what the worker says of itself; false ends it.
using Watching = std::function<bool(const std::string& status)>;

// Bytes that a worker writes into a file of ours, or reads out of one: it may be larger than what is free
// where requests and results are, and a worker may open neither.
struct Transfer {
  enum class Direction { from_worker, to_worker } direction = Direction::from_worker;
  int file = -1;  // the caller's
  // What went through, afterwards.
  std::uint64_t bytes = 0;
  std::string sha256 = {};
};

class Workers {
 public:
  virtual ~Workers() = default;
  // The members of the result. What the worker failed with is the error, with its kind; a worker that ends
  // without a result, or whose result is not one, is `unavailable` and names its unit and how to read its
  // log. `busy` when `watching` ended it.
  [[nodiscard]] virtual base::Result<nlohmann::json> run(const contract::Task& task,
                                                         const nlohmann::json& request,
                                                         const Watching& watching) = 0;
  // The same, and the member "pipe" of the request is a FIFO that the worker's user alone may open. A file
  // that cannot be read or written is the error, whatever the worker said then.
  [[nodiscard]] virtual base::Result<nlohmann::json> transfer(const contract::Task& task,
                                                              const nlohmann::json& request,
                                                              Transfer& transfer,
                                                              const Watching& watching) = 0;
  // Starts it ahead, so that run() then waits for no more than its work: for a task that waits for its
  // request, and while the gateway still serves. Where that fails, run() takes as long as ever.
  virtual void prepare(const contract::Task& task) = 0;
  // One that was started ahead stays after its answer, since its end is work for the service manager: now it
  // may go.
  virtual void dismiss(const contract::Task& task) = 0;
  // Ends the task where it is still at work, since a worker outlives the updater that was killed, and removes
  // what it has left. Quick for one that was never asked.
  virtual void clean(const contract::Task& task) = 0;
};

struct WorkerPlaces {
  std::string requests = contract::request_directory;
  std::string results = contract::result_directory;
  std::string fetched = "/var/lib/openclaw-fetch";
  // Of tasks that run as the user of a gateway with a name.
  std::string gateway_requests = {};
  std::string gateway_results = {};
};

class UnitWorkers final : public Workers {
 public:
  explicit UnitWorkers(bus::ServiceManager& manager, WorkerPlaces places = {})
      : manager_(manager), places_(std::move(places)) {}
  [[nodiscard]] base::Result<nlohmann::json> run(const contract::Task& task, const nlohmann::json& request,
                                                 const Watching& watching) override;
  [[nodiscard]] base::Result<nlohmann::json> transfer(const contract::Task& task,
                                                      const nlohmann::json& request, Transfer& transfer,
                                                      const Watching& watching) override;
  void prepare(const contract::Task& task) override;
  void dismiss(const contract::Task& task) override;
  void clean(const contract::Task& task) override;

 private:
  [[nodiscard]] base::Result<void> write_request(const contract::Task& task,
                                                 const nlohmann::json& request) const;
  [[nodiscard]] base::Result<nlohmann::json> read_result(const contract::Task& task) const;
  [[nodiscard]] std::optional<base::Result<nlohmann::json>> run_prepared(const contract::Task& task,
                                                                         const nlohmann::json& request);
  [[nodiscard]] bool has_left_something(const contract::Task& task) const;
  void remove_request(const contract::Task& task) const;
  [[nodiscard]] const std::string& requests_of(const contract::Task& task) const;
  [[nodiscard]] const std::string& results_of(const contract::Task& task) const;
  void end(const std::string& unit);

  bus::ServiceManager& manager_;
  WorkerPlaces places_;
  std::string prepared_;  // the unit that waits for its request
};

}  // namespace update
