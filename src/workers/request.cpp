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
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "workers/request_wait.hpp"

namespace workers {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::array<std::pair<ErrorKind, std::string_view>, 7> kinds = {{
    {ErrorKind::system, "system"},
    {ErrorKind::bad_input, "bad_input"},
    {ErrorKind::not_found, "not_found"},
    {ErrorKind::busy, "busy"},
    {ErrorKind::refused, "refused"},
    {ErrorKind::unavailable, "unavailable"},
    {ErrorKind::integrity, "integrity"},
}};

// The updater may have been killed meanwhile.
constexpr std::chrono::minutes longest_stay{1};

bool is_of_transaction(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_of_action(char c) {
  return c >= 'a' && c <= 'z';
}

tl::unexpected<Error> wrong_member(const char* name, std::string_view wanted) {
  return base::fail(ErrorKind::bad_input, base::concat({"the request's \"", name, "\" must be ", wanted}));
}

// Null where it is absent.
const json& found(const json& request, const char* name) {
  static const json none;
  const auto it = request.find(name);
  return it == request.end() ? none : *it;
}

Result<json> read_request(const std::string& path) {
  constexpr std::size_t limit = std::size_t{1} << 20;
  const auto text = fs::read_trusted_file(path, limit);
  if (!text) return base::pass(text.error());
  auto request = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object()) {
    return base::fail(ErrorKind::bad_input, path + " is not a JSON object; the updater writes it anew");
  }
  return request;
}

// A gateway drains for as long as its TimeoutStopSec= lets it; the time that the unit has begins anew
// meanwhile.
Result<void> wait_ahead(const std::string& request_path, systemd::Notifier& notifier) {
  constexpr std::chrono::seconds slice{20};
  constexpr unsigned slices = 180;
  notifier.status(waiting_status);
  notifier.flush();
  for (unsigned turn = 1;; ++turn) {
    notifier.extend_timeout(std::chrono::minutes(10));
    auto came = wait_for_request(request_path, slice);
    if (came || came.error().kind != ErrorKind::unavailable || turn == slices) return came;
  }
}

const Action* find_action(const Instance& instance, std::span<const Action> actions) {
  const auto found = std::find_if(actions.begin(), actions.end(),
                                  [&](const Action& row) { return row.name == instance.action; });
  return found == actions.end() ? nullptr : &*found;
}

tl::unexpected<Error> no_such_action(const Instance& instance, std::span<const Action> actions) {
  std::vector<std::string> names;
  for (const Action& row : actions) names.emplace_back(row.name);
  return base::fail(ErrorKind::bad_input, base::concat({"there is no action \"", instance.action,
                                                        "\" here; there are ", base::join(names, ", ")}));
}

Result<json> perform(const Instance& instance, const std::string& request_path, const Action& action,
                     systemd::Notifier& notifier) {
  auto request = read_request(request_path);
  if (!request) return base::pass(request.error());
  const auto wanted = text_member(*request, "action");
  if (!wanted) return base::pass(wanted.error(), request_path);
  if (*wanted != instance.action) {
    return base::fail(ErrorKind::bad_input,
                      base::concat({request_path, " asks for \"", *wanted, "\", and the unit was started as ",
                                    instance.text}));
  }
  try {
    return action.perform(Job{instance, std::move(*request), notifier});
  } catch (const std::exception& exception) {
    return base::fail(
        ErrorKind::system,
        base::concat({instance.action, " ended unexpectedly: ", base::printable(exception.what(), 300)}));
  }
}

Result<std::string> result_path(std::string_view program, const Places& places) {
  if (!places.result.empty()) return places.result;
  const char* directory = std::getenv("RUNTIME_DIRECTORY");
  if (directory == nullptr || *directory != '/') {
    return base::fail(
        ErrorKind::usage,
        base::concat({program, " runs in its unit, which has RuntimeDirectory=; by hand, name a ",
                      "file with --result"}));
  }
  return base::concat({base::split(directory, ':').front(), "/", result_file});
}

// An error may quote what npm, Node or OpenClaw has said, and this worker has the keys of the gateway.
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
  // RuntimeDirectoryPreserve= keeps the result of an earlier run: it must not be taken for ours.
  if (::unlinkat(place.directory.get(), place.name.c_str(), 0) != 0 && errno != ENOENT) {
    return base::fail_errno(errno, "cannot remove the former " + path);
  }
  return place;
}

}  // namespace

Result<Instance> parse_instance(std::string_view text) {
  constexpr std::size_t longest = 128;
  const std::size_t dot = text.find('.');
  const std::string_view transaction = text.substr(0, dot);
  const std::string_view action = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  const bool fits = text.size() <= longest && !transaction.empty() && !action.empty() &&
                    transaction.front() != '-' &&
                    std::all_of(transaction.begin(), transaction.end(), is_of_transaction) &&
                    std::all_of(action.begin(), action.end(), is_of_action);
  if (!fits) {
    return base::fail(ErrorKind::usage, base::concat({"'", base::printable(text, longest),
                                                      "' is no instance; it is TRANSACTION.ACTION, such as "
                                                      "20261121T101500Z-4f2a.resolve"}));
  }
  return Instance{std::string(text), std::string(transaction), std::string(action)};
}

