// SPDX-License-Identifier: MIT
// Names of updates. They are used as names of folders, in instances of units
// ("openclaw-state@ID.settle.service"), and for the snapshots in the gateway's state.
//
// A counter orders them, because a clock may be changed: "t00000017-20261121T101500Z" is the seventeenth; the
// time is information for operators. IDs without a counter, "20261121T101500Z-4f2a", are of older versions,
// and sort before all others. IDs of a gateway with a name end with it, "t00000003-20261121T101500Z-work",
// because one user fetches for all gateways.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace update {

// `number` from 1 to 99,999,999. `gateway` empty: the gateway without a name.
[[nodiscard]] std::string transaction_id(std::uint64_t number, std::int64_t now_ms,
                                         const std::string& gateway = {});
// With or without a counter.
[[nodiscard]] bool is_transaction_id(std::string_view text);
// Nothing if it has no counter.
[[nodiscard]] std::optional<std::uint64_t> transaction_number(std::string_view id);

// For a worker that is called outside of an update, and leaves nothing permanent: "20261121T101500Z-4f2a".
[[nodiscard]] std::string new_task_id(std::int64_t now_ms, const std::string& gateway = {});

}  // namespace update
