// SPDX-License-Identifier: MIT
#include "bus/connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>
#include <utility>

#include "base/text.hpp"

namespace bus {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// How long a call that may happen twice is tried again: dbus-daemon and PID 1 find each other within two
// seconds of a restart.
constexpr auto patience = 15s;
constexpr auto set_up_timeout = 5s;
constexpr auto pause_between_attempts = 200ms;

struct ErrorValue {
  sd_bus_error value{};  // what SD_BUS_ERROR_NULL is, which is C only
  ErrorValue() = default;
  ErrorValue(const ErrorValue&) = delete;
  ErrorValue& operator=(const ErrorValue&) = delete;
  ~ErrorValue() { sd_bus_error_free(&value); }
};

// systemd's own socket, as systemctl uses it for root: there before dbus-daemon is (the recovery at boot), on
// systems without one, and while one is replaced by an upgrade.
constexpr const char* private_socket = "/run/systemd/private";

// sleep_for() would sleep on after a signal. Answers as sd_bus_wait() does.
int interruptible_sleep(std::chrono::microseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec duration{seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
  return ::nanosleep(&duration, nullptr) == 0 ? 1 : -errno;
}

std::uint64_t microseconds(std::chrono::microseconds time) {
  return static_cast<std::uint64_t>(std::max(time, std::chrono::microseconds{0}).count());
}

}  // namespace

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

base::Result<BusPointer> connect_to_socket(const std::string& path) {
  sd_bus* raw = nullptr;
  int status = sd_bus_new(&raw);
  const auto failed = [&] {
    return base::fail_errno(-status, base::concat({"cannot reach systemd at ", path}));
  };
  if (status < 0) return failed();
  BusPointer bus(raw);
  status = sd_bus_set_address(raw, base::concat({"unix:path=", path}).c_str());
  if (status >= 0) status = sd_bus_start(raw);
  if (status < 0) return failed();
  return bus;
}

base::Result<BusPointer> connect_to_user_systemd(const std::string& runtime_directory) {
  auto bus = connect_to_socket(runtime_directory + "/systemd/private");
  if (bus) return bus;
  // None has been started, or one has died.
  const bool is_absent = bus.error().number == ENOENT || bus.error().number == ECONNREFUSED;
  if (is_absent) bus.error().kind = base::ErrorKind::not_found;
  return bus;
}

base::Result<BusPointer> connect_to_systemd() {
  const bool bus_chosen = ::secure_getenv("DBUS_SYSTEM_BUS_ADDRESS") != nullptr;
  if (!bus_chosen && ::geteuid() == 0) {
    if (auto bus = connect_to_socket(private_socket)) return bus;
  }
  sd_bus* raw = nullptr;
  const int status = sd_bus_open_system(&raw);
  if (status >= 0) return BusPointer(raw);
  return base::fail(base::ErrorKind::unavailable,
                    base::concat({"cannot reach systemd over the system bus: ", std::strerror(-status),
                                  "; systemd must be running, and users other than root need dbus.service"}));
}

bool Connection::is_open() const {
  return bus_ && sd_bus_is_open(bus_.get()) > 0;
}

base::Result<void> Connection::connect() {
  if (!is_open()) {
    bus_.reset();
    subscribed_ = false;
    auto bus = connector_();
    if (!bus) return base::pass(bus.error());
    bus_ = std::move(*bus);
    // For what libsystemd asks by itself (Hello, AddMatch); calls have timeouts of their own.
    sd_bus_set_method_call_timeout(bus_.get(), microseconds(set_up_timeout));
  }
  if (!subscribing_ || subscribed_) return {};
  if (auto prepared = prepare(bus_.get()); !prepared) return prepared;
  subscribed_ = true;
  return {};
}

base::Result<void> Connection::prepare(sd_bus* bus) {
  const int status = sd_bus_match_signal(bus, nullptr, manager_name, manager_path, manager_interface,
                                         "JobRemoved", &Connection::on_job_removed, this);
  if (status < 0) {
    bus_.reset();
    return base::fail(base::ErrorKind::unavailable,
                      base::concat({"cannot listen to systemd: ", std::strerror(-status)}));
  }
  const Call subscribe{.purpose = "subscribe to systemd's signals",
                       .path = manager_path,
                       .interface = manager_interface,
                       .member = "Subscribe",
                       .timeout = set_up_timeout};
  const Reply reply = send(subscribe);
  if (reply) return {};
  bus_.reset();
  return base::pass(reply.error().error);
}

Reply Connection::call_once(const Call& call) {
  // Signals that have arrived meanwhile are taken off the queue: a full queue breaks the connection.
  process();
  if (auto connected = connect(); !connected) {
    return tl::make_unexpected(CallFailure{connected.error().in("cannot " + call.purpose), "", true});
  }
  return send(call);
}

Reply Connection::send(const Call& call) {
  const auto local_failure = [&](int status) {
    return tl::make_unexpected(
        CallFailure{explain(call.purpose, "", std::strerror(-status)), "", /*unanswered=*/!is_open()});
  };
  sd_bus_message* raw = nullptr;
  int status = sd_bus_message_new_method_call(bus_.get(), &raw, manager_name, call.path.c_str(),
                                              call.interface, call.member);
  const MessagePointer message(raw);
  if (status < 0) return local_failure(status);
  // PID 1 is there or it is not: starting a second one is nothing that a bus could do.
  status = sd_bus_message_set_auto_start(raw, 0);
  if (status >= 0 && call.append) status = call.append(raw);
  if (status < 0) return local_failure(status);

  ErrorValue error;
  sd_bus_message* answer = nullptr;
  status = sd_bus_call(bus_.get(), raw, microseconds(call.timeout), &error.value, &answer);
  if (status >= 0) return MessagePointer(answer);
  const std::string name = text_or_empty(error.value.name);
  return tl::make_unexpected(CallFailure{explain(call.purpose, name, text_or_empty(error.value.message)),
                                         name, !is_open() || is_unanswered(name)});
}

Reply Connection::call(const Call& call) {
  const auto end = Clock::now() + patience;
  while (true) {
    Reply reply = call_once(call);
    if (reply || !reply.error().unanswered || Clock::now() >= end) return reply;
    std::this_thread::sleep_for(pause_between_attempts);
  }
}

void Connection::await(Job job) {
  awaited_ = std::move(job);
  awaited_result_.reset();
}

int Connection::on_job_removed(sd_bus_message* message, void* self, sd_bus_error* /*error*/) {
  auto* connection = static_cast<Connection*>(self);
  std::uint32_t id = 0;
  const char* path = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0) return 0;
  connection->job_ended_ = true;
  if (connection->awaited_.path != path) return 0;
  if (connection->awaited_.sender != text_or_empty(sd_bus_message_get_sender(message))) return 0;
  connection->awaited_result_ = base::printable(result);
  return 0;
}

void Connection::process() {
  while (is_open()) {
    if (sd_bus_process(bus_.get(), nullptr) <= 0) return;
  }
}

bool Connection::listen(std::chrono::microseconds time) {
  job_ended_ = false;
  const auto end = Clock::now() + time;
  while (true) {
    process();
    if (job_ended_) return true;
    const auto left = std::chrono::ceil<std::chrono::microseconds>(end - Clock::now());
    if (left <= 0us) return false;
    // On its own socket systemd reports all units: most signals are no reason to stop waiting.
    const int status = is_open() ? sd_bus_wait(bus_.get(), microseconds(left)) : interruptible_sleep(left);
    if (status == -EINTR) return true;
  }
}

}  // namespace bus
