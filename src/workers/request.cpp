// SPDX-License-Identifier: MIT
#include "workers/request.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <utility>
#include <vector>

#include "base/environment.hpp"
#include "base/redaction.hpp"
#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "workers/request_wait.hpp"

namespace workers {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using nlohmann::json;

// In case the updater, which dismisses the worker, was killed.
constexpr std::chrono::minutes longest_stay{1};

Result<json> read_request(const std::string& path, const contract::Instance& instance) {
  const auto text = fs::read_trusted_file(path, contract::request_limits.bytes);
  if (!text) return base::pass(text.error());
  return contract::read_request(*text, path, instance);
}

// A gateway may drain for as long as its TimeoutStopSec= permits, so the start timeout of this unit is
// extended meanwhile.
Result<void> wait_ahead(const std::string& request_path, systemd::Notifier& notifier) {
  constexpr std::chrono::seconds slice{20};
  constexpr unsigned slices = 180;
  notifier.status(contract::waiting_status);
  notifier.flush();
  for (unsigned turn = 1;; ++turn) {
    notifier.extend_timeout(std::chrono::minutes(10));
    auto came = wait_for_request(request_path, slice);
    if (came || came.error().kind != ErrorKind::unavailable || turn == slices) return came;
  }
}

const Action* find_action(const contract::Instance& instance, std::span<const Action> actions) {
  const auto found = std::find_if(actions.begin(), actions.end(),
                                  [&](const Action& row) { return row.name == instance.action; });
  return found == actions.end() ? nullptr : &*found;
}

tl::unexpected<Error> no_such_action(const contract::Instance& instance, std::span<const Action> actions) {
  std::vector<std::string> names;
  for (const Action& row : actions) names.emplace_back(row.name);
  return base::fail(ErrorKind::bad_input, base::concat({"there is no action \"", instance.action,
                                                        "\"; the actions are ", base::join(names, ", ")}));
}

Result<json> perform(const contract::Instance& instance, const std::string& request_path,
                     const Action& action, systemd::Notifier& notifier) {
  auto request = read_request(request_path, instance);
  if (!request) return base::pass(request.error());
  try {
    return action.perform(Job{instance, std::move(*request), notifier});
  } catch (const std::exception& exception) {
    return base::fail(
        ErrorKind::system,
        base::concat({instance.action, " ended unexpectedly: ", base::printable(exception.what(), 300)}));
  }
}

std::string request_path(std::string_view program, const contract::Instance& instance) {
  const std::string gateway =
      contract::is_of_gateway(program) ? contract::gateway_of(instance.transaction) : std::string();
  return base::concat({contract::request_directory_of(gateway), "/", instance.text, ".json"});
}

Result<std::string> result_path(std::string_view program, const Places& places) {
  if (!places.result.empty()) return places.result;
  const char* directory = std::getenv("RUNTIME_DIRECTORY");
  if (directory == nullptr || *directory != '/') {
    return base::fail(
        ErrorKind::usage,
        base::concat({program, " runs in its unit, which sets RuntimeDirectory=; by hand, name a ",
                      "file with --result"}));
  }
  return base::concat({base::split(directory, ':').front(), "/", contract::result_file});
}

// An error may contain output of npm, Node or OpenClaw, and this worker has the gateway's keys.
std::string without_secrets(std::string_view message) {
  constexpr std::size_t longest = 4096;
  base::Redaction secrets;
  secrets.add_environment(base::current_environment());
  return secrets.applied(message, longest);
}

struct ResultPlace {
  base::UniqueFd directory;
  std::string name, path;
};

Result<ResultPlace> open_result_place(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  auto directory = fs::open_directory(folder);
  if (!directory) return base::pass(directory.error());
  ResultPlace place{std::move(*directory), path.substr(slash == std::string::npos ? 0 : slash + 1), path};
  // RuntimeDirectoryPreserve= keeps the result of an earlier run, which must not be taken for the result of
  // this one.
  if (::unlinkat(place.directory.get(), place.name.c_str(), 0) != 0 && errno != ENOENT) {
    return base::fail_errno(errno, "cannot remove the former " + path);
  }
  return place;
}

}  // namespace

Result<std::optional<Error>> serve_request(std::string_view program, std::string_view instance,
                                           const Places& places, std::span<const Action> actions,
                                           systemd::Notifier& notifier) {
  const auto parsed = contract::parse_instance(instance);
  if (!parsed) return base::pass(parsed.error());
  const auto path = result_path(program, places);
  if (!path) return base::pass(path.error());
  const auto place = open_result_place(*path);
  if (!place) return base::pass(place.error());

  const std::string request = places.request.empty() ? request_path(program, *parsed) : places.request;
  const Action* action = find_action(*parsed, actions);
  // Only a request that is known not to be there is waited for; whether it can be read is seen below.
  const bool ahead =
      action != nullptr && action->waits && ::access(request.c_str(), F_OK) != 0 && errno == ENOENT;
  const Result<void> came = ahead ? wait_ahead(request, notifier) : Result<void>{};
  Result<json> result = !came               ? base::pass(came.error())
                        : action == nullptr ? no_such_action(*parsed, actions)
                                            : perform(*parsed, request, *action, notifier);
  if (!result) result.error().message = without_secrets(result.error().message);
  // Written before the progress text: a manager that has just stopped the gateway reads that late, and the
  // updater need not wait for it.
  auto written =
      fs::write_file_durably(place->directory.get(), place->name, contract::result_text(result), 0644);
  if (!written) return base::pass(written.error(), *path);
  if (ahead && result) wait_for_dismissal(request, longest_stay);
  notifier.status(result ? parsed->action + " is complete" : "failed: " + result.error().message);
  notifier.flush();
  return result ? std::optional<Error>{} : result.error();
}

}  // namespace workers
