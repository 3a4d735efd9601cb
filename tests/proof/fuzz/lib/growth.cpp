// SPDX-License-Identifier: MIT
#include "lib/growth.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include "lib/target.hpp"

namespace target {
namespace {

constexpr std::size_t small_size = std::size_t{64} * 1024;
constexpr std::size_t middle_size = 4 * small_size;
constexpr std::size_t large_size = 16 * small_size;
constexpr std::uint64_t allowed = 4;  // times as much as the input grows
// Less than that is too little to compare with.
constexpr std::uint64_t shortest_us = 4'000;
// More than that of a processor no case takes: it hangs.
constexpr unsigned longest_s = 60;
constexpr std::size_t most_own_pieces = 16, most_places = 6, longest_seed = 2048;

constexpr std::array<std::string_view, 40> common_pieces = {
    "[",    "{",   "[[",     "{\"a\":", "]",   "\"",  "'",    "`",     "\\",   "\\\\",
    "\\u",  "\\n", "a.b.c.", "a",       "a\n", "\n",  "\r\n", " ",     "\t",   "=",
    "A=\n", "A='", "A=\"\n", "A=\\\n",  "${",  "${A", "$(",   "&&",    "|| ",  "/*",
    "//",   "#",   "-",      "- a\n",   "1",   "../", ",",    "\x1b[", "\xff", "\xe2\x80\xa8"};

struct Case {
  std::string before, piece, after;
};

std::string input_of(const Case& one, std::size_t size) {
  std::string text = one.before;
  text.reserve(size);
  // No more than that: what has a limit has one of 1 MiB.
  while (text.size() + one.piece.size() + one.after.size() <= size) text += one.piece;
  return text + one.after;
}

// --- the cases

bool is_of_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_';
}

// Its lines, and what is from one sign to the next but one.
std::vector<std::string> own_pieces(std::string_view seed) {
  std::set<std::string> pieces;
  const auto add = [&](std::string_view piece) {
    if (!piece.empty() && piece.size() <= 256) pieces.emplace(piece);
  };
  for (std::size_t at = 0; at < seed.size();) {
    const std::size_t end = std::min(seed.find('\n', at), seed.size() - 1) + 1;
    add(seed.substr(at, end - at));
    at = end;
  }
  std::vector<std::size_t> signs;
  for (std::size_t at = 0; at < seed.size(); ++at) {
    if (!is_of_word(seed[at])) signs.push_back(at);
  }
  for (std::size_t i = 0; i + 2 < signs.size(); ++i) add(seed.substr(signs[i], signs[i + 2] - signs[i]));
  std::vector<std::string> all(pieces.begin(), pieces.end());
  // The first and the last of an order that has nothing to do with the file, and those between.
  const std::size_t step = all.size() / most_own_pieces + 1;
  std::vector<std::string> some;
  for (std::size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
  return some;
}

std::vector<std::size_t> places_in(std::string_view seed) {
  std::vector<std::size_t> places;
  const std::size_t step = seed.size() / most_places + 1;
  for (std::size_t from = 0; from < seed.size(); from += step) {
    std::size_t at = from;
    while (at + 1 < seed.size() && is_of_word(seed[at])) ++at;
    places.push_back(at + 1);
  }
  return places;
}

std::vector<Case> cases_of(const std::vector<std::string>& seeds) {
  std::vector<Case> cases;
  for (const std::string_view piece : common_pieces) cases.push_back({"", std::string(piece), ""});
  for (const std::string& seed : seeds) {
    std::vector<std::string> pieces = own_pieces(seed);
    for (const std::string& piece : pieces) cases.push_back({"", piece, ""});
    if (!seed.empty()) cases.push_back({"", seed, ""});
    pieces.insert(pieces.end(), common_pieces.begin(), common_pieces.end());
    for (const std::size_t at : places_in(seed)) {
      for (const std::string& piece : pieces) cases.push_back({seed.substr(0, at), piece, seed.substr(at)});
    }
  }
  return cases;
}

std::vector<std::string> seeds_in(std::vector<std::string> files) {
  std::vector<std::string> seeds;
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    std::ifstream stream(file, std::ios::binary);
    std::string seed((std::istreambuf_iterator<char>(stream)), {});
    if (seed.size() <= longest_seed) seeds.push_back(std::move(seed));
  }
  return seeds;
}

// --- the time

std::uint64_t spent_us() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1000;
}

