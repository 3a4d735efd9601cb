// SPDX-License-Identifier: MIT
// owner.json, which any version of OpenClaw and any accident may have written.
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>

#include "base/json.hpp"
#include "base/text.hpp"
#include "lock/owner_lock.hpp"

namespace lock {
namespace {

using nlohmann::json;

// JavaScript has one number type: 4711 and 4711.0 are the same. Above 2^53 its integers are not exact.
std::optional<std::int64_t> to_integer(const json& value) {
  constexpr double most = 9007199254740992.0;
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(most)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (!std::isfinite(number) || number < -most || number > most) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(number));
}

std::optional<std::int64_t> to_whole(const json& value) {
  if (value.is_number_float() && std::floor(value.get<double>()) != value.get<double>()) return std::nullopt;
  return to_integer(value);
}

// Reads exactly `digits` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::milliseconds> take_fraction(std::string_view& text) {
  using std::chrono::milliseconds;
  if (!take(text, '.')) return milliseconds{0};
  int fraction = 0;
  int scale = 100;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    fraction += (text.front() - '0') * scale;
    scale /= 10;
  }
  if (digits == 0) return std::nullopt;
  return milliseconds{fraction};
}

// "Z", "+02:00" or "-0330". A time without zone could be off by half a day, so it is not used.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  using std::chrono::minutes;
  if (take(text, 'Z') || take(text, 'z')) return minutes{0};
  const bool east = take(text, '+');
  if (!east && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  take(text, ':');
  const auto past = take_digits(text, 2);
  if (!hours || !past || *hours > 23 || *past > 59) return std::nullopt;
  const minutes offset{*hours * 60 + *past};
  return east ? offset : -offset;
}

// What Date.toISOString() writes, "2026-04-29T06:07:08.123Z", with any number of decimals and any offset.
std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d || (!take(text, 'T') && !take(text, ' '))) return std::nullopt;
  const auto h = take_digits(text, 2);
  if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
  const auto min = take_digits(text, 2);
  if (!min || *min > 59 || !take(text, ':')) return std::nullopt;
  const auto s = take_digits(text, 2);
  if (!s || *s > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  const auto time = sys_days{date} + hours{*h} + minutes{*min} + seconds{*s} + *fraction - *offset;
  return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

// A time that can be believed. Below 10^12 ms (September 2001) are zero, negative numbers, seconds mistaken
// for milliseconds, and clocks that were never set: taken for a time, each would "prove" the lock older than
// the boot.
std::optional<std::int64_t> to_time(const json& value) {
  constexpr std::int64_t earliest = 1'000'000'000'000;
  std::optional<std::int64_t> time = to_integer(value);
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    time = is_number ? std::optional(number) : parse_iso_time(base::trim(text));
  }
  constexpr std::int64_t latest = 9'007'199'254'740'992;
  if (!time || *time < earliest || *time > latest) return std::nullopt;
  return time;
}

}  // namespace

LockOwner parse_owner(std::string_view owner_json, std::int64_t folder_mtime_ms) {
  LockOwner owner;
  owner.shape = LockOwner::Shape::malformed;
  owner.touched_at_ms = folder_mtime_ms;
  // Whatever is beside it, a process that is named holds the lock; nothing here walks deeper than its
  // members.
  constexpr base::JsonLimits of_any_depth{.levels = std::numeric_limits<std::size_t>::max()};
  const json document = base::json_or_null(owner_json, of_any_depth);
  const auto member = [&](const char* key) -> const json& { return base::member(document, key); };
  const auto pid = to_whole(member("pid"));
  if (!pid || *pid <= 0 || *pid > greatest_pid) return owner;
  owner.shape = LockOwner::Shape::known;
  owner.pid = pid;
  if (const auto ticks = to_whole(member("starttime")); ticks && *ticks >= 0) {
    owner.start_ticks = static_cast<std::uint64_t>(*ticks);
  }
  owner.created_at_ms = to_time(member("createdAtMs"));
  if (!owner.created_at_ms) owner.created_at_ms = to_time(member("startedAt"));
  if (!owner.created_at_ms) owner.created_at_ms = folder_mtime_ms;
  return owner;
}

}  // namespace lock
