// SPDX-License-Identifier: MIT
// What an npmrc of the administrator's says, as far as other clients than npm must be told.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/redaction.hpp"

namespace npm {

struct Npmrc {
  std::map<std::string, std::string> values;              // quotes removed, ${VARIABLE} as written
  std::map<std::string, std::vector<std::string>> lists;  // of `key[]=`
  std::vector<std::string> variables;  // named by ${...} anywhere in it, for example a registry's token

  [[nodiscard]] const std::string* find(const std::string& key) const;
  void add_secrets_to(base::Redaction& redaction) const;
};

// npmrc is an ini file without sections that matter; a key alone is true.
[[nodiscard]] Npmrc parse_npmrc(std::string_view text);
// An absent or unreadable file is an empty one, as for npm.
[[nodiscard]] Npmrc read_npmrc(const std::string& path);

}  // namespace npm
