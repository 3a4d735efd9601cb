// SPDX-License-Identifier: MIT
#include "bus/unit_follower.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "bus/job_limits.hpp"

namespace bus {
namespace {

// A signal may be lost with a connection, or while PID 1 re-executes.
constexpr std::uint64_t look_at_job_after = 2'000'000;  // microseconds
constexpr std::uint64_t accuracy = 100'000;

std::string path_of(const std::string& unit) {
  char* encoded = nullptr;
  if (sd_bus_path_encode(unit_folder, unit.c_str(), &encoded) < 0) return unit_folder;
  const std::unique_ptr<char, decltype(&std::free)> owned(encoded, &std::free);
  return encoded;
}

CallFailure failure_of(const std::string& purpose, int status) {
  return {explain(purpose, "", std::strerror(-status)), "", true};
}

bool is_down(std::string_view active_state) {
  return active_state == "inactive" || active_state == "failed";
}

Call manager_call(const char* member, const std::string& purpose, const std::string& unit) {
  return {.purpose = purpose,
          .path = manager_path,
          .interface = manager_interface,
          .member = member,
          .append = [unit](sd_bus_message* message) {
            return sd_bus_message_append(message, "s", unit.c_str());
          }};
}

}  // namespace

UnitFollower::UnitFollower(sd_event* loop, Connector connector, std::string unit, Told told,
                           std::chrono::microseconds retry_after)
    : loop_(loop),
      connector_(std::move(connector)),
      unit_(std::move(unit)),
      told_(std::move(told)),
      retry_after_(static_cast<std::uint64_t>(retry_after.count())) {
  schedule(0, &UnitFollower::on_retry, retry_);
}

void UnitFollower::schedule(std::uint64_t microseconds, sd_event_time_handler_t handler,
                            event::SourcePointer& source) {
  sd_event_source* made = nullptr;
  // Without a timer there is no connection, and the follower never becomes ready.
  static_cast<void>(
      sd_event_add_time_relative(loop_, &made, CLOCK_MONOTONIC, microseconds, accuracy, handler, this));
  source.reset(made);
}

void UnitFollower::connect() {
  auto bus = connector_();
  if (!bus) return disconnect(bus.error());
  bus_ = std::move(*bus);
  manager_.clear();
  state_.clear();
  asking_ = ask_again_ = false;
  int status = sd_bus_attach_event(bus_.get(), loop_, SD_EVENT_PRIORITY_NORMAL);
  const auto match = [&](const char* sender, const char* interface, const char* member,
                         sd_bus_message_handler_t handler) {
    if (status < 0) return;
    status = sd_bus_match_signal_async(bus_.get(), nullptr, sender, nullptr, interface, member, handler,
                                       nullptr, this);
  };
  match("org.freedesktop.DBus.Local", "org.freedesktop.DBus.Local", "Disconnected",
        &UnitFollower::on_disconnected);
  match(manager_name, manager_interface, "JobRemoved", &UnitFollower::on_job_removed);
  match(manager_name, properties_interface, "PropertiesChanged", &UnitFollower::on_properties);
  if (status < 0) return disconnect(failure_of("listen to systemd", status).error);
  call({.purpose = "subscribe to systemd's signals",
        .path = manager_path,
        .interface = manager_interface,
        .member = "Subscribe"},
       [this](const Reply& reply) {
         if (!reply && reply.error().unanswered) disconnect(reply.error().error);
       });
  refresh();
}

// The loop replaces it later: this may be called from a callback of the connection itself.
void UnitFollower::disconnect(const base::Error& why) {
  schedule(retry_after_, &UnitFollower::on_retry, retry_);
  if (!std::exchange(lost_told_, true)) told_.lost(why);
}

int UnitFollower::on_retry(sd_event_source* /*source*/, std::uint64_t /*now*/, void* self) {
  auto* follower = static_cast<UnitFollower*>(self);
  follower->drop_connection();
  follower->retry_.reset();
  follower->connect();
  return 0;
}

// sd-bus drops the callbacks of pending calls. They are called here, or would wait for ever: a gateway
// that was stopped for a restart would stay down.
void UnitFollower::drop_connection() {
  bus_.reset();
  for (const Outgoing& lost : std::exchange(outgoing_, {})) {
    lost.then(tl::make_unexpected(failure_of(lost.purpose, -ECONNRESET)));
  }
}

void UnitFollower::call(Call call, Then then) {
  const auto fail = [&](int status) { then(tl::make_unexpected(failure_of(call.purpose, status))); };
  if (!bus_) return fail(-ENOTCONN);
  sd_bus_message* raw = nullptr;
  int status = sd_bus_message_new_method_call(bus_.get(), &raw, manager_name, call.path.c_str(),
                                              call.interface, call.member);
  const MessagePointer message(raw);
  if (status >= 0) status = sd_bus_message_set_auto_start(raw, 0);
  if (status >= 0 && call.append) status = call.append(raw);
  if (status < 0) return fail(status);
  Outgoing& outgoing = outgoing_.emplace_back(Outgoing{this, call.purpose, std::move(then)});
  // Without a slot of ours: it is the connection that holds the call.
  status = sd_bus_call_async(bus_.get(), nullptr, raw, &UnitFollower::on_reply, &outgoing,
                             static_cast<std::uint64_t>(call.timeout.count()));
  if (status < 0) take(outgoing).then(tl::make_unexpected(failure_of(call.purpose, status)));
}

UnitFollower::Outgoing UnitFollower::take(const Outgoing& answered) {
  const auto at = std::find_if(outgoing_.begin(), outgoing_.end(),
                               [&](const Outgoing& each) { return &each == &answered; });
  Outgoing taken = std::move(*at);
  outgoing_.erase(at);
  return taken;
}

int UnitFollower::on_reply(sd_bus_message* message, void* outgoing, sd_bus_error* /*error*/) {
  const auto* asked = static_cast<Outgoing*>(outgoing);
  const Outgoing sent = asked->follower->take(*asked);
  if (const sd_bus_error* error = sd_bus_message_get_error(message)) {
    const std::string name = text_or_empty(error->name);
    sent.then(tl::make_unexpected(
        CallFailure{explain(sent.purpose, name, text_or_empty(error->message)), name, is_unanswered(name)}));
    return 0;
  }
  sent.then(MessagePointer(sd_bus_message_ref(message)));
  return 0;
}

void UnitFollower::follow(std::string unit) {
  if (unit == unit_) return;
  unit_ = std::move(unit);
  state_.clear();
  refresh();
}

// The empty interface name stands for all: the unit and its service come as of one moment.
void UnitFollower::ask(const std::string& unit, std::function<void(base::Result<UnitView>)> then) {
  call({.purpose = "ask for " + unit,
        .path = path_of(unit),
        .interface = properties_interface,
        .member = "GetAll",
        .append = [](sd_bus_message* message) { return sd_bus_message_append(message, "s", ""); }},
       [this, then = std::move(then)](const Reply& reply) {
         if (!reply) return then(base::pass(reply.error().error));
         manager_ = text_or_empty(sd_bus_message_get_sender(reply->get()));
         UnitView view;
         if (const int status = read_unit(reply->get(), view); status < 0) {
           return then(
               base::fail(base::ErrorKind::unavailable,
                          base::concat({"systemd's answer is not understood: ", std::strerror(-status)})));
         }
         then(std::move(view));
       });
}

void UnitFollower::refresh() {
  if (!bus_) return;
  if (std::exchange(asking_, true)) {
    ask_again_ = true;
    return;
  }
  ask(unit_, [this](base::Result<UnitView> view) {
    if (view) return ask_system_state(std::move(view->status));
    asking_ = false;
    // Asked again then: a manager that does not answer is treated as absent.
    disconnect(view.error());
  });
}

void UnitFollower::ask_system_state(ServiceStatus status) {
  call({.purpose = "ask for the state of the system",
        .path = manager_path,
        .interface = properties_interface,
        .member = "Get",
        .append =
            [](sd_bus_message* message) {
              return sd_bus_message_append(message, "ss", manager_interface, "SystemState");
            }},
       [this, status = std::move(status)](const Reply& reply) {
         asking_ = false;
         FollowedUnit now{status, false, false};
         const char* state = nullptr;
         if (reply && sd_bus_message_read(reply->get(), "v", "s", &state) >= 0) {
           now.machine_stops = std::string_view(state) == "stopping";
         }
         // A change during the query may belong together with its answer: a failure, and the
         // stop that an operator has requested.
         if (std::exchange(ask_again_, false)) return refresh();
         // A start that was followed by a quick end has made a new invocation.
         if (std::exchange(stopped_by_others_, false)) {
           now.stopped_by_others = is_down(status.active_state) && status.invocation_id == invocation_;
         }
         invocation_ = status.invocation_id;
         state_ = status.active_state;
         lost_told_ = false;
         told_.changed(now);
       });
}

void UnitFollower::run_job(JobKind kind, const std::string& unit, Done done) {
  ask(unit, [this, kind, unit, done = std::move(done)](base::Result<UnitView> view) {
    if (!view) return done(base::pass(view.error()));
    queue({.kind = kind,
           .unit = unit,
           .path = "",
           .former_invocation = view->status.invocation_id,
           .done = done});
  });
}

// "replace": a conflicting job, such as the restart that the unit waits for, is cancelled.
void UnitFollower::queue(PendingJob job) {
  const bool starts = job.kind == JobKind::start;
  Call sent = manager_call(starts ? "StartUnit" : "StopUnit",
                           base::concat({starts ? "start " : "stop ", job.unit}), job.unit);
  sent.append = [unit = job.unit](sd_bus_message* message) {
    return sd_bus_message_append(message, "ss", unit.c_str(), "replace");
  };
  // Waited for before its name is known: its end may come ahead of it.
  job_ = std::move(job);
  call(std::move(sent), [this](const Reply& reply) {
    if (!job_) return;
    if (!reply && !reply.error().unanswered) return end_job(base::pass(reply.error().error));
    const char* path = nullptr;
    // If the answer was lost, the state of the unit shows the result.
    if (reply && sd_bus_message_read(reply->get(), "o", &path) >= 0) job_->path = path;
    schedule(look_at_job_after, &UnitFollower::on_look, look_);
  });
}

int UnitFollower::on_look(sd_event_source* /*source*/, std::uint64_t /*now*/, void* self) {
  static_cast<UnitFollower*>(self)->look_at_job();
  return 0;
}

void UnitFollower::look_at_job() {
  if (!job_) return;
  ask(job_->unit, [this](const base::Result<UnitView>& view) {
    if (!job_) return;
    const bool is_over = view && (job_->path.empty() ? view->job_path.empty() : view->job_path != job_->path);
    if (is_over) return end_job(inferred_result(job_->kind, job_->former_invocation, view->status));
    const auto waited = std::chrono::steady_clock::now() - job_->since;
    const auto late = view ? overdue(job_->kind, job_->unit, view->status,
                                     std::chrono::duration_cast<std::chrono::microseconds>(waited))
                           : std::nullopt;
    if (late) return end_job(tl::make_unexpected(*late));
    schedule(look_at_job_after, &UnitFollower::on_look, look_);
  });
}

void UnitFollower::end_job(const base::Result<JobResult>& ended) {
  look_.reset();
  const PendingJob job = *std::exchange(job_, std::nullopt);
  refresh();
  job.done(ended);
}

void UnitFollower::queue_start(const std::string& unit, Done done) {
  Call sent = manager_call("StartUnit", "start " + unit, unit);
  sent.append = [unit](sd_bus_message* message) {
    return sd_bus_message_append(message, "ss", unit.c_str(), "replace");
  };
  call(std::move(sent), [done = std::move(done)](const Reply& reply) {
    if (!reply) return done(base::pass(reply.error().error));
    done(JobResult("queued"));
  });
}

void UnitFollower::reset_failed(const std::string& unit, Done done) {
  call(manager_call("ResetFailedUnit", "reset " + unit, unit), [done = std::move(done)](const Reply& reply) {
    // systemd does not load a unit for this: one that is not loaded has not failed.
    if (reply || reply.error().name == "org.freedesktop.systemd1.NoSuchUnit") return done(JobResult("done"));
    done(base::pass(reply.error().error));
  });
}

void UnitFollower::clean_runtime(const std::string& unit) {
  Call sent = manager_call("CleanUnit", "remove the directories of " + unit, unit);
  sent.append = [unit](sd_bus_message* message) {
    return sd_bus_message_append(message, "sas", unit.c_str(), 1, "runtime");
  };
  call(std::move(sent), [](const Reply&) {});
}

void UnitFollower::flush() {
  if (bus_) static_cast<void>(sd_bus_flush(bus_.get()));
}

bool UnitFollower::is_manager(sd_bus_message* message) const {
  return manager_.empty() || manager_ == text_or_empty(sd_bus_message_get_sender(message));
}

int UnitFollower::on_properties(sd_bus_message* message, void* self, sd_bus_error* /*error*/) {
  auto* follower = static_cast<UnitFollower*>(self);
  // On its own socket systemd reports every unit.
  if (path_of(follower->unit_) != text_or_empty(sd_bus_message_get_path(message))) return 0;
  const char* interface = nullptr;
  UnitView changed;
  if (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &interface) > 0 &&
      read_unit(message, changed) >= 0 && !changed.status.active_state.empty()) {
    follower->state_ = changed.status.active_state;
  }
  follower->refresh();
  return 0;
}

int UnitFollower::on_job_removed(sd_bus_message* message, void* self, sd_bus_error* /*error*/) {
  auto* follower = static_cast<UnitFollower*>(self);
  std::uint32_t id = 0;
  const char* path = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (!follower->is_manager(message)) return 0;
  if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0) return 0;
  if (follower->job_ && follower->job_->unit == unit) {
    if (follower->job_->path == path) follower->end_job(base::printable(result));
    // Before its name is known, the state of the unit shows the result a moment later.
    return 0;
  }
  if (follower->unit_ != unit) return 0;
  // systemd reports the unit's state before the job's end. A start that is followed by a quick end, such
  // as a restart by an operator with a config that is not valid, leaves the unit running for that moment.
  follower->stopped_by_others_ = std::string_view(result) == "done" && is_down(follower->state_);
  follower->refresh();
  return 0;
}

int UnitFollower::on_disconnected(sd_bus_message* /*message*/, void* self, sd_bus_error* /*error*/) {
  static_cast<UnitFollower*>(self)->disconnect(
      base::Error{base::ErrorKind::unavailable, 0, "the connection to systemd broke"});
  return 0;
}

}  // namespace bus
