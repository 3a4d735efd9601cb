// SPDX-License-Identifier: MIT
#include "update/record.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

// More than a worker reports, or than the environment variables of a unit.
constexpr std::size_t largest_member = std::size_t{4} * 1024 * 1024;

std::string file_of_member(const std::string& member, const std::string& digest) {
  return base::concat({member, "-", digest, ".json"});
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::string> read_member(int folder_fd, const std::string& member, const std::string& digest) {
  if (!is_digest(digest)) return base::fail(ErrorKind::integrity, member + " has no digest");
  auto text = fs::read_file(folder_fd, file_of_member(member, digest), largest_member);
  if (text && base::sha256_hex(*text) != digest) {
    return base::fail(ErrorKind::integrity, file_of_member(member, digest) + " is damaged");
  }
  return text;
}

}  // namespace

std::int64_t elapsed_ms(const Record& earlier, const Record& later) {
  const bool one_boot = !earlier.moment.boot.empty() && earlier.moment.boot == later.moment.boot;
  const std::int64_t passed =
      one_boot ? (later.moment.since_boot - earlier.moment.since_boot).count() : later.at_ms - earlier.at_ms;
  return std::max<std::int64_t>(passed, 0);
}

std::string line_of(const Record& record, const LargeFiles& files) {
  json object = {{"state", row_of(record.state).name}, {"at_ms", record.at_ms}};
  if (!record.moment.boot.empty()) {
    object["boot"] = record.moment.boot;
    object["since_boot_ms"] = record.moment.since_boot.count();
  }
  object["context"] = base::json_or_null(to_json(record.context));
  if (!files.empty()) object["context"]["files"] = files;
  return dump(object) + "\n";
}

Result<Line> parse_line(std::string_view text) {
  const json object = base::json_or_null(text);
  const auto at = base::as_milliseconds(base::member(object, "at_ms"));
  const json& since_boot = base::member(object, "since_boot_ms");  // older records have none
  const auto since =
      since_boot.is_null() ? std::optional<std::int64_t>(0) : base::as_milliseconds(since_boot);
  if (!object.is_object() || !object.contains("state") || !object["state"].is_string() ||
      !object.contains("context") || !at || !since) {
    return base::fail(ErrorKind::integrity, "it is not a record");
  }
  auto context = context_from_json(dump(object["context"]));
  if (!context) return base::pass(context.error());
  Line line;
  line.state = object["state"].get<std::string>();
  line.record.at_ms = *at;
  line.record.moment.since_boot = std::chrono::milliseconds(*since);
  line.record.context = std::move(*context);
  try {
    line.record.moment.boot = object.value("boot", std::string());
    line.files = object["context"].value("files", LargeFiles());
  } catch (const json::exception& error) {
    return base::fail(ErrorKind::integrity, std::string("a member is of another type: ") + error.what());
  }
  return line;
}

Result<LargeFiles> keep_large_members(int folder_fd, const Context& context) {
  LargeFiles files;
  for (const auto& [member, text] : large_members(context)) {
    const std::string digest = base::sha256_hex(text);
    files[member] = digest;
    if (read_member(folder_fd, member, digest)) continue;
    auto written = fs::write_file_durably(folder_fd, file_of_member(member, digest), text, 0600);
    if (!written) return base::pass(written.error());
  }
  return files;
}

Result<void> read_large_members(int folder_fd, const LargeFiles& files, Context& context) {
  for (const auto& [member, digest] : files) {
    const auto text = read_member(folder_fd, member, digest);
    if (!text && !fs::is_answer(text.error())) return base::pass(text.error());
    const auto read = text ? set_large_member(context, member, *text) : base::pass(text.error());
    if (read) continue;
    // Each recovery reads it again, and keeps what it has found.
    std::string name = base::printable(member, 64);
    if (!is_lost(context, name)) context.lost.push_back(std::move(name));
    add_note(context, base::printable(
                          "the record " + member + " of the update is lost: " + read.error().message, 512));
  }
  return {};
}

}  // namespace update
