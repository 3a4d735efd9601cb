// SPDX-License-Identifier: MIT
#include "update/worker_answer.hpp"

#include <nlohmann/json.hpp>

#include <utility>

#include "base/redaction.hpp"

namespace update {

// NOLINTNEXTLINE(misc-no-recursion): as deep as a result may be, which has a limit
nlohmann::json without_secrets(nlohmann::json answer) {
  if (answer.is_string()) return base::redacted(answer.get_ref<const std::string&>());
  if (!answer.is_structured()) return answer;
  for (nlohmann::json& child : answer) child = without_secrets(std::move(child));
  return answer;
}

}  // namespace update
