// SPDX-License-Identifier: MIT
// One line of an update's journal, and the files beside it that hold what is large.
//
//   {"at_ms":…,"boot":"…","context":{…,"files":{"baseline":"<sha256>"}},"since_boot_ms":…,"state":"stop"}
//
// What workers say is theirs to make large, so it is in files of its own (<member>-<sha256>.json), and a line
// is short whatever they say. Earlier versions had all of it in every line.
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
  std::int64_t at_ms = 0;  // Unix milliseconds; for people: a clock may jump
  Context context;
  base::Moment moment = {};  // the same by the clock that does not; its boot is empty in older records
};

// How long after `earlier` it was, in milliseconds and never negative: by the clock that nobody sets where
// both are of one boot.
[[nodiscard]] std::int64_t elapsed_ms(const Record& earlier, const Record& later);

// By member of the context, the digest of the file that has it.
using LargeFiles = std::map<std::string, std::string>;

// No line that is written is longer, whatever it has to say.
inline constexpr std::size_t longest_record = std::size_t{160} * 1024;
// Ends with a line end.
[[nodiscard]] std::string line_of(const Record& record, const LargeFiles& files);

struct Line {
  std::string state;  // which this version may not know
  Record record;      // without its state
  LargeFiles files;
};
// `integrity` when it is no record, or one that lacks something.
[[nodiscard]] base::Result<Line> parse_line(std::string_view text);

// Writes what is not there yet, on the disk, into the folder of the transaction.
[[nodiscard]] base::Result<LargeFiles> keep_large_members(int folder_fd, const Context& context);
// One that is not there, or is not what it was, is noted in the context, and in Context::lost.
void read_large_members(int folder_fd, const LargeFiles& files, Context& context);

}  // namespace update
