// SPDX-License-Identifier: MIT
// What OpenClaw's command line and the registry answer, among whatever else is printed (openclaw/answer.hpp).
#include "base/json.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/answer.hpp"
#include "openclaw/version.hpp"
#include "workers/fetch/base64.hpp"
#include "workers/fetch/registry.hpp"
#include "workers/fetch/tarball.hpp"
#include "workers/probe/answers.hpp"

using target::require;

namespace {

void fuzz_probe(const nlohmann::json& answer) {
  (void)workers::read_health_answer(answer);
  (void)workers::read_config_issues(answer);
  (void)workers::read_own_version(answer);
}

void fuzz_registry(const nlohmann::json& answer, std::string_view wanted) {
  const auto package = workers::published_package(answer, wanted);
  if (package) {
    require(openclaw::Version::parse(package->version).has_value(), "a package has a version");
    require(target::is_plain_name(package->version), "which leads nowhere else");
  } else {
    require(!package.error().message.empty(), "a reason is given");
  }
  const auto versions = workers::version_list(answer);
  const auto near = workers::nearest_versions(wanted, versions);
  require(near.size() <= 4 && near.size() <= versions.size(), "at most four are near");
  for (const auto& version : near) require(target::is_printable(version), "and can be shown");
}

}  // namespace

void fuzz(std::string_view input) {
  const auto object =
      openclaw::find_answer(input, {openclaw::Answer::Kind::object, {"ok", "version", "plugins"}});
  if (object) {
    require(object->is_object(), "an object is an answer");
    fuzz_probe(*object);
  }
  const auto list = openclaw::find_answer(input, {openclaw::Answer::Kind::objects, {"version"}});
  require(!list || list->is_array(), "a list is an answer");
  if (const auto value = base::json_in(input)) {
    fuzz_probe(*value);
    fuzz_registry(*value, "latest");
    fuzz_registry(*value, "2026.9.6");
  }
  const auto parts = target::parts_of(input, 2);
  const std::string failure = workers::failure_of(parts[0], parts[1]);
  require(target::is_printable(failure) && failure.size() <= 300, "a failure is printable");
  if (const auto hex = workers::sha512_of_integrity(input)) {
    require(hex->size() == 128 && hex->find_first_not_of("0123456789abcdef") == std::string::npos,
            "a digest is hex");
  }
  const auto bytes = workers::bytes_of_base64(input);
  require(!bytes || bytes->size() <= input.size() / 4 * 3 + 3, "base64 becomes shorter");
}
