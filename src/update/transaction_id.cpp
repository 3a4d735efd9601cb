// SPDX-License-Identifier: MIT
#include "update/transaction_id.hpp"

#include <sys/random.h>

#include <array>
#include <charconv>
#include <cstdio>

#include "base/time.hpp"
#include "config/gateways.hpp"

namespace update {
namespace {

// d: a decimal digit, h: a hexadecimal digit; any other character stands for itself.
constexpr std::string_view numbered_shape = "tdddddddd-ddddddddTddddddZ";
constexpr std::string_view timed_shape = "ddddddddTddddddZ-hhhh";

std::string ending(const std::string& gateway) {
  return gateway.empty() ? "" : "-" + gateway;
}

// The rest, if there is one, is the name of a gateway.
bool begins_with_shape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  const std::string_view rest = text.substr(shape.size());
  if (!rest.empty() && (rest.front() != '-' || !config::is_gateway_name(rest.substr(1)))) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const char c = text[i];
    const bool fits = shape[i] == 'd'   ? is_digit(c)
                      : shape[i] == 'h' ? is_digit(c) || (c >= 'a' && c <= 'f')
                                        : c == shape[i];
    if (!fits) return false;
  }
  return true;
}

}  // namespace

std::string transaction_id(std::uint64_t number, std::int64_t now_ms, const std::string& gateway) {
  std::array<char, 32> prefix{};
  std::snprintf(prefix.data(), prefix.size(), "t%08llu-", static_cast<unsigned long long>(number));
  return prefix.data() + base::compact_time(now_ms) + ending(gateway);
}

bool is_transaction_id(std::string_view text) {
  return begins_with_shape(text, numbered_shape) || begins_with_shape(text, timed_shape);
}

std::optional<std::uint64_t> transaction_number(std::string_view id) {
  if (!begins_with_shape(id, numbered_shape)) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(id.data() + 1, id.data() + 9, number);
  return number;
}

std::string new_task_id(std::int64_t now_ms, const std::string& gateway) {
  std::uint16_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) random = static_cast<std::uint16_t>(now_ms);
  std::array<char, 8> suffix{};
  std::snprintf(suffix.data(), suffix.size(), "-%04x", static_cast<unsigned>(random));
  return base::compact_time(now_ms) + suffix.data() + ending(gateway);
}

}  // namespace update