Result<std::string> text_member(const json& request, const char* name) {
  const json& value = found(request, name);
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    return wrong_member(name, "a text that is not empty");
  }
  return value.get<std::string>();
}

Result<std::int64_t> number_member(const json& request, const char* name) {
  const json& value = found(request, name);
  if (!value.is_number_integer()) return wrong_member(name, "a whole number");
  return value.get<std::int64_t>();
}

Result<std::string> text_member_or(const json& request, const char* name, std::string_view otherwise) {
  const json& value = found(request, name);
  if (value.is_null()) return std::string(otherwise);
  if (!value.is_string()) return wrong_member(name, "a text");
  return value.get<std::string>();
}

Result<std::int64_t> number_member_or(const json& request, const char* name, std::int64_t otherwise) {
  if (found(request, name).is_null()) return otherwise;
  return number_member(request, name);
}

Result<std::int64_t> number_within(const json& request, const char* name, std::int64_t least,
                                   std::int64_t most) {
  const auto number = number_member(request, name);
  if (!number || (*number >= least && *number <= most)) return number;
  return base::fail(ErrorKind::bad_input, base::concat({"\"", name, "\" must be ", std::to_string(least),
                                                        " to ", std::to_string(most)}));
}

Result<bool> flag_member_or(const json& request, const char* name, bool otherwise) {
  const json& value = found(request, name);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) return wrong_member(name, "true or false");
  return value.get<bool>();
}

Result<std::vector<std::string>> texts_member(const json& request, const char* name) {
  const auto member = request.find(name);
  if (member == request.end() || member->is_null()) return std::vector<std::string>{};
  try {
    return member->get<std::vector<std::string>>();
  } catch (const json::exception&) {
    return base::fail(ErrorKind::bad_input,
                      base::concat({"the request's \"", name, "\" is not a list of texts"}));
  }
}

Result<std::string> path_member(const json& request, const char* name) {
  auto path = text_member(request, name);
  if (!path) return path;
  if (path->front() != '/' || !(*path == "/" || fs::is_safe_relative(std::string_view(*path).substr(1)))) {
    return wrong_member(name, "an absolute path without \"..\", doubled or trailing slashes");
  }
  return path;
}

Result<std::optional<Error>> serve_request(std::string_view program, std::string_view instance,
                                           const Places& places, std::span<const Action> actions,
                                           systemd::Notifier& notifier) {
  const auto parsed = parse_instance(instance);
  if (!parsed) return base::pass(parsed.error());
  const auto path = result_path(program, places);
  if (!path) return base::pass(path.error());
  const auto place = open_result_place(*path);
  if (!place) return base::pass(place.error());

  const std::string request =
      places.request.empty() ? base::concat({request_directory, "/", parsed->text, ".json"}) : places.request;
  const Action* action = find_action(*parsed, actions);
  const bool ahead = action != nullptr && action->waits && ::access(request.c_str(), F_OK) != 0;
  const Result<void> came = ahead ? wait_ahead(request, notifier) : Result<void>{};
  Result<json> result = !came               ? base::pass(came.error())
                        : action == nullptr ? no_such_action(*parsed, actions)
                                            : perform(*parsed, request, *action, notifier);
  if (!result) result.error().message = without_secrets(result.error().message);
  // Ahead of the words: a manager that has just stopped the gateway reads them late, and whoever waits for
  // the result need not wait for that.
  auto written = fs::write_file_durably(place->directory.get(), place->name, result_text(result), 0644);
  if (!written) return base::pass(written.error(), *path);
  if (ahead && result) wait_for_dismissal(request, longest_stay);
  notifier.status(result ? parsed->action + " is done" : "failed: " + result.error().message);
  notifier.flush();
  return result ? std::optional<Error>{} : result.error();
}

std::string_view kind_name(ErrorKind kind) {
  for (const auto& [known, name] : kinds) {
    if (known == kind) return name;
  }
  return "system";
}

std::optional<ErrorKind> kind_of_name(std::string_view name) {
  for (const auto& [kind, known] : kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::string result_text(const Result<json>& result) {
  json whole = result && result->is_object() ? *result : json::object();
  whole["schema"] = result_schema;
  whole["ok"] = result.has_value();
  if (!result) {
    whole["error"] = {{"kind", kind_name(result.error().kind)},
                      {"message", base::redacted(result.error().message)}};
  }
  // What npm or a package says need not be UTF-8.
  return whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace workers
