// SPDX-License-Identifier: MIT
#include "update/gateway_request.hpp"

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "openclaw/version.hpp"
#include "update/transaction_id.hpp"

namespace update {
namespace {

using base::ErrorKind;
using config::RequestPolicy;

constexpr std::size_t longest_wanted = 64;

}  // namespace

base::Result<GrantedRequest> judge_gateway_request(const std::string& wanted,
                                                   const config::UpdateSettings& settings,
                                                   const std::string& settings_file) {
  if (settings.requests == RequestPolicy::refuse) {
    return base::fail(
        ErrorKind::refused,
        base::concat({"the gateway requested an update, and requests=refuse in [update] of ", settings_file,
                      " forbids it; set channel or version, or systemctl disable --now ",
                      "openclaw-update-request.path"}));
  }
  GrantedRequest granted;
  granted.intent.origin = Origin::gateway;
  granted.intent.requested_by = "the gateway";
  const std::string shown = base::printable(wanted, longest_wanted);
  if (shown.empty()) return granted;
  if (!openclaw::Version::parse(shown)) {
    return base::fail(ErrorKind::integrity,
                      base::concat({"the gateway requested \"", shown, "\", which is not a version"}));
  }
  if (settings.requests == RequestPolicy::version) granted.intent.wanted = shown;
  if (settings.requests == RequestPolicy::channel) {
    granted.note = base::concat({"the gateway requested ", shown,
                                 "; with requests=channel in [update] it gets the version of the channel ",
                                 settings.channel});
  }
  return granted;
}

base::Result<GrantedRequest> take_gateway_request(Workers& workers, const config::Settings& settings,
                                                  const std::string& settings_file,
                                                  const std::string& task_id) {
  const contract::StateRequest request{settings.gateway.state_directory};
  const auto answer = workers.run({contract::tasks::request, task_id}, contract::to_json(request), {});
  if (!answer) return base::pass(answer.error());
  const auto found = contract::read_leniently<contract::UpdateWanted>(*answer);
  return judge_gateway_request(found.wanted, settings.update, settings_file);
}

}  // namespace update
