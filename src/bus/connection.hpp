// SPDX-License-Identifier: MIT
// A connection to systemd's D-Bus interface that reconnects: calls, errors as an operator reads them, the end
// of one job. Internal to the bus library; all other code uses bus/service_manager.hpp.
#pragma once

#include <systemd/sd-bus.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bus {

struct CloseBus {
  // What was sent is on its way already: flushing could block on a peer that hangs.
  void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};
using BusPointer = std::unique_ptr<sd_bus, CloseBus>;

struct UnrefMessage {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using MessagePointer = std::unique_ptr<sd_bus_message, UnrefMessage>;

// Makes a connection; called again each time that a connection has broken.
using Connector = std::function<base::Result<BusPointer>()>;

// systemd's own socket for root, else the system bus.
[[nodiscard]] base::Result<BusPointer> connect_to_systemd();

// The manager of the calling process's own user; `not_found` where none runs.
[[nodiscard]] base::Result<BusPointer> connect_to_user_systemd(const std::string& runtime_directory);

// The process that listens there.
[[nodiscard]] base::Result<BusPointer> connect_to_socket(const std::string& path);

struct Call {
  std::string purpose;  // for messages, after "cannot": "start openclaw.service"
  std::string path;
  const char* interface = nullptr;
  const char* member = nullptr;
  std::function<int(sd_bus_message*)> append = nullptr;  // the arguments; answers as sd-bus does
  std::chrono::microseconds timeout = std::chrono::seconds{25};
};

// `unanswered`: the connection broke or the manager was not on the bus. It may have done what it was asked,
// and asking again can help.
struct CallFailure {
  base::Error error;
  std::string name;  // D-Bus's, may be empty
  bool unanswered = false;
};
using Reply = tl::expected<MessagePointer, CallFailure>;

// A job, and the bus name of its sender: on the system bus every process may send a signal that looks like
// JobRemoved.
struct Job {
  std::string path;
  std::string sender;
};

class Connection {
 public:
  explicit Connection(Connector connector) : connector_(std::move(connector)) {}
  Connection(const Connection&) = delete;  // the bus has its address
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  // No more than the attempt, where there is no working connection already.
  [[nodiscard]] base::Result<void> connect();
  [[nodiscard]] bool is_open() const;

  // Once, connecting first where needed.
  [[nodiscard]] Reply call_once(const Call& call);
  // Again for some seconds while it is unanswered: for calls that may happen twice.
  [[nodiscard]] Reply call(const Call& call);

  // From now on this connection, and each that replaces it, gets the manager's signals.
  void subscribe() { subscribing_ = true; }
  // Which job's end to remember. A signal that came before the reply that named the job is still queued.
  void await(Job job);
  [[nodiscard]] const std::optional<std::string>& awaited_result() const { return awaited_result_; }

  // Handles what has come, without waiting.
  void process();
  // Handles what comes in that time. Answers early, and true, when there is a reason to look: a job has
  // ended, or a signal has arrived.
  bool listen(std::chrono::microseconds time);

 private:
  [[nodiscard]] base::Result<void> prepare(sd_bus* bus);
  [[nodiscard]] Reply send(const Call& call);
  static int on_job_removed(sd_bus_message* message, void* self, sd_bus_error* error);

  Connector connector_;
  BusPointer bus_;
  bool subscribing_ = false, subscribed_ = false;
  Job awaited_;
  std::optional<std::string> awaited_result_;
  bool job_ended_ = false;  // any
};

// A D-Bus error as an operator wants to read it. `purpose` as in Call.
[[nodiscard]] base::Error explain(std::string_view purpose, std::string_view error_name,
                                  std::string_view error_message);
// Whether that error means that no process could answer.
[[nodiscard]] bool is_unanswered(std::string_view error_name);

// What libsystemd may answer with null.
[[nodiscard]] std::string text_or_empty(const char* text);

inline constexpr const char* manager_name = "org.freedesktop.systemd1";
inline constexpr const char* manager_path = "/org/freedesktop/systemd1";
inline constexpr const char* unit_folder = "/org/freedesktop/systemd1/unit";
inline constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
inline constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
inline constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";

}  // namespace bus
