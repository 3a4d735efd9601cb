// SPDX-License-Identifier: MIT
#include "stage/failed_fetch.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "stage/closure_store.hpp"

namespace stage {
namespace {

using base::ErrorKind;
using base::Moment;
using base::Result;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr int schema = 1;
constexpr int waits_for_each = 10;
constexpr milliseconds longest_wait = std::chrono::minutes(15);
constexpr std::size_t longest_message = 4096;

struct Word {
  ErrorKind kind;
  std::string_view word;
};
constexpr std::array remembered_kinds = {Word{ErrorKind::unavailable, "unavailable"},
                                         Word{ErrorKind::integrity, "integrity"}};

// A package client reports these as its own failures, by code or in the words of npm::explain_failure().
constexpr std::array<std::string_view, 9> signs_of_the_disk = {
    "ENOSPC",       "EDQUOT",    "EROFS",     "no space",
    "disk quota",   "read-only", "Read-only", "a folder cannot be made",
    "may not write"};

Result<std::vector<FailedFetch>> malformed(std::string_view what) {
  return base::fail(ErrorKind::bad_input, base::concat({failed_fetches_file, ": ", what}));
}

std::optional<milliseconds> read_time(const json& object, const char* name) {
  const json& value = base::member_at(object, name);
  // The parser reads every non-negative integer as unsigned. No boot lasts a thousand years.
  constexpr std::uint64_t longest = std::uint64_t{1000} * 366 * 24 * 3600 * 1000;
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > longest) return std::nullopt;
  return milliseconds(value.get<std::int64_t>());
}

std::optional<FailedFetch> parse_entry(const json& object) {
  FailedFetch failure;
  failure.key = base::text_at(object, "key");
  failure.at.boot = base::text_at(object, "boot");
  const auto at = read_time(object, "at_ms"), took = read_time(object, "took_ms");
  const std::string kind = base::text_at(object, "kind");
  const auto known = std::find_if(remembered_kinds.begin(), remembered_kinds.end(),
                                  [&](const Word& each) { return each.word == kind; });
  if (failure.key.empty() || failure.at.boot.empty() || !at || !took || known == remembered_kinds.end()) {
    return std::nullopt;
  }
  failure.at.since_boot = *at;
  failure.took = *took;
  failure.error = {known->kind, 0, base::printable(base::text_at(object, "message"))};
  const json& rejected = base::member_at(object, "rejected");
  if (!rejected.is_object()) return std::nullopt;
  for (const auto& [id, reason] : rejected.items()) {
    if (!reason.is_string()) return std::nullopt;
    failure.rejected[id] = base::printable(reason.get_ref<const std::string&>());
  }
  return failure;
}

json to_json(const FailedFetch& failure) {
  json object = {{"key", failure.key},
                 {"boot", failure.at.boot},
                 {"at_ms", failure.at.since_boot.count()},
                 {"took_ms", failure.took.count()},
                 {"message", base::printable(failure.error.message, longest_message)},
                 {"rejected", failure.rejected}};
  for (const auto& [kind, word] : remembered_kinds) {
    if (kind == failure.error.kind) object["kind"] = word;
  }
  return object;
}

void put(std::vector<FailedFetch>& failures, const FailedFetch& fresh) {
  std::erase_if(failures, [&](const FailedFetch& old) { return old.key == fresh.key; });
  failures.push_back(fresh);
}

template <class Map>
void add_map(base::Digest& digest, const Map& map) {
  digest.field(std::to_string(map.size()));
  for (const auto& [name, value] : map) {
    digest.field(name);
    digest.field(value);
  }
}

void add_list(base::Digest& digest, const std::vector<std::string>& list) {
  digest.field(std::to_string(list.size()));
  for (const auto& each : list) digest.field(each);
}

}  // namespace

milliseconds left_to_wait(const FailedFetch& failure, const Moment& now) {
  if (now.boot.empty() || failure.at.boot != now.boot) return milliseconds(0);
  const milliseconds passed = now.since_boot - failure.at.since_boot;
  // A container with its own clock, or an edited file.
  if (passed < milliseconds(0)) return milliseconds(0);
  const milliseconds wait = std::min(failure.took, longest_wait) * waits_for_each;
  return std::max(std::min(wait, longest_wait) - passed, milliseconds(0));
}

bool is_worth_remembering(const base::Error& error) {
  const bool right_kind = std::any_of(remembered_kinds.begin(), remembered_kinds.end(),
                                      [&](const Word& each) { return each.kind == error.kind; });
  return right_kind &&
         std::none_of(signs_of_the_disk.begin(), signs_of_the_disk.end(),
                      [&](std::string_view sign) { return error.message.find(sign) != std::string::npos; });
}

