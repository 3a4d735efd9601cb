// What every worker does alike: it is called with an instance "<transaction>.<action>", reads what it is
// asked, does that one action, and writes what came of it.
//
//   /var/lib/openclaw-update/requests/<instance>.json   written by root, trusted: {"action":"...", ...}
//   $RUNTIME_DIRECTORY/result.json                      {"schema":1,"ok":true, ...} or
//     {"schema":1,"ok":false,"error":{"kind":"unavailable","message":"..."}}
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "systemd/notify.hpp"

namespace workers {

using nlohmann::json;

inline constexpr int result_schema = 1;
inline constexpr const char* request_directory = "/var/lib/openclaw-update/requests";
inline constexpr const char* result_file = "result.json";

// "20261121T101500Z-4f2a.snapshot"
struct Instance {
  std::string text, transaction, action;
};
// Letters, digits and '-' before the dot, lower-case letters after it: both become parts of paths.
[[nodiscard]] base::Result<Instance> parse_instance(std::string_view text);

// One request, and whom to tell about the progress.
struct Job {
  Instance instance;
  json request;  // an object
  systemd::Notifier& notifier;
};

// Members of the request, by name. A member of the wrong type, or one that is missing, is bad_input that
// names it.
[[nodiscard]] base::Result<std::string> text_member(const json& request, const char* name);
[[nodiscard]] base::Result<std::int64_t> number_member(const json& request, const char* name);
// The same where it may be absent (or null).
[[nodiscard]] base::Result<std::string> text_member_or(const json& request, const char* name,
                                                       std::string_view otherwise);
[[nodiscard]] base::Result<std::int64_t> number_member_or(const json& request, const char* name,
                                                          std::int64_t otherwise);
[[nodiscard]] base::Result<bool> flag_member_or(const json& request, const char* name, bool otherwise);
// It must be there, and within that range.
[[nodiscard]] base::Result<std::int64_t> number_within(const json& request, const char* name,
                                                       std::int64_t least, std::int64_t most);
// Empty where it is absent.
[[nodiscard]] base::Result<std::vector<std::string>> texts_member(const json& request, const char* name);
// Absolute, without "..".
[[nodiscard]] base::Result<std::string> path_member(const json& request, const char* name);

// Answers an object: the members of the result besides "schema" and "ok".
struct Action {
  std::string_view name;
  base::Result<json> (*perform)(const Job& job);
  // It may be started ahead of its request, and then stays until that is gone (request_wait.hpp); STATUS=
  // says waiting_status.
  bool waits = false;
};
inline constexpr const char* waiting_status = "waiting for its request";

struct Places {
  std::string request;  // a file; empty: requests/<instance>.json
  std::string result;   // a file; empty: result.json in $RUNTIME_DIRECTORY
};

// Performs the action that instance and request agree on, and writes the result: 0644, atomically, in place
// of the one of an earlier run, which is removed first. What the action answers with, or throws, is part of
// the result; an error of this function means that no result was written. Answers the action's error, for
// the journal.
//
// SIGTERM is not caught: it ends the worker at once, the children of npm::run() included.
[[nodiscard]] base::Result<std::optional<base::Error>> serve_request(std::string_view program,
                                                                     std::string_view instance,
                                                                     const Places& places,
                                                                     std::span<const Action> actions,
                                                                     systemd::Notifier& notifier);

// "unavailable" and so on: the names of base::ErrorKind in a result.
[[nodiscard]] std::string_view kind_name(base::ErrorKind kind);
[[nodiscard]] std::optional<base::ErrorKind> kind_of_name(std::string_view name);
// The whole text of a result.json.
[[nodiscard]] std::string result_text(const base::Result<json>& result);

}  // namespace workers
