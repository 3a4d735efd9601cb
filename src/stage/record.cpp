// SPDX-License-Identifier: MIT
#include "stage/record.hpp"

#include <fcntl.h>

#include <algorithm>

#include "fs/stamp.hpp"

namespace stage {
namespace {

// The first line. A file with another format is of another version of the suite, and the run is not skipped.
constexpr std::string_view header = "openclaw-systemd record 1";

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string to_text(const Record& record) {
  std::string text =
      std::string(header) + "\n" + one_line(record.circumstances) + "\n" + one_line(record.summary) + "\n";
  for (const auto& [path, stamp] : record.stamps) text += stamp + " " + one_line(path) + "\n";
  return text;
}

base::Result<Record> parse_record(std::string_view text) {
  if (take_line(text) != header)
    return base::fail(base::ErrorKind::bad_input, "not a record of this version");
  Record record;
  record.circumstances = take_line(text);
  record.summary = take_line(text);
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos)
      return base::fail(base::ErrorKind::bad_input, "a record line without a stamp");
    record.stamps.emplace_back(line.substr(blank + 1), line.substr(0, blank));
  }
  return record;
}

void add_stamp(Record& record, const std::string& path) {
  record.stamps.emplace_back(path, fs::stamp(AT_FDCWD, path));
}

bool still_true(const Record& record, std::string_view circumstances) {
  if (record.circumstances != one_line(std::string(circumstances))) return false;
  return std::all_of(record.stamps.begin(), record.stamps.end(),
                     [](const auto& line) { return fs::stamp(AT_FDCWD, line.first) == line.second; });
}

}  // namespace stage
