// SPDX-License-Identifier: MIT
// What the hook keeps in the gateway's state, where its user can write (stage/).
#include <fcntl.h>

#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "stage/closure_record.hpp"
#include "stage/failed_fetch.hpp"
#include "stage/manifest.hpp"
#include "stage/record.hpp"

using target::require;

namespace {

void fuzz_record(std::string_view text) {
  const auto record = stage::parse_record(text);
  if (!record) return;
  const auto again = stage::parse_record(stage::to_text(*record));
  require(again && again->stamps == record->stamps && again->circumstances == record->circumstances &&
              again->summary == record->summary,
          "a record that is written is read again as it was");
}

void fuzz_description(std::string_view text) {
  const auto description = stage::parse_description(text, "closure.json");
  if (!description)
    return require(target::is_printable(description.error().message), "a complaint is printable");
  const std::string written = stage::to_text(*description);
  const auto again = stage::parse_description(written, "closure.json");
  require(again && stage::to_text(*again) == written,
          "a description that is written is read again as it was");
}

void fuzz_inventory(std::string_view text) {
  const auto inventory = stage::parse_inventory(text);
  const std::string written = stage::to_text(inventory);
  require(stage::to_text(stage::parse_inventory(written)) == written, "an inventory is read again as it was");
  require(stage::parse_inventory(written).size() == inventory.size(), "with all of its lines");
}

void fuzz_failed_fetches(std::string_view text) {
  const auto failures = stage::parse_failed_fetches(text);
  if (!failures) return require(target::is_printable(failures.error().message), "a complaint is printable");
  require(failures->size() <= stage::most_failed_fetches, "there are no more than the most");
  const base::Moment now{"boot", std::chrono::hours(100)};
  for (const auto& failure : *failures) {
    const auto left = stage::left_to_wait(failure, now);
    require(left >= std::chrono::milliseconds(0) && left <= std::chrono::minutes(15),
            "no wait is longer than 15 min");
    (void)stage::is_worth_remembering(failure.error);
  }
  const std::string written = stage::to_text(*failures);
  require(written.size() <= stage::failed_fetches_limit, "what is written has its limit");
  const auto again = stage::parse_failed_fetches(written);
  require(again && stage::to_text(*again) == written,
          "failures that are written are read again as they were");
}

}  // namespace

void fuzz(std::string_view input) {
  fuzz_record(input);
  fuzz_description(input);
  fuzz_inventory(input);
  fuzz_failed_fetches(input);
  static const target::Folder folder;
  folder.write("package.json", input);
  folder.write(".openclaw-runtime-deps.json", input);
  for (const auto completeness :
       {openclaw::Completeness::exact_manifest, openclaw::Completeness::version_ranges}) {
    (void)stage::manifest_is_right(folder.fd(), completeness, {{"zod", "4.0.0"}});
  }
}
