// SPDX-License-Identifier: MIT
#include "tools/scope.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/sync.hpp"

namespace tools {
namespace {

using base::ErrorKind;
using base::Result;

std::string way_to_a_manager() {
  return base::concat({"no service manager of ", name_of_caller(), " runs; sudo loginctl enable-linger ",
                       name_of_caller(), " starts it and keeps it running after the last session has ended"});
}

// systemd gives these to a unit that has StateDirectory= and RuntimeDirectory=; of several, the first is
// ours.
void take_directories_of_unit(const base::Environment& environment, config::Scope& scope) {
  const auto first = [&](const char* name) {
    const auto given = environment.find(name);
    return given == environment.end() ? "" : given->second.substr(0, given->second.find(':'));
  };
  if (const std::string runtime = first("RUNTIME_DIRECTORY"); !runtime.empty()) scope.runtime = runtime;
  const std::string state = first("STATE_DIRECTORY");
  if (state.empty()) return;
  scope.updater = state;
  scope.requests = state + "/requests";
}

}  // namespace

std::string name_of_caller() {
  std::array<char, 16384> buffer{};
  struct passwd entry = {};
  struct passwd* found = nullptr;
  static_cast<void>(::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found));
  return found == nullptr ? std::to_string(::geteuid()) : found->pw_name;
}

bool may_administer(const config::Scope& scope) {
  return scope.is_user || ::geteuid() == 0;
}

Result<config::Scope> find_scope(bool is_user) {
  const base::Environment environment = base::current_environment();
  if (!is_user) {
    config::Scope scope = config::scope_of_unit(environment);
    if (!scope.is_user) take_directories_of_unit(environment, scope);
    return scope;
  }
  if (::geteuid() == 0) {
    return base::fail(ErrorKind::refused,
                      "--user selects the units of the calling user, which is root; run the command as the "
                      "user of the gateway, without sudo");
  }
  const std::string home = config::home_of_caller();
  if (!home.starts_with('/')) {
    return base::fail(ErrorKind::not_found, base::concat({"the password database has no home directory of ",
                                                          name_of_caller(), "; usermod --home sets one"}));
  }
  // What a shell has, the manager's units need not have. Without a manager there is nothing to disagree with.
  const config::Scope by_shell = config::scope_of_user(::geteuid(), home, environment);
  const auto of_manager = bus::environment_of_user_manager(by_shell.manager);
  if (of_manager) {
    return config::scope_of_user(::geteuid(), home,
                                 base::Environment(of_manager->begin(), of_manager->end()));
  }
  if (of_manager.error().kind == ErrorKind::not_found) return by_shell;
  return base::pass(of_manager.error());
}

Result<std::unique_ptr<bus::ServiceManager>> connect_to(const config::Scope& scope) {
  if (!scope.is_user) return bus::connect_to_system_manager();
  auto manager = bus::connect_to_user_manager(scope.manager);
  if (!manager && manager.error().kind == ErrorKind::not_found)
    return base::fail(ErrorKind::unavailable, way_to_a_manager());
  return manager;
}

bus::Connector connector_of(const config::Scope& scope) {
  if (!scope.is_user) return bus::connect_to_systemd;
  return [folder = scope.manager] { return bus::connect_to_user_systemd(folder); };
}

Result<void> require_lasting(const config::Scope& scope) {
  if (!scope.is_user) {
    if (::geteuid() == 0) return {};
    return base::fail(
        ErrorKind::not_permitted,
        "this needs root; try sudo, or --user for a gateway that is a user unit (systemctl --user)");
  }
  const std::string name = name_of_caller();
  // What logind goes by.
  if (::access(base::concat({"/var/lib/systemd/linger/", name}).c_str(), F_OK) == 0) return {};
  constexpr std::string_view ends =
      " ends with the last session, which would interrupt an update; run sudo loginctl "
      "enable-linger ";
  return base::fail(ErrorKind::refused,
                    base::concat({"the service manager of ", name, ends, name, ", then repeat the command"}));
}

bool has_namespaces(bus::ServiceManager& manager) {
  constexpr const char* question = "openclaw-namespaces.service";
  const auto job = manager.start(question, {});
  if (!job || *job == "done") return true;  // what is wrong besides is said by the workers themselves
  static_cast<void>(manager.reset_failed(question));
  return false;
}

Result<void> fit_workers(const config::Scope& scope, const std::string& gateway,
                         bus::ServiceManager& manager) {
  // Those of a gateway with a name are called for it; the first two work for all.
  constexpr std::array<std::string_view, 6> in_a_sandbox{"fetch",    "finish", "stage",
                                                         "validate", "canary", "migrate"};
  constexpr std::size_t for_all = 2;
  constexpr const char* shipped = "/usr/share/openclaw-systemd/user/without-namespaces.conf";
  if (!scope.is_user) return {};
  const bool without = !has_namespaces(manager);
  bool changed = false;
  for (std::size_t i = 0; i < in_a_sandbox.size(); ++i) {
    const std::string name = i < for_all || gateway.empty() ? "" : "-" + gateway;
    // Read after what adopt writes.
    const std::string folder =
        base::concat({scope.manager, "/systemd/user/openclaw-", in_a_sandbox[i], name, "@.service.d"});
    const std::string link = folder + "/60-without-namespaces.conf";
    if (without) {
      if (auto made = fs::make_folders(folder); !made) return made;
      const bool is_new = ::symlink(shipped, link.c_str()) == 0;
      if (!is_new && errno != EEXIST) return base::fail_errno(errno, "cannot make " + link);
      changed = changed || is_new;
    } else {
      changed = ::unlink(link.c_str()) == 0 || changed;
    }
  }
  return changed ? manager.reload() : Result<void>{};
}

Result<void> want_recovery(const config::Scope& scope, const std::string& fragment) {
  if (!scope.is_user || !fragment.starts_with(scope.shipped_units + "/")) return {};
  const std::string folder = scope.unit_files + "/default.target.wants";
  if (auto made = fs::make_folders(folder, 0755); !made) return made;
  for (const std::string_view unit : {"openclaw-update-recover.service", "openclaw-update-resume.service"}) {
    const std::string link = base::concat({folder, "/", unit}),
                      target = base::concat({scope.shipped_units, "/", unit});
    if (::symlink(target.c_str(), link.c_str()) == 0) {
      // They are for the start after a power cut.
      if (auto synced = fs::sync_parent(link); !synced) return synced;
    } else if (errno != EEXIST) {
      return base::fail_errno(errno, "cannot make " + link);
    }
  }
  return {};
}

}  // namespace tools
