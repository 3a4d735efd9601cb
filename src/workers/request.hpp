// SPDX-License-Identifier: MIT
// What all workers have in common: a worker is called with an instance "<transaction>.<action>", reads its
// request, performs that one action, and writes the result (contract/envelope.hpp).
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "contract/envelope.hpp"
#include "contract/members.hpp"
#include "systemd/notify.hpp"

namespace workers {

// One request, and the recipient of progress reports.
struct Job {
  contract::Instance instance;
  nlohmann::json request;  // an object
  systemd::Notifier& notifier;
};

// bad_input names the first invalid member.
template <class Request>
[[nodiscard]] base::Result<Request> request_of(const Job& job) {
  return contract::read_strictly<Request>(job.request, contract::of_request);
}

// Returns an object: the members of the result other than "schema" and "ok".
struct Action {
  std::string_view name;
  base::Result<nlohmann::json> (*perform)(const Job& job);
  // See the action's row in contract/tasks.hpp, and request_wait.hpp.
  bool waits = false;
};

struct Places {
  std::string request;  // a file; empty: requests/<instance>.json
  std::string result;   // a file; empty: result.json in $RUNTIME_DIRECTORY
};

// Performs the action that instance and request agree on, and writes the result (0644, atomically). The
// result of an earlier run is removed first. A returned error of the action, or an exception, is part of the
// result; an error of this function means that no result was written. Returns the action's error, for the
// journal.
//
// SIGTERM is not caught: it ends the worker at once, including children of process::run().
[[nodiscard]] base::Result<std::optional<base::Error>> serve_request(std::string_view program,
                                                                     std::string_view instance,
                                                                     const Places& places,
                                                                     std::span<const Action> actions,
                                                                     systemd::Notifier& notifier);

}  // namespace workers
