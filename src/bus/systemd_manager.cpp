// SPDX-License-Identifier: MIT
#include "bus/systemd_manager.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/text.hpp"

namespace bus {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Replied to when all units are loaded and all generators have run; systemctl waits longer than usual too.
constexpr auto reload_timeout = 5min;
constexpr auto clean_patience = 2min;

base::Result<std::string> unit_path(const std::string& unit) {
  char* encoded = nullptr;
  if (unit.empty() || sd_bus_path_encode(unit_folder, unit.c_str(), &encoded) < 0) {
    return base::fail(base::ErrorKind::bad_input, "a unit needs a name, such as openclaw.service");
  }
  const std::unique_ptr<char, decltype(&std::free)> owned(encoded, &std::free);
  return std::string(encoded);
}

// The empty interface name stands for all: the unit and its service come as of one moment.
Call get_all(const std::string& unit, std::string path) {
  return {.purpose = "ask for " + unit,
          .path = std::move(path),
          .interface = properties_interface,
          .member = "GetAll",
          .append = [](sd_bus_message* message) { return sd_bus_message_append(message, "s", ""); }};
}

Call environment_at(std::string path, const char* interface, const std::string& whose) {
  return {.purpose = "ask for the environment of " + whose,
          .path = std::move(path),
          .interface = properties_interface,
          .member = "Get",
          .append = [interface](sd_bus_message* message) {
            return sd_bus_message_append(message, "ss", interface, "Environment");
          }};
}

tl::unexpected<base::Error> unreadable(const std::string& unit, int status) {
  return base::fail(base::ErrorKind::unavailable,
                    base::concat({"cannot ask for ", unit,
                                  ": systemd's answer is not understood: ", std::strerror(-status)}));
}

}  // namespace

base::Result<UnitView> SystemdManager::view(const std::string& unit) {
  auto path = unit_path(unit);
  if (!path) return base::pass(path.error());
  const Reply reply = connection_.call(get_all(unit, std::move(*path)));
  if (!reply) return base::pass(reply.error().error);
  UnitView view;
  if (const int status = read_unit(reply->get(), view); status < 0) return unreadable(unit, status);
  return view;
}

Reply SystemdManager::view_once(const std::string& unit, std::chrono::microseconds timeout) {
  auto path = unit_path(unit);
  if (!path) return tl::make_unexpected(CallFailure{path.error(), "", false});
  Call call = get_all(unit, std::move(*path));
  call.timeout = timeout;
  return connection_.call_once(call);
}

base::Result<ServiceStatus> SystemdManager::status(const std::string& unit) {
  auto view = this->view(unit);
  if (!view) return base::pass(view.error());
  return std::move(view->status);
}

base::Result<ServiceDefinition> SystemdManager::definition(const std::string& unit) {
  auto path = unit_path(unit);
  if (!path) return base::pass(path.error());
  const Reply reply = connection_.call(get_all(unit, std::move(*path)));
  if (!reply) return base::pass(reply.error().error);
  UnitView view;
  ServiceDefinition definition;
  int status = read_unit(reply->get(), view);
  if (status >= 0) status = sd_bus_message_rewind(reply->get(), /*complete=*/1);
  if (status >= 0) status = read_definition(reply->get(), definition);
  if (status < 0) return unreadable(unit, status);
  if (view.status.load_state == "not-found") {
    return base::pass(explain("ask for " + unit, "org.freedesktop.systemd1.NoSuchUnit",
                              base::concat({"Unit ", unit, " not found"})));
  }
  return definition;
}

base::Result<std::map<std::string, std::string>> SystemdManager::environment(const std::string& unit) {
  std::map<std::string, std::string> values;
  if (values_ == Values::kept) return values;
  auto path = unit_path(unit);
  if (!path) return base::pass(path.error());
  const Reply reply = connection_.call(environment_at(std::move(*path), service_interface, unit));
  if (!reply) return base::pass(reply.error().error);
  if (const int status = read_environment_values(reply->get(), values); status < 0) {
    return unreadable(unit, status);
  }
  return values;
}

// A method of the manager that takes a unit's name.
Reply SystemdManager::unit_call(const std::string& unit, const char* member, const std::string& purpose) {
  return connection_.call({.purpose = purpose,
                           .path = manager_path,
                           .interface = manager_interface,
                           .member = member,
                           .append = [&unit](sd_bus_message* message) {
                             return sd_bus_message_append(message, "s", unit.c_str());
                           }});
}

base::Result<void> SystemdManager::reload() {
  const Reply reply = connection_.call({.purpose = "reload the unit files",
                                        .path = manager_path,
                                        .interface = manager_interface,
                                        .member = "Reload",
                                        .timeout = reload_timeout});
  if (!reply) return base::pass(reply.error().error);
  return {};
}

