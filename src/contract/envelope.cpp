// SPDX-License-Identifier: MIT
#include "contract/envelope.hpp"

#include <array>
#include <utility>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace contract {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::array<std::pair<ErrorKind, std::string_view>, 7> kinds = {{
    {ErrorKind::system, "system"},
    {ErrorKind::bad_input, "bad_input"},
    {ErrorKind::not_found, "not_found"},
    {ErrorKind::busy, "busy"},
    {ErrorKind::refused, "refused"},
    {ErrorKind::unavailable, "unavailable"},
    {ErrorKind::integrity, "integrity"},
}};

// What npm or a package says need not be UTF-8.
std::string text_of(const json& whole) {
  return whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

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

std::string request_directory_of(const std::string& gateway) {
  if (gateway.empty()) return request_directory;
  return base::concat({"/var/lib/openclaw-update/gateways/", gateway, "/requests"});
}

std::string result_directory_of(const std::string& gateway) {
  return gateway.empty() ? result_directory : base::concat({result_directory, "-", gateway});
}

std::string request_text(const Task& task, json members) {
  members["action"] = task.action;
  members["transaction"] = task.transaction;
  return text_of(members);
}

Result<json> read_request(std::string_view text, const std::string& path, const Instance& instance) {
  auto request = base::json_or_null(text, request_limits);
  if (!request.is_object()) {
    return base::fail(ErrorKind::bad_input, path + " is not a JSON object; the updater writes it again");
  }
  const std::string action = base::as_text(base::member(request, "action"));
  if (action.empty()) {
    return base::fail(ErrorKind::bad_input,
                      path + ": the request's \"action\" must be a text that is not empty");
  }
  if (action != instance.action) {
    return base::fail(
        ErrorKind::bad_input,
        base::concat({path, " requests \"", action, "\", but the unit was started as ", instance.text}));
  }
  return request;
}

std::string result_text(const Result<json>& result) {
  json whole = result && result->is_object() ? *result : json::object();
  whole["schema"] = result_schema;
  whole["ok"] = result.has_value();
  if (!result) {
    whole["error"] = {{"kind", kind_name(result.error().kind)},
                      {"message", base::redacted(result.error().message)}};
  }
  return text_of(whole);
}

Result<json> read_result(std::string_view text, const std::string& unit) {
  auto whole = base::json_or_null(text, result_limits);
  const auto ok = base::as_flag(base::member(whole, "ok"));
  if (!ok) return base::fail(ErrorKind::unavailable, unit + " left an invalid result" + see_log(unit));
  if (*ok) return whole;
  const json& error = base::member(whole, "error");
  const auto kind = kind_of_name(base::as_text(base::member(error, "kind")));
  const std::string message = base::redacted(base::as_text(base::member(error, "message")));
  return base::fail(kind.value_or(ErrorKind::unavailable),
                    message.empty() ? unit + " failed" + see_log(unit) : message);
}

std::string see_log(const std::string& unit) {
  return "; see journalctl -u " + unit;
}

}  // namespace contract
