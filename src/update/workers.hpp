// SPDX-License-Identifier: MIT
// Runs worker units with users without privileges: a worker gets a request file and leaves a result file. No
// code of npm, Node or OpenClaw runs in the updater itself.
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

// Called several times a second with the worker's STATUS=; ends the worker by returning false.
using Watching = std::function<bool(const std::string& status)>;

// Bytes that a worker writes to a file of the updater, or reads from one: the file may be larger than the
// free space where requests and results are, and the worker may not open it.
struct Transfer {
  enum class Direction { from_worker, to_worker } direction = Direction::from_worker;
  int file = -1;  // owned by the caller
  // The number of bytes that were passed; set afterwards.
  std::uint64_t bytes = 0;
  std::string sha256 = {};
};

class Workers {
 public:
  virtual ~Workers() = default;
  // Returns the members of the result. A failure of the worker is returned as the error, with its kind; a
  // worker without a valid result is `unavailable`, with the name of its unit and how to read its log; a
  // result that cannot be read (EIO, EMFILE) is `system`. `busy` if `watching` ended it.
  [[nodiscard]] virtual base::Result<nlohmann::json> run(const contract::Task& task,
                                                         const nlohmann::json& request,
                                                         const Watching& watching) = 0;
  // The same, and the member "pipe" of the request is a FIFO that only the worker's user may open. If the
  // file cannot be read or written, that is the error, whatever the worker reports.
  [[nodiscard]] virtual base::Result<nlohmann::json> transfer(const contract::Task& task,
                                                              const nlohmann::json& request,
                                                              Transfer& transfer,
                                                              const Watching& watching) = 0;
  // Gives the worker its request and does not wait for it: run() of the same task then returns its result,
  // and its request has no effect. For work beside that of another worker. If this fails, run() does all of
  // it.
  virtual void begin(const contract::Task& task, const nlohmann::json& request) = 0;
  // Starts the worker in advance, while the gateway still serves, so that run() takes only the time of its
  // work; for a task that waits for its request. If this fails, run() takes its usual time.
  virtual void prepare(const contract::Task& task) = 0;
  // A worker that was started in advance stays after its answer, because its end causes work for the service
  // manager; after this call it may end.
  virtual void dismiss(const contract::Task& task) = 0;
  // Ends a worker that is still running, which may outlive a killed updater, and removes its files. Fast for
  // a task that was never run.
  virtual void clean(const contract::Task& task) = 0;
};

struct WorkerPlaces {
  std::string requests = contract::request_directory;
  std::string results = contract::result_directory;
  std::string fetched = "/var/lib/openclaw-fetch";
  // For tasks that run as the user of a gateway with a name.
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
  void begin(const contract::Task& task, const nlohmann::json& request) override;
  void prepare(const contract::Task& task) override;
  void dismiss(const contract::Task& task) override;
  void clean(const contract::Task& task) override;

 private:
  [[nodiscard]] base::Result<void> write_request(const contract::Task& task,
                                                 const nlohmann::json& request) const;
  [[nodiscard]] base::Result<nlohmann::json> read_result(const contract::Task& task) const;
  [[nodiscard]] std::optional<base::Result<nlohmann::json>> run_prepared(const contract::Task& task,
                                                                         const nlohmann::json& request);
  [[nodiscard]] base::Result<nlohmann::json> run_begun(const contract::Task& task, const Watching& watching);
  [[nodiscard]] bool has_left_something(const contract::Task& task) const;
  // Nothing of an earlier attempt in the same transaction is left, nor a worker that is still running for
  // another request.
  void make_room_for(const contract::Task& task);
  void remove_request(const contract::Task& task) const;
  [[nodiscard]] const std::string& requests_of(const contract::Task& task) const;
  [[nodiscard]] const std::string& results_of(const contract::Task& task) const;
  void end(const std::string& unit);

  bus::ServiceManager& manager_;
  WorkerPlaces places_;
  std::string prepared_;  // the unit that was started in advance
  std::string begun_;     // the unit that has its request
};

}  // namespace update
