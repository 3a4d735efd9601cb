// SPDX-License-Identifier: MIT
#include "update/intent.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>

#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "lock/kernel_lock.hpp"

namespace update {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* intents_folder = "intents";
constexpr const char* lock_name = "intents.lock";
constexpr std::size_t longest_file = 16384;
constexpr std::int64_t valid_seconds = 60;
// Longer than the job of a run can have waited for network-online.target and for what else is before it.
constexpr std::int64_t waiting_seconds = 600;
// The holder only writes or reads one small file.
constexpr std::chrono::milliseconds patience_with_lock = 2s;

struct OriginRow {
  Origin origin;
  const char* name;
};
constexpr std::array origins{OriginRow{Origin::person, "person"}, OriginRow{Origin::watchdog, "watchdog"},
                             OriginRow{Origin::gateway, "gateway"}};

std::string file_of(const std::string& unit, const OriginRow& row) {
  return base::concat({unit, ".", row.name});
}

// Only one process at a time works here, because an expired file must not be removed if it has just been
// replaced.
struct Place {
  lock::KernelLock lock;
  base::UniqueFd folder;
};

Result<Place> open_place(int runtime_fd) {
  auto held = lock::KernelLock::acquire(runtime_fd, lock_name, patience_with_lock);
  if (!held) return base::pass(held.error());
  auto folder = fs::make_directories_beneath(runtime_fd, intents_folder, 0700);
  if (!folder) return base::pass(folder.error());
  return Place{std::move(*held), std::move(*folder)};
}

std::int64_t seconds_since_boot() {
  return std::chrono::duration_cast<std::chrono::seconds>(base::since_boot()).count();
}

std::string new_identity() {
  std::array<unsigned char, 16> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) return "";
  std::string text;
  for (const unsigned char byte : random) {
    std::array<char, 3> pair{};
    std::snprintf(pair.data(), pair.size(), "%02x", static_cast<unsigned>(byte));
    text += pair.data();
  }
  return text;
}

