// SPDX-License-Identifier: MIT
#include "openclaw/version.hpp"

#include <charconv>
#include <tuple>

namespace openclaw {
namespace {

// Digits only, as npm wants them: no sign, no leading zero.
std::optional<unsigned> parse_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Cuts the part before `separator` off the front of `text`; all of it when there is no separator.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

bool is_prerelease_text(std::string_view text) {
  constexpr std::string_view allowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos && text.front() != '.' &&
         text.back() != '.' && text.find("..") == std::string_view::npos;
}

// One dot-separated identifier of a prerelease: numbers by value and before words, as npm orders them, so
// that beta.10 comes after beta.9.
std::strong_ordering compare_identifiers(std::string_view left, std::string_view right) {
  const std::optional<unsigned> left_number = parse_number(left);
  const std::optional<unsigned> right_number = parse_number(right);
  if (left_number && right_number) return *left_number <=> *right_number;
  if (left_number.has_value() != right_number.has_value()) {
    return left_number ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return left.compare(right) <=> 0;
}

std::strong_ordering compare_prereleases(std::string_view left, std::string_view right) {
  while (!left.empty() && !right.empty()) {
    const auto order = compare_identifiers(take_until(left, '.'), take_until(right, '.'));
    if (order != std::strong_ordering::equal) return order;
  }
  return left.size() <=> right.size();
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  if (text.starts_with('v')) text.remove_prefix(1);  // as in git tags
  const std::string_view release = take_until(text, '-');
  std::string_view numbers = release;
  const auto year = parse_number(take_until(numbers, '.'));
  const auto month = parse_number(take_until(numbers, '.'));
  const auto patch = parse_number(numbers);
  if (!year || !month || !patch) return std::nullopt;

  Version version{*year, *month, *patch, 0, {}};
  if (text.empty()) {
    const bool dangling_hyphen = release.data() + release.size() != text.data();
    return dangling_hyphen ? std::nullopt : std::optional(version);
  }
  // npm reads 2026.5.3-1 as a prerelease of 2026.5.3; OpenClaw publishes it as a correction, after it.
  if (const auto correction = parse_number(text)) {
    if (*correction == 0 || *correction > 9999) return std::nullopt;
    version.correction = static_cast<int>(*correction);
    return version;
  }
  if (!is_prerelease_text(text)) return std::nullopt;
  version.correction = -1;
  version.prerelease = text;
  return version;
}

std::string Version::text() const {
  std::string result = std::to_string(year) + "." + std::to_string(month) + "." + std::to_string(patch);
  if (correction < 0) return result + "-" + prerelease;
  if (correction > 0) return result + "-" + std::to_string(correction);
  return result;
}

std::strong_ordering operator<=>(const Version& left, const Version& right) {
  const auto numbers = [](const Version& version) {
    return std::tie(version.year, version.month, version.patch, version.correction);
  };
  if (const auto order = numbers(left) <=> numbers(right); order != std::strong_ordering::equal) return order;
  return compare_prereleases(left.prerelease, right.prerelease);
}

}  // namespace openclaw
