// SPDX-License-Identifier: MIT
// Results of workers, which somebody without privileges has written (contract/results.hpp,
// gateway_report.hpp).
#include <array>

#include "contract/envelope.hpp"
#include "contract/gateway_report.hpp"
#include "contract/results.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"

using target::require;

namespace {

bool has_longer_text(const nlohmann::json& value, std::size_t limit) {
  if (value.is_string()) return value.get_ref<const std::string&>().size() > limit;
  if (!value.is_structured()) return false;
  for (const auto& entry : value) {
    if (has_longer_text(entry, limit)) return true;
  }
  return false;
}

bool has_longer_list(const nlohmann::json& value, std::size_t limit) {
  if (!value.is_structured()) return false;
  if (value.size() > limit) return true;
  for (const auto& entry : value) {
    if (has_longer_list(entry, limit)) return true;
  }
  return false;
}

template <class T>
void fuzz_as(const nlohmann::json& result) {
  const nlohmann::json written = contract::to_json(contract::read_leniently<T>(result));
  require(target::all_printable(written), "each text of an answer is printable");
  require(!has_longer_text(written, contract::of_answer.longest_text),
          "each text of an answer has its limit");
  require(!has_longer_list(written, contract::most_entries), "each list of an answer has its limit");
  // What was cut may be cut in the middle of what is redacted.
  if (has_longer_text(written, contract::of_answer.longest_text - 32)) return;
  const nlohmann::json again = contract::to_json(contract::read_leniently<T>(written));
  require(again == written, "an answer that is written is read again as it was");
}

constexpr std::array readers = {fuzz_as<contract::ResolvedVersion>, fuzz_as<contract::FetchedPackage>,
                                fuzz_as<contract::FinishedPackage>, fuzz_as<contract::ReleaseUnpacked>,
                                fuzz_as<contract::FoundGateway>,    fuzz_as<contract::PortTaken>,
                                fuzz_as<contract::SnapshotTaken>,   fuzz_as<contract::SnapshotImported>,
                                fuzz_as<contract::SnapshotsFound>,  fuzz_as<contract::StateRestored>,
                                fuzz_as<contract::SchemasFound>,    fuzz_as<contract::SnapshotsDiscarded>,
                                fuzz_as<contract::StateOwner>,      fuzz_as<contract::UpdateWanted>,
                                fuzz_as<contract::ReleaseStaged>,   fuzz_as<contract::ReleaseValidated>,
                                fuzz_as<contract::StateMigrated>,   fuzz_as<contract::UserUnitFound>,
                                fuzz_as<contract::CanaryBooted>};

void fuzz_report(const nlohmann::json& result) {
  const auto report = contract::read_gateway_report(result);
  if (!report) return require(target::is_printable(report.error().message), "the complaint is printable");
  const nlohmann::json written = contract::to_json(*report);
  require(target::all_printable(written), "each text of a report is printable");
  require(!has_longer_text(written, contract::longest_report_text), "each text of a report has its limit");
  require(!has_longer_list(written, contract::most_report_entries), "each list of a report has its limit");
  if (has_longer_text(written, contract::longest_report_text - 32)) return;
  const auto again = contract::read_gateway_report(written);
  require(again && contract::to_json(*again) == written, "a report that is written is read again as it was");
}

}  // namespace

void fuzz(std::string_view input) {
  const auto result = contract::read_result(input, "openclaw-state@x.service");
  if (!result) {
    require(target::is_printable(result.error().message), "an error of a worker is printable");
    require(!result.error().message.empty(), "an error of a worker says something");
    const auto again = contract::read_result(contract::result_text(result), "openclaw-state@x.service");
    require(!again && again.error().message == result.error().message &&
                again.error().kind == result.error().kind,
            "an error that is written is read again as it was");
    return;
  }
  require(result->is_object() && base::as_flag(base::member(*result, "ok")) == true,
          "a result is an object that is ok");
  for (const auto reader : readers) reader(*result);
  fuzz_report(*result);
}
