// SPDX-License-Identifier: MIT
// What every worker does alike: it is called with an instance "<transaction>.<action>", reads what it is
// asked, does that one action, and writes what came of it (contract/envelope.hpp).
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

// One request, and whom to tell about the progress.
struct Job {
  contract::Instance instance;
  nlohmann::json request;  // an object
  systemd::Notifier& notifier;
};

// bad_input names the first member that is not what it must be.
template <class Request>
[[nodiscard]] base::Result<Request> request_of(const Job& job) {
  return contract::read_strictly<Request>(job.request, contract::of_request);
}

// Answers an object: the members of the result besides "schema" and "ok".
struct Action {
  std::string_view name;
  base::Result<nlohmann::json> (*perform)(const Job& job);
  // As its row in contract/tasks.hpp says (request_wait.hpp).
  bool waits = false;
};

struct Places {
  std::string request;  // a file; empty: requests/<instance>.json
  std::string result;   // a file; empty: result.json in $RUNTIME_DIRECTORY
};

// Performs the action that instance and request agree on, and writes the result: 0644, atomically, in place
// of the one of an earlier run, which is removed first. What the action answers with, or throws, is part of
// the result; an error of this function means that no result was written. Answers the action's error, for
// the journal.
//
// SIGTERM is not caught: it ends the worker at once, the children of process::run() included.
[[nodiscard]] base::Result<std::optional<base::Error>> serve_request(std::string_view program,
                                                                     std::string_view instance,
                                                                     const Places& places,
                                                                     std::span<const Action> actions,
                                                                     systemd::Notifier& notifier);

}  // namespace workers