std::string text_of(const Intent& intent) {
  const json object = {
      {"wanted", intent.wanted},   {"to_release", intent.to_release}, {"requested_by", intent.requested_by},
      {"force", intent.force},     {"quarantine", intent.quarantine}, {"request", intent.request},
      {"restore", intent.restore}, {"at_s", seconds_since_boot()}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

// The origin determines what may be requested, whatever the file contains.
Intent within_rights(Intent intent) {
  if (intent.origin == Origin::person) return intent;
  intent.force = false;
  intent.restore = "";
  if (intent.origin == Origin::gateway) intent.to_release = intent.quarantine = "";
  return intent;
}

// Nothing if it does not say, or if it is of the future.
std::optional<std::int64_t> age_of(const json& object) {
  const auto at = base::as_milliseconds(object.at("at_s"));  // in seconds, and as far from overflowing
  const std::int64_t age = seconds_since_boot() - at.value_or(0);
  return !at || age < 0 ? std::nullopt : std::optional(age);
}

// Nothing if it is no valid request.
std::optional<Intent> parse_intent(const std::string& text, Origin origin) {
  const json object = base::json_or_null(text);
  if (!object.is_object()) return std::nullopt;
  try {
    if (const auto age = age_of(object); !age || *age > valid_seconds) return std::nullopt;
    return within_rights({origin, object.at("wanted").get<std::string>(),
                          object.at("to_release").get<std::string>(),
                          object.at("requested_by").get<std::string>(), object.at("force").get<bool>(),
                          object.at("quarantine").get<std::string>(), object.value("restore", std::string()),
                          object.at("request").get<std::string>()});
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

// Nothing if there is no such file, or if it has expired or is empty: its author was killed. An error if it
// is not known what it contains (EIO, EMFILE): it may be a valid request.
Result<std::optional<Intent>> read(int folder_fd, const std::string& name, Origin origin) {
  const auto text = fs::read_file(folder_fd, name, longest_file);
  if (text) return parse_intent(*text, origin);
  if (fs::is_answer(text.error())) return std::optional<Intent>();
  return base::pass(text.error(), "reading a request to the updater");
}

void remove_request(int folder_fd, const std::string& name) {
  ::unlinkat(folder_fd, name.c_str(), 0);
}

const OriginRow* origin_of_file(const std::string& name) {
  for (const OriginRow& row : origins) {
    if (name.ends_with(base::concat({".", row.name}))) return &row;
  }
  return nullptr;
}

void sweep(int folder_fd) {
  const auto entries = fs::list_directory(folder_fd);
  if (!entries) return;
  for (const auto& entry : *entries) {
    const OriginRow* row = origin_of_file(entry.name);
    const auto found =
        row == nullptr ? Result<std::optional<Intent>>() : read(folder_fd, entry.name, row->origin);
    if (found && !*found) remove_request(folder_fd, entry.name);
  }
}

Result<void> write_new(int folder_fd, const std::string& name, const std::string& text) {
  const auto file = fs::open_beneath(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file) return base::pass(file.error());
  const ssize_t size = ::write(file->get(), text.data(), text.size());
  if (size == static_cast<ssize_t>(text.size())) return {};
  const int number = size < 0 ? errno : ENOSPC;
  remove_request(folder_fd, name);
  return fs::fail_at(number, "write", name);
}

// A run that began only now, and without the request, would update although a rollback was requested.
Result<void> require_in_time(int folder_fd, const std::string& unit, const OriginRow& row) {
  const auto text = fs::read_file(folder_fd, file_of(unit, row), longest_file);
  const json object = text ? base::json_or_null(*text) : json();
  if (!object.is_object() || !object.contains("at_s")) return {};
  const auto age = age_of(object);
  if (!age || *age <= valid_seconds || *age > waiting_seconds) return {};
  remove_request(folder_fd, file_of(unit, row));
  return base::fail(ErrorKind::busy,
                    base::concat({"nothing was done: ", unit, " began ", std::to_string(*age),
                                  " s after the request for it, which holds for ",
                                  std::to_string(valid_seconds), " s; request it again"}));
}

bool asks_for_another(const Intent& intent, const std::string& version) {
  if (version.empty()) return false;
  return !intent.to_release.empty() || (!intent.wanted.empty() && intent.wanted != version);
}

}  // namespace

std::string update_unit_of(const std::string& version) {
  return version.empty() ? update_unit : base::concat({"openclaw-update@", version, ".service"});
}

Result<std::string> leave_intent(int runtime_fd, const std::string& unit, Intent intent) {
  const auto place = open_place(runtime_fd);
  if (!place) return base::pass(place.error());
  const int folder = place->folder.get();
  sweep(folder);
  intent.request = new_identity();
  const std::string name = file_of(unit, origins[static_cast<std::size_t>(intent.origin)]);
  const auto earlier = read(folder, name, intent.origin);
  if (!earlier) return base::pass(earlier.error());
  if (*earlier) {
    return base::fail(ErrorKind::busy, base::concat({unit, " already has another request by ",
                                                     base::printable((*earlier)->requested_by, 64),
                                                     ", which has not begun; try again in a minute"}));
  }
  if (auto written = write_new(folder, name, text_of(intent)); !written) return base::pass(written.error());
  return intent.request;
}

Result<std::optional<Intent>> take_intent(int runtime_fd, const std::string& unit,
                                          const std::string& version) {
  const auto place = open_place(runtime_fd);
  if (!place) return base::pass(place.error());
  const int folder = place->folder.get();
  for (const OriginRow& row : origins) {
    if (row.origin == Origin::gateway) continue;
    if (auto in_time = require_in_time(folder, unit, row); !in_time) return base::pass(in_time.error());
  }
  sweep(folder);
  std::optional<Intent> taken;
  for (const OriginRow& row : origins) {
    auto found = read(folder, file_of(unit, row), row.origin);
    // Nothing is removed then: a run that ignored the request of a person would do something else.
    if (!found) return base::pass(found.error());
    if (!taken && *found && !asks_for_another(**found, version)) taken = std::move(*found);
  }
  for (const OriginRow& row : origins) remove_request(folder, file_of(unit, row));
  return taken;
}

Result<bool> withdraw_intent(int runtime_fd, const std::string& request) {
  const auto place = open_place(runtime_fd);
  if (!place) return base::pass(place.error());
  const auto entries = fs::list_directory(place->folder.get());
  if (!entries) return base::pass(entries.error());
  std::optional<base::Error> unread;
  for (const auto& entry : *entries) {
    const OriginRow* row = origin_of_file(entry.name);
    if (row == nullptr) continue;
    const auto found = read(place->folder.get(), entry.name, row->origin);
    if (!found) unread = found.error();
    if (!found || !*found || (*found)->request != request) continue;
    remove_request(place->folder.get(), entry.name);
    return true;
  }
  // It may be the one that could not be read.
  if (unread) return base::pass(*unread);
  return false;
}

}  // namespace update
