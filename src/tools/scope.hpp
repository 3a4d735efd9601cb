// SPDX-License-Identifier: MIT
// Which scope a command means, and the service manager of that.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "bus/connection.hpp"
#include "bus/service_manager.hpp"
#include "config/scope.hpp"

namespace tools {

// --user, or what the unit of this program says: a user's own, of whoever calls; else the system's. `refused`
// for root: they would get their own units and not those of the person who has typed sudo.
[[nodiscard]] base::Result<config::Scope> find_scope(bool is_user);

[[nodiscard]] base::Result<std::unique_ptr<bus::ServiceManager>> connect_to(const config::Scope& scope);
[[nodiscard]] bus::Connector connector_of(const config::Scope& scope);

// Whether the caller may look into, and change, what the updater keeps: root, or whoever's own it is.
[[nodiscard]] bool may_administer(const config::Scope& scope);

// By the password database; the number of a user who has none.
[[nodiscard]] std::string name_of_caller();

// root for the system's. Of a user the manager has to outlast the last session: `refused` without linger,
// since an update would end with that.
[[nodiscard]] base::Result<void> require_lasting(const config::Scope& scope);

// Whether the user's service manager can make namespaces for a unit: found out by one that does nothing.
[[nodiscard]] bool has_namespaces(bus::ServiceManager& manager);

// So that the workers of a user's own start wherever they are: without namespaces where there can be none, by
// drop-ins below /run/user/UID that are gone with the service manager. `gateway`: its name, or empty.
[[nodiscard]] base::Result<void> fit_workers(const config::Scope& scope, const std::string& gateway,
                                             bus::ServiceManager& manager);

// Of a user's own that starts by the shipped unit, what ends an interrupted update when the service manager
// starts again is switched on: adopt does so for others, and the system's is on by its preset. `fragment`:
// the path of the gateway's unit file.
[[nodiscard]] base::Result<void> want_recovery(const config::Scope& scope, const std::string& fragment);

}  // namespace tools
