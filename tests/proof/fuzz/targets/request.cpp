// SPDX-License-Identifier: MIT
// Requests to workers (contract/envelope.hpp, contract/requests.hpp).
#include <array>

#include "contract/envelope.hpp"
#include "contract/requests.hpp"
#include "fs/beneath.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"

using target::require;

namespace {

// What stands beside a member in its list holds for what was read.
class Judge {
 public:
  template <class T>
  void operator()(const contract::Member& member, const T& value) {
    if constexpr (contract::Visitable<T>) T::visit(value, *this);
    if constexpr (std::is_same_v<T, std::int64_t>) {
      require(value >= member.least && value <= member.most, "a number is within its limits");
    }
    if constexpr (std::is_same_v<T, std::string>) {
      require(!member.is_required || !value.empty(), "a text that is required is not empty");
      const bool is_clean = value == "/" || (value.starts_with('/') && fs::is_safe_relative(value.substr(1)));
      require(!member.is_path || is_clean || (!member.is_required && value.empty()), "a path is a clean one");
    }
  }
};

template <class T>
void fuzz_as(const nlohmann::json& object) {
  const auto request = contract::read_strictly<T>(object, contract::of_request);
  if (!request) {
    return require(target::is_printable(request.error().message), "the complaint is printable");
  }
  Judge judge;
  T::visit(*request, judge);
  const nlohmann::json written = contract::to_json(*request);
  const auto again = contract::read_strictly<T>(written, contract::of_request);
  require(again && contract::to_json(*again) == written, "a request that is written is read again as it was");
}

constexpr std::array readers = {
    fuzz_as<contract::ResolveRequest>,  fuzz_as<contract::FetchRequest>,    fuzz_as<contract::PackRequest>,
    fuzz_as<contract::UnpackRequest>,   fuzz_as<contract::GatewayRequest>,  fuzz_as<contract::FindRequest>,
    fuzz_as<contract::BaselineRequest>, fuzz_as<contract::GateRequest>,     fuzz_as<contract::PortRequest>,
    fuzz_as<contract::StateRequest>,    fuzz_as<contract::SnapshotRequest>, fuzz_as<contract::RestoreRequest>,
    fuzz_as<contract::ExportRequest>,   fuzz_as<contract::ImportRequest>,   fuzz_as<contract::DiscardRequest>,
    fuzz_as<contract::OwnerRequest>,    fuzz_as<contract::StageRequest>,    fuzz_as<contract::ReleaseRequest>,
    fuzz_as<contract::UserUnitRequest>, fuzz_as<contract::CanaryRequest>};

}  // namespace

void fuzz(std::string_view input) {
  const contract::Instance instance{"t00000001-20261121T101500Z.snapshot", "t00000001-20261121T101500Z",
                                    "snapshot"};
  const auto request = contract::read_request(input, "/var/lib/request.json", instance);
  const auto object = base::json_in(input, contract::request_limits);
  if (request) {
    require(object && *object == *request, "a request is the object in the file");
    require(base::as_text(base::member(*request, "action")) == "snapshot", "a request is for its instance");
  }
  if (!object || !object->is_object()) return require(!request, "only an object is a request");
  for (const auto reader : readers) reader(*object);
}
