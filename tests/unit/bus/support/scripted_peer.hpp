// SPDX-License-Identifier: MIT
// The other end of a connection: speaks D-Bus over a socket pair, and answers as its script says. It runs in
// a thread of its own; what the script changes belongs to that thread until the peer is gone.
#pragma once

#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "bus/connection.hpp"

namespace bus_tests {

class ScriptedPeer {
 public:
  using Answer = std::function<int(sd_bus_message*)>;
  using Properties = std::function<int(sd_bus_message* reply)>;

  std::map<std::string, Answer> answers;  // by method; an empty reply to all others
  Properties unit;                        // appends "{sv}" entries to what GetAll answers
  std::map<std::string, std::atomic<int>> calls;
  std::atomic<int> connections = 0;

  ScriptedPeer() {
    for (const char* name :
         {"StartUnit", "StopUnit", "GetAll", "Subscribe", "CleanUnit", "ResetFailedUnit"}) {
      calls[name] = 0;
    }
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  ~ScriptedPeer() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] bus::Connector connector() {
    return [this]() -> base::Result<bus::BusPointer> { return connect(); };
  }

  // To be called by the script.
  void hang_up() { hang_up_ = true; }
  static int job_removed(sd_bus_message* cause, const char* job, const char* result,
                         const char* sender = nullptr) {
    sd_bus_message* signal = nullptr;
    sd_bus* bus = sd_bus_message_get_bus(cause);
    int status =
        sd_bus_message_new_signal(bus, &signal, bus::manager_path, bus::manager_interface, "JobRemoved");
    const bus::MessagePointer owner(signal);
    if (status >= 0 && sender != nullptr) status = sd_bus_message_set_sender(signal, sender);
    if (status >= 0) status = sd_bus_message_append(signal, "uoss", 7, job, "openclaw.service", result);
    return status < 0 ? status : sd_bus_send(bus, signal, nullptr);
  }
  static int error(sd_bus_message* call, const char* name, const char* text) {
    return sd_bus_reply_method_errorf(call, name, "%s", text);
  }

 private:
  base::Result<bus::BusPointer> connect() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
      return base::fail_errno(errno, "socketpair");
    }
    {
      const std::scoped_lock lock(mutex_);
      offered_ = pair[0];
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
    ++connections;
    sd_bus* bus = nullptr;
    sd_bus_new(&bus);
    sd_bus_set_fd(bus, pair[1], pair[1]);
    sd_bus_start(bus);
    return bus::BusPointer(bus);
  }

  void serve() {
    bus::BusPointer bus;
    while (!ending_) {
      {
        const std::scoped_lock lock(mutex_);
        if (offered_ >= 0) bus = accept(std::exchange(offered_, -1));
      }
      while (bus && sd_bus_process(bus.get(), nullptr) > 0) {
        if (hang_up_) break;
      }
      if (hang_up_) bus.reset();
      hang_up_ = false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  bus::BusPointer accept(int fd) {
    sd_bus* bus = nullptr;
    sd_id128_t id;
    sd_id128_randomize(&id);
    sd_bus_new(&bus);
    sd_bus_set_fd(bus, fd, fd);
    sd_bus_set_server(bus, 1, id);
    sd_bus_set_sender(bus, bus::manager_name);  // as systemd does on its own socket
    sd_bus_add_filter(bus, nullptr, &ScriptedPeer::on_message, this);
    sd_bus_start(bus);
    return bus::BusPointer(bus);
  }

  static int on_message(sd_bus_message* message, void* self, sd_bus_error* /*error*/) {
    std::uint8_t type = 0;
    sd_bus_message_get_type(message, &type);
    if (type != SD_BUS_MESSAGE_METHOD_CALL) return 0;
    auto* peer = static_cast<ScriptedPeer*>(self);
    const std::string member = sd_bus_message_get_member(message);
    if (const auto count = peer->calls.find(member); count != peer->calls.end()) ++count->second;
    const auto answer = peer->answers.find(member);
    if (answer != peer->answers.end())
      answer->second(message);
    else if (member == "GetAll")
      peer->reply_properties(message);
    else
      sd_bus_reply_method_return(message, nullptr);
    return 1;
  }

  void reply_properties(sd_bus_message* call) const {
    sd_bus_message* reply = nullptr;
    if (sd_bus_message_new_method_return(call, &reply) < 0) return;
    const bus::MessagePointer owner(reply);
    sd_bus_message_open_container(reply, 'a', "{sv}");
    if (unit) unit(reply);
    sd_bus_message_close_container(reply);
    sd_bus_send(nullptr, reply, nullptr);
  }

  std::mutex mutex_;
  int offered_ = -1;  // the other side of a new connection
  std::atomic<bool> ending_ = false;
  bool hang_up_ = false;
  std::thread thread_;
};

}  // namespace bus_tests
