// SPDX-License-Identifier: MIT
#include "contract/task.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace contract {
namespace {

bool is_of_transaction(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_of_action(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

std::string gateway_of(std::string_view transaction) {
  const std::size_t first = transaction.find('-');
  if (first == std::string_view::npos) return {};
  const std::size_t second = transaction.find('-', first + 1);
  return second == std::string_view::npos ? std::string() : std::string(transaction.substr(second + 1));
}

base::Result<Instance> parse_instance(std::string_view text) {
  constexpr std::size_t longest = 128;
  const std::size_t dot = text.find('.');
  const std::string_view transaction = text.substr(0, dot);
  const std::string_view action = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  const bool fits = text.size() <= longest && !transaction.empty() && !action.empty() &&
                    transaction.front() != '-' &&
                    std::all_of(transaction.begin(), transaction.end(), is_of_transaction) &&
                    std::all_of(action.begin(), action.end(), is_of_action);
  if (!fits) {
    return base::fail(base::ErrorKind::usage,
                      base::concat({"'", base::printable(text, longest),
                                    "' is not an instance; the form is TRANSACTION.ACTION, such as ",
                                    "20261121T101500Z-4f2a.resolve"}));
  }
  return Instance{std::string(text), std::string(transaction), std::string(action)};
}

}  // namespace contract
