// SPDX-License-Identifier: MIT
// The work of each state. Results are stored in the context, and thus in the next record. Each function may
// be called again for the same transaction after a kill.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "update/setup.hpp"

namespace update {

// Performs the work of `state`, and returns the event for the table. An error is the event `failed`, with its
// message as the reason.
[[nodiscard]] base::Result<Event> perform(State state, const Setup& setup, Context& context);

// stages_before.cpp: the gateway is not changed.
[[nodiscard]] base::Result<Event> plan_update(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> fetch_release(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> seal_and_stage(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> validate_release(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> order_snapshot(const Setup& setup, Context& context);
// newest.cpp: determines the current release and the registry's answer to the request; both are stored in the
// context.
[[nodiscard]] base::Result<void> read_current(const Setup& setup, Context& context);
[[nodiscard]] base::Result<void> ask_registry(const Setup& setup, Context& context);
// stages_canary.cpp: the gateway is not changed, either.
[[nodiscard]] base::Result<Event> try_canary(const Setup& setup, Context& context);
// Stores a worker's answer, without secrets, as a file of the transaction.
[[nodiscard]] base::Result<void> keep_answer(const Setup& setup, const Context& context, const char* file,
                                             const nlohmann::json& answer);
// stages_switch.cpp: the gateway is down, or not verified.
[[nodiscard]] base::Result<Event> stop_gateway(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> promote_release(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> migrate_state(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> start_gateway(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> verify_gateway(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> commit_update(const Setup& setup, Context& context);
// stages_rollback.cpp
[[nodiscard]] base::Result<Event> roll_back(const Setup& setup, Context& context);
// While the gateway runs, or is still ending, its state must not be changed.
[[nodiscard]] base::Result<void> stop_if_it_runs(const Setup& setup, const Context& context);
// The part that needs no gateway, for the boot: restores the pointer and the unit's definition.
[[nodiscard]] base::Result<void> roll_back_files(const Setup& setup, Context& context);

}  // namespace update
