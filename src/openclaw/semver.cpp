// SPDX-License-Identifier: MIT
#include "openclaw/semver.hpp"

#include <algorithm>
#include <charconv>
#include <compare>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/text.hpp"

// The rules are those of node-semver 7 with includePrerelease, which widens every lower bound that names no
// prerelease to "-0": 2.0.0-rc.1 is in 2.x. Every "<" that comes from a range has "-0" too, so that ^1.2.3
// does not take 2.0.0-rc.1.

namespace openclaw {
namespace {

constexpr std::size_t longest_text = 256;
constexpr std::uint64_t largest_number = 9'007'199'254'740'991;  // JavaScript's largest safe integer
constexpr std::string_view spaces = " \t\n\r\v\f";

struct Number {
  std::uint64_t major = 0, minor = 0, patch = 0;
  std::string prerelease;  // "rc.1"; "0" for the lowest of all
};

// A version of which trailing parts may be missing or "x".
struct Partial {
  std::optional<std::uint64_t> major, minor, patch;
  std::string prerelease;
};

enum class Operator { equal, less, less_equal, greater, greater_equal };

struct Comparator {
  Operator op = Operator::equal;
  Number number;
};
using Comparators = std::vector<Comparator>;  // all must hold

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::uint64_t> parse_component(std::string_view text) {
  if (!is_digits(text) || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || value > largest_number) return std::nullopt;
  return value;
}

// Dot-separated identifiers of [0-9A-Za-z-]; numeric ones without leading zeros where `numbers_strict`.
bool are_identifiers(std::string_view text, bool numbers_strict) {
  for (const std::string& part : base::split(text, '.')) {
    if (part.empty()) return false;
    for (const char c : part) {
      const bool allowed =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
      if (!allowed) return false;
    }
    if (numbers_strict && is_digits(part) && part.size() > 1 && part.front() == '0') return false;
  }
  return true;
}

bool is_wildcard(std::string_view text) {
  return text == "x" || text == "X" || text == "*";
}

// "1.2.3-rc.1+build", "1.2", "1.x", "*", "". A prerelease may follow three parts only.
std::optional<Partial> parse_partial(std::string_view text) {
  Partial partial;
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!are_identifiers(text.substr(plus + 1), false)) return std::nullopt;
    text = text.substr(0, plus);
  }
  const std::size_t hyphen = text.find('-');
  if (hyphen != std::string_view::npos) {
    if (!are_identifiers(text.substr(hyphen + 1), true)) return std::nullopt;
    partial.prerelease = text.substr(hyphen + 1);
    text = text.substr(0, hyphen);
  }
  if (text.empty()) return hyphen == std::string_view::npos ? std::optional(partial) : std::nullopt;

  const std::vector<std::string> parts = base::split(text, '.');
  if (parts.size() > 3 || (hyphen != std::string_view::npos && parts.size() != 3)) return std::nullopt;
  std::optional<std::uint64_t>* const targets[] = {&partial.major, &partial.minor, &partial.patch};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_wildcard(parts[i])) continue;
    *targets[i] = parse_component(parts[i]);
    if (!*targets[i]) return std::nullopt;
  }
  // "1.x.3" is as wide as "1.x".
  if (!partial.major) partial.minor.reset();
  if (!partial.minor) partial.patch.reset();
  if (!partial.patch) partial.prerelease.clear();
  return partial;
}

std::optional<Number> parse_version(std::string_view text) {
  text = base::trim(text);
  if (text.size() > longest_text) return std::nullopt;
  if (text.starts_with('v') || text.starts_with('=')) text.remove_prefix(1);
  const std::optional<Partial> partial = parse_partial(text);
  if (!partial || !partial->patch) return std::nullopt;
  return Number{*partial->major, *partial->minor, *partial->patch, partial->prerelease};
}

