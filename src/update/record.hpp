// SPDX-License-Identifier: MIT
// One line of an update's journal, and the files beside it for large members.
//
//   {"at_ms":…,"boot":"…","context":{…,"files":{"baseline":"<sha256>"}},"since_boot_ms":…,"state":"stop"}
//
// Answers of workers may be large, so they are stored in separate files (<member>-<sha256>.json), and a line
// is short in any case. Earlier versions had everything in each line.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "update/context.hpp"
#include "update/states.hpp"

namespace update {

struct Record {
  State state = State::plan;
  std::int64_t at_ms = 0;  // Unix milliseconds; information for operators, because this clock may jump
  Context context;
  base::Moment moment = {};  // the same by the monotonic clock; older records have no boot ID
};

// The time from `earlier` to `later` in milliseconds, never negative: by the monotonic clock if both are of
// the same boot.
[[nodiscard]] std::int64_t elapsed_ms(const Record& earlier, const Record& later);

// For each member of the context, the digest of its file.
using LargeFiles = std::map<std::string, std::string>;

// The longest line that is ever written.
inline constexpr std::size_t longest_record = std::size_t{160} * 1024;
// Includes the line end.
[[nodiscard]] std::string line_of(const Record& record, const LargeFiles& files);

struct Line {
  std::string state;  // may be unknown to this version
  Record record;      // without its state
  LargeFiles files;
};
// `integrity` if it is not a record, or incomplete.
[[nodiscard]] base::Result<Line> parse_line(std::string_view text);

// Writes missing files durably into the folder of the transaction.
[[nodiscard]] base::Result<LargeFiles> keep_large_members(int folder_fd, const Context& context);
// A missing or changed file is noted in the context, and in Context::lost. One that the disk does not answer
// for is an error: it may be there at the next look.
[[nodiscard]] base::Result<void> read_large_members(int folder_fd, const LargeFiles& files, Context& context);

}  // namespace update
