// SPDX-License-Identifier: MIT
// The work of each state. What it learns goes into the context, and so into the next record; every function
// may be called again for the same transaction after a kill.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "update/setup.hpp"

namespace update {

// Does the work of `state` and answers the event for the table. An error is the event `failed`, its message
// the reason.
[[nodiscard]] base::Result<Event> perform(State state, const Setup& setup, Context& context);

// stages_before.cpp: the gateway is not touched.
[[nodiscard]] base::Result<Event> plan_update(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> fetch_release(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> seal_and_stage(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> validate_release(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> order_snapshot(const Setup& setup, Context& context);
// newest.cpp: what is current, and what the registry has for what is asked; into the context.
[[nodiscard]] base::Result<void> read_current(const Setup& setup, Context& context);
[[nodiscard]] base::Result<void> ask_registry(const Setup& setup, Context& context);
// stages_canary.cpp: neither here.
[[nodiscard]] base::Result<Event> try_canary(const Setup& setup, Context& context);
// What a worker answered, without secrets, as a file of the transaction.
[[nodiscard]] base::Result<void> keep_answer(const Setup& setup, const Context& context, const char* file,
                                             const nlohmann::json& answer);
// stages_switch.cpp: the gateway is down, or not proven.
[[nodiscard]] base::Result<Event> stop_gateway(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> promote_release(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> migrate_state(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> start_gateway(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> verify_gateway(const Setup& setup, Context& context);
[[nodiscard]] base::Result<Event> commit_update(const Setup& setup, Context& context);
// stages_rollback.cpp
[[nodiscard]] base::Result<Event> roll_back(const Setup& setup, Context& context);
// While it runs, or still ends, its state is not to be touched.
[[nodiscard]] base::Result<void> stop_if_it_runs(const Setup& setup, const Context& context);
// Its part that needs no gateway, for the boot: the pointer and the unit's definition as they were.
[[nodiscard]] base::Result<void> roll_back_files(const Setup& setup, Context& context);

}  // namespace update