std::string to_text(const std::vector<FailedFetch>& failures) {
  // The newest entries are last.
  std::size_t first =
      failures.size() > most_failed_fetches ? failures.size() - most_failed_fetches : std::size_t{0};
  for (;; ++first) {
    json list = json::array();
    for (std::size_t index = first; index < failures.size(); ++index)
      list.push_back(to_json(failures[index]));
    const json object = {{"schema", schema}, {"failures", std::move(list)}};
    // The ID of a plugin is the name of a folder, which need not be UTF-8.
    std::string text = object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    if (text.size() <= failed_fetches_limit || first >= failures.size()) return text;
  }
}

Result<std::vector<FailedFetch>> parse_failed_fetches(std::string_view text) {
  const auto object = base::parse_json(text, failed_fetches_file);
  if (!object) return base::pass(object.error());
  const json& version = base::member_at(*object, "schema");
  if (!version.is_number_integer() || version.get<std::int64_t>() != schema) {
    return malformed("not of schema " + std::to_string(schema));
  }
  const json& list = base::member_at(*object, "failures");
  if (!list.is_array() || list.size() > most_failed_fetches) return malformed("no list of failures");
  std::vector<FailedFetch> failures;
  for (const json& each : list) {
    auto failure = parse_entry(each);
    if (!failure) return malformed("an entry is incomplete");
    failures.push_back(std::move(*failure));
  }
  return failures;
}

// Offline, nothing is tried, so there is no failure to remember.
FailedFetches::FailedFetches(std::string state, const Request& request, std::function<Moment()> clock)
    : state_(std::move(state)),
      clock_(std::move(clock)),
      heeds_(request.heed_failures && !request.check && !request.offline),
      forgets_(!request.check) {}

std::optional<FailedFetch> FailedFetches::heeded(const std::string& key) const {
  if (!heeds_) return std::nullopt;
  const Moment now = clock_();
  for (auto& failure : read()) {
    if (failure.key == key && left_to_wait(failure, now) > milliseconds(0)) return std::move(failure);
  }
  return std::nullopt;
}

std::string FailedFetches::when_tried(const FailedFetch& failure) const {
  const Moment now = clock_();
  return " (tried " + base::human_duration((now.since_boot - failure.at.since_boot).count()) +
         " ago; tried again after " + base::human_duration(left_to_wait(failure, now).count()) +
         "; `openclaw-install-deps` tries immediately)";
}

void FailedFetches::note(FailedFetch failure) {
  if (!heeds_ || !is_worth_remembering(failure.error)) return;
  failure.at = clock_();
  if (failure.at.boot.empty()) return;
  waited_ += failure.took;
  put(of_this_run_, failure);
  auto failures = read();
  for (auto& each : of_this_run_) {
    each.at = failure.at;
    each.took = waited_;
    put(failures, each);
  }
  write(std::move(failures));
}

void FailedFetches::forget(const std::string& key) const {
  if (!forgets_) return;
  auto failures = read();
  const auto gone = std::erase_if(failures, [&](const FailedFetch& old) { return old.key == key; });
  if (gone > 0) write(std::move(failures));
}

std::vector<FailedFetch> FailedFetches::read() const {
  const auto state = fs::open_directory(state_);
  if (!state) return {};
  const auto text =
      fs::read_file(state->get(), std::string("staged-deps/") + failed_fetches_file, failed_fetches_limit);
  if (!text) return {};
  auto failures = parse_failed_fetches(*text);
  return failures ? std::move(*failures) : std::vector<FailedFetch>{};
}

// If this cannot be written, the next start waits again; this start must not fail for it.
void FailedFetches::write(std::vector<FailedFetch> failures) const {
  const auto state = fs::open_directory(state_);
  if (!state) return;
  const auto store = fs::make_directories_beneath(state->get(), "staged-deps");
  if (!store) return;
  const Moment now = clock_();
  std::erase_if(failures, [&](const FailedFetch& old) { return left_to_wait(old, now) == milliseconds(0); });
  if (failures.empty()) {
    (void)::unlinkat(store->get(), failed_fetches_file, 0);
  } else {
    (void)fs::write_file_durably(store->get(), failed_fetches_file, to_text(failures), 0600);
  }
}

std::string key_of_closure(const openclaw::Dependencies& dependencies, const Request& request) {
  const auto& packages = request.settings.packages;
  base::Digest digest;
  digest.field("closure");
  add_map(digest, dependencies);
  add_map(digest, request.settings.overrides);
  add_list(digest, packages.allow_scripts);
  add_list(digest, packages.extra_arguments);
  digest.field(std::to_string(static_cast<int>(packages.client)));
  digest.field(packages.registry);
  digest.field(current_platform());
  return digest.hex();
}

std::string key_of_plugin(const std::string& id, const std::string& target, const std::string& core_version,
                          const Request& request) {
  base::Digest digest;
  digest.field("plugin");
  for (const std::string* field : {&id, &target, &core_version, &request.settings.packages.registry}) {
    digest.field(*field);
  }
  return digest.hex();
}

}  // namespace stage
