// SPDX-License-Identifier: MIT
// How a worker is asked and answers, whatever about:
//
//   /var/lib/openclaw-update/requests/<instance>.json   written by root, trusted:
//     {"action":"snapshot","transaction":"t00000017-20261121T101500Z", ...}
//   /run/openclaw-workers/<program>@<instance>/result.json   written without privileges, hostile:
//     {"schema":1,"ok":true, ...} or
//     {"schema":1,"ok":false,"error":{"kind":"unavailable","message":"..."}}
//
// An update may be interrupted by an upgrade of the suite: members are added, and none gets another meaning.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "contract/task.hpp"

namespace contract {

inline constexpr const char* request_directory = "/var/lib/openclaw-update/requests";
inline constexpr const char* result_directory = "/run/openclaw-workers";
// Those of a gateway that has a name, which root and that gateway's group alone may enter:
//   /var/lib/openclaw-update/gateways/<name>/requests/   /run/openclaw-workers-<name>/
// `gateway` empty: the two above.
[[nodiscard]] std::string request_directory_of(const std::string& gateway);
[[nodiscard]] std::string result_directory_of(const std::string& gateway);
inline constexpr const char* result_file = "result.json";
inline constexpr int result_schema = 1;

inline constexpr base::JsonLimits request_limits{.bytes = std::size_t{1} << 20};
inline constexpr base::JsonLimits result_limits{.levels = 64, .bytes = std::size_t{4} << 20};

// Which of two gateways may run, the user's own unit or the system's, is said by a file
// <number of the user>-<unit of the user> in one of these folders of root's. In `moved`, the user's is not
// started any more, and is stopped before the system's starts; in `returned`, it is to be started, and the
// system's is not started any more. In the other two it is a wish that nobody asks about but the job of the
// service manager that fulfils it: whoever dies before that job began has changed nothing.
struct UserUnitMarks {
  std::string to_move = "/var/lib/openclaw-update/to-move";
  std::string moved = "/var/lib/openclaw-update/moved";
  std::string to_return = "/var/lib/openclaw-update/to-return";
  std::string returned = "/var/lib/openclaw-update/returned";
};

// STATUS= of a worker that was started ahead of its request.
inline constexpr const char* waiting_status = "waiting for its request";

// "unavailable" and so on: the names of base::ErrorKind in a result.
[[nodiscard]] std::string_view kind_name(base::ErrorKind kind);
[[nodiscard]] std::optional<base::ErrorKind> kind_of_name(std::string_view name);

// The whole text of a request file. `members` is an object.
[[nodiscard]] std::string request_text(const Task& task, nlohmann::json members);
// The object in one, which has to be for that instance's action; bad_input names `path`.
[[nodiscard]] base::Result<nlohmann::json> read_request(std::string_view text, const std::string& path,
                                                        const Instance& instance);

// The whole text of a result file: of the members besides "schema" and "ok", or of the error.
[[nodiscard]] std::string result_text(const base::Result<nlohmann::json>& result);
// The members of one, or the error that it tells of, without secrets. What is no result is `unavailable` and
// names `unit` and how to read its log.
[[nodiscard]] base::Result<nlohmann::json> read_result(std::string_view text, const std::string& unit);
[[nodiscard]] std::string see_log(const std::string& unit);

}  // namespace contract
