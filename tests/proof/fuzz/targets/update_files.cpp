// SPDX-License-Identifier: MIT
// Small files in the folders of the updater and of the watchdog: requests to a unit, holds, pins, quarantine,
// the newest version, the record of an adoption, what the watchdog remembers.
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/version.hpp"
#include "update/adoption/files.hpp"
#include "update/gateway_request.hpp"
#include "update/intent.hpp"
#include "update/newest.hpp"
#include "update/standing.hpp"
#include "watchdog/memory.hpp"
#include "watchdog/probation.hpp"

using target::require;

namespace {

// The same, left a second ago: chance does not find the time.
std::string left_now(std::string_view text) {
  auto object = base::json_or_null(text);
  if (!object.is_object() || base::as_integer(base::member(object, "at_s")) != 1) return std::string(text);
  object["at_s"] = base::since_boot().count() / 1000;
  return object.dump();
}

void fuzz_intent(std::string_view text) {
  static const target::Folder folder;
  constexpr const char* unit = "openclaw-update.service";
  for (const char* origin : {"gateway", "watchdog", "person"}) {
    folder.write(std::string("intents/") + unit + "." + origin, left_now(text));
    const auto taken = update::take_intent(folder.fd(), unit);
    require(taken.has_value(), "what was asked for can be taken");
    if (!*taken) continue;
    const auto& intent = **taken;
    require(intent.origin == update::Origin::person || (!intent.force && intent.restore.empty()),
            "only a person forces, or restores");
    require(
        intent.origin != update::Origin::gateway || (intent.to_release.empty() && intent.quarantine.empty()),
        "a gateway does not choose a release of this host");
    const auto again = update::take_intent(folder.fd(), unit);
    require(again && !*again, "a request is taken once");
  }
}

void fuzz_gateways_wish(std::string_view text) {
  for (const auto policy :
       {config::RequestPolicy::refuse, config::RequestPolicy::channel, config::RequestPolicy::version}) {
    config::UpdateSettings settings;
    settings.requests = policy;
    const auto granted =
        update::judge_gateway_request(std::string(text), settings, "/etc/openclaw/helpers.ini");
    if (!granted) continue;
    require(policy != config::RequestPolicy::refuse, "where nothing may be asked for, nothing is granted");
    const auto& wanted = granted->intent.wanted;
    require(wanted.empty() || openclaw::Version::parse(wanted).has_value(),
            "a version is granted, or the channel");
    require(target::is_printable(granted->note), "a note is printable");
    require(!granted->intent.force && granted->intent.to_release.empty(), "no more than that is granted");
  }
}

void fuzz_standing(std::string_view text) {
  static const target::Folder folder;
  folder.write("hold", text);
  folder.write("pin", text);
  folder.write("newest", text);
  folder.write("quarantine/2026.9.6", text);
  const auto hold = update::hold_of(folder.fd());
  require(hold.has_value() && target::is_printable(hold->reason), "a hold is one whatever its file says");
  require(target::is_printable(hold->text()), "its text is printable");
  if (text.find("until") == std::string_view::npos) require(!hold->until_ms, "without an end it has none");
  const auto pin = update::pinned_version(folder.fd());
  require(!pin || (pin->has_value() && openclaw::Version::parse(**pin)), "a pin is a version, or an error");
  require(pin.has_value() || target::is_printable(pin.error().message), "which is printable");
  const auto reason = update::quarantine_reason(folder.fd(), "2026.9.6");
  require(!reason || target::is_printable(*reason), "a reason is printable");
  require(update::quarantined(folder.fd()).size() <= 1, "what is in quarantine is listed");
  const auto newest = update::newest_seen(folder.fd());
  require(!newest || openclaw::Version::parse(newest->version), "the newest is a version");
}

void fuzz_adoption(std::string_view text) {
  const auto record = update::adoption_from_json(text);
  if (!record) return;
  const std::string written = update::to_json(*record);
  const auto again = update::adoption_from_json(written);
  require(again && update::to_json(*again) == written, "a record that is written is read again as it was");
}

void fuzz_watchdog(std::string_view text) {
  const auto memory = watchdog::memory_from_json(text, "boot");
  require(watchdog::memory_from_json(watchdog::to_json(memory, "boot"), "boot") == memory,
          "what is remembered is read again as it was");
  static const target::Folder folder;
  folder.write("probation.json", text);
  update::Record promoted;
  promoted.context.id = "t00000017-20261121T101500Z";
  promoted.at_ms = 1'795'000'000'000;
  watchdog::Probation probation(folder.path());
  const auto age = probation.age_of(promoted, 1'795'000'100'000, {"boot", std::chrono::milliseconds(50'000)});
  require(age.count() >= 0, "no promotion is younger than now");
}

}  // namespace

void fuzz(std::string_view input) {
  fuzz_intent(input);
  fuzz_gateways_wish(input);
  fuzz_standing(input);
  fuzz_adoption(input);
  fuzz_watchdog(input);
}
