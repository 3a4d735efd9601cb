// SPDX-License-Identifier: MIT
// The service manager for a program with an event loop: follows one unit by its signals, queues jobs and
// reports their end. Nothing in here blocks.
//
// A broken connection is replaced, and the state is then queried again.
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "bus/connection.hpp"
#include "bus/properties.hpp"
#include "bus/service_manager.hpp"
#include "event/loop.hpp"

namespace bus {

struct FollowedUnit {
  ServiceStatus status;
  // A job of another client has succeeded since the last time, and left the unit down: a stop.
  bool stopped_by_others = false;
  bool machine_stops = false;
};

// Jobs of units; a seam, so that the policy is tested without a bus. `done` may be called from
// within the call that gets it.
class UnitJobs {
 public:
  using Done = std::function<void(const base::Result<JobResult>& ended)>;
  virtual ~UnitJobs() = default;
  // One at a time: `done` gets the result, also if the end was not received, or that the job is overdue
  // (job_limits.hpp) and continues.
  virtual void run_job(JobKind kind, const std::string& unit, Done done) = 0;
  // Queues a start, and reports whether that was possible.
  virtual void queue_start(const std::string& unit, Done done) = 0;
  virtual void reset_failed(const std::string& unit, Done done) = 0;
  // Removes the runtime directory of a worker that has ended, without waiting.
  virtual void clean_runtime(const std::string& unit) = 0;
};

class UnitFollower final : public UnitJobs {
 public:
  struct Told {
    std::function<void(const FollowedUnit& now)> changed;
    std::function<void(const base::Error& why)> lost;  // nothing is known until `changed` again
  };

  // `loop` outlives it. Nothing happens before the loop runs.
  UnitFollower(sd_event* loop, Connector connector, std::string unit, Told told,
               std::chrono::microseconds retry_after = std::chrono::seconds{5});
  UnitFollower(const UnitFollower&) = delete;  // the bus has its address
  UnitFollower& operator=(const UnitFollower&) = delete;
  ~UnitFollower() override = default;

  void follow(std::string unit);  // another one from now on
  // Asks now, and calls `changed`. Several requests at once are one.
  void refresh();

  void run_job(JobKind kind, const std::string& unit, Done done) override;
  void queue_start(const std::string& unit, Done done) override;
  void reset_failed(const std::string& unit, Done done) override;
  void clean_runtime(const std::string& unit) override;
  // What was sent leaves before the program does.
  void flush();

 private:
  using Then = std::function<void(const Reply& reply)>;
  struct Outgoing {
    UnitFollower* follower = nullptr;
    std::string purpose;
    Then then;
  };
  struct PendingJob {
    JobKind kind = JobKind::start;
    std::string unit, path, former_invocation;
    Done done;
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  };

  void schedule(std::uint64_t microseconds, sd_event_time_handler_t handler, event::SourcePointer& source);
  void connect();
  void disconnect(const base::Error& why);
  void call(Call call, Then then);
  [[nodiscard]] Outgoing take(const Outgoing& answered);
  void drop_connection();
  void ask(const std::string& unit, std::function<void(base::Result<UnitView>)> then);
  void ask_system_state(ServiceStatus status);
  void queue(PendingJob job);
  void look_at_job();
  void end_job(const base::Result<JobResult>& ended);
  [[nodiscard]] bool is_manager(sd_bus_message* message) const;

  static int on_reply(sd_bus_message* message, void* outgoing, sd_bus_error* error);
  static int on_properties(sd_bus_message* message, void* self, sd_bus_error* error);
  static int on_job_removed(sd_bus_message* message, void* self, sd_bus_error* error);
  static int on_disconnected(sd_bus_message* message, void* self, sd_bus_error* error);
  static int on_retry(sd_event_source* source, std::uint64_t now, void* self);
  static int on_look(sd_event_source* source, std::uint64_t now, void* self);

  sd_event* loop_;
  Connector connector_;
  std::string unit_;
  Told told_;
  std::list<Outgoing> outgoing_;  // not answered yet; the bus has their addresses
  BusPointer bus_;
  std::string invocation_;     // as it was told last
  std::string state_;          // the ActiveState= that systemd has spoken of last
  std::string manager_;        // the bus name that answers for it; empty on its own socket
  std::uint64_t retry_after_;  // microseconds
  event::SourcePointer retry_, look_;
  bool asking_ = false, ask_again_ = false, stopped_by_others_ = false, lost_told_ = false;
  std::optional<PendingJob> job_;
};

}  // namespace bus
