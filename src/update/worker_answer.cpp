#include "update/worker_answer.hpp"

#include <nlohmann/json.hpp>

#include <utility>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace update {
namespace {

using nlohmann::json;

const json& member(const json& answer, const char* name) {
  static const json none;
  if (!answer.is_object()) return none;
  const auto found = answer.find(name);
  return found == answer.end() ? none : *found;
}

}  // namespace

bool flag_in(const json& answer, const char* name, bool otherwise) {
  const json& value = member(answer, name);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

std::int64_t number_in(const json& answer, const char* name) {
  const json& value = member(answer, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::string text_in(const json& answer, const char* name, std::size_t limit) {
  const json& value = member(answer, name);
  return value.is_string() ? base::printable(value.get_ref<const std::string&>(), limit) : std::string();
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as a result may be, which has a limit
json without_secrets(json answer) {
  if (answer.is_string()) return base::redacted(answer.get_ref<const std::string&>());
  if (!answer.is_structured()) return answer;
  for (json& child : answer) child = without_secrets(std::move(child));
  return answer;
}

json section_in(const json& answer, const char* name) {
  const json& value = member(answer, name);
  return value.is_object() ? value : json::object();
}

json list_in(const json& answer, const char* name) {
  const json& value = member(answer, name);
  return value.is_array() ? value : json::array();
}

}  // namespace update
