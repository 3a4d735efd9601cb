// SPDX-License-Identifier: MIT
// openclaw.json: JSON5, and its rewriting as JSON.
#include "openclaw/json5.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/json5_rewriter.hpp"

using target::require;

void fuzz(std::string_view input) {
  const auto json = openclaw::json5_to_json(input, "openclaw.json");
  const auto value = openclaw::parse_json5(input, "openclaw.json");
  if (!json) {
    require(!value, "what cannot be rewritten is not read");
    require(target::is_printable(json.error().message), "the complaint is printable");
    require(json.error().message.find(" at line ") != std::string::npos, "the complaint says where");
    require(!base::json_in(input), "all JSON is JSON5");
    return;
  }
  const bool is_ascii = std::all_of(json->begin(), json->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  require(is_ascii, "what is rewritten is ASCII, on one line");
  const auto again = openclaw::json5_to_json(*json, "openclaw.json");
  require(again && *again == *json, "what is rewritten stays as it is");

  const auto read = base::json_in(*json);
  require(read.has_value() == value.has_value(), "what is rewritten is JSON, as deep as JSON may be");
  require(!value || *read == *value, "it is read as it was rewritten");
  require(value || json->find("[[") != std::string::npos || json->find('{') != std::string::npos,
          "only a depth keeps what is rewritten from being read");
  const auto plain = base::json_in(input);
  require(!plain || (value && *plain == *value), "JSON means the same as JSON5");
}
