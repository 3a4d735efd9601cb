// SPDX-License-Identifier: MIT
// Versions and ranges (openclaw/version.hpp, openclaw/semver.hpp).
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/semver.hpp"
#include "openclaw/version.hpp"
#include "workers/fetch/node.hpp"

using openclaw::satisfies;
using openclaw::Version;
using target::require;

namespace {

void fuzz_version(std::string_view text) {
  const auto version = Version::parse(text);
  if (!version) return;
  require(target::is_plain_name(version->text()) && target::is_printable(version->text()),
          "a version is a plain name");
  require(version->text().front() >= '0' && version->text().front() <= '9', "a version is no option");
  const auto again = Version::parse(version->text());
  require(again && *again == *version, "a version that is written is read again as it was");
}

void fuzz_order(std::string_view one, std::string_view other, std::string_view third) {
  const auto a = Version::parse(one), b = Version::parse(other), c = Version::parse(third);
  if (!a || !b) return;
  require((*a < *b) == (*b > *a), "one is before the other, or after it");
  require((*a == *b) == (!(*a < *b) && !(*b < *a)), "those are equal that have no order");
  if (c && *a < *b && *b < *c) require(*a < *c, "what is before the next is before the one after it");
}

void fuzz_range(const std::string& version, const std::string& range, const std::string& other) {
  const auto in_one = satisfies(version, range), in_other = satisfies(version, other);
  if (in_one && in_other && range.size() + other.size() < 200) {
    require(satisfies(version, range + "||" + other) == (*in_one || *in_other), "|| is one or the other");
  }
  if (range.size() <= 200 && openclaw::is_exact_caret_or_tilde(range)) {
    require(in_one.has_value(), "what 2026.4.22 takes can be judged");
    if (!range.starts_with('^') && !range.starts_with('~')) {
      require(satisfies(range, range) == true, "an exact version is in itself");
      require(satisfies(range, "^" + range) != false, "and in what is compatible with it");
    }
  }
  if (satisfies(version, version) == true)
    require(satisfies(version, ">=0.0.0-0") == true, "all are above the least");
  (void)workers::check_node(version, range, "the release");
}

}  // namespace

void fuzz(std::string_view input) {
  const auto parts = target::parts_of(input, 3);
  for (const std::string_view part : parts) fuzz_version(part);
  fuzz_version(input);
  fuzz_order(parts[0], parts[1], parts[2]);
  fuzz_range(std::string(parts[0]), std::string(parts[1]), std::string(parts[2]));
}