std::uint64_t time_of(const Case& one, std::size_t size) {
  const std::string text = input_of(one, size);
  const std::uint64_t before = spent_us();
  fuzz(text);
  return spent_us() - before;
}

std::uint64_t shortest_time_of(const Case& one, std::size_t size, unsigned tries) {
  std::uint64_t shortest = time_of(one, size);
  while (--tries > 0) shortest = std::min(shortest, time_of(one, size));
  return shortest;
}

// "64 KiB 12 ms, 256 KiB 190 ms", where it grows too fast.
std::optional<std::string> too_fast(const Case& one) {
  const std::uint64_t small = std::max(shortest_time_of(one, small_size, 2), shortest_us);
  std::string times = "64 KiB " + std::to_string(small / 1000) + " ms";
  for (const std::size_t size : {middle_size, large_size}) {
    const std::uint64_t most = small * (size / small_size) * allowed;
    std::uint64_t time = time_of(one, size);
    // What another program does may make it look slow once, not twice.
    if (time > most) time = std::min(time, time_of(one, size));
    times += ", " + std::to_string(size / 1024) + " KiB " + std::to_string(time / 1000) + " ms";
    if (time > most) return times;
  }
  return std::nullopt;
}

std::string quoted(const std::string& text) {
  std::string shown = "\"";
  for (const char c : text.substr(0, 60)) {
    const auto byte = static_cast<unsigned char>(c);
    std::array<char, 8> escape{};
    (void)std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
    shown += byte < 0x20 || byte >= 0x7f ? std::string(escape.data()) : std::string(1, c);
  }
  return shown + (text.size() > 60 ? "\"..." : "\"");
}

std::size_t running_case = 0;

void say_that_it_hangs(int /*signal*/) {
  std::array<char, 80> text{};
  const int size = std::snprintf(text.data(), text.size(), "growth: case %zu hangs\n", running_case);
  (void)!::write(STDOUT_FILENO, text.data(), static_cast<std::size_t>(size));
  ::_exit(1);
}

void limit_time(unsigned seconds) {
  const itimerval limit{{}, {static_cast<time_t>(seconds), 0}};
  (void)::setitimer(ITIMER_PROF, &limit, nullptr);
}

bool grows_too_fast(std::size_t number, const Case& one) {
  running_case = number;
  limit_time(longest_s);
  const auto times = too_fast(one);
  limit_time(0);
  if (!times) return false;
  std::printf("growth: case %zu: %s; repeated %s within %s and %s\n", number, times->c_str(),
              quoted(one.piece).c_str(), quoted(one.before).c_str(), quoted(one.after).c_str());
  return true;
}

// The numbers 0, 1, 2, ... in an order that looks random.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31U);
}

}  // namespace

int measure_growth(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) {
    std::fprintf(stderr, "usage: growth SEED EVERY FILE... | growth one CASE FILE...\n");
    return 64;
  }
  ::signal(SIGPROF, say_that_it_hangs);
  const auto cases = cases_of(seeds_in({arguments.begin() + 2, arguments.end()}));
  const std::uint64_t second = std::strtoull(arguments[1].c_str(), nullptr, 10);
  if (arguments[0] == "one") {
    if (second >= cases.size()) return 64;
    return grows_too_fast(second, cases[second]) ? 1 : 0;
  }
  const std::uint64_t seed = std::strtoull(arguments[0].c_str(), nullptr, 10);
  const std::uint64_t every = std::max<std::uint64_t>(second, 1);
  std::size_t looked_at = 0, failures = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (mixed(seed * 0x9e3779b97f4a7c15U + i) % every != 0) continue;
    ++looked_at;
    if (grows_too_fast(i, cases[i])) ++failures;
  }
  std::printf("growth: %zu %zu\n", looked_at, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace target
