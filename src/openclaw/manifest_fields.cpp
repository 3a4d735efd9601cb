// SPDX-License-Identifier: MIT
#include "openclaw/manifest_fields.hpp"

#include "base/json.hpp"

namespace openclaw {

Dependencies all_dependencies(const nlohmann::json& package_json) {
  Dependencies result;
  for (const std::string_view section : {"dependencies", "optionalDependencies"}) {
    for (const auto& [name, range] : base::as_object(base::member_at(package_json, section)).items()) {
      if (range.is_string()) result.insert_or_assign(name, range.get<std::string>());
    }
  }
  return result;
}

}  // namespace openclaw
