#include "update/worker_answer.hpp"

#include <utility>

#include "base/json.hpp"
#include "base/redaction.hpp"

namespace update {
using nlohmann::json;

bool flag_in(const json& answer, const char* name, bool otherwise) {
  return base::as_flag(base::member(answer, name)).value_or(otherwise);
}

std::int64_t number_in(const json& answer, const char* name) {
  return base::as_integer(base::member(answer, name)).value_or(0);
}

std::string text_in(const json& answer, const char* name, std::size_t limit) {
  return base::as_shown(base::member(answer, name), limit);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as a result may be, which has a limit
json without_secrets(json answer) {
  if (answer.is_string()) return base::redacted(answer.get_ref<const std::string&>());
  if (!answer.is_structured()) return answer;
  for (json& child : answer) child = without_secrets(std::move(child));
  return answer;
}

json section_in(const json& answer, const char* name) {
  return base::as_object(base::member(answer, name));
}

json list_in(const json& answer, const char* name) {
  return base::as_list(base::member(answer, name));
}

}  // namespace update
