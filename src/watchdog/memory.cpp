// SPDX-License-Identifier: MIT
#include "watchdog/memory.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/draft.hpp"
#include "fs/file.hpp"

namespace watchdog {
namespace {

using nlohmann::json;

constexpr const char* memory_file = "memory.json";
constexpr std::size_t largest_file = std::size_t{64} * 1024;

// Nothing where one of them is no count.
std::optional<std::map<std::string, std::uint64_t>> counts_in(const json& object) {
  if (!object.is_object()) return std::nullopt;
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [name, value] : object.items()) {
    const auto count = base::as_unsigned(value);
    if (!count) return std::nullopt;
    counts.emplace(name, *count);
  }
  return counts;
}

}  // namespace

std::string to_json(const Memory& memory, std::string_view boot) {
  json object = {{"boot_id", boot},
                 {"rolled_back", memory.rolled_back},
                 {"start_owed", memory.start_owed},
                 {"stopped_invocation", memory.stopped_invocation},
                 {"has_answered", memory.has_answered},
                 {"restarts_total", memory.restarts_total},
                 {"incidents", memory.incidents},
                 {"restarts", json::array()}};
  for (const Time at : memory.restarts) object["restarts"].push_back(at.count());
  if (memory.hint_taken_for) object["hint_taken_for"] = *memory.hint_taken_for;
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

Memory memory_from_json(std::string_view text, std::string_view boot) {
  const json object = base::json_or_null(text);
  if (!object.is_object()) return {};
  try {
    Memory memory;
    object.at("rolled_back").get_to(memory.rolled_back);
    object.at("has_answered").get_to(memory.has_answered);
    const auto total = base::as_unsigned(object.at("restarts_total"));
    auto incidents = counts_in(object.at("incidents"));
    if (!total || !incidents) return {};
    memory.restarts_total = *total;
    memory.incidents = std::move(*incidents);
    const bool is_of_this_boot = !boot.empty() && object.at("boot_id").get<std::string>() == boot;
    const std::string hint_taken_for = object.value("hint_taken_for", "");
    const bool has_taken_one = object.contains("hint_taken_for");
    if (has_taken_one && (is_of_this_boot || !hint_taken_for.empty())) memory.hint_taken_for = hint_taken_for;
    if (!is_of_this_boot) return memory;
    object.at("start_owed").get_to(memory.start_owed);
    memory.stopped_invocation = object.value("stopped_invocation", "");  // absent in files of older versions
    for (const json& restart : object.at("restarts")) {
      const auto at = base::as_milliseconds(restart);
      if (!at) return {};
      memory.restarts.emplace_back(*at);
    }
    return memory;
  } catch (const json::exception&) {
    return {};
  }
}

base::Result<Memory> read_memory(const std::string& folder) {
  const auto fd = fs::open_directory(folder);
  if (!fd && fs::is_answer(fd.error())) return Memory{};
  if (!fd) return base::pass(fd.error());
  fs::remove_abandoned_drafts(fd->get());
  const auto text = fs::read_file(fd->get(), memory_file, largest_file);
  if (!text && !fs::is_answer(text.error())) return base::pass(text.error(), folder);
  return text ? memory_from_json(*text, base::this_moment().boot) : Memory{};
}

base::Result<void> write_memory(const std::string& folder, const Memory& memory) {
  const auto fd = fs::open_directory(folder);
  if (!fd) return base::pass(fd.error());
  return fs::write_file_durably(fd->get(), memory_file, to_json(memory, base::this_moment().boot), 0600);
}

Memory joined(Memory earlier, const Memory& since) {
  earlier.restarts.insert(earlier.restarts.end(), since.restarts.begin(), since.restarts.end());
  if (since.hint_taken_for) earlier.hint_taken_for = since.hint_taken_for;
  if (!since.rolled_back.empty()) earlier.rolled_back = since.rolled_back;
  earlier.has_answered = earlier.has_answered || since.has_answered;
  if (!since.start_owed.empty()) earlier.start_owed = since.start_owed;
  if (!since.stopped_invocation.empty()) earlier.stopped_invocation = since.stopped_invocation;
  earlier.restarts_total += since.restarts_total;
  for (const auto& [signature, count] : since.incidents) earlier.incidents[signature] += count;
  return earlier;
}

}  // namespace watchdog
