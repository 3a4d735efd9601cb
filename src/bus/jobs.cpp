// SPDX-License-Identifier: MIT
// Starting and stopping: a job is queued, and its end waited for over whatever happens to the connection.
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "bus/job_limits.hpp"
#include "bus/systemd_manager.hpp"

namespace bus {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto ask_interval = 200ms;  // how often `keep_waiting` is asked
// A signal may be lost with a connection, or while PID 1 re-executes: so the unit is checked too.
constexpr auto look_interval = 1s;
constexpr auto look_timeout = 2s;            // `keep_waiting` shall not go unasked for long
constexpr auto patience_with_manager = 60s;  // with a manager that does not answer

// The manager's method for a kind of job, and what it is called in a sentence.
struct Verb {
  const char* method;
  std::string_view text;
};

Verb verb_of(JobKind kind) {
  return kind == JobKind::start ? Verb{"StartUnit", "start "} : Verb{"StopUnit", "stop "};
}

// "replace": a conflicting job, such as the restart that the unit waits for, is cancelled.
Call job_call(const std::string& unit, JobKind kind) {
  const Verb verb = verb_of(kind);
  return {.purpose = base::concat({verb.text, unit}),
          .path = manager_path,
          .interface = manager_interface,
          .member = verb.method,
          .append = [&unit](sd_bus_message* message) {
            return sd_bus_message_append(message, "ss", unit.c_str(), "replace");
          }};
}

std::string sender_of(sd_bus_message* message) {
  const char* sender = sd_bus_message_get_sender(message);
  return sender == nullptr ? std::string() : std::string(sender);
}

}  // namespace

base::Result<JobResult> SystemdManager::start(const std::string& unit, const KeepWaiting& keep_waiting) {
  return run_job(unit, JobKind::start, keep_waiting);
}

base::Result<JobResult> SystemdManager::stop(const std::string& unit, const KeepWaiting& keep_waiting) {
  return run_job(unit, JobKind::stop, keep_waiting);
}

base::Result<void> SystemdManager::start_without_waiting(const std::string& unit) {
  const Reply reply = connection_.call(job_call(unit, JobKind::start));
  if (!reply) return base::pass(reply.error().error);
  return {};
}

base::Result<JobResult> SystemdManager::run_job(const std::string& unit, JobKind kind,
                                                const KeepWaiting& keep_waiting) {
  connection_.subscribe();
  const auto before = status(unit);
  if (!before) return base::pass(before.error(), base::concat({"cannot ", verb_of(kind).text, unit}));
  const Wait wait{unit, kind, keep_waiting, before->invocation_id, base::concat({verb_of(kind).text, unit})};
  auto job = queue(wait);
  if (!job) return base::pass(job.error());
  if (*job) return wait_for(std::move(**job), wait);
  const auto now = status(unit);
  if (!now) return base::pass(now.error());
  return inferred_result(kind, wait.former_invocation, *now);
}

base::Result<std::optional<Job>> SystemdManager::queue(const Wait& wait) {
  const auto end = Clock::now() + patience_with_manager;
  while (true) {
    const Reply reply = connection_.call_once(job_call(wait.unit, wait.kind));
    if (reply) {
      const char* path = nullptr;
      const int status = sd_bus_message_read(reply->get(), "o", &path);
      if (status >= 0) return Job{path, sender_of(reply->get())};
      return base::fail(base::ErrorKind::unavailable,
                        base::concat({"cannot ", wait.purpose,
                                      ": systemd's answer is not understood: ", std::strerror(-status)}));
    }
    if (!reply.error().unanswered || Clock::now() >= end) return base::pass(reply.error().error);
    // It may have been queued nevertheless. Asking again joins a job of that kind; but a oneshot that has run
    // by now must not run twice.
    const auto now = status(wait.unit);
    if (now && wait.kind == JobKind::start && !now->job_pending &&
        now->invocation_id != wait.former_invocation) {
      return std::nullopt;
    }
    if (wait.keep_waiting && !wait.keep_waiting()) return base::pass(reply.error().error);
    connection_.listen(ask_interval);
  }
}

base::Result<JobResult> SystemdManager::wait_for(Job job, const Wait& wait) {
  connection_.await(job);
  auto last_answer = Clock::now();
  auto next_look = last_answer + look_interval;
  while (true) {
    connection_.process();
    if (connection_.awaited_result()) return *connection_.awaited_result();
    if (wait.keep_waiting && !wait.keep_waiting()) {
      return base::fail(base::ErrorKind::busy,
                        base::concat({"stopped waiting to ", wait.purpose,
                                      ", and the job continues: systemctl status ", wait.unit}));
    }
    if (connection_.is_open()) connection_.listen(ask_interval);
    if (connection_.awaited_result() || (connection_.is_open() && Clock::now() < next_look)) continue;

    const auto answer = look(job, wait);
    const auto now = Clock::now();
    if (answer && *answer) return **answer;
    if (answer) {
      last_answer = now;
    } else if (answer.error().kind != base::ErrorKind::unavailable ||
               now - last_answer > patience_with_manager) {
      return base::pass(answer.error(), base::concat({"while waiting to ", wait.purpose}));
    } else if (!connection_.is_open()) {
      connection_.listen(ask_interval);  // until the manager answers there
    }
    next_look = now + look_interval;
  }
}

base::Result<std::optional<JobResult>> SystemdManager::look(Job& job, const Wait& wait) {
  const Reply reply = view_once(wait.unit, look_timeout);
  if (!reply) return base::pass(reply.error().error);
  UnitView now;
  if (const int status = read_unit(reply->get(), now); status < 0) {
    return base::fail(base::ErrorKind::unavailable, std::strerror(-status));
  }
  // It was sent before this answer, which reports a job that no longer exists.
  connection_.process();
  if (connection_.awaited_result()) return connection_.awaited_result();
  if (now.job_path != job.path) return inferred_result(wait.kind, wait.former_invocation, now.status);
  if (const std::string sender = sender_of(reply->get()); sender != job.sender) {
    // A new connection, where the manager has a new name.
    job.sender = sender;
    connection_.await(job);
  }
  const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - wait.since);
  if (auto late = overdue(wait.kind, wait.unit, now.status, waited)) return tl::make_unexpected(*late);
  return std::nullopt;
}

}  // namespace bus