base::Result<void> SystemdManager::reset_failed(const std::string& unit) {
  const Reply reply = unit_call(unit, "ResetFailedUnit", base::concat({"reset ", unit}));
  // systemd does not load a unit for this: one that is not loaded has not failed.
  if (reply || reply.error().name == "org.freedesktop.systemd1.NoSuchUnit") return {};
  return base::pass(reply.error().error);
}

base::Result<void> SystemdManager::clean(const std::string& unit, const std::vector<std::string>& what) {
  const Call call{.purpose = base::concat({"remove the directories of ", unit}),
                  .path = manager_path,
                  .interface = manager_interface,
                  .member = "CleanUnit",
                  .append = [&](sd_bus_message* message) {
                    std::vector<const char*> names;
                    names.reserve(what.size() + 1);
                    for (const std::string& name : what) names.push_back(name.c_str());
                    names.push_back(nullptr);
                    const int status = sd_bus_message_append(message, "s", unit.c_str());
                    // sd-bus takes a char** that it does not write to.
                    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
                    return status < 0 ? status
                                      : sd_bus_message_append_strv(message, const_cast<char**>(names.data()));
                  }};
  Reply reply = connection_.call(call);
  if (!reply && reply.error().error.kind == base::ErrorKind::busy) {
    // systemd does not regard a failed unit as stopped.
    const auto now = status(unit);
    if (!now || now->active_state != "failed") return base::pass(reply.error().error);
    if (auto reset = reset_failed(unit); !reset) return reset;
    reply = connection_.call(call);
  }
  if (reply) return await_clean(unit);
  if (reply.error().name == "org.freedesktop.systemd1.NothingToClean") return {};
  return base::pass(reply.error().error);
}

base::Result<void> SystemdManager::await_clean(const std::string& unit) {
  constexpr auto interval = 50ms;
  const auto end = Clock::now() + clean_patience;
  while (true) {
    const auto now = view(unit);
    if (!now) return base::pass(now.error());
    if (now->status.active_state != "maintenance") {
      if (now->clean_result.empty() || now->clean_result == "success") return {};
      return base::fail(base::ErrorKind::unavailable,
                        base::concat({"cannot remove the directories of ", unit, ": ", now->clean_result,
                                      "; see: journalctl -u ", unit}));
    }
    if (Clock::now() >= end) {
      return base::fail(base::ErrorKind::busy,
                        base::concat({"the directories of ", unit, " are still being removed"}));
    }
    idle(interval);
  }
}

base::Result<std::string> SystemdManager::system_state() {
  const Reply reply =
      connection_.call({.purpose = "ask for the state of the system",
                        .path = manager_path,
                        .interface = properties_interface,
                        .member = "Get",
                        .append = [](sd_bus_message* message) {
                          return sd_bus_message_append(message, "ss", manager_interface, "SystemState");
                        }});
  if (!reply) return base::pass(reply.error().error);
  const char* state = nullptr;
  if (const int status = sd_bus_message_read(reply->get(), "v", "s", &state); status < 0) {
    return unreadable("the state of the system", status);
  }
  return base::printable(state);
}

void SystemdManager::idle(std::chrono::milliseconds time) {
  connection_.subscribe();
  // Without a connection it is a plain sleep; the next call reports the error.
  static_cast<void>(connection_.connect());
  connection_.listen(time);
}

base::Result<std::unique_ptr<ServiceManager>> connect_to_user_manager(const std::string& runtime_directory) {
  auto manager = std::make_unique<SystemdManager>(
      [runtime_directory] { return connect_to_user_systemd(runtime_directory); },
      SystemdManager::Values::told);
  if (auto connected = manager->connect(); !connected) return base::pass(connected.error());
  return manager;
}

base::Result<std::map<std::string, std::string>> environment_of_user_manager(
    const std::string& runtime_directory) {
  Connection connection([&] { return connect_to_user_systemd(runtime_directory); });
  if (auto connected = connection.connect(); !connected) return base::pass(connected.error());
  const Reply reply = connection.call_once(environment_at(manager_path, manager_interface, "the manager"));
  if (!reply) return base::pass(reply.error().error);
  std::map<std::string, std::string> values;
  if (const int status = read_environment_values(reply->get(), values); status < 0)
    return unreadable("the environment of the manager", status);
  return values;
}

base::Result<std::unique_ptr<ServiceManager>> connect_to_system_manager() {
  auto manager = std::make_unique<SystemdManager>(connect_to_systemd);
  if (auto connected = manager->connect(); !connected) return base::pass(connected.error());
  return manager;
}

}  // namespace bus
