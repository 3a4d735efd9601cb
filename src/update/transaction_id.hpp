// SPDX-License-Identifier: MIT
// Names of updates. They name folders, instances of units ("openclaw-state@ID.settle.service"), and what the
// gateway's user keeps for them.
//
// A counter orders them, since a clock may be set: "t00000017-20261121T101500Z" is the seventeenth, and the
// time in it is for people. Those of before there was a counter, "20261121T101500Z-4f2a", sort before all
// that have one. Those of a gateway that has a name end with it: "t00000003-20261121T101500Z-work", since
// what is fetched for several of them is fetched by the same user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace update {

// `number` from 1 to 99,999,999. `gateway` empty: the one without a name.
[[nodiscard]] std::string transaction_id(std::uint64_t number, std::int64_t now_ms,
                                         const std::string& gateway = {});
// Of either form.
[[nodiscard]] bool is_transaction_id(std::string_view text);
// Nothing for one of before there was a counter.
[[nodiscard]] std::optional<std::uint64_t> transaction_number(std::string_view id);

// For a worker that is asked outside of any update, and leaves nothing that is kept: "20261121T101500Z-4f2a".
[[nodiscard]] std::string new_task_id(std::int64_t now_ms, const std::string& gateway = {});

}  // namespace update