std::strong_ordering compare_identifier(const std::string& left, const std::string& right) {
  const bool left_number = is_digits(left);
  const bool right_number = is_digits(right);
  if (left_number != right_number) {
    return left_number ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (left_number && left.size() != right.size()) return left.size() <=> right.size();
  return left.compare(right) <=> 0;
}

std::strong_ordering compare_prerelease_parts(const std::string& left, const std::string& right) {
  if (left.empty() || right.empty())
    return left.empty() <=> right.empty();  // a release is after its prereleases
  const std::vector<std::string> left_parts = base::split(left, '.');
  const std::vector<std::string> right_parts = base::split(right, '.');
  for (std::size_t i = 0; i < left_parts.size() && i < right_parts.size(); ++i) {
    const auto order = compare_identifier(left_parts[i], right_parts[i]);
    if (order != std::strong_ordering::equal) return order;
  }
  return left_parts.size() <=> right_parts.size();
}

std::strong_ordering compare(const Number& left, const Number& right) {
  const auto order =
      std::tie(left.major, left.minor, left.patch) <=> std::tie(right.major, right.minor, right.patch);
  return order != std::strong_ordering::equal ? order
                                              : compare_prerelease_parts(left.prerelease, right.prerelease);
}

bool holds(const Comparator& comparator, const Number& version) {
  const auto order = compare(version, comparator.number);
  switch (comparator.op) {
    case Operator::equal:
      return order == std::strong_ordering::equal;
    case Operator::less:
      return order == std::strong_ordering::less;
    case Operator::less_equal:
      return order != std::strong_ordering::greater;
    case Operator::greater:
      return order == std::strong_ordering::greater;
    case Operator::greater_equal:
      return order != std::strong_ordering::less;
  }
  return false;
}

// What is missing counts as zero, and a missing prerelease as the lowest.
Comparator at_least(const Partial& partial) {
  const std::string prerelease = partial.prerelease.empty() ? "0" : partial.prerelease;
  return {Operator::greater_equal,
          {partial.major.value_or(0), partial.minor.value_or(0), partial.patch.value_or(0), prerelease}};
}
Comparator below(std::uint64_t major, std::uint64_t minor, std::uint64_t patch) {
  return {Operator::less, {major, minor, patch, "0"}};
}
// The first version after everything that `partial` names: below 2.0.0-0 for 1.x.
Comparator below_next(const Partial& partial) {
  if (!partial.minor) return below(*partial.major + 1, 0, 0);
  if (!partial.patch) return below(*partial.major, *partial.minor + 1, 0);
  return below(*partial.major, *partial.minor, *partial.patch + 1);
}

Comparators caret(const Partial& partial) {
  if (!partial.major) return {};
  Comparator lower = at_least(partial);
  // node-semver leaves this one bound as it is written: ^1.2.3 does not take 1.2.3-beta, while ^0.2.3 takes
  // 0.2.3-beta.
  if (*partial.major > 0 && partial.patch && partial.prerelease.empty()) lower.number.prerelease.clear();
  if (*partial.major > 0 || !partial.minor) return {lower, below(*partial.major + 1, 0, 0)};
  if (*partial.minor > 0 || !partial.patch) return {lower, below(0, *partial.minor + 1, 0)};
  return {lower, below(0, 0, *partial.patch + 1)};
}

Comparators tilde(const Partial& partial) {
  if (!partial.major) return {};
  // No "-0" here either: ~1.2 does not take 1.2.0-beta.
  const Comparator lower{
      Operator::greater_equal,
      {*partial.major, partial.minor.value_or(0), partial.patch.value_or(0), partial.prerelease}};
  if (!partial.minor) return {lower, below(*partial.major + 1, 0, 0)};
  return {lower, below(*partial.major, *partial.minor + 1, 0)};
}

Comparators plain(const Partial& partial) {
  if (!partial.major) return {};
  if (partial.patch) {
    return {{Operator::equal, {*partial.major, *partial.minor, *partial.patch, partial.prerelease}}};
  }
  return {at_least(partial), below_next(partial)};
}

Comparators ordered(Operator op, const Partial& partial) {
  const bool strict = op == Operator::less || op == Operator::greater;
  if (!partial.major) return strict ? Comparators{below(0, 0, 0)} : Comparators{};  // ">*" is nothing at all
  if (partial.patch) {
    return {{op, {*partial.major, *partial.minor, *partial.patch, partial.prerelease}}};
  }
  switch (op) {
    case Operator::greater: {  // ">1.2" starts where 1.2.x ends
      Comparator lower = below_next(partial);
      lower.op = Operator::greater_equal;
      return {lower};
    }
    case Operator::less_equal:
      return {below_next(partial)};
    case Operator::less: {
      Comparator upper = at_least(partial);
      upper.op = Operator::less;
      return {upper};
    }
    default:
      return {at_least(partial)};
  }
}

struct Spelling {
  std::string_view text;
  Comparators (*expand)(const Partial& partial);
};
// Longest first: "~>" before "~", ">=" before ">".
constexpr Spelling spellings[] = {
    {"~>", tilde},
    {"~", tilde},
    {"^", caret},
    {">=", [](const Partial& partial) { return ordered(Operator::greater_equal, partial); }},
    {"<=", [](const Partial& partial) { return ordered(Operator::less_equal, partial); }},
    {">", [](const Partial& partial) { return ordered(Operator::greater, partial); }},
    {"<", [](const Partial& partial) { return ordered(Operator::less, partial); }},
    {"=", plain},
    {"", plain},
};

// One comparator from the front of `text`, "^ 1.2" with the space included.
std::optional<Comparators> take_comparator(std::string_view& text) {
  for (const Spelling& spelling : spellings) {
    if (!text.starts_with(spelling.text)) continue;
    text.remove_prefix(spelling.text.size());
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\n\r\v\f=v")));
    const std::string_view version = text.substr(0, text.find_first_of(spaces));
    text.remove_prefix(version.size());
    const std::optional<Partial> partial = parse_partial(version);
    if (!partial) return std::nullopt;
    return spelling.expand(*partial);
  }
  return std::nullopt;
}

// Only here does node-semver refuse build metadata after less than three parts.
std::optional<Partial> parse_hyphen_end(std::string_view text) {
  text = base::trim(text);
  text.remove_prefix(std::min(text.size(), text.find_first_not_of("v=")));
  const bool has_build = text.find('+') != std::string_view::npos;
  const bool has_three_parts = base::split(text.substr(0, text.find_first_of("+-")), '.').size() == 3;
  return has_build && !has_three_parts ? std::nullopt : parse_partial(text);
}

// "1.2.3 - 2.3": both ends included.
std::optional<Comparators> hyphen_range(std::string_view from, std::string_view to) {
  const std::optional<Partial> lower = parse_hyphen_end(from);
  const std::optional<Partial> upper = parse_hyphen_end(to);
  if (!lower || !upper) return std::nullopt;
  Comparators result;
  if (lower->major) result.push_back(at_least(*lower));
  if (!upper->major) return result;
  if (upper->prerelease.empty()) {
    result.push_back(below_next(*upper));
  } else {
    result.push_back(
        {Operator::less_equal, {*upper->major, *upper->minor, *upper->patch, upper->prerelease}});
  }
  return result;
}

std::optional<Comparators> parse_alternative(std::string_view text) {
  text = base::trim(text);
  if (const std::size_t hyphen = text.find(" - "); hyphen != std::string_view::npos) {
    return hyphen_range(text.substr(0, hyphen), text.substr(hyphen + 3));
  }
  Comparators all;
  while (!text.empty()) {
    const std::optional<Comparators> some = take_comparator(text);
    if (!some) return std::nullopt;
    all.insert(all.end(), some->begin(), some->end());
    text = base::trim(text);
  }
  return all;
}

bool all_hold(const Comparators& comparators, const Number& version) {
  for (const Comparator& comparator : comparators) {
    if (!holds(comparator, version)) return false;
  }
  return true;
}

}  // namespace

std::optional<bool> satisfies(std::string_view version, std::string_view range) {
  if (range.size() > longest_text) return std::nullopt;
  const std::optional<Number> number = parse_version(version);
  bool satisfied = false;
  // To the end even when one alternative has matched: the range as a whole must be one.
  while (true) {
    const std::size_t bar = range.find("||");
    const std::optional<Comparators> comparators = parse_alternative(range.substr(0, bar));
    if (!comparators) return std::nullopt;
    satisfied = satisfied || (number && all_hold(*comparators, *number));
    if (bar == std::string_view::npos) return satisfied;
    range.remove_prefix(bar + 2);
  }
}

bool is_exact_caret_or_tilde(std::string_view range) {
  range = base::trim(range);
  if (parse_version(range)) return true;
  return (range.starts_with('^') || range.starts_with('~')) && parse_version(range.substr(1));
}

}  // namespace openclaw
