// SPDX-License-Identifier: MIT
// What GetAll on a unit answers, as the fields of bus/service_manager.hpp. Internal to the bus library.
#pragma once

#include <systemd/sd-bus.h>

#include <map>
#include <string>
#include <string_view>

#include "bus/service_manager.hpp"

namespace bus {

// The state of a unit, with what the job that it has now is called ("" without one).
struct UnitView {
  ServiceStatus status;
  std::string clean_result;
  std::string job_path;
};

// Both read an a{sv} at the message's current position, in any order and with any others between, and answer
// as sd-bus does (negative errno). A property that is missing leaves the field as it is: units other than
// services have no MainPID. One of an unexpected type is -ENXIO or -EBADMSG.
[[nodiscard]] int read_unit(sd_bus_message* message, UnitView& view);
// Values of the environment are never copied, those of location_variables and PATH excepted, and the message
// is marked to be erased when it goes.
[[nodiscard]] int read_definition(sd_bus_message* message, ServiceDefinition& definition);

// Of a variant "as": all values, and the message is marked to be erased when it goes.
[[nodiscard]] int read_environment_values(sd_bus_message* message,
                                          std::map<std::string, std::string>& values);

// "NAME" of "NAME=value", printable.
[[nodiscard]] std::string environment_key(std::string_view assignment);

// How a job must have ended if its JobRemoved was not received, determined from the state of the unit.
// `former_invocation` is the unit's before the job.
[[nodiscard]] JobResult inferred_result(JobKind kind, std::string_view former_invocation,
                                        const ServiceStatus& now);

}  // namespace bus
