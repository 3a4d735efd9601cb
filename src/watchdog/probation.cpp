// SPDX-License-Identifier: MIT
#include "watchdog/probation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"

namespace watchdog {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* probation_file = "probation.json";
// After this time no release is new, so no more counts are written.
constexpr Time long_ago = 24h * 30;

}  // namespace

Time Probation::age_of(const update::Record& promoted, std::int64_t now_ms, const base::Moment& now) {
  if (!is_read_) kept_ = read();
  is_read_ = true;
  const Time age = counted(promoted, now_ms, now);
  const std::string& id = promoted.context.id;
  const bool is_same = kept_ && kept_->id == id && kept_->at.boot == now.boot;
  // Written at growing intervals, so that it costs nothing.
  if (!is_same || (kept_->age < long_ago && age >= kept_->age + kept_->age / 4 + 10s)) keep({id, age, now});
  return age;
}

Time Probation::counted(const update::Record& promoted, std::int64_t now_ms, const base::Moment& now) const {
  if (!now.boot.empty() && promoted.moment.boot == now.boot) {
    return std::max(now.since_boot - promoted.moment.since_boot, Time{0});
  }
  if (kept_ && kept_->id == promoted.context.id) {
    if (kept_->at.boot == now.boot)
      return kept_->age + std::max(now.since_boot - kept_->at.since_boot, Time{0});
    return kept_->age + now.since_boot;
  }
  const Time by_clock = std::max(Time{now_ms - promoted.at_ms}, Time{0});
  // A record of an earlier version has no boot ID, so it may be of this boot.
  return promoted.moment.boot.empty() ? by_clock : std::max(now.since_boot, by_clock);
}

std::optional<Probation::Count> Probation::read() const {
  if (folder_.empty()) return std::nullopt;
  const auto folder = fs::open_directory(folder_);
  if (!folder) return std::nullopt;
  const auto text = fs::read_file(folder->get(), probation_file, 4096);
  if (!text) return std::nullopt;
  const json object = base::json_or_null(*text);
  try {
    const auto age = base::as_milliseconds(object.at("age_ms"));
    const auto since_boot = base::as_milliseconds(object.at("since_boot_ms"));
    if (!age || !since_boot) return std::nullopt;
    Count count{object.at("update").get<std::string>(),
                Time(*age),
                {object.at("boot").get<std::string>(), Time(*since_boot)}};
    if (count.age < Time{0} || count.at.since_boot < Time{0}) return std::nullopt;
    return count;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

// If this cannot be written, a reboot shortens the count, and nothing else happens.
void Probation::keep(Count count) {
  kept_ = std::move(count);
  if (folder_.empty()) return;
  const auto folder = fs::open_directory(folder_);
  if (!folder) return;
  const json object = {{"update", kept_->id},
                       {"age_ms", kept_->age.count()},
                       {"boot", kept_->at.boot},
                       {"since_boot_ms", kept_->at.since_boot.count()}};
  (void)fs::write_file_durably(folder->get(), probation_file, object.dump() + "\n", 0600);
}

}  // namespace watchdog
